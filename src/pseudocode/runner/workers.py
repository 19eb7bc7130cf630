"""Processes that run generated code: started ahead, shut in, used once, ended whole."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
from collections import OrderedDict, deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pseudocode.loop import RunnerError
from pseudocode.runner.confine import Rules
from pseudocode.runner.places import interpreter
from pseudocode.runner.scratch import Scratch

if TYPE_CHECKING:
    from pseudocode.runner.isolation import Isolation

MAX_LINE_BYTES = 4 << 20
MAX_REPLY_BYTES = 4 << 20
"""Of all answers together: code can find the key of a run and send what it likes."""
MAX_CALLS_BYTES = 64 << 20
"""Of a process that answers calls, one after the other."""
MAX_OUTPUT_BYTES = 64 << 10
"""What is read at once of output that goes past `sys.stdout`; nearly all is thrown away."""
LAST_WORDS = 2_000
"""Bytes of the end of that output that are kept, to be told should the process end by itself."""

START_SECONDS = 30.0
"""How long a process may take to be ready: it imports what the spec's module imports."""
LEFTOVER_SECONDS = 1.0
"""How long a pipe may stay open that someone outside of the killed group still holds."""
SUPERVISOR_SECONDS = 2.0
"""How long a supervisor may take to end what it watches over."""
DYING_SECONDS = 0.5
"""How long a process may take to end once it answers no more."""

MAX_STARTS = 3
"""How often one is started anew that ends before it is needed."""
MAX_SPARES = 8
"""How many may wait at once; the oldest make room, unless they were wanted just now."""
SOON_SECONDS = 5.0

_BOUNDS = {
    201: "the memory limit was reached",
    202: "too much was written to disk",
    203: "too many threads and processes were started",
}
"""Exit codes of `pseudocode.runner.supervise`, which is not imported where there is no Linux."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a process is started with; two of the same setup are as good as each other."""

    program: str
    """The module beside this one that it runs."""
    rules: Rules
    """What is wanted of it; its scratch folder is not made yet."""
    environ: tuple[tuple[str, str], ...]
    """Variables beside those of a clean environment."""
    opening: str
    """A JSON object: what it is told at the start, before any generated code."""


class Worker:
    """One process behind its walls, and the lines that go to and fro."""

    def __init__(self, process: asyncio.subprocess.Process, scratch: Scratch) -> None:
        self._process = process
        self._scratch = scratch
        self._key = secrets.token_hex(16)
        self._supervised = False
        self._received = 0
        self.may_say = MAX_REPLY_BYTES
        """Bytes that are listened to."""
        self._said = b""
        self._discarding = asyncio.ensure_future(self._discard())
        self._fault = ""
        self.opened: dict[str, Any] = {}
        """What it said once it was shut in."""

    @classmethod
    async def start(cls, isolation: Isolation, setup: Setup) -> Worker:
        """Start one and wait until it is shut in and ready for code.

        Raises:
            RunnerError: When it could not be started, or not be shut in.
        """
        scratch = Scratch()
        rules = isolation.rules(setup.rules._replace(scratch=scratch.path))
        command = [interpreter(), "-I", "-B", "-m", f"pseudocode.runner.{setup.program}"]
        try:
            process = await asyncio.create_subprocess_exec(
                *isolation.command(command, rules),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=scratch.path,
                env=_clean_environment(scratch.path) | dict(setup.environ),
                limit=MAX_LINE_BYTES,
                start_new_session=True,
            )
        except BaseException:
            scratch.remove()
            raise
        worker = cls(process, scratch)
        try:
            await worker._open(setup.opening, rules)
        except BaseException:
            await worker.end()
            raise
        return worker

    async def _open(self, opening: str, rules: Rules) -> None:
        self._supervised = rules.supervised
        await self.send({"key": self._key, "rules": rules._asdict(), **json.loads(opening)})
        try:
            async with asyncio.timeout(START_SECONDS):
                self.opened = await self.receive() or {}
        except TimeoutError:
            raise RunnerError(f"the test process was not ready in {START_SECONDS:g} s") from None
        if "unconfined" in self.opened:
            raise RunnerError(f"the sandbox cannot be set up: {self.opened['unconfined']}")

    @property
    def alive(self) -> bool:
        """Whether it still runs, as far as has been heard."""
        assert self._process.stdout is not None
        return self._process.returncode is None and not self._process.stdout.at_eof()

    @property
    def reason(self) -> str:
        """Why it says nothing more."""
        return self._fault or _died(self._process.returncode)

    async def farewell(self) -> str:
        """Why it says nothing more, with its exit code and the last line past its answers."""
        await self._ended(DYING_SECONDS)
        code = self._process.returncode
        ended = f", exit code {code}" if code is not None and code >= 0 else ""
        last = await self.last_line()
        return f"{self.reason}{ended}{last and f': {last}'}"

    async def last_line(self) -> str:
        """What it wrote last past its answers, once it has ended."""
        await asyncio.wait([self._discarding], timeout=DYING_SECONDS)
        lines = self._said.decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def refuse(self) -> None:
        """What it has said last was no answer."""
        self._fault = "the test process sent something that is no answer"

    async def send(self, record: dict[str, Any]) -> None:
        """Tell it something; one that is gone does not hear it."""
        assert self._process.stdin is not None
        with suppress(ConnectionError):
            self._process.stdin.write(json.dumps(record).encode("ascii") + b"\n")
            await self._process.stdin.drain()

    def finish_sending(self) -> None:
        """Let it know that nothing more will come."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    async def receive(self) -> dict[str, Any] | None:
        """What it says next, or nothing once it is gone or talks nonsense."""
        assert self._process.stdout is not None
        try:
            line = await self._process.stdout.readline()
        except ValueError:  # longer than the limit
            line = b"." * (self.may_say + 1)
        self._received += len(line)
        if self._received > self.may_say:
            self._fault = "the answers are too large"
            return None
        if not line:
            await self._ended(DYING_SECONDS)
            return None
        return self._read(line)

    def _read(self, line: bytes) -> dict[str, Any] | None:
        try:
            record = json.loads(line)
            if not isinstance(record, dict) or record.pop("key", None) != self._key:
                raise ValueError
        except (ValueError, RecursionError):
            self.refuse()
            return None
        return record

    async def end(self) -> None:
        """End it and all that it started, and remove its folder."""
        await self._kill()
        await self._let_go()
        await asyncio.to_thread(self._scratch.remove)

    async def _kill(self) -> None:
        """End the whole group, whether or not its leader is still there.

        A supervisor is asked first: it knows those, too, who have left the group.
        """
        process = self._process
        with suppress(ProcessLookupError, PermissionError):
            if os.name == "nt":
                process.kill()
            elif self._supervised and process.returncode is None:
                os.kill(process.pid, signal.SIGTERM)  # terminate() may take the exit code first
                await self._ended(SUPERVISOR_SECONDS)
        with suppress(ProcessLookupError, PermissionError):
            if os.name != "nt":
                os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    async def _ended(self, seconds: float) -> None:
        """Wait for the end, but not for ever."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._process.wait()

    async def _let_go(self) -> None:
        """Empty the pipes of a process that has ended."""
        assert self._process.stdout is not None
        self.finish_sending()
        with suppress(TimeoutError):
            async with asyncio.timeout(LEFTOVER_SECONDS):
                while await self._process.stdout.read(MAX_OUTPUT_BYTES):
                    pass
                await self._discarding

    async def _discard(self) -> None:
        assert self._process.stderr is not None
        while text := await self._process.stderr.read(MAX_OUTPUT_BYTES):
            self._said = (self._said + text)[-LAST_WORDS:]


