"""What a judge says about the tests, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pseudocode.events import Access, Case
from pseudocode.loop import RunnerError
from pseudocode.runner.channel import Record
from pseudocode.runner.examples import loading_fault
from pseudocode.runner.permissions import within
from pseudocode.runner.verdict import seen_in
from pseudocode.runner.workers import Worker
from pseudocode.spec.model import Spec

MAX_SHOWN = 4_000
"""Characters of one text that go into the journal and on the screen."""
BROKEN_OFF = (2, 3, 4)
"""Pytest's exit codes for an interruption, an error of its own, and wrong usage."""
_ABSENT = {"opaque": "the code is not there yet"}


@dataclass(slots=True)
class Heard:
    """What a judge has told."""

    items: list[Record] = field(default_factory=list)
    """The tests that were collected."""
    told: dict[str, Record] = field(default_factory=dict)
    finished: Record | None = None
    fault: str = ""
    """What went wrong with the pass as a whole."""
    beside: frozenset[str] = frozenset()
    """The tests that had the code in their process."""
    seen: dict[Access, None] = field(default_factory=dict)
    """What the code got hold of, as far as it let that be seen."""
    called_early: bool = False
    """Whether the code was called while tests were collected."""
    broken_off: str = ""
    """Why pytest gave up, where it did."""

    def cases(self, spec: Spec) -> tuple[Case, ...]:
        """One for each test."""
        return tuple(_case(spec, item, self) for item in self.items)


async def listen(judge: Worker, heard: Heard, relay: Relay | None) -> Record:
    """Take down what the judge says until it wants to be answered, or is finished.

    Returns:
        The last that it said; nothing where it is gone.
    """
    while record := await judge.receive():
        if "call" in record:
            heard.called_early |= not heard.items
            await judge.send(await relay.answer(record["call"]) if relay else _ABSENT)
        elif "errors" in record:
            return record
        elif "collected" in record:
            heard.items = list(record["collected"])
        elif "test" in record:
            if record["test"] in heard.told:
                heard.fault = "a test reported twice"
            heard.told[record["test"]] = record
        elif "finished" in record:
            heard.finished = record["finished"]
            if (status := record["finished"]["status"]) in BROKEN_OFF:
                last = await judge.last_line()
                heard.broken_off = f"pytest broke off with exit code {status}{last and f': {last}'}"
            return record
    return {}


async def ended_by_itself(judge: Worker) -> RunnerError:
    """The fault of tests after which nothing more is heard."""
    return RunnerError(f"the tests ended their own process: {await judge.farewell()}")


class Relay:
    """Passes calls on to the candidate; says what became of it once it is gone."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self.fault = ""
        """Why the code could not be loaded."""
        self.seen: dict[Access, None] = {}
        """What the code got hold of."""

    async def load(self, code: str) -> None:
        """Have the candidate loaded."""
        await self._worker.send({"code": code})
        loading = await self._worker.receive()
        if loading is None or "loaded" not in loading:
            self.fault = self._worker.reason
        else:
            self.seen |= dict.fromkeys(seen_in(loading))
            self.fault = loading_fault(loading)

    async def answer(self, call: Record) -> Record:
        """What the candidate answers to a call."""
        await self._worker.send(call)
        answer = await self._worker.receive()
        if answer is not None:
            self.seen |= dict.fromkeys(seen_in(answer))
            return answer
        return {
            "error": {"kinds": [], "args": None, "text": self._worker.reason, "frames": []},
        }


def _case(spec: Spec, item: Record, heard: Heard) -> Case:
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


def complain_of_broken(finished: Record) -> None:
    """Raise what is wrong with a test whatever the code.

    Raises:
        RunnerError: When there is such a test.
    """
    if finished["broken"]:
        raise RunnerError(f"the tests are broken: {finished['broken'][0]}")


def collecting_fault(text: str) -> str:
    """What pytest says of a file that it cannot import, without the way to it."""
    told = [line[1:].strip() for line in text.split("\n") if line.startswith("E ")]
    return "\n".join(told) or text.strip()


def _clip(text: str) -> str:
    text = text.strip("\n")
    return text if len(text) <= MAX_SHOWN else f"… {text[-MAX_SHOWN:]}"
