"""Answers that ended early: what the model is asked then, and what becomes of the parts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.errors import ProviderError
from pseudocode.events import ProviderFailed, ReplyReceived, RoundRequested
from pseudocode.loop import Tools, drive
from pseudocode.resumption import GO_ON, MOST_PARTS, put_together
from pseudocode.session import Session
from tests.making import RIGHT, fenced, session_of
from tests.scenarios.playing import Answers, PlainChecker, TableRunner, answer

TEXT = fenced(RIGHT)
DOWN = ProviderError("nobody there", retryable=True)


class Memory:
    def accept(self, session: Session, candidate: Any) -> str:
        return "x.py"


def asking(*replies: ReplyReceived | ProviderError) -> tuple[Answers, Tools]:
    provider = Answers(replies)
    return provider, Tools(provider, TableRunner({RIGHT: ("3", "7")}), PlainChecker(), Memory())


def half(text: str, finish: str = "length", **values: Any) -> ReplyReceived:
    return answer(text, finish=finish, prompt_tokens=10, completion_tokens=5, **values)


@pytest.mark.parametrize("cut", range(1, len(TEXT) - 20, 7))
async def test_an_answer_that_became_too_long_is_gone_on_with(cut: int) -> None:
    provider, tools = asking(half(TEXT[:cut]), half(TEXT[cut:], "stop"))
    session = session_of()
    await drive(session, tools)
    assert session.accepted is not None
    assert len(session.rounds) == 1
    first, second = (request.messages for request in provider.requests)
    assert second[: len(first)] == first
    assert [m.content for m in second[len(first) :]] == [TEXT[:cut], GO_ON]
    assert session.total.tokens == 30


async def test_an_answer_that_was_cut_by_the_network_is_asked_for_anew() -> None:
    provider, tools = asking(half(TEXT[:40], "cut"), answer(TEXT))
    session = session_of()
    await drive(session, tools)
    assert session.accepted is not None
    assert provider.requests[0].messages == provider.requests[1].messages
    assert session.total.tokens == 15


async def test_going_on_has_an_end() -> None:
    provider, tools = asking(*[half("```python\ndef add(", "cut")] * (MOST_PARTS + 1))
    session = session_of(max_rounds=1)
    assert (await drive(session, tools)).reason == "limit"
    assert len(provider.requests) == MOST_PARTS


@pytest.mark.parametrize(
    ("reply", "values"),
    [
        pytest.param(half("```python\ndef add(", bounded=True), {}, id="told to end there"),
        pytest.param(half("    return a +"), {"style": "prefill"}, id="goes on by itself"),
        pytest.param(half("```python\ndef add("), {"max_tokens": 12}, id="no tokens left"),
        pytest.param(half(fenced(RIGHT)), {}, id="whole all the same"),
        pytest.param(half("", "cut"), {}, id="nothing came"),
    ],
)
async def test_what_is_not_gone_on_with(reply: ReplyReceived, values: dict[str, Any]) -> None:
    provider, tools = asking(reply)
    await drive(session_of(max_rounds=1, **values), tools)
    assert len(provider.requests) == 1


async def test_where_the_rest_does_not_come_the_next_try_goes_on_from_what_came() -> None:
    provider, tools = asking(half(TEXT[:40]), DOWN, half(TEXT[40:], "stop"))
    session = session_of()
    assert (await drive(session, tools)).reason == "failure"
    assert isinstance(session.events[-1], ProviderFailed)
    again = Session.replay(session.spec, session.events)
    again.append(RoundRequested())
    await drive(again, tools)
    assert again.accepted is not None
    assert len(again.rounds) == 1
    assert provider.requests[1].messages == provider.requests[2].messages


async def test_where_the_rest_cannot_come_the_round_is_over() -> None:
    refused = ProviderError("not like that", retryable=False)
    _, tools = asking(half(TEXT[:40]), *[refused] * (MOST_PARTS - 1), answer(TEXT))
    session = session_of()
    await drive(session, tools)
    assert session.accepted is not None
    assert len(session.rounds) == 2


@given(at=st.integers(1, len(TEXT) - 20), again=st.integers(12, 60))
def test_what_is_repeated_at_the_seam_stands_there_once(at: int, again: int) -> None:
    before = answer(TEXT[:at], finish="length")
    if at - again > 0:
        assert put_together(before, TEXT[at - again :]) == TEXT


def test_a_fence_that_is_opened_anew_and_an_answer_that_begins_anew() -> None:
    before = answer("```python\ndef add(a, b):\n", finish="length")
    assert put_together(before, "```python\n    return a\n```") == (
        "```python\ndef add(a, b):\n    return a\n```"
    )
    whole = "```python\ndef add(a, b):\n    return a + b + 0 + 0\n```"
    assert put_together(answer(whole[:-8], finish="length"), whole) == whole
