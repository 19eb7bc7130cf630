"""Whose turn it is to ask: one limit for all who use a provider, and fair between them.

How many requests are under way at once follows what the server says, as in TCP's congestion control
(additive increase, multiplicative decrease): it is halved when the server asks to slow down, and
grows by one after as many answers as there may be at once. What the server says of how long to wait
holds for everybody.
"""

from __future__ import annotations

import asyncio
import random
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from typing import Any

from pseudocode.bounds import TimeUp
from pseudocode.errors import SlowDown
from pseudocode.events import ReplyReceived
from pseudocode.loop import Request
from pseudocode.providers.cache import Answering

OnProgress = Callable[[float, str], None]
MOST_TRIES = 8
FIRST_PAUSE = 0.5
"""Seconds, where the server does not say how long; doubled each time it asks again."""
LONGEST_PAUSE = 120.0
"""Seconds; where a server asks for more, it is the person's turn."""
TICK = 1.0
"""Seconds between two figures of the count-down."""


class Turns:
    """How many may ask at once, and who is next."""

    def __init__(self, most: int, on_progress: OnProgress) -> None:
        """Begin with as many as there may be.

        Args:
            most: How many requests may be under way at once.
            on_progress: Told how long all have to wait, in words; empty when that is over.
        """
        self.limit = float(most)
        """How many may be under way now."""
        self._most = most
        self._on_progress = on_progress
        self._under_way = 0
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._slowed = 0
        self._until = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def take(self, whose: str) -> int:
        """Wait for a turn.

        Args:
            whose: All of one name wait in one line, and the lines have their turns in rotation.

        Returns:
            How often the limit was lowered until then, for `slow_down`.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(whose, deque()).append(turn)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.give_back()
            raise
        return self._slowed

    def give_back(self, *, went_well: bool = False) -> None:
        """Let the next one have its turn."""
        self._under_way -= 1
        if went_well:
            self.limit = min(float(self._most), self.limit + 1 / self.limit)
        self._admit()

    def slow_down(self, since: int, seconds: float | None) -> None:
        """Halve the limit, and let nobody ask for a while.

        Args:
            since: What `take` gave. Who asked before the limit was lowered says nothing about it.
            seconds: How long, if the server says so.
        """
        if since == self._slowed:
            self._slowed += 1
            self.limit = max(1.0, self.limit / 2)
        if seconds:
            self._until = max(self._until, asyncio.get_running_loop().time() + seconds)
            if self._timer is None:
                self._tick()

    def close(self) -> None:
        """Count no longer down."""
        if self._timer is not None:
            self._timer.cancel()

    def _admit(self) -> None:
        while self._waiting and self._timer is None and self._under_way < int(self.limit):
            whose, line = self._waiting.popitem(last=False)
            turn = line.popleft()
            if line:
                self._waiting[whose] = line
            if not turn.done():  # who waited for it went away
                self._under_way += 1
                turn.set_result(None)

    def _tick(self) -> None:
        running = asyncio.get_running_loop()
        left = self._until - running.time()
        if left > 0:
            self._on_progress(1.0, f"the server asks to slow down: going on in {left:.0f} s")
            self._timer = running.call_later(min(left, TICK), self._tick)
        else:
            self._timer = None
            self._on_progress(1.0, "")
            self._admit()


class FairProvider:
    """Asks another provider, each session in its turn, and again where that asks to slow down."""

    def __init__(self, provider: Answering, turns: Turns) -> None:
        self._provider = provider
        self._turns = turns

    @property
    def identity(self) -> Mapping[str, Any]:
        """That of the other one."""
        return self._provider.identity

    async def reply(self, request: Request, on_text: Callable[[str], None]) -> ReplyReceived:
        """Answer, once it is the request's turn.

        Raises:
            ProviderError: When no answer came; of the kind `SlowDown` when the server asks for too
                long a wait, or asks again and again.
            TimeUp: When the time of the request was up before.
        """
        pause = FIRST_PAUSE
        for last in (False,) * (MOST_TRIES - 1) + (True,):
            since = await self._turns.take(request.whose)
            well = False
            try:
                reply = await _in_time(self._provider, request, on_text)
                well = True
                return reply
            except SlowDown as error:
                if last or (error.seconds or 0.0) > LONGEST_PAUSE:
                    raise
                self._turns.slow_down(since, error.seconds)
                silent = error.seconds is None
            finally:
                self._turns.give_back(went_well=well)
            if silent:
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))
                pause *= 2
        raise AssertionError("the last try returns or raises")


async def _in_time(
    provider: Answering, request: Request, on_text: Callable[[str], None]
) -> ReplyReceived:
    try:
        async with asyncio.timeout(request.seconds) as allowed:
            return await provider.reply(request, on_text)
    except TimeoutError:
        if allowed.expired():
            raise TimeUp from None
        raise
