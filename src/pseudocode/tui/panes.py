"""The panes of the desk: list, specification, code, tests and conversation, and what they show."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Footer, OptionList, Static

from pseudocode.events import SuiteFinished
from pseudocode.spec.model import Problem
from pseudocode.tui.dialogs import CaseDetail
from pseudocode.tui.messages import Appended, TextArrived
from pseudocode.tui.widgets.code_pane import CodePane
from pseudocode.tui.widgets.feedback_box import FeedbackBox
from pseudocode.tui.widgets.gate import Gate
from pseudocode.tui.widgets.spec_list import SpecList
from pseudocode.tui.widgets.spec_pane import SpecPane
from pseudocode.tui.widgets.status_line import StatusLine
from pseudocode.tui.widgets.suite_pane import SuitePane
from pseudocode.tui.widgets.talk_pane import TalkPane
from pseudocode.tui.work import Work

PANES = ("spec", "code", "suite", "talk")
"""The ids of the panes, in the order of their number keys."""


class PanesScreen(Screen[None]):
    """Shows works, and what happens in the chosen one."""

    def __init__(self) -> None:
        super().__init__()
        self._works: list[Work] = []
        self._problems: tuple[Problem, ...] = ()

    def compose(self) -> ComposeResult:
        """The panes; which of them show is a matter of the terminal's size."""
        with Horizontal(id="body"):
            yield SpecList(id="list")
            with Container(id="right"):
                with Vertical(id="main"):
                    yield SpecPane(id="spec")
                    yield CodePane(id="code")
                with Vertical(id="side"):
                    yield SuitePane(id="suite")
                    yield TalkPane(id="talk")
        yield Gate(id="gate")
        yield FeedbackBox(id="feedback")
        yield self.status()
        yield Footer(compact=True, show_command_palette=False)

    def status(self) -> Static:
        """What stands in the line at the bottom."""
        return StatusLine(id="status", markup=False)

    def _show_status(self) -> None:
        """Show how things stand; what that is, the screens say."""

    @on(OptionList.OptionHighlighted, "#list")
    def _choose(self, event: OptionList.OptionHighlighted) -> None:
        if work := self._chosen:
            self._show_work(work)
        for problem in self._problems:
            if event.option.id == f"problem:{problem}":
                self.query_one(SpecPane).show_problem(problem)
        self.refresh_bindings()

    @property
    def _chosen(self) -> Work | None:
        """Read off the list, since its messages lag behind quick fingers."""
        if not self.is_attached:
            return None
        option = self.query_one(SpecList).highlighted_option
        return next((w for w in self._works if option and w.key == option.id), None)

    def _show_work(self, work: Work) -> None:
        self.query_one(SpecPane).show_spec(work.spec)
        self.query_one(CodePane).show_work(work)
        told = work.session or work.outdated
        self.query_one(TalkPane).show_events(told.events if told else [])
        self._show_suite(work)
        self._show_pane("code" if work.session or work.kept_code else "spec")
        self._show_status()

    def _show_suite(self, work: Work) -> None:
        suite = self.query_one(SuitePane)
        shown = work.session.shown if work.session else None
        if shown is not None and shown.report is not None:
            suite.show_report(shown.report)
        else:
            suite.show_spec(work.spec)

    def _show_pane(self, name: str) -> None:
        """In a small terminal only one of the large panes shows at a time."""
        for other in PANES:
            self.set_class(other == name, f"-show-{other}")

    def on_appended(self, message: Appended) -> None:
        """A fact: show it where it matters."""
        if not self.is_attached:  # the last facts of what was stopped at the end
            return
        work = message.work
        self.query_one(SpecList).refresh_work(work)
        if work is self._chosen:
            self.query_one(TalkPane).show_event(message.event)
            self.query_one(CodePane).show_work(work)
            if isinstance(message.event, SuiteFinished):
                self._show_suite(work)
            self._show_status()
        self.refresh_bindings()

    def on_text_arrived(self, message: TextArrived) -> None:
        """Text streams in."""
        if message.work is self._chosen:
            self.query_one(CodePane).stream(message.work)

    @on(SuitePane.Opened)
    def _open_case(self, event: SuitePane.Opened) -> None:
        self.app.push_screen(CaseDetail(event.case))

    def action_step(self, by: int) -> None:
        """Move in the list."""
        specs = self.query_one(SpecList)
        if by > 0:
            specs.action_cursor_down()
        else:
            specs.action_cursor_up()

    def action_pane(self, name: str) -> None:
        """Show and focus a pane."""
        self._show_pane(name)
        self.query_one(f"#{name}").focus()
