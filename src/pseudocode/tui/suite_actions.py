"""What the person does about examples and tests: looks into them, runs them again."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import ClassVar

from textual import on
from textual import work as worker
from textual.binding import Binding, BindingType

from pseudocode.errors import PseudocodeError
from pseudocode.events import Case, Commented, Event
from pseudocode.projects import add_example, add_test
from pseudocode.tui.case_detail import CaseDetail
from pseudocode.tui.contrast import candidate_line
from pseudocode.tui.example_screen import Added, ExampleScreen
from pseudocode.tui.grid_screen import GridScreen
from pseudocode.tui.messages import Rested
from pseudocode.tui.panes import PanesScreen
from pseudocode.tui.trials import Trials
from pseudocode.tui.widgets.code_pane import CodePane
from pseudocode.tui.widgets.suite_pane import SuitePane
from pseudocode.tui.work import Work

SUITE_KEYS: list[BindingType] = [
    Binding(
        "plus", "add_example", "Example", tooltip="Add an example", show=False, id="desk.example"
    ),
    Binding("T", "grid", "Rounds", tooltip="Tests by rounds", show=False, id="desk.grid"),
    Binding("t", "retest", "Run tests", tooltip="Run all again", show=False, id="desk.retest"),
]


class SuiteScreen(PanesScreen):
    """Panes whose tests can be looked into and run again."""

    RUNS: ClassVar[bool] = True
    """Whether code is run here."""
    trials: Trials

    @on(SuitePane.Wished)
    async def _see_to_case(self, event: SuitePane.Wished) -> None:
        work, cases = self._chosen, self.query_one(SuitePane).cases
        if work is None or event.at >= len(cases):
            return
        if event.wish == "open":
            self._look_into(work, cases, event.at)
        elif event.wish == "code":
            self._show_line(work, cases[event.at])
        else:
            self._run_again(work, cases[event.at])

    @worker(exclusive=True, group="asking")
    async def _look_into(self, work: Work, cases: tuple[Case, ...], at: int) -> None:
        runs = self.RUNS and work.allows("retest")
        wished = await self.app.push_screen_wait(CaseDetail(cases, at, work.code, runs=runs))
        if wished is None:
            return
        wish, case = wished
        if wish == "code":
            self._show_line(work, case)
        else:
            self._run_again(work, case)

    def _show_line(self, work: Work, case: Case) -> None:
        """Put the cursor of the code where a failure came from."""
        line = candidate_line(case, work.code)
        if line and work is self._chosen:
            self.action_pane("code")
            self.query_one(CodePane).go_to(line)
        else:
            self.notify("no line of the code is named there: it gave a wrong answer, or passed")

    @worker(exclusive=True, group="asking")
    async def action_add_example(self) -> None:
        """Ask for a call, show what it gives, and write it into the docstring."""
        work = self._chosen
        if work is None or not self.RUNS or not work.allows("add_example"):
            return
        if added := await self._write_example(work):
            await self._go_on_with(work, added)

    async def _write_example(self, work: Work, about: str = "") -> Added | None:
        """Have an example typed and judged, and write it.

        Args:
            work: What it is an example of.
            about: What it is to show, in the person's words.

        Returns:
            What was written; nothing where nothing was.
        """
        spec = work.spec
        run = partial(self.trials.call, work) if self.trials.possible(work) else None
        added = await self.app.push_screen_wait(ExampleScreen(spec, run, about))
        if added is None:
            return None
        try:
            if added.as_test:
                await asyncio.to_thread(add_test, spec, added.example, about)
            else:
                await asyncio.to_thread(add_example, spec, added.example)
        except PseudocodeError as error:
            self.notify(str(error), severity="error", markup=False, timeout=10)
            return None
        return added

    async def _go_on_with(self, work: Work, added: Added) -> None:
        """Take in what was written, and tell the model where its code gave another answer."""
        await self.read_again()
        if added.feedback:
            self._decide(work, Commented(text=added.feedback))

    async def read_again(self) -> None:
        """Show what has changed on disk."""

    def _decide(self, work: Work, event: Event) -> object:
        """Let what the person says be a fact, and go on from there."""

    def action_grid(self) -> None:
        """Show the tests of what is chosen in each of its rounds."""
        if self._chosen is not None:
            self.app.push_screen(GridScreen(self._chosen))

    def action_retest(self) -> None:
        """Run all tests of what is shown once more."""
        if self._chosen is not None:
            self._run_again(self._chosen, None)

    def _run_again(self, work: Work, case: Case | None) -> None:
        if self.RUNS and work.allows("retest"):
            # The same group as that of the loop: what stops the one stops the other.
            self.run_worker(self._again(work, case), group=f"drive {work.key}", exclusive=True)

    async def _again(self, work: Work, case: Case | None) -> None:
        self._show_status()
        try:
            await self.trials.again(work, case)
        finally:
            self.post_message(Rested(work))
