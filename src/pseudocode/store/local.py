"""Entries of the library in an SQLite file of a project or a person, found by FTS5."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import Future

from pseudocode.store.database import Database, transaction
from pseudocode.store.entries import Entry, searched, whole_entries
from pseudocode.store.tables import COLUMNS, add_row, remove_row

Reading = Callable[[sqlite3.Connection], list[Entry]]
_FIELDS = ", ".join(f"l.{name}" for name in COLUMNS.split(", "))
_NEAREST = (
    "SELECT rowid, rank FROM library_index WHERE library_index MATCH ? "
    "AND rank MATCH 'bm25(8.0, 1.0, 0.0)' ORDER BY rank LIMIT ?"
)
# The entries themselves are read only for the nearest.
_FOUND = (
    f"SELECT {_FIELDS} FROM ({_NEAREST}) i JOIN library l ON l.number = i.rowid ORDER BY i.rank"
)


class LocalCollection:
    """The entries of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def nearest(self, shape: str, words: list[str], limit: int) -> Future[list[Entry]]:
        """Entries of a shape, or any, that have any of these words, the nearest first."""
        about = " OR ".join(f'"{word}"' for word in words)
        shaped = f'shape : "{shape}" AND ' if shape else ""
        query = f"{shaped}{{name words}} : ({about})"
        return self._read(lambda c: _read(c, query, limit))

    def search(self, text: str, limit: int) -> Future[list[Entry]]:
        """Entries in which all these words begin a word, the nearest first; without words all."""
        return self._read(lambda c: _search(c, text, limit))

    def add(self, entries: Iterable[Entry]) -> Future[int | None]:
        """Add entries: how many were not there, or nothing where they cannot be written."""
        rows = [entry.row for entry in entries]
        return self._database.tell(lambda c: _keep(c, rows), None)

    def store(self, entry: Entry) -> None:
        """Add an entry, now or as soon as that can be."""
        rows = [entry.row]
        self._database.keep(lambda c: _keep(c, rows))

    def forget(self, entry_id: str) -> Future[bool]:
        """Remove an entry, if it is there; false where that cannot be."""
        return self._database.tell(lambda c: _forget(c, entry_id), otherwise=False)

    def _read(self, question: Reading) -> Future[list[Entry]]:
        none: list[Entry] = []
        return self._database.tell(question, none)


def _search(connection: sqlite3.Connection, text: str, limit: int) -> list[Entry]:
    if not text.strip():
        rows = connection.execute(f"SELECT {COLUMNS} FROM library ORDER BY number").fetchall()
        return whole_entries(rows)
    words = " ".join(searched(text))
    return _read(connection, f"{{name words}} : ({words})", limit) if words else []


def _read(connection: sqlite3.Connection, query: str, limit: int) -> list[Entry]:
    return whole_entries(connection.execute(_FOUND, (query, limit)).fetchall())


def _keep(connection: sqlite3.Connection, rows: list[tuple[str, ...]]) -> int:
    with transaction(connection):
        return sum(add_row(connection, row) for row in rows)


def _forget(connection: sqlite3.Connection, entry_id: str) -> bool:
    with transaction(connection):
        remove_row(connection, entry_id)
    return True
