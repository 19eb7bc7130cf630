"""Specs that wait for their turn: all that is to be written is, so many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work as worker
from textual.binding import Binding, BindingType

from pseudocode.spec.uses import in_order
from pseudocode.tui.dialogs import Question
from pseudocode.tui.panes import PanesScreen
from pseudocode.tui.widgets.spec_list import SpecList
from pseudocode.tui.work import StateName, Work

if TYPE_CHECKING:
    from pseudocode.settings import Settings
    from pseudocode.tui.jobs import Jobs

QUEUE_KEYS: list[BindingType] = [
    Binding(
        "ctrl+g",
        "generate_all",
        "Generate all",
        tooltip="All that is new or stale",
        show=False,
        id="desk.generate_all",
    ),
]
_TO_WRITE: tuple[StateName, ...] = ("new", "needs network", "stale", "to re-test")


class Queueing(PanesScreen):
    """Panes in which everything can be generated with one key."""

    _jobs: Jobs
    _settings: Settings

    def __init__(self) -> None:
        super().__init__()
        self._line: list[Work] = []
        """Those that wait for their turn, the first one first."""

    # -- what the desk does

    async def _has_model(self) -> bool:
        raise NotImplementedError

    def _drive(self, work: Work) -> None:
        raise NotImplementedError

    # -- all of them

    @worker(exclusive=True, group="asking")
    async def action_generate_all(self) -> None:
        """Write all that is new or stale, those first that others use."""
        found = {work.spec: work for work in self._works if work.state in _TO_WRITE}
        if not found:
            self.notify("nothing is new or stale")
            return
        jobs = self._settings.jobs
        specs = "1 spec" if len(found) == 1 else f"{len(found)} specs"
        text = (
            f"The model is asked for {specs}, {jobs} at once. Each waits for you when it is done."
        )
        if not await self.app.push_screen_wait(Question(f"Generate {specs}?", text)):
            return
        if await self._has_model():
            self._line = [found[spec] for spec in in_order(found)]
            for work in self._line:
                work.queued = True
                self.query_one(SpecList).refresh_work(work)
            self._next_in_line()

    def _next_in_line(self) -> None:
        """Begin with those whose turn it is."""
        while self._line and sum(work.busy for work in self._works) < self._settings.jobs:
            work = self._line.pop(0)
            if work.queued:
                work.queued = False
                self._jobs.request(work)
                self._drive(work)

    def _leave_line(self, work: Work) -> None:
        if work.queued:
            work.queued = False
            self._line.remove(work)
