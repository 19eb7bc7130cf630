"""What stands in a terminal that is too small to work in."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.widgets import Static

from pseudocode.tui.arrangement import LEAST
from pseudocode.tui.closing import Dialog


def is_too_small(size: Size) -> bool:
    """Whether there is less room than the panes need to show what is decided on."""
    return size.width < LEAST[0] or size.height < LEAST[1]


class SmallScreen(Dialog[None]):
    """Says how much room is wanted, and goes once it is there; what runs goes on."""

    CSS = """
    SmallScreen { align: center middle; background: $background; overflow: hidden; }
    SmallScreen Static { width: auto; max-width: 100%; text-align: center; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "app.leave", "Quit", id="small.quit")]

    def compose(self) -> ComposeResult:
        """One line."""
        yield Static(markup=False)

    def on_resize(self) -> None:
        """Tell it anew, or go."""
        self._look()

    def on_screen_resume(self) -> None:
        """A question that stood over this was answered."""
        self._look()

    def _look(self) -> None:
        size, (columns, lines) = self.app.size, LEAST
        told = f"room for {columns} × {lines} is wanted; this is {size.width} × {size.height}"
        self.query_one(Static).update(f"{told} · q quits")
        if self.is_active and not is_too_small(size):
            self.dismiss()
