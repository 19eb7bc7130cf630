"""The folder of specs as it changes on disk: shown at once, with the person's place kept."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work as worker

from pseudocode.errors import StoreError
from pseudocode.tui.finding import keys_first
from pseudocode.tui.jobs import Jobs
from pseudocode.tui.messages import Rested
from pseudocode.tui.rereading import Reread, pending, reread, take_in
from pseudocode.tui.suite_actions import SuiteScreen
from pseudocode.tui.widgets.spec_list import SpecList
from pseudocode.tui.widgets.spec_pane import SpecPane
from pseudocode.tui.work import Work

if TYPE_CHECKING:
    from pseudocode.store.watching import Watch


class Watching(SuiteScreen):
    """Panes that follow what is on disk."""

    _folder: Path
    _jobs: Jobs

    def __init__(self) -> None:
        super().__init__()
        self._reading = asyncio.Lock()

    @worker(exclusive=True, group="watching")
    async def _watch(self, watch: Watch) -> None:
        async for paths in watch.changes():
            await self.read_again(paths)

    async def read_again(self, paths: frozenset[str] = frozenset()) -> None:
        """Read what may have changed; what is affected is marked, shown and tested again."""
        async with self._reading:
            known = list(self._works)
            project, problems = self._jobs.project, self._problems
            try:
                with keys_first():
                    found = await asyncio.to_thread(
                        reread, self._folder, known, problems, project, paths
                    )
            except StoreError as error:
                self.notify(str(error), severity="error", markup=False)
                return
            if self.stands:
                self._take_in(found)

    def _take_in(self, found: Reread) -> None:
        shown, affected = [], []
        for work, seen in pending(self._works, found):
            if work.busy:
                work.changed = True
                continue
            session = work.session
            if take_in(work, seen, self._jobs.project):
                affected.append(work)
            if session is not None and work.session is None:
                self._jobs.let_go(work)
            shown.append(work)
        for work in found.gone:
            self._drop(work)
        self._fill(found)
        for work in shown:
            self._show_changed(work)
        for work in affected:
            self.run_worker(self._recheck(work), group=f"drive {work.key}", exclusive=True)

    def _fill(self, found: Reread) -> None:
        """Show which specs there are; the cursor stays on its own."""
        broken = {problem.path: str(problem) for problem in found.problems}
        read = found.seen.keys()
        for work in found.works:
            work.broken = "" if work.key in read else broken.get(work.spec.path, "")
        if (found.works, found.problems) != (self._works, self._problems):
            self._works, self._problems = found.works, found.problems
            self._jobs.works = found.works
            self.query_one(SpecList).fill(self._works, self._problems)
        self._show_status()

    def _drop(self, work: Work) -> None:
        """What is declared no more is left: its journal is kept, and what was typed about it."""
        self._jobs.keep_draft(work)
        work.problem, work.due = "it is declared no longer", False
        if work.busy:
            self.workers.cancel_group(self, f"drive {work.key}")
        else:
            self._jobs.let_go(work)

    def _catch_up(self, work: Work) -> None:
        """See to what was put off until the work on a spec would rest."""
        if not any(work is known for known in self._works):
            self._jobs.let_go(work)
        elif work.changed and not work.busy:
            self.run_worker(self.read_again(), group="rereading")

    def _show_changed(self, work: Work) -> None:
        if work is self._chosen:
            self.query_one(SpecPane).show_spec(work.spec)
        self.post_message(Rested(work))

    async def _recheck(self, work: Work) -> None:
        try:
            await self.trials.recheck(work)
        finally:
            self.post_message(Rested(work))
