"""Test files against a candidate: pytest in a judge, the candidate in a worker, calls relayed here.

The two never meet, except for tests that need the candidate beside them (fixtures that act on the
process, values that cannot cross): those run in a second judge that has loaded the code. Canaries,
tests whose outcome is known here alone, show a candidate that decides over outcomes itself.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from pseudocode.loop import RunnerError
from pseudocode.runner.around import accepted_modules, modules_as_text
from pseudocode.runner.beside import Start, judge_setup, served_apart, tested_beside
from pseudocode.runner.channel import Record
from pseudocode.runner.examples import loading_fault
from pseudocode.runner.heard import (
    Heard,
    Relay,
    collecting_fault,
    complain_of_broken,
    ended_by_itself,
    listen,
)
from pseudocode.runner.permissions import seconds_for, within
from pseudocode.runner.verdict import Verdict
from pseudocode.runner.workers import MAX_CALLS_BYTES, Worker
from pseudocode.spec.model import Spec

StartWorker = Callable[[Spec], Awaitable[Worker]]


async def judged(
    spec: Spec, code: str, start_worker: StartWorker, start: Start, *, reverse: bool
) -> Verdict:
    """Run the test files of a spec against code.

    Args:
        spec: What is tested.
        code: The candidate.
        start_worker: Starts a process for the candidate.
        start: Starts any process.
        reverse: Whether the tests run from the last to the first.

    Returns:
        One case for each test.

    Raises:
        RunnerError: When the tests themselves are broken.
    """
    request = _request(spec, reverse)
    if spec.kind == "file":
        heard = await _tests_of_text(spec, request | {"contents": code}, start)
        return Verdict(heard.cases(spec), heard.fault)
    functions = served_apart(spec, code)
    if functions is None:
        heard = await tested_beside(spec, code, request, start, None)
        _complain_of_none(spec, heard)
    else:
        request |= {"functions": functions}
        heard = await _apart(spec, code, request, start_worker, start)
        await _add_those_beside(spec, code, request, start, heard)
    missing = [item["id"] for item in heard.items if item["id"] not in heard.told]
    heard.fault = heard.fault or ("not all tests reported" if missing else "")
    return Verdict(heard.cases(spec), heard.fault, tuple(heard.seen))


async def _add_those_beside(
    spec: Spec, code: str, request: Record, start: Start, heard: Heard
) -> None:
    """Run the tests again that turned out to need the code in their process."""
    told = heard.told
    ids = [i["id"] for i in heard.items if i["beside"] or told.get(i["id"], _NONE)["uncrossed"]]
    if ids and not heard.fault:
        beside = await tested_beside(spec, code, request, start, ids)
        heard.told |= beside.told
        heard.fault = beside.fault
        heard.beside = frozenset(ids)


_NONE: Record = {"uncrossed": ""}


def _request(spec: Spec, reverse: bool) -> Record:
    home = Path(spec.path).resolve().parent
    suites = [
        {
            "file": "" if suite.names else os.path.relpath(Path(suite.path).resolve(), home),
            "left_out": suite.left_out,
            "only": suite.only,
        }
        for suite in spec.suites
    ]
    return {
        "kind": spec.kind,
        "path": str(Path(spec.path).resolve()),
        "name": spec.name,
        "beside": False,
        "functions": {},
        "uses": sorted({n for suite in spec.suites for n in suite.uses if n.isidentifier()}),
        "folder": within(spec),
        "suites": suites,
        "reverse": reverse,
        "modules": modules_as_text(spec),
        "stubs": accepted_modules(spec),
    }


async def _apart(
    spec: Spec, code: str, request: Record, start_worker: StartWorker, start: Start
) -> Heard:
    """The tests against a candidate that is not in their process."""
    heard = Heard()
    seconds = seconds_for(spec)
    async with _Both(spec, start_worker, start) as (worker, judge):
        worker.may_say = judge.may_say = MAX_CALLS_BYTES
        if fault := loading_fault(worker.opened | {"loaded": not worker.opened.get("error")}):
            heard.fault = fault
            return heard
        relay = Relay(worker)
        try:
            async with asyncio.timeout(seconds):
                await relay.load(code)
                heard.fault = relay.fault
                if not relay.fault:
                    await judge.send(request)
                    await listen(judge, heard, relay)
        except TimeoutError:
            heard.fault = f"the time limit of {seconds:g} s was reached"
        heard.seen = relay.seen
        if heard.finished is None and not heard.fault:
            raise await ended_by_itself(judge)
    if heard.fault and not heard.items and not relay.fault:
        raise RunnerError(f"the tests could not be collected: {heard.fault}")
    if heard.called_early and heard.finished and heard.finished["errors"]:
        return await tested_beside(spec, code, request, start, None)
    _complain(spec, heard)
    return heard


async def _tests_of_text(spec: Spec, request: Record, start: Start) -> Heard:
    """The tests of a file, which get its contents: no code of the candidate's runs at all."""
    heard = Heard()
    judge = await start(judge_setup(spec))
    seconds = seconds_for(spec)
    try:
        async with asyncio.timeout(seconds):
            await judge.send(request)
            await listen(judge, heard, None)
    except TimeoutError:
        heard.fault = f"the time limit of {seconds:g} s was reached"
    finally:
        await judge.end()
    if heard.finished is None and not heard.fault:
        raise await ended_by_itself(judge)
    _complain(spec, heard)
    return heard


def _complain(spec: Spec, heard: Heard) -> None:
    """Raise what is wrong with the tests themselves."""
    finished = heard.finished
    if finished is None:
        return
    if finished["errors"]:
        text = collecting_fault(str(finished["errors"][0]))
        raise RunnerError(f"the tests could not be collected: {text}")
    complain_of_broken(finished)
    _complain_of_none(spec, heard)
    if heard.broken_off:
        raise RunnerError(heard.broken_off)


def _complain_of_none(spec: Spec, heard: Heard) -> None:
    if heard.finished and not heard.items and not heard.fault:
        if heard.broken_off:
            raise RunnerError(heard.broken_off)
        files = ", ".join(os.path.basename(suite.path) for suite in spec.suites)
        status = heard.finished["status"]
        raise RunnerError(f"pytest finds no tests in {files} (its exit code: {status})")


class _Both:
    """A worker and a judge, started together, ended together."""

    def __init__(self, spec: Spec, start_worker: StartWorker, start: Start) -> None:
        self._starting = (
            asyncio.ensure_future(start_worker(spec)),
            asyncio.ensure_future(start(judge_setup(spec))),
        )

    async def __aenter__(self) -> tuple[Worker, Worker]:
        try:
            worker, judge = await asyncio.gather(*self._starting)
        except BaseException:
            await self._end()
            raise
        return worker, judge

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    async def _end(self) -> None:
        started = await asyncio.gather(*self._starting, return_exceptions=True)
        await asyncio.gather(*(one.end() for one in started if isinstance(one, Worker)))
