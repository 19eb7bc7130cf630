"""What a run may use, and who has their turn, on the command line."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pseudocode.events import ReplyReceived, Stopped
from pseudocode.store.journal import read_journal
from tests.edges import processes
from tests.edges.processes import COMMAND
from tests.edges.test_cli import PATIENCE, TRIPLE, WRONG, Project, keyed
from tests.server import HANG, Answer, Asked, ModelServer, code, padding, reply

NOTHING = "def triple(x: int) -> int:\n    return 0\n"
TOKENS = 60
"""What the scripted server counts for each answer."""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


def declare(project: Project, count: int) -> None:
    project.declare(*(TRIPLE.replace("triple", f"triple{number}") for number in range(count)))


def right(asked: Asked) -> Answer:
    name = asked.last.rsplit("def triple", 1)[1].split("(")[0]
    return code(f"def triple{name}(x: int) -> int:\n    return 3 * x\n")


def outcomes(lines: list[str]) -> dict[str, dict[str, object]]:
    records = [json.loads(line) for line in lines]
    return {str(r["spec"]): r for r in records if r["event"] == "Outcome"}


class TestWholeRun:
    async def test_tokens(self, project: Project, model_server: ModelServer) -> None:
        declare(project, 6)
        model_server.otherwise = right
        bounds = ("--total-tokens", str(2 * TOKENS + 1), "--library", "off")
        told = await project.ask(
            *(model_server, "run", "specs", "--jobs", "4", *bounds, "--json", "--junit", "out.xml")
        )
        assert told.code == 1
        assert len(model_server.requests) == 3
        said = "the run's limit of 121 tokens is reached"
        failed = {r["detail"] for r in outcomes(told.lines).values() if r["state"] != "accepted"}
        assert failed == {said}
        assert len(project.accepted) == 3
        suite = ElementTree.parse(project.root / "out.xml").getroot()
        assert [f.get("message") for f in suite.iter("failure")] == [said] * 3

        told = await project.ask(model_server, "run", "specs", "--library", "off")
        assert told.code == 0
        assert len(model_server.requests) == 6
        assert len(project.accepted) == 6

    async def test_seconds(self, project: Project, model_server: ModelServer) -> None:
        declare(project, 3)
        model_server.otherwise = lambda _: reply("```python\ndef tri", padding(), HANG)
        told = await project.ask(
            model_server, "run", "specs", "--jobs", "2", "--total-seconds", "2", "--json"
        )
        assert told.code == 1
        said = outcomes(told.lines)
        assert {r["state"] for r in said.values()} <= {"unsolved", "not started"}
        assert {r["detail"] for r in said.values()} == {"the run's limit of 2 seconds is reached"}
        for journal in project.journals:
            events = read_journal(journal).events
            assert isinstance(events[-1], Stopped)
            assert [e.finish for e in events if isinstance(e, ReplyReceived)] == ["stopped"]

    async def test_cost(self, project: Project, model_server: ModelServer) -> None:
        declare(project, 4)
        model_server.otherwise = right
        prices = {
            "PSEUDOCODE_PRICE_IN": "0",
            "PSEUDOCODE_PRICE_OUT": "500",
            "PSEUDOCODE_LIBRARY": "off",
        }
        told = await project.ask(model_server, "run", "specs", "--total-cost", "0.015", **prices)
        assert told.code == 1
        assert len(model_server.requests) == 2
        assert told.out.count("the run's limit of $0.0150 is reached") == 2
        assert "$0.0200" in told.lines[-1]

    @pytest.mark.parametrize("bound", ["max-cost", "total-cost"])
    async def test_cost_of_a_model_whose_price_is_unknown(
        self, project: Project, model_server: ModelServer, bound: str
    ) -> None:
        declare(project, 1)
        told = await project.ask(model_server, "run", "specs", f"--{bound}", "1", "--model", "tiny")
        assert told.code == 2
        (line,) = told.err.splitlines()
        assert "the price of tiny is unknown; set price_in and price_out" in line
        assert model_server.requests == []


class TestEachSpec:
    async def test_cost(self, project: Project, model_server: ModelServer) -> None:
        declare(project, 1)
        model_server.otherwise = lambda _: code(WRONG.replace("triple", "triple0"))
        prices = {"PSEUDOCODE_PRICE_IN": "0", "PSEUDOCODE_PRICE_OUT": "500"}
        told = await project.ask(model_server, "run", "specs", "--max-cost", "0.015", **prices)
        assert told.code == 1
        assert len(model_server.requests) == 2
        assert "the limit of $0.0150 is reached; best: 1 of 2 examples, round 2" in told.out

    async def test_the_best_of_all_rounds_is_told_at_the_end(
        self, project: Project, model_server: ModelServer
    ) -> None:
        declare(project, 1)
        half, none = (text.replace("triple", "triple0") for text in (WRONG, NOTHING))
        model_server.script.extend([code(half), code(none), code(none)])
        arguments = ("run", "specs", "--max-rounds", "3", "--no-cache")
        told = await project.ask(model_server, *arguments, "--json")
        assert told.code == 1
        (said,) = outcomes(told.lines).values()
        assert said["detail"] == "no solution in 3 rounds; best: 1 of 2 examples, round 1"
        assert said["best"] == {
            "passed": 1,
            "cases": 2,
            "failing": ["triple0(10)"],
            "code": half,
        }

    async def test_seconds_end_an_answer_in_flight(
        self, project: Project, model_server: ModelServer
    ) -> None:
        declare(project, 1)
        model_server.otherwise = lambda _: reply("```python\ndef tri", padding(), HANG)
        told = await project.ask(model_server, "run", "specs", "--max-seconds", "0.5")
        assert told.code == 1
        assert "the limit of 0.5 seconds is reached" in told.out
        (answer,) = (
            e for e in read_journal(project.journals[0]).events if isinstance(e, ReplyReceived)
        )
        assert (answer.finish, answer.seconds) == ("cut", 0.5)

    async def test_tokens_lower_how_many_are_asked_and_how_long_they_may_be(
        self, project: Project, model_server: ModelServer
    ) -> None:
        declare(project, 1)
        model_server.otherwise = lambda _: code(WRONG.replace("triple", "triple0"))
        arguments = ("--candidates", "8", "--max-tokens", "1500", "--max-rounds", "1")
        await project.ask(model_server, "run", "specs", *arguments)
        assert 0 < len(model_server.requests) < 4
        bounds = {asked.body["max_tokens"] for asked in model_server.requests}
        assert sum(bounds) * len(model_server.requests) < 1500


class TestTurns:
    async def test_a_slow_spec_holds_up_nobody(
        self, project: Project, model_server: ModelServer
    ) -> None:
        declare(project, 6)
        slow = reply("```python\n", padding(), HANG)
        model_server.otherwise = lambda asked: slow if "triple0" in asked.last else right(asked)
        command = (*COMMAND, "run", "specs", "--jobs", "2")
        async with processes.started(
            *command, cwd=project.root, env=keyed(model_server)
        ) as process:
            await processes.until(lambda: len(project.accepted) == 5)
            assert model_server.hanging.is_set()
            process.send_signal(signal.SIGINT)
            told = await processes.ended(process)
        assert told.code == 130

    async def test_those_on_whom_others_wait_go_first(
        self, project: Project, model_server: ModelServer
    ) -> None:
        last = TRIPLE.replace("triple", "triple8").replace("triple8(2)", "triple8(triple7(2) // 3)")
        chain = [TRIPLE.replace("triple", "triple7"), last]
        project.declare(*(TRIPLE.replace("triple", f"triple{n}") for n in range(3)), *chain)
        model_server.otherwise = right
        told = await project.ask(model_server, "run", "specs", "--library", "off")
        assert told.code == 0
        asked = [re.findall(r"def (triple\d)", a.last)[-1] for a in model_server.requests]
        assert asked[0] == "triple7"

    async def test_requests_of_many_specs_have_one_bound(
        self, project: Project, model_server: ModelServer
    ) -> None:
        declare(project, 4)
        model_server.otherwise = lambda _: reply("```python\n", padding(), HANG)
        arguments = ("--jobs", "4", "--candidates", "4", "--max-requests", "3")
        command = (*COMMAND, "run", "specs", *arguments)
        async with processes.started(
            *command, cwd=project.root, env=keyed(model_server)
        ) as process:
            assert await asyncio.to_thread(model_server.hanging.wait, PATIENCE)
            await processes.until(lambda: len(model_server.requests) == 3)
            await processes.until(lambda: len(project.journals) == 4)
            assert len(model_server.requests) == 3
            process.send_signal(signal.SIGINT)
            told = await processes.ended(process)
        assert told.code == 130
        assert all(isinstance(read_journal(p).events[-1], Stopped) for p in project.journals)

    async def test_ctrl_c_twice_is_as_good_as_once(
        self, project: Project, model_server: ModelServer
    ) -> None:
        declare(project, 4)
        model_server.otherwise = lambda _: reply("```python\n", padding(), HANG)
        command = (*COMMAND, "run", "specs", "--jobs", "4")
        async with processes.started(
            *command, cwd=project.root, env=keyed(model_server)
        ) as process:
            await processes.until(lambda: len(model_server.requests) == 4)
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGINT)
            told = await processes.ended(process)
        assert told.code == 130
        assert told.err.strip().splitlines() == [
            "pseudocode-tui: interrupted; the journals hold what was done"
        ]
        assert all(read_journal(path).skipped == 0 for path in project.journals)
