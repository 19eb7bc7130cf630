"""The panes of the desk: list, specification, code, tests and conversation, and what they show."""

from __future__ import annotations

from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.widgets import Static

from pseudocode.events import SuiteFinished
from pseudocode.spec.model import Problem
from pseudocode.tui.dragging import Dragging
from pseudocode.tui.messages import Appended, Listed
from pseudocode.tui.widgets.code_pane import CodePane, Tab
from pseudocode.tui.widgets.feedback_box import FeedbackBox
from pseudocode.tui.widgets.filter_box import FilterBox
from pseudocode.tui.widgets.gate import Gate
from pseudocode.tui.widgets.key_line import KeyLine
from pseudocode.tui.widgets.spec_list import SpecList
from pseudocode.tui.widgets.spec_pane import SpecPane
from pseudocode.tui.widgets.status_line import StatusLine
from pseudocode.tui.widgets.suite_pane import SuitePane
from pseudocode.tui.widgets.talk_pane import TalkPane
from pseudocode.tui.work import Work


class PanesScreen(Dragging):
    """Shows works, and what happens in the chosen one."""

    def __init__(self) -> None:
        super().__init__()
        self._works: list[Work] = []
        self._problems: tuple[Problem, ...] = ()
        self._looks = False
        """Whether what is chosen will be shown in a moment."""
        self._possible: object = None

    def compose(self) -> ComposeResult:
        """The panes; which of them show is a matter of the terminal's size."""
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield FilterBox(placeholder="filter", id="filter", compact=True)
                yield SpecList(id="list")
            with Container(id="right"):
                with Vertical(id="main"):
                    yield SpecPane(id="spec")
                    yield CodePane(id="code", tab=self._shape.tab)
                with Vertical(id="side"):
                    yield SuitePane(id="suite")
                    yield TalkPane(id="talk")
        yield Gate(id="gate")
        yield FeedbackBox(id="feedback")
        yield self.status()
        yield KeyLine()

    def status(self) -> Static:
        """What stands in the line at the bottom."""
        return StatusLine(id="status", markup=False)

    @property
    def stands(self) -> bool:
        """Whether its panes are there: while the app ends, they go before their screen."""
        return self.is_attached and self.app.is_running

    def _show_status(self) -> None:
        """Show how things stand; what that is, the screens say."""

    @on(SpecList.Moved, "#list")
    def _choose(self) -> None:
        """The list is painted first: it must keep up with the keys, the panes need not."""
        if not self._looks:
            self._looks = True
            self.call_after_refresh(self._look)

    def _look(self) -> None:
        self._looks = False
        row = self.query_one(SpecList).chosen if self.stands else None
        if row is not None and row.work:
            self._show_work(row.work)
        elif row is not None and row.problem:
            self.query_one(SpecPane).show_problem(row.problem)
            self._show_pane("spec")
        self.refresh_bindings()

    def refresh_bindings(self) -> None:
        """Make the footer anew, where other keys do something now: that costs more than a frame."""
        actions = {binding.action.partition("(")[0] for _, binding in self._bindings}
        possible = self.focused, {name: self.check_action(name, ()) for name in sorted(actions)}
        if possible != self._possible:
            self._possible = possible
            super().refresh_bindings()

    @property
    def _chosen(self) -> Work | None:
        """Read off the list, since its messages lag behind quick fingers."""
        shown = self.query_one_optional(SpecList)
        row = shown.chosen if shown else None
        return row.work if row else None

    def _show_work(self, work: Work) -> None:
        if not self.stands:
            return
        self.query_one(SpecPane).show_spec(work.spec)
        self.query_one(CodePane).show_work(work)
        self._show_talk(work)
        self._show_suite(work)
        self._show_pane("code" if work.session or work.kept_code else "spec")
        self._show_status()

    def _show_talk(self, work: Work) -> None:
        told = work.session or work.outdated
        self.query_one(TalkPane).show_events(told.events if told else [])

    def _show_suite(self, work: Work) -> None:
        suite = self.query_one(SuitePane)
        if (report := work.report) is not None:
            suite.show_report(report, "run again" if work.rerun else "")
        else:
            suite.show_spec(work.spec)

    def on_listed(self, message: Listed) -> None:
        """Show what there is already of a large folder."""
        if self.stands and not self._works:
            self.query_one(SpecList).fill(message.works, ())

    def on_appended(self, message: Appended) -> None:
        """A fact: show it where it matters."""
        if not self.stands:  # the last facts of what was stopped at the end
            return
        work = message.work
        self.query_one(SpecList).refresh_work(work)
        if work is self._chosen:
            self._show_talk(work)
            self.query_one(CodePane).show_work(work)
            if isinstance(message.event, SuiteFinished):
                self._show_suite(work)
            self._show_status()
        self.refresh_bindings()

    def _show_tab(self, tab: Tab, base: str | None = None) -> None:
        """Show the code, or what it changes, in its pane."""
        self._shape = replace(self._shape, tab=tab)
        self._change()
        self._show_pane("code")
        self.query_one(CodePane).choose_tab(tab, base)

    def action_step(self, by: int) -> None:
        """To the next or previous spec."""
        self.query_one(SpecList).step(by)

    def action_move(self, by: int) -> None:
        """One line in the list."""
        self.query_one(SpecList).action_move(by)
