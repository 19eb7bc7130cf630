"""Runs programs one after the other behind one isolation, and tells what became of the machine.

`python -m tests.edges.hostile.batch ISOLATION NAME…` prints one line of JSON for each.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
import time
from asyncio import Task
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from textwrap import dedent
from typing import Any

from pseudocode.events import SuiteFinished
from pseudocode.runner import isolation, kernel
from pseudocode.runner.isolation import Isolation
from pseudocode.runner.process import ProcessRunner
from tests.edges.hostile.corpus import Program
from tests.edges.hostile.everything import HONEST, HOSTILE
from tests.edges.hostile.honest import Honest
from tests.edges.hostile.scene import (
    Scene,
    descendants,
    dropped,
    emptied_temporary_folder,
    heard,
    left_over,
    scene,
)
from tests.edges.processes import MARK
from tests.edges.walls import KEY, Place
from tests.making import spec_of

UNAVAILABLE = "unavailable"
MARGIN = 4.0
"""Seconds that a verdict may take beyond the time limit."""
MAX_GROWTH = 128 << 20
"""Bytes by which the app may grow at its peak."""
MAX_STANDSTILL = 3.0
"""Seconds for which the app may not answer, on a slow and busy machine."""
MAX_PROCESSES = 400
_BEAT = 0.05

_BROKEN = re.compile(r"^(Name|Syntax|Indentation|Import|ModuleNotFound|UnboundLocal)Error")


@dataclass(slots=True, kw_only=True)
class Result:
    """What was found after a program."""

    harms: list[str] = field(default_factory=list)
    """What it did that it should not; for honest programs why they did not pass."""
    broken: str = ""
    """Why the program did not even try."""
    missing: str = ""
    """Why this user has no such isolation."""
    told: str = ""
    seconds: float = 0.0

    @property
    def contained(self) -> bool:
        return not self.harms


class Vitals:
    """How the app fares: its memory, its answers and how many processes are below it."""

    def __init__(self, decoy: int) -> None:
        self._decoy = decoy
        self._last = time.monotonic()
        self.standstill = 0.0
        self.most = 0

    async def observe(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(_BEAT)
            self._beat()
            self.most = max(self.most, len(descendants(self._decoy)))

    def _beat(self) -> None:
        now = time.monotonic()
        self.standstill = max(self.standstill, now - self._last - _BEAT)
        self._last = now

    @contextmanager
    def observed(self) -> Iterator[None]:
        Path("/proc/self/clear_refs").write_text("5")  # the peak of memory starts anew
        before, self._last = self._memory("VmRSS"), time.monotonic()
        task: Task[None] = asyncio.ensure_future(self.observe())
        try:
            yield
        finally:
            task.cancel()
            self._beat()
            self.growth = self._memory("VmHWM") - before

    def _memory(self, name: str) -> int:
        status = Path("/proc/self/status").read_text().splitlines()
        (line,) = [line for line in status if line.startswith(f"{name}:")]
        return int(line.split()[1]) << 10

    def harms(self) -> Iterator[str]:
        if self.growth > MAX_GROWTH:
            yield f"the app grew by {self.growth >> 20} MiB"
        if self.standstill > MAX_STANDSTILL:
            yield f"the app stood still for {self.standstill:.1f} s"
        if self.most > MAX_PROCESSES:
            yield f"there were {self.most} processes at once"


async def run_hostile(program: Program, kind: Isolation, around: Scene) -> Result:
    """Run a program and look around."""
    place, result = around.place(), Result()
    tokens = place.tokens
    code = around.names(place) + dedent(program.code)
    started = time.monotonic()
    for _ in range(program.passes):
        before, vitals = place.state, Vitals(around.decoy.pid)
        passed = False
        try:
            with vitals.observed():
                began = time.monotonic()
                report = await place.run(kind, code, *program.calls, **program.options)
                took = time.monotonic() - began
        except Exception as error:  # whatever it is, it would have ended the app
            result.harms.append(f"the run broke off: {error!r}"[:300])
        else:
            passed = report.all_passed
            result.harms += _verdict(program, report, took)
            result.harms += ["it saw a secret"] * any(s in repr(report) for s in tokens)
            result.told = _told(report)
            result.broken = result.broken or _broken(report)
        result.harms += [*vitals.harms(), *await _surroundings(place, around, before)]
        if passed:
            result.harms.append("it passed")
    result.seconds = round(time.monotonic() - started, 2)
    return result


def _verdict(program: Program, report: SuiteFinished, took: float) -> Iterator[str]:
    limit = float(program.options.get("timeout", 10.0))  # type: ignore[arg-type]
    if took > limit * (1 + report.all_passed) + MARGIN:
        yield f"the verdict took {took:.1f} s"
    if KEY in repr(report):
        yield "it saw the key"
    if program.tells:
        got = {case.got for case in report.cases} - {"", "[]"}
        yield from (f"it got through with {one}"[:300] for one in got)


def _told(report: SuiteFinished) -> str:
    told = report.error or next(
        (c.error or c.got for c in report.cases if c.outcome != "passed"), ""
    )
    return told[:200]


def _broken(report: SuiteFinished) -> str:
    told = [
        report.error.removeprefix("loading the code failed: "),
        *(c.error for c in report.cases),
    ]
    return next((one for one in told if _BROKEN.match(one)), "")


async def _surroundings(place: Place, around: Scene, before: dict[str, object]) -> list[str]:
    harms = [await left_over(place, around.decoy.pid), around.terminal.harm()]
    harms.append(await around.decoy.harm())
    harms += [f"{name} was called" for name in heard(around.sockets)]
    harms += [f"{path} was left" for path in dropped(place)]
    harms += [f"{name} was left in the temporary folder" for name in emptied_temporary_folder()]
    if (after := place.state) != before:
        names = [
            name for name in after.keys() | before.keys() if after.get(name) != before.get(name)
        ]
        harms.append(f"files were changed: {sorted(names)}"[:300])
    if around.signals:
        harms.append(f"the app was sent {[signal.Signals(n).name for n in around.signals]}")
        around.signals.clear()
    return [harm for harm in harms if harm]


async def run_honest(honest: Honest, kind: Isolation, around: Scene) -> Result:
    """Run a solution that has to pass."""
    place = around.place()
    spec = spec_of(honest.spec)
    options = {"timeout": 20.0, "env": (MARK,), **honest.options}
    spec = replace(spec, options=replace(spec.options, **options))  # type: ignore[arg-type]
    started, before = time.monotonic(), place.state
    report = await ProcessRunner(kind, {MARK: place.mark}).run(spec, honest.code)
    wrong = [c for c in report.cases if c.outcome != "passed"]
    harms = [f"{c.call}: {c.error or c.got}" for c in wrong]
    harms += [report.error] if report.error else []
    harms += [] if report.all_passed or harms else ["nothing was checked"]
    harms += await _surroundings(place, around, before)
    return Result(harms=harms, seconds=round(time.monotonic() - started, 2))


async def _main(kind: Isolation, names: list[str]) -> None:
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    async with scene() as around:
        for name in names:
            if name in HOSTILE:
                result = await run_hostile(HOSTILE[name], kind, around)
            else:
                result = await run_honest(HONEST[name], kind, around)
            _print({"name": name, **asdict(result)})


def _print(record: dict[str, Any]) -> None:
    print(json.dumps(record), flush=True)


def main(wanted: str, names: list[str]) -> None:
    """Run what is asked for, or say that this user has no such isolation."""
    kinds = {tried.name: tried for tried in isolation.probed()}
    tried = kinds[wanted]
    if tried.isolation is None:
        _print({"name": UNAVAILABLE, "told": tried.fault})
        return
    with suppress(KeyboardInterrupt):
        asyncio.run(_main(tried.isolation, names))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
