from __future__ import annotations

import pytest

from pseudocode.errors import ProviderError
from pseudocode.events import ChatMessage
from pseudocode.loop import Request
from pseudocode.providers.scripted import ScriptedProvider

REQUEST = Request(
    messages=(ChatMessage(role="user", content="Please."),), temperature=0.2, sample=0
)


async def test_answers_come_in_their_order_and_in_pieces() -> None:
    provider = ScriptedProvider(["first answer", "second"], chunk=5)
    arrived: list[str] = []
    first = await provider.reply(REQUEST, arrived.append)
    second = await provider.reply(REQUEST, lambda _: None)
    assert (first.text, second.text) == ("first answer", "second")
    assert arrived == ["first", " answ", "er"]
    assert provider.requests == [REQUEST, REQUEST]


async def test_an_error_comes_in_its_turn() -> None:
    provider = ScriptedProvider([ProviderError("no network", retryable=True), "then"])
    with pytest.raises(ProviderError, match="no network"):
        await provider.reply(REQUEST, lambda _: None)
    assert (await provider.reply(REQUEST, lambda _: None)).text == "then"


async def test_a_script_that_is_used_up_says_so() -> None:
    with pytest.raises(ProviderError, match="no more answers"):
        await ScriptedProvider([]).reply(REQUEST, lambda _: None)


async def test_tokens_are_counted_and_marked_as_estimates() -> None:
    reply = await ScriptedProvider(["x" * 40]).reply(REQUEST, lambda _: None)
    assert reply.completion_tokens == 10
    assert reply.estimated
