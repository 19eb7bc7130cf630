"""A provider around another one, that gives an answer again where the same was asked before."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, Protocol

from pseudocode.events import ReplyReceived
from pseudocode.loop import Request

FORM = 1
"""Changes when the same key would stand for something else."""
PIECES = 48
"""In how many pieces a kept answer comes, at the most."""
SHORTEST_PIECE = 12
"""Characters."""


class Replies(Protocol):
    """Where answers are kept."""

    async def load(self, key: str) -> ReplyReceived | None:
        """The answer that was kept under a key, or nothing."""
        ...

    def keep(self, key: str, reply: ReplyReceived) -> None:
        """Keep an answer; returns at once."""
        ...


class Answering(Protocol):
    """A provider that says what its answers depend on."""

    @property
    def identity(self) -> Mapping[str, Any]:
        """All beside the request that decides what is answered, as JSON; nothing secret."""
        ...

    async def reply(self, request: Request, on_text: Callable[[str], None]) -> ReplyReceived:
        """Answer a request."""
        ...


class CachedProvider:
    """Asks the other one only for what is not kept."""

    def __init__(self, provider: Answering, replies: Replies, *, count_again: bool = False) -> None:
        """Put it around a provider.

        Args:
            provider: The one that is asked.
            replies: Where its answers are kept.
            count_again: Whether a kept answer counts as one that is paid for now, as for a
                measurement; those that were cut at their longest are kept as well then.
        """
        self._provider = provider
        self._replies = replies
        self._count_again = count_again
        self._asking: dict[str, asyncio.Lock] = {}

    async def reply(self, request: Request, on_text: Callable[[str], None]) -> ReplyReceived:
        """Answer, from what is kept or by asking; only a whole answer is kept.

        Raises:
            ProviderError: When no answer came.
        """
        key = self._key(request)
        # Whoever asks the same meanwhile waits for that answer.
        lock = self._asking.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                kept = None if request.anew else await self._replies.load(key)
                if kept is None:
                    return await self._ask(key, request, on_text)
        finally:
            if not lock.locked():
                self._asking.pop(key, None)
        return await self._give_again(kept, on_text)

    async def _ask(
        self, key: str, request: Request, on_text: Callable[[str], None]
    ) -> ReplyReceived:
        reply = await self._provider.reply(request, on_text)
        whole = reply.finish == "stop" or (self._count_again and _at_its_longest(reply, request))
        if whole and reply.text.strip():
            self._replies.keep(key, reply)
        return reply

    async def _give_again(
        self, kept: ReplyReceived, on_text: Callable[[str], None]
    ) -> ReplyReceived:
        started = time.monotonic()
        size = max(SHORTEST_PIECE, -(-len(kept.text) // PIECES))
        for start in range(0, len(kept.text), size):
            on_text(kept.text[start : start + size])
            await asyncio.sleep(0)
        if self._count_again:
            return kept
        seconds = round(time.monotonic() - started, 4)
        return replace(
            kept,
            source="cache",
            saved_tokens=kept.prompt_tokens + kept.completion_tokens,
            prompt_tokens=0,
            completion_tokens=0,
            seconds=seconds,
            first_token_seconds=seconds,
        )

    def _key(self, request: Request) -> str:
        asked = asdict(request)
        for name in ("anew", "max_tokens", "seconds", "whose"):  # a whole answer is one for all
            del asked[name]
        told = json.dumps([FORM, dict(self._provider.identity), asked], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()


def _at_its_longest(reply: ReplyReceived, request: Request) -> bool:
    """Whether it was cut, but not because this very request said so."""
    cut = request.max_tokens
    return reply.finish == "length" and (cut is None or reply.completion_tokens < cut)
