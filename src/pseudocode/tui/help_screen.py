"""The keys of a place: those that do something there first, those that only move last."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from pseudocode.tui.closing import Dialog

_MOVES = "lines."
"""Begins the ids of keys that every pane has."""


class HelpScreen(Dialog[None]):
    """Tells what has the focus, and every key that works there."""

    CSS = """
    HelpScreen { align: center middle; }
    HelpScreen .dialog { width: 96%; max-width: 90; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,question_mark,f1", "dismiss", "Close", id="help.close"),
        Binding("j", "scroll(1)", "Down", show=False, id="help.down"),
        Binding("k", "scroll(-1)", "Up", show=False, id="help.up"),
    ]

    def __init__(self, place: Screen[Any]) -> None:
        """Make the screen.

        Args:
            place: The screen that is asked about, with the focus as it is.
        """
        super().__init__()
        self._told = told(place)

    def compose(self) -> ComposeResult:
        """A page that scrolls where there is not room for all of it."""
        with VerticalScroll(classes="dialog") as box:
            box.border_title = "Help"
            box.border_subtitle = "↑ ↓ scroll · esc closes"
            yield Static(self._told, markup=False)

    def on_mount(self) -> None:
        """Scroll at once."""
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, by: int) -> None:
        """One line on or back."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)


def told(place: Screen[Any]) -> Content:
    """What a screen and its focused widget say of themselves, and the keys."""
    focused = None if getattr(place, "HELPS_ALONE", False) else place.focused
    words = (focused and focused.HELP) or place.HELP or ""
    own: dict[str, list[ActiveBinding]] = {}
    moves: dict[str, list[ActiveBinding]] = {}
    for active in place.active_bindings.values():
        if not active.binding.system and active.binding.description:
            is_own = active.binding.id and not active.binding.id.startswith(_MOVES)
            (own if is_own else moves).setdefault(active.binding.action, []).append(active)
    lines = [line for keys in (own, moves) if keys for line in (Content(), *_table(place, keys))]
    return Content("\n").join([Content(words.replace("`", "")), *lines])


def _table(place: Screen[Any], keys: dict[str, list[ActiveBinding]]) -> list[Content]:
    shown = {action: _shown(place, active) for action, active in keys.items()}
    width = max(map(len, shown.values()))
    widest = max(len(active[0].binding.description) for active in keys.values())
    rows = ((shown[action].rjust(width), active[0]) for action, active in keys.items())
    return [_row(keys_shown, active, widest) for keys_shown, active in rows]


def _shown(place: Screen[Any], active: list[ActiveBinding]) -> str:
    """All keys that do the same."""
    return " ".join(dict.fromkeys(place.app.get_key_display(one.binding) for one in active))


def _row(shown: str, active: ActiveBinding, width: int) -> Content:
    dim = "" if active.enabled else "dim "
    return Content.assemble(
        (f"{shown}  ", f"{dim}bold $text-accent"),
        (active.binding.description.ljust(width), f"{dim}$text"),
        (f"  {active.binding.tooltip}", "$text-muted"),
    )
