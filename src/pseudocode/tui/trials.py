"""Code that is shown is run when the person wants to see what it does; no model is asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from pseudocode.deciding import reviewed
from pseudocode.errors import PseudocodeError, StoreError
from pseudocode.events import Case, SuiteFinished
from pseudocode.loop import RunnerError
from pseudocode.spec.model import Example, Spec
from pseudocode.tui.jobs import Jobs
from pseudocode.tui.reruns import Rerun, merged, narrowed
from pseudocode.tui.retesting import retest_kept
from pseudocode.tui.work import Work
from pseudocode.wiring_code import missing_packages

AT_ONCE = 2
"""So many specs are tested again at a time, however many a change is about."""


class Trials:
    """Runs of tests and calls beside the loop, by the runner and the rules of the loop."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def again(self, work: Work, case: Case | None = None) -> None:
        """Run the tests of the code that is shown once more.

        What all of them say of a candidate that is still to be decided on is a fact of the
        session; the rest is only shown.

        Args:
            work: The spec.
            case: The only one to run, if it is not all of them.
        """
        code = work.code
        if work.report is None:  # the first time, all are run
            case = None
        with _testing(work):
            try:
                spec = narrowed(work.spec, case) if case else work.spec
                report = await self._run(work, spec, code)
            except PseudocodeError as error:
                work.problem = str(error)
                return
        if case is not None:
            report = merged(work.report, case, report)
        session = work.session
        shown = session.shown if session else None
        undecided = work.viewed is None and work.wait.reason != "done"
        if case is None and shown is not None and undecided and self._jobs.choice is not None:
            work.rerun = None
            self._jobs.say(work, replace(report, candidate=shown.index))
        else:
            work.rerun = Rerun(code, work.spec.digest, report)

    async def call(self, work: Work, example: Example) -> Case:
        """What an example gives with the code that is shown, after those that are there.

        Raises:
            StoreError: When it could not be run.
        """
        spec = replace(work.spec, examples=(*work.spec.examples, example), suites=())
        with _testing(work):
            report = await self._run(work, spec, work.code)
        case = report.cases[-1]
        if report.error and case.error == "not run":
            return replace(case, error=report.error)
        return case

    async def recheck(self, work: Work) -> None:
        """Test what is shown after something around it has changed, when its turn comes."""
        async with self._turn:
            if work.busy or not self.possible(work):
                return
            if work.kept != "to re-test":
                await self.again(work)
                return
            with _testing(work):
                try:
                    await retest_kept(work, self._jobs.project, await self._jobs.runner())
                except PseudocodeError as error:
                    work.problem = str(error)

    def possible(self, work: Work) -> bool:
        """Whether there is code that may be run."""
        session, shown = work.session, work.shown
        if session is None or shown is None:
            return bool(work.kept_code) and self._jobs.may_run(work)
        seen = reviewed(shown, session) or shown.code == work.kept_code
        return bool(shown.code) and session.permitted and seen

    async def _run(self, work: Work, spec: Spec, code: str) -> SuiteFinished:
        if not self.possible(work):
            raise StoreError("not run: what the code may use has not been allowed")
        if missing := await asyncio.to_thread(missing_packages, spec):
            raise StoreError(missing)
        runner = await self._jobs.runner()
        try:
            return await runner.run(spec, code)
        except RunnerError as error:
            raise StoreError(str(error)) from None


@contextmanager
def _testing(work: Work) -> Iterator[None]:
    """While it lasts, nothing else is done about the spec, and it says why."""
    work.busy = work.retesting = True
    work.since, work.problem = time.monotonic(), ""
    try:
        yield
    finally:
        work.busy = work.retesting = False
        session = work.session
        # What the person said meanwhile is carried on from.
        work.due = bool(work.opened and session and session.pending and not session.halt)
