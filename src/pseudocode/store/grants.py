"""What the person has granted to the code of which declarations.

Kept outside of every project, since a project may come from a stranger. Each record holds the
resolved path of the file, the name, and exactly the permissions: when they change, it is another.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import platformdirs

from pseudocode.events import Event, PermissionsGranted
from pseudocode.session import Session
from pseudocode.spec.model import Spec
from pseudocode.store.files import write_atomically

Record = tuple[str, str, tuple[str, ...]]
"""Path, name and permissions."""


def grants_path() -> Path:
    """Where the grants of this person are kept, whether or not there are any."""
    return platformdirs.user_state_path("pseudocode") / "grants.json"


class Grants:
    """The grants in a file; one that is broken or cannot be read is as if it were empty."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._given: set[Record] = set()
        """Since the start: a grant counts even where it cannot be written down."""

    def holds(self, spec: Spec) -> bool:
        """Whether all that the declaration asks for was granted, and just that."""
        return _record(spec) in self._given | self._read()

    def add(self, spec: Spec) -> None:
        """Remember that it was; only while this object lives, where no file can be written."""
        record = _record(spec)
        self._given.add(record)
        kept = self._read()
        if record in kept:
            return
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, _text(kept | {record}))

    def tie(self, session: Session) -> None:
        """Tell a session what was granted before, and remember what is granted in it."""
        self.renew(session)

        def remember(event: Event) -> None:
            if isinstance(event, PermissionsGranted) and session.permitted:
                self.add(session.spec)

        session.listeners.append(remember)

    def renew(self, session: Session) -> None:
        """Tell a session what was granted before to the declaration as it is now."""
        if session.spec.options.permissions and self.holds(session.spec):
            wanted = session.spec.options.permissions
            session.append(PermissionsGranted(permissions=wanted, remembered=True))

    def _read(self) -> set[Record]:
        try:
            records = json.loads(self.path.read_bytes())
            return {_checked(record) for record in records}
        except (OSError, ValueError, TypeError, LookupError, RecursionError):
            return set()


def _record(spec: Spec) -> Record:
    return str(Path(spec.path).resolve()), spec.name, tuple(sorted(set(spec.options.permissions)))


def _checked(record: object) -> Record:
    """The record that was written down; an error where it is none, so that nothing is half read."""
    match record:
        case {"path": str(path), "name": str(name), "permissions": [*permissions]} if all(
            isinstance(phrase, str) for phrase in permissions
        ):
            return path, name, tuple(permissions)
    raise ValueError("not a grant")


def _text(records: set[Record]) -> str:
    rows = [
        {"path": path, "name": name, "permissions": permissions}
        for path, name, permissions in sorted(records)
    ]
    return json.dumps(rows, indent=1) + "\n"
