"""Examples run against a candidate in processes of its own."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pseudocode.events import Case, SuiteFinished
from pseudocode.loop import RunnerError
from pseudocode.runner.again import agreed, second_pass
from pseudocode.runner.permissions import seconds_for, told, wanted_rules
from pseudocode.runner.verdict import Unencodable, broken, judge, skipped
from pseudocode.runner.workers import Setup, Spares, Worker
from pseudocode.spec.model import Example, Spec

if TYPE_CHECKING:
    from pseudocode.runner.isolation import Isolation


class ProcessRunner:
    """Runs each test pass in a fresh worker."""

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
        try:
            self._spares.prepare(self._setup(spec), 1 if spec.options.network else 2)
        except RunnerError:
            return  # the run itself will say so

    async def ready(self) -> None:
        """Wait until what is being prepared is ready."""
        await self._spares.ready()

    async def close(self) -> None:
        """End what waits for a next run."""
        await self._spares.close()

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
        try:
            worker = await self._spares.take(self._setup(spec))
        except OSError as error:
            raise RunnerError(f"cannot start the test process: {error.strerror or error}") from None
        started = time.monotonic()
        try:
            heard = await _examined(worker, spec, code)
        finally:
            await worker.end()
        cases, fault = _cases(spec, heard)
        return SuiteFinished(
            candidate=0,
            cases=cases,
            seconds=round(time.monotonic() - started, 4),
            isolation=told(self._isolation.name, spec),
            error=fault,
        )

    def _setup(self, spec: Spec) -> Setup:
        named = ((name, self._environ.get(name)) for name in spec.options.env)
        return Setup(
            program="worker",
            rules=wanted_rules(spec),
            environ=tuple((name, value) for name, value in named if value is not None),
            opening=json.dumps({"module": spec.module, "context": spec.context}),
        )


@dataclass(slots=True)
class _Heard:
    """What a worker answered, and why no more came."""

    loading: dict[str, Any] | None = None
    answers: dict[Any, dict[str, Any]] = field(default_factory=dict)
    reason: str = ""


async def _examined(worker: Worker, spec: Spec, code: str) -> _Heard:
    heard = _Heard()
    if worker.opened.get("error"):
        heard.loading = worker.opened | {"loaded": False}
        return heard
    seconds = seconds_for(spec)
    examples = [None if e.skipped else e.source for e in spec.examples]
    try:
        async with asyncio.timeout(seconds):
            await worker.send({"code": code, "examples": examples})
            worker.finish_sending()
            await _listen(worker, heard, spec.checks)
    except TimeoutError:
        heard.reason = f"the time limit of {seconds:g} s was reached"
    heard.reason = heard.reason or worker.reason
    return heard


async def _listen(worker: Worker, heard: _Heard, expected: int) -> None:
    """Take answers until all are there; whatever comes after is of no interest."""
    heard.loading = await worker.receive()
    if heard.loading is None or not heard.loading.get("loaded"):
        return
    while len(heard.answers) < expected and (answer := await worker.receive()):
        heard.answers[answer.get("index")] = answer


def _cases(spec: Spec, heard: _Heard) -> tuple[tuple[Case, ...], str]:
    """One case for each example, and what went wrong with the pass as a whole."""
    loading = heard.loading
    if loading is None or "loaded" not in loading:
        return tuple(_unrun(e, heard.reason) for e in spec.examples), heard.reason
    if not loading["loaded"]:
        failure = loading["error"]
        told = "\n".join([str(failure["text"]).strip(), *map(str, failure["frames"])])
        return tuple(
            _unrun(e, "not run") for e in spec.examples
        ), f"loading the code failed: {told}"
    cases: list[Case] = []
    fault = ""
    for index, example in enumerate(spec.examples):
        if example.skipped or index in heard.answers:
            cases.append(_case(example, heard.answers.get(index, {})))
        else:
            cases.append(broken(example, "not run" if fault else heard.reason))
            fault = heard.reason
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
