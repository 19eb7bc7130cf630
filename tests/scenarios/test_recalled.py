"""Sessions in which code out of the library is tried before the model is asked."""

from __future__ import annotations

from typing import Any

import pytest

from pseudocode.events import (
    Approved,
    Commented,
    Event,
    ExamplesFound,
    PromptSent,
    Rejected,
    ReplyReceived,
    RoundRequested,
    Solved,
)
from pseudocode.loop import Tools, drive
from pseudocode.rounds import saved_tokens, times_asked
from pseudocode.session import Session
from pseudocode.spec.model import Spec
from tests.making import MINUS, RIGHT, THREE, fenced, session_of, spec_of
from tests.scenarios.playing import (
    TESTED,
    Answers,
    PlainChecker,
    TableRunner,
    answer,
    derived,
    names,
)
from tests.unit.test_loop import Memory

GOT = {RIGHT: ("3", "7"), MINUS: ("-1", "-1"), THREE: ("3", "3")}
TRIED = "ReplyReceived"
NEAR = tuple(
    Solved(kind="function", name=name, told="Do it.", code=f"def {name}(): ...", origin=name)
    for name in ("one", "two", "three")
)
EXAMINED = "CandidateChecked SuiteFinished"


class Known:
    """A library that knows these codes."""

    def __init__(self, *codes: str) -> None:
        self._codes = codes
        self.asked = 0

    async def recall(self, spec: Spec) -> tuple[ReplyReceived, ...]:
        self.asked += 1
        facts: dict[str, Any] = {"source": "library", "saved_tokens": 60, "origin": "shop: a.b"}
        return tuple(answer(fenced(code), **facts) for code in self._codes)

    async def near(self, spec: Spec, count: int) -> tuple[Solved, ...]:
        return NEAR[:count]


def kit(library: Known, *replies: str) -> tuple[Tools, Answers, TableRunner]:
    provider = Answers(answer(fenced(code), prompt_tokens=5) for code in replies)
    runner = TableRunner(GOT)
    return Tools(provider, runner, PlainChecker(), Memory(), library), provider, runner


def counted(session: Session) -> tuple[int, int]:
    """How often the model was asked, and what was saved."""
    kept = saved_tokens(session.rounds, session.accepted_candidate)
    return times_asked(session.rounds), kept


def assert_replays(session: Session) -> None:
    again = Session.replay(session.spec, session.events)
    assert derived(again) == derived(session)
    assert counted(again) == counted(session)


async def test_what_passes_is_accepted_at_no_cost() -> None:
    tools, provider, _ = kit(Known(MINUS, RIGHT, THREE))
    session = session_of()
    assert (await drive(session, tools)).reason == "done"
    events = f"RoundStarted {TRIED} {TRIED} {TRIED} {EXAMINED} {EXAMINED} CandidateAccepted"
    assert names(session) == events.split()
    assert provider.requests == []
    assert counted(session) == (0, 60)
    assert (session.total.tokens, session.total.rounds) == (0, 0)
    assert_replays(session)


async def test_where_nothing_passes_the_model_is_asked_as_ever() -> None:
    plain, before, _ = kit(Known(), THREE, RIGHT)
    await drive(session_of(), plain)
    tools, provider, _ = kit(Known(MINUS), THREE, RIGHT)
    session = session_of()
    assert (await drive(session, tools)).reason == "done"
    tried = f"RoundStarted {TRIED} {EXAMINED}"
    assert names(session) == f"{tried} {TESTED} {TESTED} CandidateAccepted".split()
    assert provider.requests == before.requests
    assert [past.number for past in session.rounds] == [0, 1, 2]
    assert [past.started.reason for past in session.rounds] == ["library", "first", "repair"]
    assert counted(session) == (2, 0)
    assert_replays(session)


async def test_a_person_decides_and_sees_where_it_comes_from() -> None:
    tools, provider, _ = kit(Known(RIGHT))
    session = session_of(approval="person")
    waited = await drive(session, tools)
    assert (waited.reason, waited.detail) == ("approval", "found in your library, all pass")
    assert waited.candidate is not None
    session.append(Approved(sha256=waited.candidate.sha256))
    assert (await drive(session, tools)).reason == "done"
    assert provider.requests == []
    assert_replays(session)