class Spares:
    """Workers that were started before they are needed, each of which is used once."""

    def __init__(self, isolation: Isolation) -> None:
        self._isolation = isolation
        self._waiting: OrderedDict[Setup, deque[asyncio.Task[Worker]]] = OrderedDict()
        self._wanted: dict[Setup, float] = {}
        """When those that wait were asked for last, by the clock of the event loop."""
        self._ending: set[asyncio.Task[None]] = set()

    def prepare(self, setup: Setup, count: int) -> None:
        """See to it that so many of a kind are there or on their way; returns at once.

        None is begun where that would end others that are likely to be needed as soon.
        """
        waiting = self._waiting.setdefault(setup, deque())
        self._waiting.move_to_end(setup)
        now = asyncio.get_running_loop().time()
        self._wanted[setup] = now
        more = count - len(waiting)
        while sum(map(len, self._waiting.values())) + more > MAX_SPARES:
            oldest = next(iter(self._waiting))
            if oldest == setup or now - self._wanted[oldest] < SOON_SECONDS:
                break
            self._drop(oldest)
        else:
            waiting.extend(self._begin(setup) for _ in range(more))
        self._forget(setup)

    async def take(self, setup: Setup) -> Worker:
        """One that is ready; it is the caller's to end.

        Raises:
            RunnerError: When it could not be started, or not be shut in.
            OSError: When there can be no process.
        """
        waiting = self._waiting.get(setup, deque())
        reason = ""
        for _ in range(len(waiting) + MAX_STARTS):
            starting = waiting.popleft() if waiting else self._begin(setup)
            self._forget(setup)
            try:
                worker = await asyncio.shield(starting)
                for _ in range(4):  # the loop hears of the end of a pipe, and passes it on
                    await asyncio.sleep(0)
                if worker.alive:
                    return worker
                reason = await worker.farewell()
            except asyncio.CancelledError:
                self._end(starting)
                raise
            await worker.end()
        raise RunnerError(f"the test process ends as soon as it is started: {reason}")

    async def ready(self) -> None:
        """Wait until all that were started are ready, or have failed."""
        waiting = [starting for queue in self._waiting.values() for starting in queue]
        await asyncio.gather(*waiting, return_exceptions=True)

    async def close(self) -> None:
        """End all that wait."""
        for setup in tuple(self._waiting):
            self._drop(setup)
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _forget(self, setup: Setup) -> None:
        """Keep nothing of a kind of which none waits: a run comes by many."""
        if not self._waiting.get(setup):
            self._waiting.pop(setup, None)
            self._wanted.pop(setup, None)

    def _begin(self, setup: Setup) -> asyncio.Task[Worker]:
        return asyncio.ensure_future(Worker.start(self._isolation, setup))

    def _drop(self, setup: Setup) -> None:
        del self._wanted[setup]
        for starting in self._waiting.pop(setup):
            self._end(starting)

    def _end(self, starting: asyncio.Task[Worker]) -> None:
        ending = asyncio.ensure_future(_end_once_started(starting))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)


async def _end_once_started(starting: asyncio.Task[Worker]) -> None:
    # Cancelling the start of a process can hang for ever in asyncio itself.
    with suppress(RunnerError, OSError):
        await (await starting).end()


def _clean_environment(scratch: str) -> dict[str, str]:
    clean = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": scratch, "TMPDIR": scratch}
    if os.name == "nt":
        clean |= {k: os.environ[k] for k in ("SYSTEMROOT", "PATH") if k in os.environ}
    return clean


def _died(code: int | None) -> str:
    # Bubblewrap tells of a signal as a shell does.
    number = -code if code and code < 0 else (code or 0) - 128
    if number != signal.SIGKILL and number in set(signal.Signals):
        return f"the code crashed ({signal.Signals(number).name})"
    return _BOUNDS.get(code or 0, "the code ended the test process")
