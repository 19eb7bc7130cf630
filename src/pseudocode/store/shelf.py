"""Where accepted code goes when a session ends well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pseudocode.errors import StoreError
from pseudocode.rounds import Candidate, code_hash
from pseudocode.session import Session
from pseudocode.store.accepted import accepted_path, read_accepted, render
from pseudocode.store.files import write_atomically
from pseudocode.store.folder import project_root
from pseudocode.store.kept import file_in_the_way as read_text
from pseudocode.store.supply import used_facts
from pseudocode.store.target import target_path, write_target
from pseudocode.store.versions import put_aside


class FolderShelf:
    """Writes accepted code beside its declaration."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def accept(self, session: Session, candidate: Candidate) -> str:
        """Write the candidate's code, and keep what it replaces as an earlier version.

        Raises:
            StoreError: When it cannot be written, or would replace what nobody has seen.
        """
        spec = session.spec
        path = Path(accepted_path(spec.path, spec.module, spec.name))
        try:
            if not self._is_there(session, candidate, path):
                self._write(session, candidate, path)
        except OSError as error:
            reason = error.strerror or str(error)
            raise StoreError(
                f"cannot write {path}: {reason}; make room or allow it, then approve again"
            ) from None
        return str(path)

    def _is_there(self, session: Session, candidate: Candidate, path: Path) -> bool:
        """Whether just this was written before the fact of it could be."""
        before = read_accepted(str(path))
        if before is None or before.digest != session.spec.digest:
            return False
        if before.facts.get("session") != _name(session):
            return False
        if session.spec.kind == "file":
            return read_text(session.spec) == candidate.code
        return before.code == candidate.code

    def _write(self, session: Session, candidate: Candidate, path: Path) -> None:
        spec = session.spec
        if spec.kind != "file" and unseen(session, candidate) is not None:
            raise StoreError(
                f"{path} was changed by somebody else; look at the difference in the app and "
                "approve again, or move the file away"
            )
        code, facts = candidate.code, _facts(session, candidate, self._now())
        put_aside(spec, self._now)
        if spec.kind == "file":
            facts |= {"file": str(_write_file(session, candidate, path))}
            code = ""
        text = render(code, declared_in=Path(spec.path).name, digest=spec.digest, facts=facts)
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, text)


def unseen(session: Session, candidate: Candidate) -> str | None:
    """The accepted code of a declaration, where it must not be replaced without being looked at.

    That is code that was edited by hand, and code that came there while the work went on.

    Raises:
        OSError: When it cannot be read.
    """
    spec = session.spec
    before = read_accepted(accepted_path(spec.path, spec.module, spec.name))
    if before is None:
        return None
    there = code_hash(before.code)
    if there in (candidate.sha256, session.replaces):
        return None
    ours = before.facts.get("session") == _name(session)
    known = ours or (session.started is not None and there == session.started.kept)
    return None if known and not before.edited else before.code


def _write_file(session: Session, candidate: Candidate, record: Path) -> Path:
    """Write the declared file itself; what is returned is its path in the project."""
    spec = session.spec
    root = project_root(Path(spec.path))
    target = target_path(root, spec.name)
    before = read_accepted(str(record))
    known = {session.replaces, before.facts.get("sha256", "") if before else ""}
    write_target(target, candidate.code, known=frozenset(known))
    return target.relative_to(root.resolve())


def _facts(session: Session, candidate: Candidate, now: datetime) -> dict[str, str]:
    report = candidate.report
    passed = f"{report.passed} of {len(report.cases)} examples" if report else "none"
    return {
        "sha256": candidate.sha256,
        **({"out of the library": origin} if (origin := candidate.reply.origin) else {}),
        "model": candidate.reply.model or (session.started.model if session.started else ""),
        "session": _name(session),
        "date": now.isoformat(timespec="seconds"),
        "tests passed": passed,
        **used_facts(session.spec, candidate.code),
    }


def _name(session: Session) -> str:
    return session.started.session if session.started else ""
