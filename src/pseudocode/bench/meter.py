"""The provider of one run: seeded, and within its budget of generated tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from pseudocode.errors import ProviderError
from pseudocode.events import ReplyReceived
from pseudocode.loop import CHARACTERS_PER_TOKEN, Provider, Request

STRIDE = 1_000_000
"""Samples of one seed; a session asks for fewer."""
LONGEST = 200
"""Tokens that an answer is taken to have, before there was a longer one."""


class Meter:
    """Asks another provider, as long as there are tokens left.

    Answers that are under way are counted as long ones. One more is asked for only if it fits in
    beside them, or nothing is under way: so the budget is passed by part of one answer at most.
    """

    def __init__(self, provider: Provider, seed: int, budget: int) -> None:
        self._provider = provider
        self._seed = seed
        self._left = budget
        self._under_way = 0
        self._longest = LONGEST
        self._changed = asyncio.Condition()

    @property
    def used_up(self) -> bool:
        """Whether nothing is left."""
        return self._left <= 0

    async def reply(self, request: Request, on_text: Callable[[str], None]) -> ReplyReceived:
        """Ask, once there is room for the answer.

        Raises:
            ProviderError: When the tokens are used up, or no answer came.
        """
        async with self._changed:
            await self._changed.wait_for(self._fits)
            if self.used_up:
                raise ProviderError("the tokens of the task are used up")
            self._under_way += 1
        tokens, arrived = 0, 0

        def count(text: str) -> None:
            nonlocal arrived
            arrived += len(text)
            on_text(text)

        asked = replace(request, sample=self._seed * STRIDE + request.sample)
        try:
            reply = await self._provider.reply(asked, count)
            tokens = reply.completion_tokens
            return reply
        except asyncio.CancelledError:
            tokens = arrived // CHARACTERS_PER_TOKEN
            raise
        finally:
            self._left -= tokens
            self._longest = max(self._longest, tokens)
            self._under_way -= 1
            async with self._changed:
                self._changed.notify_all()

    def _fits(self) -> bool:
        if self.used_up or not self._under_way:
            return True
        return self._left >= (self._under_way + 1) * self._longest
