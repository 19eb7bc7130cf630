"""Test files against a candidate: pytest in a judge, the candidate in a worker, calls relayed here.

The two never meet, except for tests that need the candidate beside them (fixtures that act on the
process, values that cannot cross): those run in a second judge that has loaded the code. Canaries,
tests whose outcome is known here alone, show a candidate that decides over outcomes itself.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pseudocode.events import Case
from pseudocode.loop import RunnerError
from pseudocode.runner.around import accepted_modules, modules_as_text
from pseudocode.runner.examples import loading_fault
from pseudocode.runner.permissions import judge_rules, seconds_for, within
from pseudocode.runner.workers import MAX_CALLS_BYTES, Setup, Worker
from pseudocode.spec.model import Spec
from pseudocode.spec.outline import outline
from pseudocode.spec.parsing import parse

Record = dict[str, Any]
StartWorker = Callable[[Spec], Awaitable[Worker]]
Start = Callable[[Setup], Awaitable[Worker]]

CANARIES = (False, True, False, True)
"""Which of them pass; where they stand among the tests is drawn anew each time."""
MAX_SHOWN = 4_000
"""Characters of one text that go into the journal and on the screen."""
_BROKEN_OFF = (2, 3, 4)
"""Pytest's exit codes for an interruption, an error of its own, and wrong usage."""


def judge_setup(spec: Spec) -> Setup:
    """How a judge for the tests beside a spec is started."""
    return Setup(program="judge", rules=judge_rules(spec), environ=(), opening="{}")


async def judged(
    spec: Spec, code: str, start_worker: StartWorker, start: Start, *, reverse: bool
) -> tuple[tuple[Case, ...], str]:
    """Run the test files of a spec against code.

    Args:
        spec: What is tested.
        code: The candidate.
        start_worker: Starts a process for the candidate.
        start: Starts any process.
        reverse: Whether the tests run from the last to the first.

    Returns:
        One case for each test, and what went wrong with the pass as a whole.

    Raises:
        RunnerError: When the tests themselves are broken.
    """
    request = _request(spec, reverse)
    if spec.kind == "file":
        heard = await _tests_of_text(spec, request | {"contents": code}, start)
        return tuple(_case(spec, item, heard) for item in heard.items), heard.fault
    heard = await _apart(spec, code, request, start_worker, start)
    if heard.fault:
        return tuple(_case(spec, item, heard) for item in heard.items), heard.fault
    ids = [
        i["id"] for i in heard.items if i["beside"] or heard.told.get(i["id"], _NONE)["uncrossed"]
    ]
    if ids:
        beside = await _beside(spec, code, request | {"ids": ids}, start)
        heard.told |= beside.told
        heard.fault = beside.fault
        heard.beside = frozenset(ids)
    missing = [item["id"] for item in heard.items if item["id"] not in heard.told]
    heard.fault = heard.fault or ("not all tests reported" if missing else "")
    return tuple(_case(spec, item, heard) for item in heard.items), heard.fault


_NONE: Record = {"uncrossed": ""}


@dataclass(slots=True)
class _Heard:
    """What a judge has told."""

    items: list[Record] = field(default_factory=list)
    told: dict[str, Record] = field(default_factory=dict)
    finished: Record | None = None
    fault: str = ""
    beside: frozenset[str] = frozenset()


def _request(spec: Spec, reverse: bool) -> Record:
    home = Path(spec.path).resolve().parent
    suites = [
        {
            "file": "" if suite.names else os.path.relpath(Path(suite.path).resolve(), home),
            "left_out": suite.left_out,
        }
        for suite in spec.suites
    ]
    return {
        "kind": spec.kind,
        "path": str(Path(spec.path).resolve()),
        "name": spec.name,
        **_parts(spec),
        "folder": within(spec),
        "suites": suites,
        "reverse": reverse,
        "modules": modules_as_text(spec),
        "stubs": accepted_modules(spec),
    }


def _parts(spec: Spec) -> Record:
    """What of a declaration can be called from afar; classes and constants have to be there."""
    if spec.kind != "module":
        return {"functions": [], "beside": spec.kind == "class"}
    found = outline(parse(spec.source).body)
    beside = bool(found.classes or found.constants)
    return {"functions": [] if beside else [*found.functions], "beside": beside}


async def _apart(
    spec: Spec, code: str, request: Record, start_worker: StartWorker, start: Start
) -> _Heard:
    """The tests against a candidate that is not in their process."""
    heard = _Heard()
    seconds = seconds_for(spec)
    async with _Both(spec, start_worker, start) as (worker, judge):
        worker.may_say = judge.may_say = MAX_CALLS_BYTES
        if fault := loading_fault(worker.opened | {"loaded": not worker.opened.get("error")}):
            heard.fault = fault
            return heard
        relay = _Relay(worker)
        try:
            async with asyncio.timeout(seconds):
                await relay.load(code)
                heard.fault = relay.fault
                if not relay.fault:
                    await judge.send(request)
                    await _listen(judge, heard, relay)
        except TimeoutError:
            heard.fault = f"the time limit of {seconds:g} s was reached"
        if heard.finished is None and not heard.fault:
            raise RunnerError(f"the tests ended their own process: {judge.reason}")
    if heard.fault and not heard.items and not relay.fault:
        raise RunnerError(f"the tests could not be collected: {heard.fault}")
    _complain(spec, heard)
    return heard


