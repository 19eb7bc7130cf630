"""Where accepted code goes when a session ends well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pseudocode.errors import StoreError
from pseudocode.rounds import Candidate
from pseudocode.session import Session
from pseudocode.store.accepted import accepted_path, render
from pseudocode.store.files import write_atomically


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
        text = render(
            candidate.code,
            declared_in=Path(spec.path).name,
            digest=spec.digest,
            facts=_facts(session, candidate, self._now()),
        )
        try:
            path.parent.mkdir(exist_ok=True)
            write_atomically(path, text)
        except OSError as error:
            reason = error.strerror or str(error)
            raise StoreError(
                f"cannot write {path}: {reason}; make room or allow it, then approve again"
            ) from None
        return str(path)


def _facts(session: Session, candidate: Candidate, now: datetime) -> dict[str, str]:
    report = candidate.report
    passed = f"{report.passed} of {len(report.cases)} examples" if report else "none"
    return {
        "model": candidate.reply.model or (session.started.model if session.started else ""),
        "session": session.started.session if session.started else "",
        "date": now.isoformat(timespec="seconds"),
        "tests passed": passed,
    }