async def test_a_comment_on_it_goes_to_the_model_with_the_code() -> None:
    tools, provider, _ = kit(Known(RIGHT), RIGHT)
    session = session_of(approval="person")
    await drive(session, tools)
    session.append(Commented(text="name it better"))
    assert (await drive(session, tools)).reason == "approval"
    (request,) = provider.requests
    assert [message.role for message in request.messages] == ["system", "user", "assistant", "user"]
    assert "def add" in request.messages[1].content
    assert request.messages[2].content == fenced(RIGHT)
    assert request.messages[3].content.startswith("name it better")
    assert session.rounds[1].started.reason == "comment"
    assert_replays(session)


@pytest.mark.parametrize("decision", [Rejected(), RoundRequested()])
async def test_who_turns_it_down_gets_the_model(decision: Event) -> None:
    library = Known(RIGHT)
    tools, provider, _ = kit(library, RIGHT)
    session = session_of(approval="person")
    await drive(session, tools)
    session.append(decision)
    assert (await drive(session, tools)).detail == "all pass"
    assert [message.role for message in provider.requests[0].messages] == ["system", "user"]
    assert [past.started.reason for past in session.rounds] == ["library", "first"]
    assert library.asked == 1
    assert_replays(session)


async def test_it_is_not_run_before_it_is_reviewed() -> None:
    tools, _, runner = kit(Known(RIGHT))
    session = session_of(spec_of(options="review=True"), review=True)
    waited = await drive(session, tools)
    assert waited.reason == "review"
    assert runner.codes == []
    assert waited.candidate is not None
    session.append(Approved(sha256=waited.candidate.sha256))
    assert (await drive(session, tools)).reason == "done"
    assert runner.codes == [RIGHT]


async def test_a_model_that_continues_a_text_is_not_mistaken_for_the_library() -> None:
    tools, _, _ = kit(Known(RIGHT))
    session = session_of(style="prefill")
    assert (await drive(session, tools)).reason == "done"
    assert session.best is not None
    assert session.best.code == RIGHT


@pytest.mark.parametrize("anew", [True, False])
async def test_who_wants_it_anew_or_said_something_is_not_given_the_old(anew: bool) -> None:
    library = Known(RIGHT)
    tools, provider, _ = kit(library, RIGHT)
    session = session_of(anew=anew)
    if not anew:
        session.append(Commented(text="with a loop"))
    await drive(session, tools)
    assert library.asked == 0
    assert [request.anew for request in provider.requests] == [anew]


@pytest.mark.parametrize("kept", range(1, 6))
async def test_a_session_that_was_broken_off_goes_on(kept: int) -> None:
    tools, _, _ = kit(Known(MINUS, RIGHT))
    whole = session_of()
    await drive(whole, tools)
    session = Session.replay(whole.spec, whole.events[: kept + 1])
    tools, provider, _ = kit(Known(MINUS, RIGHT), RIGHT)
    assert (await drive(session, tools)).reason == "done"
    # Where not even the right code was written down, the model is asked, as usual.
    assert len(provider.requests) == (kept in (1, 2))
    assert all(request.messages for request in provider.requests)


@pytest.mark.parametrize("style", ["chat", "prefill"])
async def test_what_is_near_goes_along_and_is_the_same_without_the_library(style: str) -> None:
    tools, provider, _ = kit(Known(MINUS), THREE, THREE)
    session = session_of(library_examples=2, style=style, max_rounds=2)
    await drive(session, tools)
    (found,) = [event for event in session.events if isinstance(event, ExamplesFound)]
    assert found.solved == NEAR[:2]
    # What the library gave was tried before, and it was asked once.
    assert names(session).index("ExamplesFound") > names(session).index("SuiteFinished")
    assert len(provider.requests) == 2
    for request in provider.requests:
        text = "\n".join(message.content for message in request.messages)
        assert "def one()" in text
        assert "def two()" in text
        assert "def three()" not in text
    # A session that is gone on with elsewhere knows nothing of a library.
    place = next(n for n, event in enumerate(session.events) if isinstance(event, PromptSent))
    again = Session.replay(session.spec, session.events[: place - 1])
    elsewhere, asked, _ = kit(Known(), THREE, THREE)
    await drive(again, elsewhere)
    assert asked.requests[0].messages == provider.requests[0].messages
    assert_replays(session)


async def test_nobody_is_shown_what_is_near_unasked() -> None:
    tools, provider, _ = kit(Known(), RIGHT)
    session = session_of()
    await drive(session, tools)
    assert "ExamplesFound" not in names(session)
    assert "def one()" not in provider.requests[0].messages[-1].content
