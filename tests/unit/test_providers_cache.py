from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from pseudocode.events import ChatMessage, Finish, ReplyReceived
from pseudocode.loop import Request
from pseudocode.providers.cache import CachedProvider

REQUEST = Request(
    messages=(ChatMessage(role="user", content="Please."),), temperature=0.2, sample=0
)


class Kept(dict[str, ReplyReceived]):
    """What is kept, in memory."""

    async def load(self, key: str) -> ReplyReceived | None:
        return self.get(key)

    def keep(self, key: str, reply: ReplyReceived) -> None:
        self[key] = reply


@dataclass
class Model:
    """Answers everything alike, and counts how often it is asked."""

    finish: Finish = "stop"
    asked: int = 0
    identity: Mapping[str, Any] = field(default_factory=dict)

    async def reply(self, request: Request, on_text: Callable[[str], None]) -> ReplyReceived:
        self.asked += 1
        await asyncio.sleep(0)
        on_text("answer")
        return ReplyReceived(
            candidate=0,
            text="answer",
            finish=self.finish,
            prompt_tokens=7,
            completion_tokens=5,
            seconds=9.0,
        )


def ignore(_text: str) -> None:
    pass


async def test_the_same_asked_at_the_same_time_is_asked_once() -> None:
    model = Model()
    cached = CachedProvider(model, Kept())
    first, second, other = await asyncio.gather(
        cached.reply(REQUEST, ignore),
        cached.reply(REQUEST, ignore),
        cached.reply(replace(REQUEST, sample=1), ignore),
    )
    assert model.asked == 2
    assert (first.source, second.source, other.source) == ("model", "cache", "model")
    assert (second.completion_tokens, second.saved_tokens) == (0, 12)


async def test_who_waits_asks_itself_where_the_first_is_broken_off() -> None:
    model = Model()
    cached = CachedProvider(model, Kept())
    first = asyncio.ensure_future(cached.reply(REQUEST, ignore))
    second = asyncio.ensure_future(cached.reply(REQUEST, ignore))
    while not model.asked:
        await asyncio.sleep(0)
    first.cancel()
    assert (await second).source == "model"
    assert model.asked == 2


async def test_a_measurement_counts_kept_answers_as_if_they_were_paid_for() -> None:
    model = Model()
    cached = CachedProvider(model, Kept(), count_again=True)
    first = await cached.reply(REQUEST, ignore)
    assert await cached.reply(REQUEST, ignore) == first
    assert (model.asked, first.completion_tokens, first.seconds) == (1, 5, 9.0)


@pytest.mark.parametrize(
    ("count_again", "cut", "asked"),
    [(False, None, 2), (True, None, 1), (True, 6, 1), (True, 5, 2)],
)
async def test_an_answer_at_its_longest_is_kept_for_a_measurement_unless_the_request_cut_it(
    count_again: bool, cut: int | None, asked: int
) -> None:
    model = Model(finish="length")
    cached = CachedProvider(model, Kept(), count_again=count_again)
    for _ in range(2):
        await cached.reply(replace(REQUEST, max_tokens=cut), ignore)
    assert model.asked == asked
