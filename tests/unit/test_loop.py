from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pseudocode.bounds import Purse, TimeUp
from pseudocode.events import CandidateAccepted, ReplyReceived, Stopped
from pseudocode.loop import Request, Tools, drive
from pseudocode.policy.agreement import VOTES
from pseudocode.resumption import MOST_PARTS
from pseudocode.session import Session
from tests.making import RIGHT, fenced, session_of, spec_of
from tests.scenarios.playing import Answers, PlainChecker, TableRunner, answer


class Memory:
    """A shelf that only remembers."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    def accept(self, session: Session, candidate: Any) -> str:
        self.codes.append(candidate.code)
        return "x.py"


def tools(*replies: ReplyReceived) -> Tools:
    return Tools(Answers(replies), TableRunner({RIGHT: ("3", "7")}), PlainChecker(), Memory())


async def test_a_session_that_waits_is_left_alone() -> None:
    kit = tools()
    session = session_of()
    session.append(Stopped())
    waited = await drive(session, kit)
    assert waited.reason == "stopped"
    assert len(session.events) == 2


async def test_a_session_that_was_never_started_is_not_driven() -> None:
    session = Session(spec_of())
    assert (await drive(session, tools())).reason == "start"
    assert session.events == []


async def test_driving_says_what_it_waits_for_and_can_be_called_again() -> None:
    kit = tools(answer(fenced(RIGHT)))
    session = session_of()
    assert (await drive(session, kit)).reason == "done"
    told = list(session.events)
    assert (await drive(session, kit)).reason == "done"
    assert session.events == told
    assert isinstance(told[-1], CandidateAccepted)


class SlowShelf(Memory):
    """A disk that takes its time."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.may_end = threading.Event(), threading.Event()

    def accept(self, session: Session, candidate: Any) -> str:
        self.begun.set()
        assert self.may_end.wait(10)
        return super().accept(session, candidate)


@pytest.mark.parametrize("stopped", [False, True])
async def test_an_acceptance_holds_nobody_up_and_is_not_broken_off(stopped: bool) -> None:
    session, shelf = session_of(), SlowShelf()
    driving = asyncio.ensure_future(
        drive(session, replace(tools(answer(fenced(RIGHT))), shelf=shelf))
    )
    while not shelf.begun.is_set():
        await asyncio.sleep(0)
    if stopped:
        driving.cancel()
        await asyncio.sleep(0)
    shelf.may_end.set()
    await asyncio.wait([driving])
    assert driving.cancelled() is stopped
    assert shelf.codes == [RIGHT]
    assert isinstance(session.events[-1], CandidateAccepted)


async def test_text_is_told_as_it_arrives_and_kept_once_whole() -> None:
    arrived: list[tuple[int, str]] = []
    session = session_of()
    await drive(session, tools(answer(fenced(RIGHT))), lambda n, text: arrived.append((n, text)))
    assert {index for index, _ in arrived} == {0}
    assert "".join(text for _, text in arrived) == fenced(RIGHT)


async def test_each_candidate_is_asked_for_with_a_sample_of_its_own() -> None:
    replies = [answer("no"), answer("nor"), answer("neither"), answer("never")]
    provider = Answers(replies)
    kit = Tools(provider, TableRunner({}), PlainChecker(), Memory())
    await drive(session_of(candidates=2, max_rounds=2), kit)
    samples = [request.sample for request in provider.requests]
    assert len(samples) == len(set(samples)) == 4


@pytest.mark.parametrize(
    ("finish", "told"),
    [("length", "cut off"), ("cut", "cut off"), ("filter", "content filter")],
)
async def test_an_answer_that_did_not_end_well_says_how(finish: str, told: str) -> None:
    session = session_of(max_rounds=1)
    await drive(session, tools(*[answer("```python\ndef add(a: in", finish=finish)] * MOST_PARTS))
    assert session.best is not None
    assert session.best.checked is not None
    assert told in session.best.checked.faults[0]


async def test_withheld_code_is_never_used() -> None:
    session = session_of(max_rounds=1)
    await drive(session, tools(answer(fenced(RIGHT), finish="filter")))
    assert session.accepted is None


async def test_a_model_that_continues_a_text_has_its_start_put_before() -> None:
    session = session_of(style="prefill")
    await drive(session, tools(*[answer("    return a + b\n")] * VOTES))
    assert session.accepted is not None
    assert session.best is not None
    assert session.best.code == RIGHT


class Slow:
    """A model that is cut off by the time."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.requests: list[Request] = []

    async def reply(self, request: Request, on_text: Callable[[str], None]) -> ReplyReceived:
        self.requests.append(request)
        on_text(self.text)
        raise TimeUp


async def test_what_came_within_the_time_counts_and_is_the_last() -> None:
    session = session_of(max_seconds=3.0)
    slow = Slow("```python\ndef add(a: in")
    waited = await drive(session, replace(tools(), provider=slow))
    assert (waited.reason, waited.detail) == ("limit", "the limit of 3 seconds is reached")
    assert [request.seconds for request in slow.requests] == [3.0]
    assert session.best is not None
    assert session.best.reply.text == slow.text


async def test_code_that_was_whole_within_the_time_is_accepted() -> None:
    session = session_of(max_seconds=3.0)
    await drive(session, replace(tools(), provider=Slow(fenced(RIGHT))))
    assert session.accepted is not None


async def test_a_run_without_anything_left_stops_the_session_where_it_stands() -> None:
    session = session_of(max_rounds=3)
    said = answer("no", prompt_tokens=3, completion_tokens=2)
    kit = replace(tools(*[said] * 3), purse=Purse(tokens=5))
    assert (await drive(session, kit)).reason == "stopped"
    assert session.events[-1] == Stopped(reason="interrupted")
    assert len(session.rounds) == 2
