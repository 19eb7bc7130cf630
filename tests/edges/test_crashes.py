"""Runs that are killed at any moment, by the signal that nobody can catch, and gone on with."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from pseudocode.events import CandidateAccepted, ReplyReceived
from pseudocode.rounds import code_hash
from pseudocode.session import Session
from pseudocode.store.accepted import read_accepted
from pseudocode.store.journal import read_journal
from pseudocode.wiring import load_specs
from tests.edges import processes
from tests.edges.processes import COMMAND
from tests.edges.test_cli import Project, keyed
from tests.server import Answer, Asked, ModelServer, code

SPECS = 6
SEED = 20260101
ARGUMENTS = ("run", "specs", "--sandbox", "off", "--max-rounds", "9", "--library", "off")


def declaration(number: int) -> str:
    return f'''

@pseudo_function
def plus_{number}(x: int) -> int:
    """Add {number}.

    >>> plus_{number}(1)
    {number + 1}
    >>> plus_{number}(5)
    {number + 5}
    """
'''


def wrong_then_right(asked: Asked) -> Answer:
    """A wrong answer to the first question about a function, a right one once it was told so."""
    told = [message["content"] for message in asked.body["messages"]]
    # The others, which it may use, stand before it.
    number = max(range(SPECS), key=lambda n: told[1].rfind(f"def plus_{n}("))
    sign = "+" if "got:" in told[-1] else "-"
    return code(
        f"def plus_{number}(x: int) -> int:\n    return x {sign} {number + 1 - (sign == '+')}"
    )


class Crashing:
    """A project that runs are killed on, and what has to hold after each."""

    def __init__(self, root: Path, server: ModelServer, moments: random.Random) -> None:
        self.project = Project(root)
        self.project.declare(*map(declaration, range(SPECS)))
        self._server = server
        self._moments = moments
        self._before: dict[Path, bytes] = {}
        self.kills = 0
        server.otherwise = wrong_then_right

    async def killed(self) -> bool:
        """Start a run and kill it; whether it was still at work then."""
        seen = len(self._server.requests)
        wanted = seen + self._moments.randrange(4)
        env = keyed(self._server)
        async with processes.started(*COMMAND, *ARGUMENTS, cwd=self.project.root, env=env) as run:
            ended = asyncio.ensure_future(run.wait())
            while len(self._server.requests) < wanted and not ended.done():
                await asyncio.sleep(0.001)
            await asyncio.wait([ended], timeout=self._moments.uniform(0, 0.12))
            at_work = not ended.done()
            if at_work:
                run.kill()
                self.kills += 1
            await ended
        self.check()
        return at_work

    async def finished(self) -> None:
        """Let a run come to its end; then all is accepted, and nothing was paid for twice."""
        told = await self.project.command(*ARGUMENTS, **keyed(self._server))
        assert told.code == 0, told.out + told.err
        self.check()
        assert len(self.project.accepted_files) == SPECS
        for number, journals in enumerate(self.by_spec()):
            replies = [
                event
                for journal in journals
                for event in read_journal(journal).events
                if isinstance(event, ReplyReceived)
            ]
            assert len(replies) == 2, f"plus_{number} was paid for {len(replies)} times"

    def by_spec(self) -> list[list[Path]]:
        return [
            [path for path in self.project.journals if f"sums.plus_{number}-" in path.name]
            for number in range(SPECS)
        ]

    def check(self) -> None:
        """Every journal and every accepted file is whole, and nothing that was there is lost."""
        specs = load_specs(self.project.specs).specs
        for spec, journals in zip(specs, self.by_spec(), strict=True):
            for path in journals:
                data = path.read_bytes()
                assert data.startswith(self._before.get(path, b"")), f"{path} lost something"
                self._before[path] = data
                recording = read_journal(path)
                assert recording.skipped <= self.kills
                assert Session.replay(spec, recording.events).next_step is not None
                for event in recording.events:
                    if isinstance(event, CandidateAccepted):
                        kept = read_accepted(str(self.project.root / event.path))
                        assert kept is not None, f"{event.path} is lost"
                        assert code_hash(kept.code) == event.sha256
        for file in self.project.accepted_files:
            kept = read_accepted(str(file))
            assert kept is not None
            assert kept.facts["sha256"] == code_hash(kept.code), f"{file} is not whole"


async def killed_often(tmp_path: Path, server: ModelServer, times: int, seed: int) -> int:
    """Kill runs at random moments, and let each project come to its end; how many were at work."""
    moments = random.Random(seed)
    crashing = Crashing(tmp_path / "project-0", server, moments)
    kills = at_work = projects = 0
    while kills < times:
        kills += 1
        at_work += await crashing.killed()
        if len(crashing.project.accepted_files) == SPECS and kills < times:
            await crashing.finished()
            projects += 1
            crashing = Crashing(tmp_path / f"project-{projects}", server, moments)
    await crashing.finished()
    print(f"\n{times} kills with seed {seed}, {at_work} of them of runs that were at work")
    return at_work


async def test_nothing_is_lost_by_a_kill(tmp_path: Path, model_server: ModelServer) -> None:
    assert await killed_often(tmp_path, model_server, 15, SEED) > 7


@pytest.mark.everywhere
async def test_nothing_is_lost_by_three_hundred_kills(
    tmp_path: Path, model_server: ModelServer
) -> None:
    assert await killed_often(tmp_path, model_server, 300, SEED + 1) > 200
