"""Undecorated stubs with their tests, solved by a model that is wrong at first."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.edges import processes
from tests.edges.processes import COMMAND
from tests.exercises import Exercise, read_exercises
from tests.server import Answer, Asked, ModelServer, code

EXERCISES = read_exercises()
ALL = pytest.param(EXERCISES, id="all", marks=pytest.mark.everywhere)
SOME = pytest.param(EXERCISES[::3], id="some")
SECONDS = 400.0


async def run(*arguments: str, cwd: Path, env: dict[str, str]) -> tuple[int, list[str]]:
    """The exit code, and the lines that were said; it takes longer than other commands."""
    async with processes.started(*COMMAND, *arguments, cwd=cwd, env=env) as process:
        out, err = await asyncio.wait_for(process.communicate(), SECONDS)
        assert process.returncode is not None
        assert not err
        return process.returncode, out.decode().splitlines()


class Model:
    """Gives each exercise its wrong answer first, and then the right one."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def __call__(self, asked: Asked) -> Answer:
        prompt = str(asked.body["messages"][1]["content"])
        exercise = next(e for e in EXERCISES if e.files[e.path].strip() in prompt)
        self.asked[exercise.name] += 1
        return code(exercise.wrong if self.asked[exercise.name] == 1 else exercise.right, size=2000)


def written(exercises: Sequence[Exercise], root: Path) -> dict[str, Exercise]:
    """Exercises in a folder, by the names of their specs."""
    for exercise in exercises:
        for name, text in exercise.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return {f"{e.name}.{e.name}": e for e in exercises}


@pytest.mark.parametrize("exercises", [SOME, ALL])
async def test_all_are_accepted_and_no_wrong_answer_is(
    tmp_path: Path, model_server: ModelServer, exercises: Sequence[Exercise]
) -> None:
    known = written(exercises, tmp_path)
    model_server.otherwise = Model()
    env = {"OPENAI_BASE_URL": model_server.url, "OPENAI_API_KEY": "sk-none"}
    ended, lines = await run("run", ".", "--jobs", "2", "--json", cwd=tmp_path, env=env)
    records = [json.loads(line) for line in lines]
    outcomes = {r["spec"]: r for r in records if r["event"] == "Outcome"}
    told = {s: (o["state"], o["rounds"], o["detail"]) for s, o in outcomes.items()}
    assert {s: t for s, t in told.items() if t[:2] != ("accepted", 2)} == {}
    assert set(outcomes) == set(known)
    assert len(known) == len(exercises)
    assert ended == 0
    for exercise in known.values():
        assert_kept(exercise, tmp_path)
    ended, lines = await run("check", ".", cwd=tmp_path, env={})
    assert ended == 0, lines


def assert_kept(exercise: Exercise, root: Path) -> None:
    stub = root / exercise.path
    assert stub.read_text(encoding="utf-8") == exercise.files[exercise.path]
    kept = stub.parent / "__pseudocode__" / f"{exercise.name}.{exercise.name}.py"
    assert kept.is_file()
