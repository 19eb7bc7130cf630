"""Keys that come faster than they are worked off: each waits for the one before.

Textual hands a key to the widget that has the focus when the key arrives, even if a key before it,
which is still on its way, will move the focus. So what is typed at once after the key that opens a
box, as when a slow line delivers several at a time, would be taken for commands.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from time import monotonic

from textual.app import App
from textual.events import Event, Key, Paste
from textual.message_pump import MessagePump

PATIENCE = 0.5
"""Seconds after which a key counts as done; a widget that is removed loses its messages."""


class TypedAhead(App[int]):
    """An app in which a key is looked at once what was typed before it has been done."""

    def __init__(self) -> None:
        """Nothing has been typed."""
        super().__init__()
        self._held: deque[Key | Paste] = deque()
        self._turn = 0
        self._since: float | None = None
        """When the key that is being worked off was handed on."""

    async def on_event(self, event: Event) -> None:
        """Hold what is typed while something before it is under way."""
        if not isinstance(event, (Key, Paste)) or event.is_forwarded:
            await super().on_event(event)
        elif self._held or (self._since is not None and monotonic() - self._since < PATIENCE):
            self._held.append(event)
            self._lose_patience_later()
        else:
            await self._work_off(event)

    async def _work_off(self, event: Key | Paste) -> None:
        self._turn += 1
        self._since = monotonic()
        if self._held:
            self._lose_patience_later()
        first = self.focused or self.screen
        try:
            await super().on_event(event)
        finally:
            await self._follow(first, self._turn, again=first)

    async def _follow(self, pump: MessagePump, turn: int, again: MessagePump | None) -> None:
        """Go the way of a key, behind it, from the widget that got it up to the app.

        And once again, behind what was sent off when the key was done.
        """
        if not pump.call_later(self._go_up, pump, turn, again):
            await self._go_up(pump, turn, again)

    async def _go_up(self, pump: MessagePump, turn: int, again: MessagePump | None) -> None:
        if pump is not self:
            await self._follow(pump._parent or self, turn, again)
        elif again is not None:
            await self._follow(again, turn, None)
        else:
            await self._done(turn)

    async def _done(self, turn: int) -> None:
        """Let the next one in; a turn that has ended before says nothing more."""
        if turn != self._turn:
            return
        self._since = None
        if self._held:
            await self._work_off(self._held.popleft())

    def _lose_patience_later(self) -> None:
        self.set_timer(PATIENCE, partial(self._done, self._turn))
