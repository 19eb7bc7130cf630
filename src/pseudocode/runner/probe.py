"""Which isolation works here: a worker under each is given hostile code, and must not succeed."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from pseudocode.loop import RunnerError
from pseudocode.runner import bubblewrap, seatbelt
from pseudocode.runner.isolation import (
    Bubblewrapped,
    Isolation,
    Landlocked,
    LimitsOnly,
    SandboxExec,
    Seccomp,
    Tried,
)
from pseudocode.runner.process import ProcessRunner
from pseudocode.runner.scratch import Scratch
from pseudocode.spec.model import Example, Options, Spec

_SECONDS = 5.0
T = TypeVar("T")

_HOSTILE = """\
import os, signal, socket

def attempt(act, *arguments):
    try:
        act(*arguments)
    except OSError:
        return False
    return True

def read(path):
    with open(path, "rb") as stream:
        return stream.read(1)

def escapes(secret, port, parent):
    import decimal, hashlib, json, threading
    thread = threading.Thread(target=hashlib.sha256)
    thread.start()
    thread.join()
    with open("scratch", "w") as stream:
        stream.write(json.dumps(str(decimal.Decimal(1))))
    found = []
    if attempt(read, secret) or attempt(read, f"/proc/{parent}/environ"):
        found.append("files can be read")
    if attempt(open, secret, "a") or attempt(os.truncate, secret, 0):
        found.append("files can be written")
    if attempt(socket.create_connection, ("127.0.0.1", port), 1):
        found.append("there is a network")
    if attempt(os.kill, parent, 0):
        found.append("processes can be signalled")
    return found
"""


def find_best() -> Isolation:
    """The first that works; whatever happens, there are the limits."""
    return _in_a_thread(_find_best())


def try_all() -> tuple[Tried, ...]:
    """All, the best first."""
    return _in_a_thread(_try_all())


async def _find_best() -> Isolation:
    async for candidate in _candidates():
        tried = await _try(candidate)
        if tried.isolation is not None:
            return tried.isolation
    return LimitsOnly()


async def _try_all() -> tuple[Tried, ...]:
    return tuple([await _try(candidate) async for candidate in _candidates()])


async def _candidates() -> AsyncIterator[Isolation | Tried]:
    """Those of this system, the best first; or why one need not be tried."""
    if sys.platform == "darwin":
        there = os.access(seatbelt.PROGRAM, os.X_OK)
        yield SandboxExec() if there else Tried("sandbox-exec", "sandbox-exec is not there")
    if sys.platform == "linux":
        async for candidate in _linux():
            yield candidate
    yield LimitsOnly()


async def _linux() -> AsyncIterator[Isolation | Tried]:
    from pseudocode.runner import landlock, seccomp

    if not seccomp.supported():
        for name in ("bubblewrap", "landlock", "seccomp"):
            yield Tried(name, "system calls of this machine are not known")
        return
    abi = landlock.abi()
    found = await bubblewrap.find()
    yield Tried("bubblewrap", found) if isinstance(found, str) else Bubblewrapped(found, abi)
    yield Landlocked(abi) if abi else Tried("landlock", "the kernel has no Landlock, or not on")
    yield Seccomp()


async def _try(candidate: Isolation | Tried) -> Tried:
    if isinstance(candidate, Tried):
        return candidate
    fault = await _fault(candidate)
    return Tried(candidate.name, fault, None if fault else candidate)


async def _fault(isolation: Isolation) -> str:
    """Why it does not hold what it promises; empty where it does."""
    async with _bait() as (secret, port):
        code = _HOSTILE if isolation.walls else "def escapes(*arguments): return []"
        call = f"escapes({str(secret)!r}, {port}, {os.getpid()})"
        try:
            report = await ProcessRunner(isolation, {}).run(_spec(call), code)
        except RunnerError as error:
            return str(error)
    if report.all_passed:
        return ""
    case = report.cases[0]
    return report.error or case.error or f"under it {case.got.strip('[]')}"


@asynccontextmanager
async def _bait() -> AsyncIterator[tuple[Path, int]]:
    """A file that nobody may read, and a port that nobody may reach."""
    scratch = Scratch()
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            secret = Path(scratch.path) / "secret"
            secret.write_text(secrets.token_hex())
            yield secret, listener.getsockname()[1]
    finally:
        scratch.remove()


def _spec(call: str) -> Spec:
    return Spec(
        name="escapes",
        module="probe",
        path="",
        line=0,
        signature="def escapes(*arguments)",
        examples=(Example(source=f"{call}\n", want="[]\n"),),
        options=Options(timeout=_SECONDS),
    )


def _in_a_thread(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end in a loop of its own, since there may be one in this thread."""
    results: list[T] = []
    thread = threading.Thread(target=lambda: results.append(asyncio.run(work)))
    thread.start()
    thread.join()
    return results[0]
