"""The examples of a docstring against a candidate: sent as calls, compared here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from pseudocode.events import Access, Case
from pseudocode.runner.permissions import seconds_for
from pseudocode.runner.verdict import (
    Unencodable,
    Verdict,
    broken,
    judge,
    seen_in,
    skipped,
    well_formed,
)
from pseudocode.runner.workers import Worker
from pseudocode.spec.model import Example, Spec


async def examine(worker: Worker, spec: Spec, code: str) -> Verdict:
    """Run the examples in a worker that is used up by it: one case for each."""
    try:
        heard = await _examined(worker, spec, code)
        return Verdict(*_cases(spec, heard), seen=tuple(heard.seen))
    finally:
        await worker.end()


def loading_fault(loading: dict[str, Any] | None) -> str:
    """Why the code could not be loaded, as the worker told it; empty where it could."""
    if loading is None or loading.get("loaded", True):
        return ""
    failure = loading["error"]
    told = [str(failure["text"]).strip(), *map(str, failure["frames"])]
    return "loading the code failed: " + "\n".join(told)


@dataclass(slots=True)
class _Heard:
    """What a worker answered, and why no more came."""

    loading: dict[str, Any] | None = None
    answers: dict[Any, dict[str, Any]] = field(default_factory=dict)
    reason: str = ""
    seen: dict[Access, None] = field(default_factory=dict)
    """What the code got hold of."""


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
    heard.loading = await _answer(worker, heard)
    if heard.loading is None or not heard.loading.get("loaded"):
        return
    while len(heard.answers) < expected and (answer := await _answer(worker, heard)):
        heard.answers[answer.get("index")] = answer


async def _answer(worker: Worker, heard: _Heard) -> dict[str, Any] | None:
    answer = await worker.receive()
    if answer is not None:
        heard.seen |= dict.fromkeys(seen_in(answer))
    if answer is None or well_formed(answer):
        return answer
    worker.refuse()
    return None


def _cases(spec: Spec, heard: _Heard) -> tuple[tuple[Case, ...], str]:
    """One case for each example, and what went wrong with the pass as a whole."""
    if heard.loading is None or "loaded" not in heard.loading:
        return tuple(_unrun(e, heard.reason) for e in spec.examples), heard.reason
    if fault := loading_fault(heard.loading):
        return tuple(_unrun(e, "not run") for e in spec.examples), fault
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
