"""The keys that do something now, in the line at the bottom."""

from __future__ import annotations

from itertools import accumulate
from typing import ClassVar, NamedTuple

from textual.binding import Binding
from textual.content import Content
from textual.events import Click, MouseMove, Resize
from textual.screen import Screen
from textual.widgets import Static

_MORE = "… "


class _Key(NamedTuple):
    """A key, and what it does, in words."""

    binding: Binding
    shown: str
    enabled: bool
    tooltip: str

    @property
    def told(self) -> str:
        return f"{self.shown} {self.binding.description}"


class KeyLine(Static, can_focus=False):
    """Shows the keys of the focused place; a click on one presses it.

    It is one text: a widget for each key would have to be styled and placed anew whenever the
    focus goes elsewhere, which takes longer than all that the person asked for.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    KeyLine {
        dock: bottom;
        height: 1;
        color: $footer-foreground;
        background: $footer-background;
        text-wrap: nowrap;
    }
    """
    _FIRST: ClassVar[tuple[str, ...]] = ("allow", "deny", "approve", "reject")
    """What a person decides stands before all else, whatever has the focus."""
    _LAST: ClassVar[str] = "app."
    """Begins the ids of those that stay in sight where there is no room for all."""

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._keys: list[tuple[range, _Key]] = []
        """The cells of each."""
        self._looks = False

    def on_mount(self) -> None:
        """Follow what can be done."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_resize(self, _: Resize) -> None:
        """There is room for more or fewer."""
        self._look()

    def _changed(self, screen: Screen[object]) -> None:
        """Something else can be done: look once, when all that was to be done is done."""
        if screen is self.screen and self.app.app_focus and not self._looks:
            self._looks = True
            self.call_after_refresh(self._look)

    def _look(self) -> None:
        self._looks = False
        if self.is_attached:
            found = self._placed(self._active())
            if found != self.content:
                self.update(found, layout=False)

    def _active(self) -> list[_Key]:
        """One key for each thing that can be done."""
        keys: dict[str, _Key] = {}
        for _, binding, enabled, tooltip in self.screen.active_bindings.values():
            if binding.show and binding.action not in keys:
                shown = self.app.get_key_display(binding)
                keys[binding.action] = _Key(binding, shown, enabled, tooltip)
        return sorted(keys.values(), key=lambda key: key.binding.action not in self._FIRST)

    def _placed(self, keys: list[_Key]) -> Content:
        """All of them, or as many as there is room for beside the last ones."""
        last = [key for key in keys if (key.binding.id or "").startswith(self._LAST)]
        first = [key for key in keys if key not in last]
        room = self.size.width - sum(len(key.told) + 1 for key in last)
        fits = _fitting(first, room)
        self._keys, parts, at = [], [], 0
        for key in [*first[:fits], *last]:
            if key in last and key is last[0] and fits < len(first):
                parts.append(Content(_MORE))
                at += len(_MORE)
            self._keys.append((range(at, at + len(key.told)), key))
            parts.append(_drawn(key))
            at += len(key.told) + 1
        return Content("").join(parts)

    def _key_at(self, column: int) -> _Key | None:
        return next((key for cells, key in self._keys if column in cells), None)

    def on_mouse_move(self, event: MouseMove) -> None:
        """Tell more of the key below the mouse."""
        key = self._key_at(event.x)
        told = key.tooltip if key else None
        if told != self.tooltip:
            self.tooltip = told

    def on_click(self, event: Click) -> None:
        """Press the key that is clicked."""
        key = self._key_at(event.x)
        if key is None:
            return
        if key.enabled:
            self.app.simulate_key(key.binding.key)
        else:
            self.app.bell()


def _fitting(keys: list[_Key], room: int) -> int:
    """How many keys there is room for, and for the sign that there are more."""
    ends = list(accumulate(len(key.told) + 1 for key in keys))
    if not ends or ends[-1] <= room:
        return len(keys)
    return sum(end + len(_MORE) <= room for end in ends)


def _drawn(key: _Key) -> Content:
    dim = "" if key.enabled else "dim "
    return Content.assemble(
        (key.shown, f"{dim}bold $footer-key-foreground"),
        (f" {key.binding.description}", f"{dim}$footer-description-foreground"),
        " ",
    )
