"""What there is to work on when the app opens: specs, and the sessions that were left on them.

Nothing here asks a model or runs code: that would spend money that nobody agreed to spend.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pseudocode.errors import StoreError
from pseudocode.projects import Project, in_the_way
from pseudocode.spec.model import Found, Problem, Spec
from pseudocode.spec.used import around_digest
from pseudocode.steps import Accept, Wait
from pseudocode.supplies import look_up, supplied
from pseudocode.tui.work import Work
from pseudocode.wiring import load_specs

if TYPE_CHECKING:
    from pseudocode.store.sessions import Past

_FIRST_SECONDS, _NEXT_SECONDS = 0.05, 0.5
"""Until something is told of a folder that takes long to read, and between two times."""
_SWITCH_SECONDS = 0.0005


async def find_works(
    folder: Path,
    project: Project,
    wanted: Path | None = None,
    listed: Callable[[list[Work]], None] = lambda _: None,
) -> tuple[list[Work], tuple[Problem, ...], list[str]]:
    """Read a folder of specs, and the latest session on each, without holding up the screen.

    Args:
        folder: The folder, or one file.
        project: Where sessions are kept.
        wanted: The journal of the session that is to be shown, even if it is not the latest.
        listed: Where reading takes its time, told now and then, from another thread, what was
            found so far; nothing is known yet of these works but what is declared.

    Returns:
        The works, what is wrong in the files, and what to tell the person of earlier sessions.

    Raises:
        StoreError: When the folder is not there.
    """
    with keys_first():
        return await asyncio.to_thread(_find_works, folder, project, wanted, listed)


@contextmanager
def keys_first() -> Iterator[None]:
    """While it lasts, a thread that reads does not let keys wait at each of their steps."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _telling(listed: Callable[[list[Work]], None]) -> Callable[[Found], None]:
    """Tell what was found so far, a few times a second at most."""
    works: list[Work] = []
    due = time.monotonic() + _FIRST_SECONDS

    def seen(found: Found) -> None:
        nonlocal due
        works.extend(Work(spec, known=False) for spec in found.specs)
        if time.monotonic() > due:
            due = time.monotonic() + _NEXT_SECONDS
            listed(list(works))

    return seen


def _find_works(
    folder: Path, project: Project, wanted: Path | None, listed: Callable[[list[Work]], None]
) -> tuple[list[Work], tuple[Problem, ...], list[str]]:
    found = load_specs(folder, seen=_telling(listed))
    works = [_work(spec, project) for spec in found.specs]
    sessions = project.sessions
    pasts = sessions.latest(found.specs, wanted)
    left = [(work, past) for work, past in zip(works, pasts, strict=True) if past]
    if sum(_take_up(project, work, past) for work, past in left):
        read_again(works)
    return works, found.problems, _notices(works) + sessions.faults


def _work(spec: Spec, project: Project) -> Work:
    work = Work(spec, held=held(project, spec))
    _read_kept(work)
    work.draft = project.draft(spec)
    return work


def new_work(spec: Spec, project: Project) -> Work:
    """The work on a spec that has come up, with the session that was left on it."""
    work = _work(spec, project)
    take_up(project, work)
    return work


def read_again(works: Iterable[Work]) -> None:
    """Read what is accepted for specs, and around them, from disk once more."""
    for work in works:
        work.spec = supplied(work.spec)
        _read_kept(work)


def _read_kept(work: Work) -> None:
    work.kept, work.reason, work.kept_code = "none", "", ""
    with suppress(OSError, StoreError):
        kept = look_up(work.spec)
        work.kept, work.reason = kept.state, kept.reason
        work.kept_code = kept.accepted.code if kept.accepted else ""


def held(project: Project, spec: Spec) -> str:
    """Who else works on a spec, in words; empty where nobody does."""
    told = project.sessions.holder(spec)
    return f"held by {told}" if told else ""


def take_up(project: Project, work: Work) -> None:
    """Look once more at what is on disk of a spec and its latest session."""
    read_again([work])
    (past,) = project.sessions.latest([work.spec])
    if past is not None:
        _take_up(project, work, past)


def _take_up(project: Project, work: Work, past: Past) -> bool:
    """Stand where a session stood; whether an acceptance had to be completed for it."""
    started = past.session.started
    if started is None or started.digest != work.spec.digest:
        work.outdated = past.session
        return False
    past.session.outdate(around_digest(work.spec))
    completed = isinstance(past.session.next_step, Accept) and not work.held
    if completed:
        try:
            past = project.complete(past)
        except StoreError as error:
            work.problem = str(error)
        _read_kept(work)
    session = past.session
    ended = session.accepted_candidate if session.next_step == Wait("done") else None
    is_there = work.kept in ("fresh", "to re-test")
    if ended and not (is_there and work.kept_code == ended.code):
        return completed  # what it ended in was edited, taken back or removed by the person
    work.past, work.session = past, session
    try:
        work.in_the_way = in_the_way(session)
    except StoreError as error:
        work.problem = str(error)
    return completed


def _notices(works: list[Work]) -> list[str]:
    count = sum(work.past is not None and work.wait.reason != "done" for work in works)
    told = [f"{count} of the specs go on where they stood"] if count else []
    return told + [work.past.damage for work in works if work.past and work.past.damage]
