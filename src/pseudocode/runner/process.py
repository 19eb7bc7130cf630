"""Examples run against a candidate in a process of its own, bounded and killed whole."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pseudocode.events import Case, SuiteFinished
from pseudocode.loop import RunnerError
from pseudocode.runner.again import agreed, second_pass
from pseudocode.runner.confine import Rules
from pseudocode.runner.permissions import seconds_for, told, wanted_rules
from pseudocode.runner.scratch import scratch_folder
from pseudocode.runner.verdict import Unencodable, broken, judge, skipped, well_formed
from pseudocode.spec.model import Example, Spec

if TYPE_CHECKING:
    from pseudocode.runner.isolation import Isolation

MAX_REPLY_BYTES = 4 << 20
"""Of all answers together: code can find the key of a run and send what it likes."""
MAX_OUTPUT_BYTES = 64 << 10
"""What is kept of output that goes past `sys.stdout`; the rest is read and thrown away."""

LEFTOVER_SECONDS = 1.0
"""How long a pipe may stay open that someone outside of the killed group still holds."""

SUPERVISOR_SECONDS = 2.0
"""How long a supervisor may take to end what it watches over."""

DYING_SECONDS = 0.5
"""How long a worker may take to end once it answers no more."""

_BOUNDS = {
    201: "the memory limit was reached",
    202: "too much was written to disk",
    203: "too many threads and processes were started",
}
"""Exit codes of `pseudocode.runner.supervise`, which is not imported where there is no Linux."""


class ProcessRunner:
    """Runs each test pass in a fresh worker."""

    def __init__(self, isolation: Isolation, environ: Mapping[str, str] = os.environ) -> None:
        self._isolation = isolation
        self._environ = environ

    @property
    def isolation(self) -> str:
        """What stands between generated code and the machine, in words."""
        return self._isolation.name

    async def run(self, spec: Spec, code: str) -> SuiteFinished:
        """Run the spec's examples against the code; what passes has to pass a second time.

        Raises:
            RunnerError: When no worker could be started, or not be shut in.
        """
        first = await self._pass(spec, code)
        # What comes over a network is neither cheap nor bound to be the same twice.
        if not first.all_passed or spec.options.network:
            return first
        repeat = first.seconds * 3 < seconds_for(spec)
        return agreed(first, await self._pass(second_pass(spec, repeat=repeat), code))

    async def _pass(self, spec: Spec, code: str) -> SuiteFinished:
        started = time.monotonic()
        try:
            with scratch_folder() as scratch:
                rules = self._isolation.rules(wanted_rules(spec, scratch))
                answers, reason = await self._answers(spec, code, rules)
        except OSError as error:
            raise RunnerError(f"cannot start the test process: {error.strerror or error}") from None
        if answers and (unconfined := answers.pop(0).get("confined")):
            raise RunnerError(f"the sandbox cannot be set up: {unconfined}")
        cases, fault = _cases(spec, answers, reason)
        return SuiteFinished(
            candidate=0,
            cases=cases,
            seconds=round(time.monotonic() - started, 4),
            isolation=told(self._isolation.name, spec),
            error=fault,
        )

    async def _answers(
        self, spec: Spec, code: str, rules: Rules
    ) -> tuple[list[dict[str, Any]], str]:
        seconds = seconds_for(spec)
        process = await self._start(spec, rules)
        key = secrets.token_hex(16)
        reader = _Reader(process, key)
        reason = ""
        try:
            async with asyncio.timeout(seconds):
                await reader.exchange(_request(spec, code, rules, key))
            if len(reader.records) <= spec.checks + 1 and not reader.fault:
                await _ended(process, DYING_SECONDS)
        except TimeoutError:
            reason = f"the time limit of {seconds:g} s was reached"
        finally:
            await _kill(process, rules.supervised)
            await reader.finish()
        return reader.records, reason or reader.fault or _died(process.returncode)

    async def _start(self, spec: Spec, rules: Rules) -> asyncio.subprocess.Process:
        worker = [sys.executable, "-I", "-B", "-m", "pseudocode.runner.worker"]
        return await asyncio.create_subprocess_exec(
            *self._isolation.command(worker, rules),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=rules.scratch,
            env=self._environment(spec, rules.scratch),
            start_new_session=True,
        )

    def _environment(self, spec: Spec, scratch: str) -> dict[str, str]:
        clean = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": scratch, "TMPDIR": scratch}
        if os.name == "nt":
            clean |= {k: self._environ[k] for k in ("SYSTEMROOT", "PATH") if k in self._environ}
        named = {name: self._environ[name] for name in spec.options.env if name in self._environ}
        return clean | named


def _request(spec: Spec, code: str, rules: Rules, key: str) -> bytes:
    request = {
        "key": key,
        "module": spec.module,
        "context": spec.context,
        "code": code,
        "examples": [None if e.skipped else e.source for e in spec.examples],
        "rules": asdict(rules),
    }
    return json.dumps(request).encode("ascii")


class _Reader:
    """Feeds the worker and reads what comes back, within bounds."""

    def __init__(self, process: asyncio.subprocess.Process, key: str) -> None:
        self._process = process
        self._key = key
        self._discarding: asyncio.Future[None] | None = None
        self.records: list[dict[str, Any]] = []
        self.fault = ""

    async def exchange(self, request: bytes) -> None:
        """Run until the worker closes its channel."""
        self._discarding = asyncio.ensure_future(self._discard())
        await self._feed(request)
        await self._read()

    async def finish(self) -> None:
        """Let go of the pipes of a process that has ended."""
        assert self._process.stdout is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(LEFTOVER_SECONDS):
                while await self._process.stdout.read(1 << 16):
                    pass
                if self._discarding is not None:
                    await self._discarding

    async def _feed(self, request: bytes) -> None:
        assert self._process.stdin is not None
        with suppress(ConnectionError):
            self._process.stdin.write(request)
            await self._process.stdin.drain()
        self._process.stdin.close()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        received, total = bytearray(), 0
        while chunk := await self._process.stdout.read(1 << 16):
            received += chunk
            total += len(chunk)
            if total > MAX_REPLY_BYTES:
                self.fault = "the answers are too large"
                break
            *lines, rest = received.split(b"\n")
            received = bytearray(rest)
            for line in lines:
                if not self._take(bytes(line)):
                    return

    def _take(self, line: bytes) -> bool:
        try:
            record = json.loads(line)
            if not isinstance(record, dict) or record.get("key") != self._key:
                raise ValueError
            if not well_formed(record):
                raise ValueError
        except (ValueError, RecursionError):
            self.fault = "the test process sent something that is no answer"
            return False
        self.records.append(record)
        return True

    async def _discard(self) -> None:
        assert self._process.stderr is not None
        while await self._process.stderr.read(MAX_OUTPUT_BYTES):
            pass


async def _kill(process: asyncio.subprocess.Process, supervised: bool) -> None:
    """End the whole group, whether or not its leader is still there.

    A supervisor is asked first: it knows those, too, who have left the group.
    """
    with suppress(ProcessLookupError, PermissionError):
        if os.name == "nt":
            process.kill()
        elif supervised and process.returncode is None:
            os.kill(process.pid, signal.SIGTERM)  # terminate() may take the exit code first
            await _ended(process, SUPERVISOR_SECONDS)
    with suppress(ProcessLookupError, PermissionError):
        if os.name != "nt":
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def _ended(process: asyncio.subprocess.Process, seconds: float) -> None:
    """Wait for the end, but not for ever."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await process.wait()


