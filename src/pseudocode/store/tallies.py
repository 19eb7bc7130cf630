"""What each journal adds up to, kept so that one that has not changed need not be read again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pseudocode.store.database import Database, transaction
from pseudocode.store.tables import checksum


class State(NamedTuple):
    """How a journal stands: only ever longer, so that this tells whether it is the same."""

    name: str
    size: int
    changed: int
    """When it was written last, in nanoseconds."""


class Tallies:
    """The table of them, in the database of the project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def state(path: Path) -> State | None:
        """How a journal stands now; nothing where it is not there."""
        with suppress(OSError):
            found = path.stat()
            return State(path.name, found.st_size, found.st_mtime_ns)
        return None

    def known(self) -> dict[State, str]:
        """All that are kept and as they were written."""
        none: dict[State, str] = {}
        return self._database.tell(_known, none).result()

    def keep(self, tallies: dict[State, str], gone: Iterable[str]) -> None:
        """Keep these, in place of others of the same journals, and forget those that are gone."""
        names = [(name,) for name in gone]
        self._database.keep(lambda c: _keep(c, tallies, names))


def _known(connection: sqlite3.Connection) -> dict[State, str]:
    rows = connection.execute("SELECT name, size, changed, tally, sha256 FROM tallies").fetchall()
    return {State(*row[:3]): row[3] for row in rows if row[4] == checksum(*map(str, row[:4]))}


def _keep(
    connection: sqlite3.Connection, tallies: dict[State, str], gone: list[tuple[str]]
) -> None:
    rows = [(*at, tally, checksum(*map(str, (*at, tally)))) for at, tally in tallies.items()]
    with transaction(connection):
        connection.executemany("INSERT OR REPLACE INTO tallies VALUES (?, ?, ?, ?, ?)", rows)
        connection.executemany("DELETE FROM tallies WHERE name = ?", gone)
