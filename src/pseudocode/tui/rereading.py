"""Specs read again while they are worked on: what has changed on disk, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from pseudocode.errors import StoreError
from pseudocode.projects import Project
from pseudocode.session import Session
from pseudocode.spec.model import Problem, Spec
from pseudocode.spec.outline import missing, outline
from pseudocode.spec.parsing import parse
from pseudocode.spec.suites import tests_digest
from pseudocode.spec.used import around_digest, used_digest
from pseudocode.supplies import look_up, supplied
from pseudocode.tui.finding import new_work
from pseudocode.tui.work import Kept, Work
from pseudocode.wiring import load_specs

_ACCEPTED = "__pseudocode__"
_BROKEN = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(slots=True)
class Seen:
    """What is on disk for one spec."""

    spec: Spec
    kept: Kept = "none"
    reason: str = ""
    kept_code: str = ""
    counts: bool = False
    """Whether what the tests said of its code counts no more."""
    fits: bool = True
    """Whether its code still is what the declaration asks for."""


@dataclass(slots=True)
class Reread:
    """What a folder holds by now, against what was known of it."""

    works: list[Work]
    """All of them, in their order; those of broken files stay."""
    problems: tuple[Problem, ...]
    seen: dict[str, Seen] = field(default_factory=dict)
    """What is to be told to works that were there before."""
    gone: list[Work] = field(default_factory=list)


def reread(
    folder: Path,
    works: list[Work],
    problems: tuple[Problem, ...],
    project: Project,
    paths: frozenset[str] = frozenset(),
) -> Reread:
    """Read a folder once more; nothing of it is changed, and neither are the works.

    Args:
        folder: The folder of specs, or the file.
        works: What is known of it.
        problems: What was wrong in it.
        project: Where sessions are kept.
        paths: The files that changed, where that is known.

    Raises:
        StoreError: When the folder is gone.
    """
    if paths and all(PurePath(path).parent.name == _ACCEPTED for path in paths):
        # Accepted code changes nothing about which specs there are.
        homes = {str(PurePath(path).parent.parent) for path in paths}
        near = [w for w in works if str(Path(w.spec.path).resolve().parent) in homes]
        seen = {work.key: _seen(supplied(work.spec), work) for work in near}
        return Reread(works, problems, seen)
    found = load_specs(folder)
    known = {work.key: work for work in works}
    broken = {problem.path for problem in found.problems}
    made: list[Work] = []
    seen = {}
    for spec in found.specs:
        work = known.pop(Work(spec).key, None)
        if work is None:
            made.append(new_work(spec, project))
            continue
        made.append(work)
        seen[work.key] = _seen(spec, work)
    kept = [work for work in known.values() if work.spec.path in broken]
    gone = [work for work in known.values() if work.spec.path not in broken]
    return Reread(_in_order(made, kept, works), found.problems, seen, gone)


def _in_order(made: list[Work], kept: list[Work], before: list[Work]) -> list[Work]:
    """Specs of broken files stand where they stood, beside those of their file or folder."""
    if not kept:
        return made
    place = {work.key: number for number, work in enumerate(before)}
    return sorted([*made, *kept], key=lambda w: (w.spec.path, place.get(w.key, len(before))))


def _seen(spec: Spec, work: Work) -> Seen:
    seen = Seen(spec)
    with suppress(OSError, StoreError):
        kept = look_up(spec)
        seen.kept, seen.reason = kept.state, kept.reason
        seen.kept_code = kept.accepted.code if kept.accepted else ""
    if spec != work.spec:
        code = work.code
        seen.counts = _counts_no_more(work.spec, spec, code)
        seen.fits = spec.digest == work.spec.digest or (bool(code) and fits(code, spec))
    return seen


def _counts_no_more(old: Spec, new: Spec, code: str) -> bool:
    if (old.digest, tests_digest(old)) != (new.digest, tests_digest(new)):
        return True
    return new.kind != "file" and bool(code) and used_digest(old, code) != used_digest(new, code)


def fits(code: str, spec: Spec) -> bool:
    """Whether code still defines what a declaration wants, as far as its outline tells."""
    if spec.kind == "file":
        return True
    try:
        return not missing(outline(parse(spec.stub).body), outline(parse(code).body))
    except _BROKEN:
        return False


def adopt(session: Session, spec: Spec, project: Project) -> None:
    """Go on with a session after its declaration, or what is around that, has changed.

    What was said of its code until now counts no more: it has to be tested again.
    """
    session.spec = spec
    if session.started is None:
        return
    now = replace(
        session.started,
        digest=spec.digest,
        stub=spec.stub,
        around=around_digest(spec),
        review=spec.options.review,
        permissions=spec.options.permissions,
        again=True,
    )
    session.append(now)
    project.grants.renew(session)


def still_stands(work: Work, seen: Seen) -> bool:
    """Whether the session on a spec is still about what is declared and accepted."""
    session = work.session
    if session is None or not seen.fits:
        return False
    if work.wait.reason != "done":
        return True
    ended = session.accepted_candidate
    there = seen.kept in ("fresh", "to re-test")
    same = ended is None or ended.code == seen.kept_code
    return there and same and seen.spec.digest == work.spec.digest


def take_in(work: Work, seen: Seen, project: Project) -> bool:
    """Let a resting spec be what it is on disk.

    Returns:
        Whether the code that it shows is to be tested again.
    """
    changed = seen.spec.digest != work.spec.digest
    stands = still_stands(work, seen)
    undecided = work.session is not None and work.wait.reason != "done"
    was = work.kept
    work.spec, work.changed = seen.spec, False
    work.kept, work.reason, work.kept_code = seen.kept, seen.reason, seen.kept_code
    if seen.counts:
        work.rerun = None
    if work.session is not None and not stands:
        work.outdated = work.session if changed or undecided else work.outdated
        work.session, work.past = None, None
        return False
    if work.session is not None and undecided:
        if seen.counts:
            adopt(work.session, seen.spec, project)
        work.session.spec = seen.spec
        return seen.counts and bool(work.code)
    if work.session is not None:
        work.session.spec = seen.spec
    return work.kept == "to re-test" and was == "fresh"


def unchanged(work: Work, seen: Seen) -> bool:
    """Whether all is as it was shown."""
    kept = (seen.kept, seen.reason, seen.kept_code)
    return seen.spec == work.spec and kept == (work.kept, work.reason, work.kept_code)


def pending(works: list[Work], found: Reread) -> Iterator[tuple[Work, Seen]]:
    """The works for which something is otherwise on disk."""
    for work in works:
        seen = found.seen.get(work.key)
        if seen is not None and not unchanged(work, seen):
            yield work, seen
