"""What was accepted before for a spec: looked at, and brought back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.highlight import highlight
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from pseudocode.earlier import difference, versions
from pseudocode.errors import StoreError
from pseudocode.inert import one_line, visible
from pseudocode.spec.model import Spec
from pseudocode.tui.closing import Dialog
from pseudocode.tui.dialogs import Question

if TYPE_CHECKING:
    from pseudocode.store.versions import Version


class HistoryScreen(Dialog["Version | None"]):
    """The versions of one spec, the latest first, each with what it would change."""

    CSS = """
    HistoryScreen { align: center middle; }
    HistoryScreen .dialog { width: 96%; height: 90%; padding: 0 1; }
    HistoryScreen OptionList { height: 30%; border: none; }
    HistoryScreen VerticalScroll { height: 1fr; border-top: solid $primary; }
    """
    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,u", "dismiss", "Close", id="history.close"),
        Binding("j", "move(1)", "Down", show=False, id="history.down"),
        Binding("k", "move(-1)", "Up", show=False, id="history.up"),
    ]

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self._spec = spec
        self._versions: list[Version] = []
        self._now = ""

    def compose(self) -> ComposeResult:
        """The versions, and the difference of the chosen one to what is accepted now."""
        with Vertical(classes="dialog") as box:
            box.border_title = f"Accepted before: {one_line(self._spec.id)}"
            box.border_subtitle = "enter brings it back · esc closes"
            yield OptionList(id="versions", markup=False)
            with VerticalScroll():
                yield Static(id="change", markup=False)

    def on_mount(self) -> None:
        """Show what there is."""
        self._read()

    @work(exclusive=True, group="reading")
    async def _read(self) -> None:
        try:
            found, self._now = await asyncio.to_thread(versions, self._spec)
        except StoreError as error:
            self._show(visible(str(error)))
            return
        self._versions = found[::-1]
        options = self.query_one("#versions", OptionList)
        options.add_options([Option(_line(version)) for version in self._versions])
        if self._versions:
            options.highlighted = 0
        else:
            self._show("nothing was accepted before")

    @on(OptionList.OptionHighlighted, "#versions")
    def _choose(self, event: OptionList.OptionHighlighted) -> None:
        before = self._versions[event.option_index].accepted.code
        lines = difference(self._now, before, ("accepted now", "accepted before"))
        text = visible("\n".join(lines))
        self._show(highlight(text, language="diff") if text else "the same as what is accepted now")

    @on(OptionList.OptionSelected, "#versions")
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self._ask(self._versions[event.option_index])

    @work(exclusive=True, group="asking")
    async def _ask(self, version: Version) -> None:
        kept = "What is accepted now is kept among the versions." if self._now else ""
        other = version.accepted.digest != self._spec.digest
        stale = "It was accepted for an earlier declaration and will be stale." if other else ""
        text = "\n".join(filter(None, (_line(version), kept, stale)))
        if await self.app.push_screen_wait(Question("Bring this version back?", text)):
            self.dismiss(version)

    def action_move(self, by: int) -> None:
        """Move in the list."""
        options = self.query_one("#versions", OptionList)
        if by > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def _show(self, told: str | Content) -> None:
        self.query_one("#change", Static).update(told)


def _line(version: Version) -> str:
    facts = version.accepted.facts
    how = "taken back" if version.undone else "replaced"
    parts = (
        str(version.number),
        f"accepted {facts.get('date', '')[:16].replace('T', ' ')}".rstrip(),
        facts.get("model", ""),
        facts.get("tests passed", ""),
        f"{how} {_date(version.at)}",
    )
    return one_line(" · ".join(filter(None, parts)), 150)


def _date(at: str) -> str:
    """`YYYYMMDD-HHMMSS` as people write it."""
    return f"{at[:4]}-{at[4:6]}-{at[6:8]} {at[9:11]}:{at[11:13]}"
