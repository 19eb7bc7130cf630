"""What the person looks at: which spec, and against what its code is compared."""

from __future__ import annotations

from textual import on
from textual import work as worker
from textual.widgets import Input, TextArea

from pseudocode.tui.dialogs import Choice
from pseudocode.tui.panes import PanesScreen
from pseudocode.tui.rows import NEEDS_PERSON
from pseudocode.tui.terminal import copy
from pseudocode.tui.widgets.code_pane import CodePane
from pseudocode.tui.widgets.filter_box import FilterBox
from pseudocode.tui.widgets.spec_list import SpecList


class Choosing(PanesScreen):
    """The actions of the list, and of the tabs of the code."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The key for the filter comes before all others, but not where text is typed."""
        if action == "filter":
            return not isinstance(self.focused, Input | TextArea)
        return super().check_action(action, parameters)

    def action_filter(self) -> None:
        """Type words that the list is filtered by."""
        if self._zoomed:
            self.action_zoom()
        box = self.query_one(FilterBox)
        box.display = True
        # At once: what is typed next is meant for it.
        self.set_focus(box)

    @on(Input.Changed, "#filter")
    def _filter(self, event: Input.Changed) -> None:
        self.query_one(SpecList).filter(event.value)

    @on(FilterBox.Stepped)
    def _step_filtered(self, event: FilterBox.Stepped) -> None:
        self.query_one(SpecList).action_move(event.by)

    @on(FilterBox.Left)
    def _leave_filter(self, event: FilterBox.Left) -> None:
        box = self.query_one(FilterBox)
        if not event.keep:
            box.value = ""
        box.display = bool(box.value)
        self.set_focus(self.query_one(SpecList))

    def action_copy_code(self) -> None:
        """Copy the code that is shown, as it stands: without frame and line numbers."""
        if code := self.query_one(CodePane).shown_code:
            self.notify(copy(self.app, code, "the code"), markup=False)

    def action_order(self) -> None:
        """Put what needs the person first, or go back to folders and files."""
        shown = self.query_one(SpecList)
        shown.sort(not shown.by_state)

    def action_next_waiting(self) -> None:
        """To the next spec that can't go on without the person."""
        shown = self.query_one(SpecList)
        works = shown.works
        at = works.index(self._chosen) if self._chosen in works else -1
        order = [*works[at + 1 :], *works[: at + 1]]
        waiting = next((work for work in order if work.state in NEEDS_PERSON), None)
        if waiting is None:
            busy = sum(work.busy for work in self._works)
            told = f"nothing waits for you; {busy} running" if busy else "nothing waits for you"
            self.notify(told)
        else:
            shown.choose(waiting)

    def action_difference(self) -> None:
        """From the code to what it changes, and back."""
        code = self.query_one(CodePane)
        self._show_tab("code" if code.tab == "diff" else "diff")

    @on(CodePane.TabChosen)
    def _choose_tab(self, event: CodePane.TabChosen) -> None:
        self._show_tab(event.tab)

    @worker(exclusive=True, group="comparing")
    async def action_compare(self) -> None:
        """Choose what the code is compared with."""
        code = self.query_one(CodePane)
        bases = [base.name for base in code.bases]
        if not bases:
            self.notify("there is nothing to compare with yet")
            return
        chosen = await self.app.push_screen_wait(Choice("Compare with", bases))
        if chosen is not None:
            self._show_tab("diff", bases[chosen])
