"""Answers that stream in share the event loop with all that a person does."""

from __future__ import annotations

import asyncio

MOST_AT_ONCE = 0.001
"""Seconds that all answers together are read for before others have their turn."""
REST = 0.0001
"""Seconds; a turn of the event loop in which nobody else has anything to do takes less."""
LONGEST_BREAK = 0.02
"""Seconds after which reading goes on although others are busy: they may be so for long."""


class Turns:
    """Sees to it that reading leaves off when it was long enough at it, and waits for others.

    What has arrived already is read without waiting for anything, so a reader that is behind
    would go on and on, and keys would have to wait. A key that is taken up is carried through many
    turns of the event loop until something is painted; reading in between would hold up each.
    """

    def __init__(self) -> None:
        self._end: float | None = None
        self._left_off = 0.0
        self._looked = 0.0
        self._break: asyncio.Future[None] | None = None

    async def taken(self) -> None:
        """Come back at once, or once nobody else has anything to do, if the time is over."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._break is None:
            if self._end is None:
                self._end = now + MOST_AT_ONCE
                loop.call_soon(self._begin_anew)
            if now <= self._end:
                return
            self._break = loop.create_future()
            self._left_off = self._looked = now
            loop.call_soon(self._look)
        await asyncio.shield(self._break)

    def _begin_anew(self) -> None:
        self._end = None

    def _look(self) -> None:
        """Go on if nobody did anything since the last look."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now - self._looked > REST and now - self._left_off < LONGEST_BREAK:
            self._looked = now
            loop.call_soon(self._look)
            return
        if self._break is not None:
            self._break.set_result(None)
        self._break = self._end = None
