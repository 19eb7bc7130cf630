"""A model behind any OpenAI-compatible server, through the `openai` client.

All that can go wrong passes through `ChatProvider.reply`: what came is kept, what is worth it is
asked again, and the rest becomes one line with its mend.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

from pseudocode.errors import ProviderError, SlowDown
from pseudocode.events import ReplyReceived
from pseudocode.loop import Request
from pseudocode.providers.answer import Answer
from pseudocode.providers.endpoint import Endpoint
from pseudocode.providers.exchange import Exchange
from pseudocode.providers.faults import Faults, TookTooLong, TooMuch, in_words, is_filtered
from pseudocode.providers.redaction import Redaction

MAX_REPEATS = 2
"""How often a request is repeated that brought nothing."""
FIRST_PAUSE = 0.5
"""Seconds before the first repetition; twice as long each time."""
OnProgress = Callable[[float, str], None]


def ignore(*_: Any) -> None:
    """Tell nobody."""


class ChatProvider:
    """Streams the answers of one endpoint."""

    def __init__(self, endpoint: Endpoint, on_progress: OnProgress = ignore) -> None:
        """Name the server.

        Args:
            endpoint: Where it is.
            on_progress: Told what is waited for, in words; nothing once it is over.
        """
        self._endpoint = endpoint
        self._hidden = Redaction(endpoint.api_key, endpoint.login)
        self._faults = Faults(endpoint, self._hidden)
        self._exchange = Exchange(endpoint, self._show_thinking)
        self._on_progress = on_progress
        self._thinks = False
        self._warned = not endpoint.shows_secrets

    @property
    def identity(self) -> dict[str, Any]:
        """What its answers depend on beside the request: server, model and parameters."""
        endpoint = self._endpoint
        return {
            "server": endpoint.base_url,
            "model": endpoint.model,
            "max_tokens": endpoint.max_tokens,
            "stop": endpoint.stop,
            "extra": endpoint.extra,
        }

    async def reply(self, request: Request, on_text: Callable[[str], None]) -> ReplyReceived:
        """Ask, and where nothing came ask again as long as that makes sense.

        What came before a connection broke is returned as a reply with finish `cut`; with finish
        `length` where it is one of our bounds that was reached.

        Raises:
            ProviderError: When nothing came, with what to do about it; of the kind `SlowDown`, and
                at once, where the server asks for fewer requests.
        """
        answer = Answer(request, on_text, self._hidden)
        if not self._warned:
            self._warned = True
            answer.warnings.append("the key is sent without encryption; use https in --base-url")
        try:
            await self._exchange.connect()
        except Exception as error:  # the address is none, or what it names cannot be used
            raise self._faults.explain(error, request.model) from None
        deadline = _now() + self._endpoint.total_seconds
        while (fault := await self._attempt(request, answer, deadline)) is not None:
            tries = len(answer.retries) + 1
            pause = FIRST_PAUSE * 2 ** len(answer.retries) * random.uniform(1.0, 1.5)
            if not fault.retryable or tries > MAX_REPEATS or _now() + pause >= deadline:
                raise _told_tries(fault, tries)
            answer.retries.append(str(fault))
            await self._wait(pause)
        if self._thinks:
            self._thinks = False
            self._on_progress(1.0, "")
        return answer.reply()

    async def close(self) -> None:
        """Close the connections."""
        await self._exchange.close()

    async def _attempt(
        self, request: Request, answer: Answer, deadline: float
    ) -> ProviderError | None:
        """Ask once; what went wrong, if nothing came of it."""
        met: Exception
        try:
            async with asyncio.timeout_at(deadline) as clock:
                await self._exchange.ask(request, answer)
            return None
        except Exception as error:  # the client lets errors of json, codecs and h11 through as well
            seconds = self._endpoint.total_seconds
            told = f"did not answer within {seconds:g} s; try again, or raise --timeout"
            met = TookTooLong(told) if clock.expired() else error
        if is_filtered(met):
            answer.finish = "filter"
            return None
        fault = self._faults.explain(met, request.model)
        if answer.begun:
            # A bound of ours is no fault of the server, and would be reached again.
            answer.finish = "length" if clock.expired() or isinstance(met, TooMuch) else "cut"
            answer.bounded = False
            answer.retries.append(str(fault))
            return None
        if isinstance(met, TookTooLong) or isinstance(fault, SlowDown):
            raise fault  # it was waited for long enough; or all who ask have to wait
        return fault

    def _show_thinking(self, answer: Answer) -> None:
        """Tell that the model reasons, for as long as it does."""
        if answer.thinks:
            self._on_progress(1.0, f"the model reasons, {answer.length:,} characters so far")
        elif self._thinks:
            self._on_progress(1.0, "")
        self._thinks = answer.thinks

    async def _wait(self, seconds: float) -> None:
        """Count down."""
        until = _now() + seconds
        try:
            while (left := until - _now()) > 0:
                self._on_progress(1.0, f"no answer: asking again in {in_words(left)}")
                await asyncio.sleep(min(left, 1.0))
        finally:
            self._on_progress(1.0, "")


def _now() -> float:
    return asyncio.get_running_loop().time()


def _told_tries(fault: ProviderError, tries: int) -> ProviderError:
    if tries > 1:
        fault.args = (f"{fault} (asked {tries} times)",)
    return fault