async def _tests_of_text(spec: Spec, request: Record, start: Start) -> _Heard:
    """The tests of a file, which get its contents: no code of the candidate's runs at all."""
    heard = _Heard()
    judge = await start(judge_setup(spec))
    seconds = seconds_for(spec)
    try:
        async with asyncio.timeout(seconds):
            await judge.send(request)
            await _listen(judge, heard, None)
    except TimeoutError:
        heard.fault = f"the time limit of {seconds:g} s was reached"
    finally:
        await judge.end()
    if heard.finished is None and not heard.fault:
        raise RunnerError(f"the tests ended their own process: {judge.reason}")
    _complain(spec, heard)
    return heard


def _complain(spec: Spec, heard: _Heard) -> None:
    """Raise what is wrong with the tests themselves."""
    finished = heard.finished
    if finished is None:
        return
    if finished["errors"]:
        text = str(finished["errors"][0]).strip()
        raise RunnerError(f"the tests could not be collected: {text}")
    if not heard.items:
        files = ", ".join(os.path.basename(suite.path) for suite in spec.suites)
        raise RunnerError(f"pytest finds no tests in {files} (its exit code: {finished['status']})")
    if finished["status"] in _BROKEN_OFF:
        raise RunnerError(f"pytest broke off with exit code {finished['status']}")


async def _listen(judge: Worker, heard: _Heard, relay: _Relay | None) -> None:
    while record := await judge.receive():
        if "call" in record and relay is not None:
            await judge.send(await relay.answer(record["call"]))
        elif "collected" in record:
            heard.items = list(record["collected"])
        elif "test" in record:
            if record["test"] in heard.told:
                heard.fault = "a test reported twice"
            heard.told[record["test"]] = record
        elif "finished" in record:
            heard.finished = record["finished"]
            return


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


class _Relay:
    """Passes calls on to the candidate; says what became of it once it is gone."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self.fault = ""
        """Why the code could not be loaded."""

    async def load(self, code: str) -> None:
        await self._worker.send({"code": code})
        loading = await self._worker.receive()
        if loading is None or "loaded" not in loading:
            self.fault = self._worker.reason
        else:
            self.fault = loading_fault(loading)

    async def answer(self, call: Record) -> Record:
        await self._worker.send(call)
        answer = await self._worker.receive()
        if answer is not None:
            return answer
        return {
            "error": {"kinds": [], "args": None, "text": self._worker.reason, "frames": []},
        }


async def _beside(spec: Spec, code: str, request: Record, start: Start) -> _Heard:
    """The tests against a candidate in their own process, with canaries among them."""
    heard = _Heard()
    expected = _canaries(request["ids"])
    judge = await start(judge_setup(spec))
    seconds = seconds_for(spec)
    try:
        async with asyncio.timeout(seconds):
            canaries = [(place, name, passes) for name, (place, passes) in expected.items()]
            await judge.send(request | {"code": code, "canaries": canaries})
            await _listen(judge, heard, None)
        heard.fault = heard.fault or _meddling(heard, expected, judge.reason)
    except TimeoutError:
        heard.fault = f"the time limit of {seconds:g} s was reached"
    finally:
        await judge.end()
    heard.told = {name: told for name, told in heard.told.items() if name in set(request["ids"])}
    return heard


def _canaries(ids: list[str]) -> dict[str, tuple[int, bool]]:
    """Names like those of the tests, at places among them; one that fails comes after them all."""
    draw = random.SystemRandom()
    # What the last test's call has meddled with shows in what runs after it.
    outcomes = [*draw.sample(CANARIES, len(CANARIES)), False]
    taken = {name.rpartition("::")[2] for name in ids}
    found: dict[str, tuple[int, bool]] = {}
    for number, passes in enumerate(outcomes):
        like = draw.choice(ids).rpartition("::")[2].partition("[")[0]
        name = next(n for i in itertools.count(2) if (n := f"{like}_{i}") not in {*taken, *found})
        last = number == len(CANARIES)
        place = len(ids) + number if last else draw.randrange(len(ids) + 1)
        found[name] = (place, passes)
    return found


def _meddling(heard: _Heard, expected: dict[str, tuple[int, bool]], reason: str) -> str:
    """What shows that the candidate has decided over its tests; empty where nothing does."""
    if heard.finished is None:
        return reason
    if heard.finished["tampered"]:
        return str(heard.finished["tampered"])
    outcomes = {name.rpartition("::")[2]: told["outcome"] for name, told in heard.told.items()}
    for name, (_, passes) in expected.items():
        if outcomes.get(name) != ("passed" if passes else "failed"):
            return "the code meddled with its tests: one that must fail or pass did not"
    return ""


def _case(spec: Spec, item: Record, heard: _Heard) -> Case:
    name = str(item["id"])
    told = heard.told.get(name)
    hidden = {test for suite in spec.suites for test in suite.hidden}
    shown = name.removeprefix(f"{within(spec)}/")
    common: dict[str, Any] = {
        "call": shown.partition("::")[2] or shown,
        "file": shown.partition("::")[0],
        "hidden": item["name"] in hidden,
        "beside": name in heard.beside,
    }
    if told is None:
        return Case(outcome="error", error=heard.fault or "not run", **common)
    wrong = told["outcome"] in ("failed", "error")
    return Case(
        outcome=told["outcome"],
        error=_clip(str(told.get("summary") or told["text"])) if wrong else "",
        traceback=_clip(str(told["text"])) if wrong else "",
        output=_clip(str(told.get("output") or "")),
        seconds=round(float(told["seconds"]), 6),
        line=int(told.get("line") or 0),
        **common,
    )


def _clip(text: str) -> str:
    text = text.strip("\n")
    return text if len(text) <= MAX_SHOWN else f"… {text[-MAX_SHOWN:]}"
