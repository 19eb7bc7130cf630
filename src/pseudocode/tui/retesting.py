"""Accepted code tested again, since something that it uses has changed."""

from __future__ import annotations

from pseudocode.errors import StoreError
from pseudocode.loop import Runner, RunnerError
from pseudocode.projects import Project
from pseudocode.supplies import confirm, look_up
from pseudocode.tui.reruns import Rerun
from pseudocode.tui.work import Work


async def retest_kept(work: Work, project: Project, tests: Runner) -> bool:
    """Test accepted code as it is; whether it still passes.

    Raises:
        StoreError: When it could not be tested.
    """
    # A session that could not be saved has the lock still.
    lock = None if work.opened else project.sessions.lock(work.spec)
    try:
        kept = look_up(work.spec)
        if kept.accepted is not None:
            report = await tests.run(work.spec, kept.accepted.code)
            work.rerun = Rerun(kept.accepted.code, work.spec.digest, report)
            if report.all_passed:
                confirm(work.spec, kept.accepted)
                work.kept, work.reason = "fresh", ""
                return True
    except RunnerError as error:
        raise StoreError(str(error)) from None
    finally:
        if lock:
            lock.release()
    work.kept, work.reason = "stale", "it fails with what it uses now"
    return False
