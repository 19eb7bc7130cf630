"""What was done here so far: solved, rounds, tokens and cost, by model and over time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pseudocode.figures import overview, told
from pseudocode.inert import visible
from pseudocode.tui.closing import Dialog


class FiguresScreen(Dialog[None]):
    """Statistics out of the journals of the project."""

    HELP = "What the sessions of this project add up to. Solved means accepted."
    CSS = """
    FiguresScreen { align: center middle; }
    FiguresScreen .dialog { width: 96%; height: 80%; }
    FiguresScreen Static { width: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "Close", id="figures.close")
    ]

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root

    def compose(self) -> ComposeResult:
        """A page that is filled once the journals are read."""
        with VerticalScroll(classes="dialog") as box:
            box.border_title = "Statistics"
            box.border_subtitle = "esc closes"
            yield Static("Reading the journals …", id="figures", markup=False)

    def on_mount(self) -> None:
        """Read them beside the screen."""
        self.query_one(VerticalScroll).focus()
        self._read()

    @work(exclusive=True, group="reading")
    async def _read(self) -> None:
        found = await asyncio.to_thread(overview, self._root)
        page = self.query_one(VerticalScroll)
        lines = told(found, width=page.scrollable_content_region.width)
        self.query_one("#figures", Static).update(Content(visible("\n".join(lines))))
