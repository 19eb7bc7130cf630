"""Programs × isolations × users, run by as many processes as the machine can bear."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from pseudocode.runner import isolation
from tests.edges import processes
from tests.edges.hostile.batch import UNAVAILABLE, Result
from tests.edges.hostile.corpus import Expected
from tests.edges.hostile.everything import HONEST, HOSTILE
from tests.edges.ordinary import Ordinary, ordinary_user, why_not
from tests.edges.walls import KEY

ROOT, USER = "root", "ordinary user"
LANES = max(2, os.cpu_count() or 2)
SECONDS = 60.0
"""How long one program may take."""


class Run(NamedTuple):
    """One program behind one isolation, run by one user."""

    name: str
    isolation: str
    user: str

    @property
    def expected(self) -> Expected:
        return HOSTILE[self.name].expected(self.isolation, root=self.user == ROOT)


Found = dict[Run, Result]


def isolations() -> list[str]:
    """Those that work for this user, the best first."""
    return [kind.name for kind in isolation.available()]


def users() -> list[str]:
    """This user and, where that is root, an ordinary one."""
    if os.name == "nt" or os.geteuid():
        return [USER]
    return [ROOT] if why_not() else [ROOT, USER]


def everything() -> list[Run]:
    """The whole cross product, without what would harm the machine."""
    runs = [Run(n, i, u) for u in users() for i in isolations() for n in HOSTILE]
    return [run for run in runs if run.expected != "not run"]


def usual() -> list[Run]:
    """All behind the best isolation; behind the others what depends on them."""
    best = isolations()[0]
    return [r for r in everything() if r.isolation == best or HOSTILE[r.name].about_walls]


def honest() -> list[Run]:
    """Honest solutions behind the best isolation."""
    return [Run(name, isolations()[0], user) for user in users() for name in HONEST]


async def cross(runs: Iterable[Run], told: Callable[[Run], None] = lambda run: None) -> Found:
    """Run them, those of a user in processes of that user."""
    batches: dict[tuple[str, str], list[str]] = defaultdict(list)
    for run in runs:
        batches[run.user, run.isolation].append(run.name)
    # The longest first, so that it does not go on when all the others have ended.
    waiting = sorted(batches, key=lambda batch: len(batches[batch]))
    found: Found = {}
    async with _commands() as commands:

        async def lane() -> None:
            while waiting:
                user, kind = waiting.pop()
                async for name, result in _batch(commands[user], kind, batches[user, kind]):
                    found[run := Run(name, kind, user)] = result
                    told(run)

        await asyncio.gather(*(lane() for _ in range(LANES)))
    return found


@asynccontextmanager
async def _commands() -> AsyncIterator[dict[str, Ordinary]]:
    """How to run Python as each user."""
    own = Ordinary((sys.executable,), Path(__file__).parents[3], {})
    if len(users()) == 1:
        yield {users()[0]: own}
        return
    async with ordinary_user() as other:
        yield {ROOT: own, USER: other}


async def _batch(user: Ordinary, kind: str, names: list[str]) -> AsyncIterator[tuple[str, Result]]:
    """The results in their order; who ends the app is told of, and the rest goes on without it."""
    left = list(names)
    while left:
        async for name, result in _results(user, kind, left):
            if name == UNAVAILABLE:
                for one in names:
                    yield one, Result(missing=result.told)
                return
            assert name == left.pop(0)
            yield name, result
        if left:
            yield left.pop(0), Result(harms=["it ended the app, or held it up for ever"])


async def _results(
    user: Ordinary, kind: str, names: list[str]
) -> AsyncIterator[tuple[str, Result]]:
    process = await asyncio.create_subprocess_exec(
        *(*user.command, "-m", "tests.edges.hostile.batch", kind, *names),
        cwd=user.checkout,
        # What hostile code gets to see ends up in reports, so it is nothing of the person's.
        env={
            "PATH": os.defpath,
            "OPENAI_API_KEY": KEY,
            "PYTHONPATH": str(user.checkout),
            **user.env,
        },
        stdin=DEVNULL,
        stdout=PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        while line := await asyncio.wait_for(process.stdout.readline(), SECONDS):
            record = json.loads(line)
            yield record.pop("name"), Result(**record)
    except TimeoutError:
        pass
    finally:
        processes.end({process.pid})  # kill() may take the exit code first
        await process.wait()