def _died(code: int | None) -> str:
    # Bubblewrap tells of a signal as a shell does.
    number = -code if code and code < 0 else (code or 0) - 128
    if number != signal.SIGKILL and number in set(signal.Signals):
        return f"the code crashed ({signal.Signals(number).name})"
    return _BOUNDS.get(code or 0, "the code ended the test process")


def _cases(spec: Spec, answers: list[dict[str, Any]], reason: str) -> tuple[tuple[Case, ...], str]:
    """One case for each example, and what went wrong with the pass as a whole."""
    loading = answers[0] if answers and "loaded" in answers[0] else None
    if loading is None:
        return tuple(_unrun(e, reason) for e in spec.examples), reason
    if not loading["loaded"]:
        failure = loading["error"]
        told = "\n".join([str(failure["text"]).strip(), *map(str, failure["frames"])])
        return tuple(
            _unrun(e, "not run") for e in spec.examples
        ), f"loading the code failed: {told}"
    by_index = {answer.get("index"): answer for answer in answers[1:]}
    cases: list[Case] = []
    fault = ""
    for index, example in enumerate(spec.examples):
        if example.skipped or index in by_index:
            cases.append(_case(example, by_index.get(index, {})))
        else:
            cases.append(broken(example, "not run" if fault else reason))
            fault = reason
    return tuple(cases), fault


def _unrun(example: Example, reason: str) -> Case:
    return skipped(example) if example.skipped else broken(example, reason)


def _case(example: Example, answer: dict[str, Any]) -> Case:
    if example.skipped:
        return skipped(example)
    try:
        return judge(example, answer)
    except (Unencodable, TypeError, ValueError, LookupError, AttributeError) as error:
        return broken(example, f"the answer cannot be read: {error}")
