"""Running programs as a person would, and looking at what they say."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.edges import warm

SECONDS = 30.0
MARK = "PSEUDOCODE_TEST_MARK"
"""A variable by which processes and their descendants are known."""
COMMAND = (sys.executable, "-m", "pseudocode")


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that has ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What it said on standard output."""
        return self.out.splitlines()


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """That of this process, without what styles or wraps output."""
    styling = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "PYTHONPATH"}
    return {k: v for k, v in os.environ.items() if k not in styling} | dict(changes)


@asynccontextmanager
async def started(
    *command: str, cwd: Path, env: Mapping[str, str], **options: Any
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program that runs; it is gone after the block."""
    pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        cwd=cwd,
        env=environment(env),
        **{**pipes, **options},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ended(process: asyncio.subprocess.Process, seconds: float = SECONDS) -> Ended:
    """Wait for the end; whatever happens, nobody is shown a traceback."""
    out, err = await asyncio.wait_for(process.communicate(), seconds)
    assert process.returncode is not None
    return _decent(Ended(process.returncode, (out or b"").decode(), (err or b"").decode()))


def _decent(told: Ended) -> Ended:
    assert "Traceback" not in told.err, told.err
    assert "Traceback" not in told.out, told.out
    return told


async def run(*command: str, cwd: Path, env: Mapping[str, str], **options: Any) -> Ended:
    """Start a program and wait for its end."""
    async with started(*command, cwd=cwd, env=env, **options) as process:
        return await ended(process)


async def run_warm(*arguments: str, cwd: Path, env: Mapping[str, str]) -> Ended:
    """Run our command in a process that has imported the heavy libraries before."""
    if not hasattr(os, "fork"):
        return await run(*COMMAND, *arguments, cwd=cwd, env=env)
    told = await asyncio.wait_for(
        warm.run("pseudocode", *arguments, cwd=cwd, env=environment(env)), SECONDS
    )
    return _decent(Ended(**told))


def marked(mark: str) -> set[int]:
    """The processes that were started with this mark in their environment, and still run."""
    sought = f"{MARK}={mark}".encode()
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended, or is another person's
            if sought in (folder / "environ").read_bytes():
                found.add(int(folder.name))
    return found


def end(left: set[int]) -> None:
    """End processes that should have been gone."""
    for process in left:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


async def assert_nobody_left(mark: str, seconds: float = SECONDS) -> None:
    """Wait until all that were started with a mark are gone; those that stay are ended."""
    with suppress(TimeoutError):
        await until(lambda: not marked(mark), seconds)
    left = marked(mark)
    end(left)
    assert not left


async def until(condition: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: When it is not, after some seconds.
    """
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
