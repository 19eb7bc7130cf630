"""One limit for all who ask a model, against a server that asks to slow down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pseudocode.bounds import TimeUp
from pseudocode.errors import ProviderError, SlowDown
from pseudocode.events import ReplyReceived
from pseudocode.loop import Request
from pseudocode.providers.turns import LONGEST_PAUSE, MOST_TRIES, FairProvider, Turns
from tests.edges.test_chat_provider import REQUEST, nothing, provider
from tests.server import ModelServer, refusal, reply

ANSWER = ReplyReceived(candidate=0, text="x", finish="stop")
SOON = {"retry_after_ms": "20"}


class Inner:
    """A provider that answers when it is told to."""

    def __init__(self) -> None:
        self.identity: dict[str, Any] = {}
        self.asked: list[str] = []
        self.answers: list[asyncio.Future[None]] = []

    async def reply(self, request: Request, on_text: Callable[[str], None]) -> ReplyReceived:
        self.asked.append(request.whose)
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answers.append(answer)
        await answer
        return ANSWER

    async def answer(self, which: int, error: Exception | None = None) -> None:
        if error:
            self.answers[which].set_exception(error)
        else:
            self.answers[which].set_result(None)
        await settled()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def ask(fair: FairProvider, whose: str) -> asyncio.Future[ReplyReceived]:
    return asyncio.ensure_future(fair.reply(replace(REQUEST, whose=whose), nothing))


def ignored(_share: float, _doing: str) -> None:
    pass


async def test_sessions_have_their_turns_in_rotation() -> None:
    inner = Inner()
    fair = FairProvider(inner, Turns(2, ignored))
    asking = [ask(fair, whose) for whose in "aaaabbc"]
    await settled()
    for which in range(7):
        await inner.answer(which)
    assert "".join(inner.asked) == "aaabcab"
    assert await asyncio.gather(*asking) == [ANSWER] * 7


async def test_one_that_takes_long_holds_up_nobody() -> None:
    inner = Inner()
    fair = FairProvider(inner, Turns(2, ignored))
    asking = [ask(fair, whose) for whose in ("slow", *"bcdef")]
    await settled()
    for which in range(1, 6):
        await inner.answer(which)
    assert [one.done() for one in asking] == [False, *[True] * 5]
    await inner.answer(0)


async def test_those_who_go_away_while_they_wait_leave_no_gap() -> None:
    inner = Inner()
    fair = FairProvider(inner, Turns(1, ignored))
    first, second, third = (ask(fair, whose) for whose in "abc")
    await settled()
    second.cancel()
    first.cancel()
    await settled()
    assert inner.asked == ["a", "c"]
    await inner.answer(1)
    assert third.done()


async def test_the_limit_is_halved_once_for_all_who_asked_before_and_grows_again() -> None:
    inner = Inner()
    turns = Turns(8, ignored)
    fair = FairProvider(inner, turns)
    asking = [ask(fair, str(number)) for number in range(8)]
    await settled()
    for which in range(8):
        await inner.answer(which, SlowDown("slow", seconds=0.001))
    assert turns.limit == 4
    while len(inner.asked) < 12:
        await asyncio.sleep(0.001)
    assert len(inner.asked) == 12
    for which in range(8, 16):
        await inner.answer(which)
    assert 5 < turns.limit < 8
    assert await asyncio.gather(*asking) == [ANSWER] * 8


async def test_what_the_server_says_of_the_wait_holds_for_all_and_is_counted_down() -> None:
    told: list[str] = []
    inner = Inner()
    turns = Turns(4, lambda _, doing: told.append(doing))
    fair = FairProvider(inner, turns)
    one = ask(fair, "one")
    await settled()
    await inner.answer(0, SlowDown("slow", seconds=30))
    other = ask(fair, "other")
    await settled()
    assert inner.asked == ["one"]
    assert told == ["the server asks to slow down: going on in 30 s"]
    turns.close()
    one.cancel()
    other.cancel()


async def test_a_server_that_asks_for_an_hour_is_left_to_the_person() -> None:
    inner = Inner()
    one = ask(FairProvider(inner, Turns(4, ignored)), "one")
    await settled()
    await inner.answer(0, SlowDown("slow", seconds=LONGEST_PAUSE + 1))
    with pytest.raises(SlowDown):
        await one


async def test_other_failures_are_not_repeated() -> None:
    inner = Inner()
    one = ask(FairProvider(inner, Turns(4, ignored)), "one")
    await settled()
    await inner.answer(0, ProviderError("no", retryable=True))
    with pytest.raises(ProviderError, match="no"):
        await one


async def test_the_time_of_a_request_counts_from_its_turn() -> None:
    inner = Inner()
    fair = FairProvider(inner, Turns(1, ignored))
    first = ask(fair, "a")
    second = asyncio.ensure_future(fair.reply(replace(REQUEST, seconds=0.01), nothing))
    await asyncio.sleep(0.02)
    assert not second.done()
    await inner.answer(0)
    with pytest.raises(TimeUp):
        await second
    assert first.done()


async def test_a_real_server_that_slows_down_and_then_answers(model_server: ModelServer) -> None:
    turns = Turns(4, ignored)
    model_server.script.extend([refusal(429, "slow", **SOON), refusal(429, "slow", **SOON)])
    model_server.otherwise = lambda _: reply("x")
    async with provider(model_server.url) as asked:
        fair = FairProvider(asked, turns)
        replies = await asyncio.gather(*(fair.reply(REQUEST, nothing) for _ in range(2)))
    assert [told.text for told in replies] == ["x", "x"]
    assert len(model_server.requests) == 4
    assert turns.limit < 4


async def test_a_real_server_that_never_answers(model_server: ModelServer) -> None:
    model_server.otherwise = lambda _: refusal(429, "slow", retry_after_ms="1")
    async with provider(model_server.url) as asked:
        with pytest.raises(SlowDown, match="asks to slow down"):
            await FairProvider(asked, Turns(4, ignored)).reply(REQUEST, nothing)
    assert len(model_server.requests) == MOST_TRIES
