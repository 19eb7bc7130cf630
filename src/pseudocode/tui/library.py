"""The library of accepted code: searched while one types."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.highlight import highlight
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from pseudocode.archive import Archive
from pseudocode.inert import one_line, visible
from pseudocode.settings import Settings
from pseudocode.tui.closing import Dialog

if TYPE_CHECKING:
    from pseudocode.store.entries import Entry

MAX_FOUND = 50


class LibraryScreen(Dialog[None]):
    """Entries in which all the words begin a word; without words all of them."""

    CSS = """
    LibraryScreen { align: center middle; }
    LibraryScreen .dialog { width: 96%; height: 90%; padding: 0 1; }
    LibraryScreen OptionList { height: 30%; border: none; }
    LibraryScreen VerticalScroll { height: 1fr; border-top: solid $primary; }
    """
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="library.close"),
        Binding("down", "app.focus_next", "Entries", show=False, id="library.down"),
    ]

    def __init__(self, root: Path, settings: Settings) -> None:
        super().__init__()
        self._archive = Archive(root, settings, self._notice, create=False)
        self._found: list[Entry] = []

    def compose(self) -> ComposeResult:
        """Words, what was found, and the entry that is chosen."""
        with Vertical(classes="dialog") as box:
            box.border_title = "Library of accepted code"
            box.border_subtitle = "esc closes"
            yield Input(placeholder="words of a name, signature or docstring", id="words")
            yield OptionList(id="found", markup=False)
            with VerticalScroll():
                yield Static(id="entry", markup=False)

    def on_mount(self) -> None:
        """Show what there is."""
        self._search("")

    async def on_unmount(self) -> None:
        """Close the files."""
        await asyncio.to_thread(self._archive.close)

    @on(Input.Changed, "#words")
    def _words(self, event: Input.Changed) -> None:
        self._search(event.value)

    @work(exclusive=True, group="search")
    async def _search(self, words: str) -> None:
        library = self._archive.library
        self._found = await asyncio.to_thread(library.search, words, MAX_FOUND)
        options = self.query_one("#found", OptionList)
        options.clear_options()
        options.add_options([Option(_line(entry)) for entry in self._found])
        if self._found:
            options.highlighted = 0
        else:
            self._show("nothing found" if words else "nothing was accepted yet")

    @on(OptionList.OptionHighlighted, "#found")
    def _choose(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_index < len(self._found):
            entry = self._found[event.option_index]
            parts = (entry.stub, entry.code)
            self._show(highlight(visible("\n\n".join(parts)), language="python"))

    def _show(self, told: str | Content) -> None:
        self.query_one("#entry", Static).update(told)

    def _notice(self, text: str) -> None:
        # Told from the thread of a database.
        self.app.call_later(self.notify, one_line(text, 300), severity="warning", markup=False)


def _line(entry: Entry) -> str:
    facts = (entry.signature, entry.project, entry.date[:10], f"{entry.tokens:,} tokens")
    return one_line(" · ".join(facts), 150)
