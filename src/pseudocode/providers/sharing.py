"""Answers that stream in share the event loop with all that a person does."""

from __future__ import annotations

import asyncio

MOST_AT_ONCE = 0.002
"""Seconds of each turn of the event loop that all answers together are read for."""


class Turns:
    """Sees to it that reading leaves off when it was long enough at it.

    What has arrived already is read without waiting for anything, so a reader that is behind
    would go on and on, and keys would have to wait.
    """

    def __init__(self) -> None:
        self._end: float | None = None

    async def taken(self) -> None:
        """Come back at once, or in the next turn if the time for this one is over."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._end is None:
            self._end = now + MOST_AT_ONCE
            # Queued before the readers that leave off, it is carried out before they go on.
            loop.call_soon(self._begin_anew)
        elif now > self._end:
            await asyncio.sleep(0)

    def _begin_anew(self) -> None:
        self._end = None
