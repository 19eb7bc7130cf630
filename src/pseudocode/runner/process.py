"""Runs what a spec has to pass against a candidate, in processes of their own."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING

from pseudocode.events import SuiteFinished
from pseudocode.loop import RunnerError
from pseudocode.runner.again import agreed, second_pass
from pseudocode.runner.around import opening
from pseudocode.runner.beside import judge_setup, served_apart
from pseudocode.runner.examples import examine
from pseudocode.runner.judging import judged
from pseudocode.runner.permissions import seconds_for, told, wanted_rules
from pseudocode.runner.verdict import Verdict
from pseudocode.runner.workers import Setup, Spares, Worker
from pseudocode.spec.model import Spec

if TYPE_CHECKING:
    from pseudocode.runner.isolation import Isolation


class ProcessRunner:
    """Runs each test pass in fresh processes."""

    def __init__(self, isolation: Isolation, environ: Mapping[str, str] = os.environ) -> None:
        self._isolation = isolation
        self._environ = environ
        self._spares = Spares(isolation)

    @property
    def isolation(self) -> str:
        """What stands between generated code and the machine, in words."""
        return self._isolation.name

    def prepare(self, spec: Spec) -> None:
        """Start what the next run will need; returns at once."""
        passes = 1 if spec.options.network else 2
        try:
            if spec.kind != "file":
                # What the code will be like is not known: that the stubs are like it is a guess.
                called = bool(spec.suites) and served_apart(spec, spec.stub) is not None
                each = called + bool(spec.examples or not spec.suites)
                self._spares.prepare(self._worker_setup(spec), passes * each)
            if spec.suites:
                self._spares.prepare(judge_setup(spec), passes)
        except RunnerError:
            return  # the run itself will say so

    async def ready(self) -> None:
        """Wait until what is being prepared is ready."""
        await self._spares.ready()

    async def close(self) -> None:
        """End what waits for a next run."""
        await self._spares.close()

    async def run(self, spec: Spec, code: str) -> SuiteFinished:
        """Run examples and tests against the code; what passes has to pass a second time.

        Raises:
            RunnerError: When no process could be started, or not be shut in, or when the tests
                themselves are broken.
        """
        first = await self._pass(spec, code)
        # What comes over a network is neither cheap nor bound to be the same twice.
        if not first.all_passed or spec.options.network:
            return first
        repeat = first.seconds * 3 < seconds_for(spec)
        again = await self._pass(second_pass(spec, repeat=repeat), code, reverse=True)
        return agreed(first, again)

    async def _pass(self, spec: Spec, code: str, *, reverse: bool = False) -> SuiteFinished:
        started = time.monotonic()
        parts: list[Awaitable[Verdict]] = []
        # With neither examples nor tests, it is seen whether the code loads.
        if spec.kind != "file" and (spec.examples or not spec.suites):
            parts.append(self._examined(spec, code))
        if spec.suites:
            parts.append(judged(spec, code, self._start_worker, self._start, reverse=reverse))
        verdicts = await _all(parts)
        cases = tuple(case for verdict in verdicts for case in verdict.cases)
        return SuiteFinished(
            candidate=0,
            cases=cases,
            seconds=round(time.monotonic() - started, 4),
            isolation=told(self._isolation.name, spec, beside=any(c.beside for c in cases)),
            error=next((verdict.fault for verdict in verdicts if verdict.fault), ""),
            seen=tuple(dict.fromkeys(access for verdict in verdicts for access in verdict.seen)),
        )

    async def _examined(self, spec: Spec, code: str) -> Verdict:
        return await examine(await self._start_worker(spec), spec, code)

    async def _start_worker(self, spec: Spec) -> Worker:
        return await self._start(self._worker_setup(spec))

    async def _start(self, setup: Setup) -> Worker:
        try:
            return await self._spares.take(setup)
        except OSError as error:
            raise RunnerError(f"cannot start the test process: {error.strerror or error}") from None

    def _worker_setup(self, spec: Spec) -> Setup:
        named = ((name, self._environ.get(name)) for name in spec.options.env)
        return Setup(
            program="worker",
            rules=wanted_rules(spec),
            environ=tuple((name, value) for name, value in named if value is not None),
            opening=json.dumps(opening(spec)),
        )


async def _all(parts: list[Awaitable[Verdict]]) -> list[Verdict]:
    """All at once; when one cannot go on, the others are ended before the fault is raised."""
    running = [asyncio.ensure_future(part) for part in parts]
    try:
        return await asyncio.gather(*running)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
