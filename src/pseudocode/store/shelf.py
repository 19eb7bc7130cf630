"""Where accepted code goes when a session ends well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pseudocode.errors import StoreError
from pseudocode.rounds import Candidate
from pseudocode.session import Session
from pseudocode.store.accepted import accepted_path, read_accepted, render
from pseudocode.store.files import write_atomically
from pseudocode.store.folder import project_root
from pseudocode.store.supply import used_facts
from pseudocode.store.target import target_path, write_target


class FolderShelf:
    """Writes accepted code beside its declaration."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def accept(self, session: Session, candidate: Candidate) -> str:
        """Write the candidate's code.

        Raises:
            StoreError: When it cannot be written.
        """
        spec = session.spec
        path = Path(accepted_path(spec.path, spec.module, spec.name))
        code, facts = candidate.code, _facts(session, candidate, self._now())
        if spec.kind == "file":
            facts |= {"file": str(_write_file(session, candidate, path))}
            facts |= {"sha256": candidate.sha256}
            code = ""
        text = render(code, declared_in=Path(spec.path).name, digest=spec.digest, facts=facts)
        try:
            path.parent.mkdir(exist_ok=True)
            write_atomically(path, text)
        except OSError as error:
            reason = error.strerror or str(error)
            raise StoreError(
                f"cannot write {path}: {reason}; make room or allow it, then approve again"
            ) from None
        return str(path)


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
        "model": candidate.reply.model or (session.started.model if session.started else ""),
        "session": session.started.session if session.started else "",
        "date": now.isoformat(timespec="seconds"),
        "tests passed": passed,
        **used_facts(session.spec, candidate.code),
    }
