"""The desk: list, specification, code, tests and conversation, and the keys that act on them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from textual import on
from textual import work as worker
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Footer, OptionList, Static

from pseudocode.errors import SandboxUnavailable, StoreError
from pseudocode.events import (
    Approved,
    Commented,
    Event,
    PermissionsDenied,
    PermissionsGranted,
    Rejected,
    SuiteFinished,
)
from pseudocode.settings import Settings
from pseudocode.spec.model import Problem
from pseudocode.tui.dialogs import CaseDetail, Question
from pseudocode.tui.jobs import Jobs
from pseudocode.tui.messages import Appended, Rested, TextArrived
from pseudocode.tui.offer import FIRST_SPEC, offer_text
from pseudocode.tui.widgets.code_pane import CodePane
from pseudocode.tui.widgets.feedback_box import FeedbackBox
from pseudocode.tui.widgets.gate import Gate
from pseudocode.tui.widgets.spec_list import SpecList
from pseudocode.tui.widgets.spec_pane import SpecPane
from pseudocode.tui.widgets.status_line import StatusLine
from pseudocode.tui.widgets.suite_pane import SuitePane
from pseudocode.tui.widgets.talk_pane import TalkPane
from pseudocode.tui.work import Work
from pseudocode.wiring import embedded_choice, runner, sandbox_name

PANES = ("spec", "code", "suite", "talk")
"""The ids of the panes, in the order of their number keys."""
GoOn = tuple[str, tuple[Event, ...]]
"""The key of a spec, and what was said about it."""
_DRIVE = "drive "
"""Begins the names of the groups of workers that drive sessions."""


class DeskScreen(Screen[None]):
    """Where a person works through the specs of a folder."""

    CSS_PATH = "desk.tcss"
    AUTO_FOCUS = "SpecList"
    HELP = "Choose a spec, generate, read the code and its tests, then approve, reject or comment."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "generate", "Generate", tooltip="Ask the model", id="desk.generate"),
        Binding("y", "allow", "Allow", tooltip="Let it have what it asks for", id="desk.allow"),
        Binding("d", "deny", "Don't allow", tooltip="Leave it unrun", id="desk.deny"),
        Binding("a", "approve", "Approve", tooltip="Accept this code", id="desk.approve"),
        Binding("r", "reject", "Reject", tooltip="Turn it down and say why", id="desk.reject"),
        Binding("c", "comment", "Comment", tooltip="Tell the model something", id="desk.comment"),
        Binding("s,escape", "stop", "Stop", tooltip="Stop generating", id="desk.stop"),
        Binding("ctrl+c", "interrupt", "Copy or stop", show=False, id="desk.interrupt"),
        Binding("n", "step(1)", "Next", tooltip="Next spec", id="desk.next"),
        Binding(
            "p", "step(-1)", "Previous", tooltip="Previous spec", show=False, id="desk.previous"
        ),
        Binding("j", "step(1)", "Next", show=False, id="desk.down"),
        Binding("k", "step(-1)", "Previous", show=False, id="desk.up"),
        Binding("1", "pane('spec')", "Specification", show=False, id="desk.spec"),
        Binding("2", "pane('code')", "Code", show=False, id="desk.code"),
        Binding("3", "pane('suite')", "Tests", show=False, id="desk.suite"),
        Binding("4", "pane('talk')", "Conversation", show=False, id="desk.talk"),
    ]

    def __init__(
        self, folder: Path, root: Path, settings: Settings, *, go_on: GoOn | None = None
    ) -> None:
        """Make the screen.

        Args:
            folder: Of specs, or one file.
            root: The project.
            settings: All of them.
            go_on: A recorded conversation that a session of its own begins with.
        """
        super().__init__()
        self._folder = folder
        self._go_on = go_on
        self._settings = settings
        self._jobs = Jobs(root, settings, self)
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

    def on_mount(self) -> None:
        """Read the folder, and tell the time while something runs."""
        self.add_class("-show-spec")
        self.set_interval(0.5, self._show_status)
        self._read_folder()
        self._find_sandbox()

    async def on_unmount(self) -> None:
        """End what was started."""
        await self._jobs.close()

    @worker(exclusive=True, group="folder")
    async def _read_folder(self) -> None:
        try:
            self._works, self._problems = await self._jobs.find_works(self._folder)
        except StoreError as error:
            self.query_one(SpecPane).show_nothing(str(error))
            return
        if not self.is_attached:
            return
        self.query_one(SpecList).fill(self._works, self._problems, None)
        if not self._works and not self._problems:
            told = f"No specs in {self._folder}. Declare one in a .py file there:\n\n{FIRST_SPEC}"
            self.query_one(SpecPane).show_nothing(told)
        self._show_status()
        if self._go_on is not None:
            self._take_over(*self._go_on)

    @worker(exclusive=True, group="asking")
    async def _take_over(self, key: str, events: tuple[Event, ...]) -> None:
        """Begin a session with what was said in another; what comes next is the person's to say."""
        work = next((work for work in self._works if work.key == key), None)
        if work is None:
            self.notify(f"there is no spec {key} any more", severity="error")
        elif await self._has_model():
            self.query_one(SpecList).choose(work)
            self._jobs.take_over(work, events)
            self._show_work(work)
            self.refresh_bindings()

    @worker(group="sandbox")
    async def _find_sandbox(self) -> None:
        """Try what isolates here, beside the screen; what is wrong is told when code is to run."""
        with suppress(SandboxUnavailable):
            await asyncio.to_thread(runner, self._settings)
        if self.is_attached:
            self._show_status()

    # -- what is chosen, and showing it

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
        self.query_one(TalkPane).show_events(work.session.events if work.session else [])
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

    def _show_status(self) -> None:
        choice, work = self._jobs.choice, self._chosen
        gate = self.query_one(Gate)
        gate.show_work(work)
        self.set_class(gate.has_class("-asking"), "-gated")
        self.query_one(StatusLine).show(
            work,
            model=choice.name if choice else "no model",
            sandbox=sandbox_name(self._settings),
            busy=sum(work.busy for work in self._works),
            progress=self._jobs.progress,
        )

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

    def on_rested(self, message: Rested) -> None:
        """The person's turn: show what there is to decide."""
        if not self.is_attached:
            return
        work = message.work
        self.query_one(SpecList).refresh_work(work)
        if work is self._chosen:
            self.query_one(CodePane).show_work(work)
            self._show_suite(work)
            self._show_status()
        self.refresh_bindings()
        if work.due:
            self._drive(work)

    def on_text_arrived(self, message: TextArrived) -> None:
        """Text streams in."""
        if message.work is self._chosen:
            self.query_one(CodePane).stream(message.work)

    @on(SuitePane.Opened)
    def _open_case(self, event: SuitePane.Opened) -> None:
        self.app.push_screen(CaseDetail(event.case))

    # -- what the person does

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys do something now."""
        if action in ("generate", "allow", "deny", "approve", "reject", "comment", "stop"):
            return self._chosen is not None and self._chosen.allows(action)
        return True

    def action_generate(self) -> None:
        """Ask the model: the first time, once more, or on from where it broke off."""
        self._generate()

    @worker(exclusive=True, group="asking")
    async def _generate(self) -> None:
        work = self._chosen
        if work is not None and await self._has_model():
            self._jobs.request(work)
            self._drive(work)

    async def _has_model(self) -> bool:
        if self._jobs.choice is None:
            title, text, possible = offer_text()
            agreed = await self.app.push_screen_wait(Question(title, text))
            if agreed and possible:
                self._jobs.use(embedded_choice(self._settings))
        return self._jobs.choice is not None

    def _drive(self, work: Work) -> None:
        self._show_status()
        if not work.ready:
            return
        work.busy = True
        self._show_pane("code")
        self.run_worker(self._jobs.drive(work), group=f"{_DRIVE}{work.key}", exclusive=True)

    def action_approve(self) -> None:
        """Accept exactly the code that is shown."""
        work = self._chosen
        if work is not None and work.allows("approve") and (candidate := work.wait.candidate):
            self._decide(work, Approved(sha256=candidate.sha256, replaces=work.replaces))

    def action_allow(self) -> None:
        """Grant what the shown code asks for, and run it."""
        work = self._chosen
        # What is granted has been seen: the screen may lag behind quick fingers.
        seen = work is self.query_one(Gate).shown
        if work is not None and seen and work.allows("allow"):
            self._decide(work, PermissionsGranted(permissions=work.spec.options.permissions))

    def action_deny(self) -> None:
        """Leave the shown code unrun."""
        work = self._chosen
        if work is not None and work.allows("deny"):
            self._decide(work, PermissionsDenied(permissions=work.spec.options.permissions))

    def action_reject(self) -> None:
        """Ask why."""
        self.query_one(FeedbackBox).open("reject")

    def action_comment(self) -> None:
        """Let the person type."""
        self.query_one(FeedbackBox).open("comment")

    @on(FeedbackBox.Given)
    def _take_feedback(self, event: FeedbackBox.Given) -> None:
        self.query_one(SpecList).focus()
        work = self._chosen
        if work is None:
            return
        rejected = event.purpose == "reject"
        self._decide(work, Rejected(reason=event.text) if rejected else Commented(text=event.text))

    @on(FeedbackBox.Left)
    def _leave_feedback(self) -> None:
        self.query_one(SpecList).focus()

    @worker(exclusive=True, group="asking")
    async def _decide(self, work: Work, event: Event) -> None:
        if await self._has_model():
            self._jobs.say(work, event)
            self._drive(work)

    def action_stop(self) -> None:
        """Stop the chosen spec's work; what came stays."""
        if self._chosen is not None:
            self._jobs.forget(self._chosen)
            self.workers.cancel_group(self, f"{_DRIVE}{self._chosen.key}")

    def action_interrupt(self) -> None:
        """Copy what is selected; else stop what runs; else tell how to quit."""
        if self.get_selected_text():
            self.action_copy_text()
        elif self._chosen is not None and self._chosen.busy:
            self.action_stop()
        else:
            self.notify("q or ctrl+q quits")

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

    @worker(exclusive=True, group="leaving")
    async def leave(self) -> None:
        """Quit, after a question if work is under way."""
        running = sum(work.busy for work in self._works)
        if running:
            text = "Its answer in flight is lost; all else is kept in the journal."
            if not await self.app.push_screen_wait(Question("Quit while the model writes?", text)):
                return
        self.end()

    @worker(exclusive=True, group="ending")
    async def end(self) -> None:
        """Quit without asking; journals keep what there is."""
        await self._jobs.stop()
        self.app.exit(0)
