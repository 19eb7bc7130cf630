"""The desk: the panes, and the keys that act on what they show."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from textual import on
from textual import work as worker

from pseudocode.errors import SandboxUnavailable, StoreError
from pseudocode.events import (
    Approved,
    Event,
    PermissionsDenied,
    PermissionsGranted,
    Rejected,
)
from pseudocode.inert import one_line
from pseudocode.settings import Settings
from pseudocode.tui import lasting
from pseudocode.tui.beginning import Beginning
from pseudocode.tui.choosing import Choosing
from pseudocode.tui.dialogs import leaving
from pseudocode.tui.jobs import Jobs
from pseudocode.tui.keys import KEYS
from pseudocode.tui.messages import Noticed, Rested
from pseudocode.tui.offer import FIRST_SPEC
from pseudocode.tui.queueing import QUEUE_KEYS, Queueing
from pseudocode.tui.reviewing import ACTIONS, REVIEW_KEYS, Reviewing, commented
from pseudocode.tui.suite_actions import SUITE_KEYS
from pseudocode.tui.trials import Trials
from pseudocode.tui.watching import Watching
from pseudocode.tui.widgets.code_pane import CodePane
from pseudocode.tui.widgets.feedback_box import FeedbackBox, Purpose
from pseudocode.tui.widgets.gate import Gate
from pseudocode.tui.widgets.spec_list import SpecList
from pseudocode.tui.widgets.spec_pane import SpecPane
from pseudocode.tui.widgets.status_line import StatusLine
from pseudocode.tui.work import Work
from pseudocode.wiring import runner, sandbox_name, watch

if TYPE_CHECKING:
    from pseudocode.tui.app import PseudocodeApp

GoOn = tuple[str, tuple[Event, ...]]
"""The key of a spec, and what was said about it."""
_ABOUT_A_SPEC = (
    "generate",
    "allow",
    "deny",
    "approve",
    "reject",
    "comment",
    "stop",
    "history",
    "retest",
    "add_example",
    *ACTIONS,
)
_DRIVE = "drive "
"""Begins the names of the groups of workers that drive sessions."""


class DeskScreen(Beginning, Choosing, Reviewing, Queueing, Watching):
    """Where a person works through the specs of a folder."""

    CSS_PATH = "desk.tcss"
    AUTO_FOCUS = "SpecList"
    HELP = "Choose a spec, generate, read the code and its tests, then approve, reject or comment."
    BINDINGS = [*KEYS, *REVIEW_KEYS, *QUEUE_KEYS, *SUITE_KEYS]  # noqa: RUF012 - as Textual wants it

    def __init__(
        self,
        folder: Path,
        root: Path,
        settings: Settings,
        wanted: Path | None = None,
        *,
        go_on: GoOn | None = None,
    ) -> None:
        """Make the screen.

        Args:
            folder: Of specs, or one file.
            root: The project.
            settings: All of them.
            wanted: The journal of the session to show first.
            go_on: A recorded conversation that a session of its own begins with.
        """
        super().__init__()
        self._folder = folder
        self._wanted = wanted
        self._go_on = go_on
        self._settings = settings
        self._jobs = Jobs(root, settings, self)
        self.trials = Trials(self._jobs)
        self._has_client = False
        """Whether all that it takes to ask a model is in memory."""

    def on_mount(self) -> None:
        """Read the folder, and tell the time while something runs."""
        self.set_interval(0.5, self._tick)
        self._read_folder()
        self._find_sandbox()

    async def on_unmount(self) -> None:
        """End what was started."""
        await self._jobs.close()
        cast("PseudocodeApp", self.app).lost += self._jobs.lost

    @worker(exclusive=True, group="folder")
    async def _read_folder(self) -> None:
        try:
            seen = await asyncio.to_thread(watch, self._folder, self._jobs.project.root)
            found = await self._jobs.find_works(self._folder, self._wanted)
        except StoreError as error:
            if self.stands:
                self.query_one(SpecPane).show_nothing(str(error))
            return
        if not self.stands:
            return
        self._works, self._problems, notices = found
        wanted = (w.key for w in self._works if w.past and w.past.path == self._wanted)
        self.query_one(SpecList).fill(self._works, self._problems, next(wanted, None))
        if not self._works and not self._problems:
            told = f"No specs in {self._folder} yet. + writes this one there:\n\n{FIRST_SPEC}"
            self.query_one(SpecPane).show_nothing(told)
        for notice in notices:
            self.notify(notice, markup=False)
        lasting.keep()
        self._watch(seen)
        self._show_status()
        if self._go_on is not None:
            self._take_over(*self._go_on)

    def _tick(self) -> None:
        if not self._has_client and any(work.partial for work in self._works):
            self._has_client = True
            lasting.keep()
        for work in self._jobs.catch_up():
            self._refresh(work)
        self._show_status()

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
        self._show_status()

    def _show_status(self) -> None:
        if not self.stands:
            return
        choice, work = self._jobs.choice, self._chosen
        gate = self.query_one(Gate)
        gate.show_work(work)
        if gate.has_class("-asking") != self.has_class("-gated"):
            self.toggle_class("-gated")
            self._arrange()
        self.query_one(StatusLine).show(
            work,
            model=choice.name if choice else "no model",
            sandbox=sandbox_name(self._settings),
            busy=[work for work in self._works if work.busy],
            progress=self._jobs.progress,
        )

    def on_rested(self, message: Rested) -> None:
        """The person's turn: show what there is to decide."""
        if self.stands:
            self._refresh(message.work)
            self._look_ahead(message.work)
            self._next_in_line()
            self._catch_up(message.work)
            cast("PseudocodeApp", self.app).call_back(message.work)

    def _refresh(self, work: Work) -> None:
        if not self.stands:
            return
        self.query_one(SpecList).refresh_work(work)
        if work is self._chosen:
            self.query_one(CodePane).show_work(work)
            self._show_suite(work)
            self._show_status()
        self.refresh_bindings()
        if work.due:
            self._drive(work)

    def on_noticed(self, message: Noticed) -> None:
        """Tell it for a while."""
        self.notify(one_line(message.text, 300), severity="warning", markup=False)

    # -- what the person does

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys do something now."""
        if action in _ABOUT_A_SPEC:
            return self._chosen is not None and self._chosen.allows(action)
        if action == "first_spec":
            return not self._works and not self._problems
        return super().check_action(action, parameters)

    def action_generate(self) -> None:
        """Ask the model: the first time, once more, or on from where it broke off."""
        if self._chosen is not None and self._chosen.wait.reason == "request":
            self.action_request()
        else:
            self._generate()

    @worker(exclusive=True, group="asking")
    async def _generate(self) -> None:
        work = self._chosen
        if work is not None and await self._has_model():
            self._jobs.request(work)
            self._drive(work)

    @property
    def settings(self) -> Settings:
        """All of them, with the model that was chosen since."""
        return self._settings

    def use(self, settings: Settings) -> None:
        """Work with these settings from now on."""
        self._settings = settings
        self._jobs.use(settings)
        self._show_status()

    def _drive(self, work: Work) -> None:
        self._show_status()
        if not work.ready:
            work.due = False
            self._refresh(work)
            return
        work.busy = True
        if work is self._chosen:
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
        self._open_box("reject")

    def action_comment(self) -> None:
        """Let the person type."""
        self._open_box("comment")

    def _open_box(self, purpose: Purpose) -> None:
        if work := self._chosen:
            self.query_one(FeedbackBox).open(purpose, work)

    @on(FeedbackBox.Drafted)
    def _keep_draft(self, event: FeedbackBox.Drafted) -> None:
        self._jobs.keep_draft(event.work)

    @on(FeedbackBox.Given)
    def _take_feedback(self, event: FeedbackBox.Given) -> None:
        self._go_back()
        rejected = event.purpose == "reject"
        said = Rejected(reason=event.text) if rejected else commented(event.text, event.about)
        self._decide(event.work, said)

    @on(FeedbackBox.Left)
    def _leave_feedback(self) -> None:
        self._go_back()

    @worker(exclusive=True, group="asking")
    async def _decide(self, work: Work, event: Event) -> None:
        await self._carry_on(work, event)

    def action_stop(self) -> None:
        """Stop the chosen spec's work; what came stays."""
        if self._chosen is not None:
            self._leave_line(self._chosen)
            self._jobs.forget(self._chosen)
            self.workers.cancel_group(self, f"{_DRIVE}{self._chosen.key}")

    @worker(exclusive=True, group="asking")
    async def action_history(self) -> None:
        """Look at what was accepted before; bring one of it back."""
        from pseudocode.tui.history import HistoryScreen

        work = self._chosen
        if work is None or not work.allows("history"):
            return
        version = await self.app.push_screen_wait(HistoryScreen(work.spec))
        if version is not None and work.allows("history"):
            await self._jobs.bring_back(work, version)
            self._show_work(work)

    def action_interrupt(self) -> None:
        """Copy what is selected; else stop what runs; else tell how to quit."""
        if self.get_selected_text():
            self.action_copy_text()
        elif self._chosen is not None and self._chosen.busy:
            self.action_stop()
        else:
            self.notify("q or ctrl+q quits")

    @worker(exclusive=True, group="leaving")
    async def leave(self) -> None:
        """Quit, after a question if work is under way."""
        question = leaving(self._works)
        if question is None or await self.app.push_screen_wait(question):
            self.end()

    @worker(exclusive=True, group="ending")
    async def end(self) -> None:
        """Quit without asking; journals keep what there is."""
        await self._jobs.stop()
        self.app.exit(0)
