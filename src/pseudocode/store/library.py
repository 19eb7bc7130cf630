"""The library: accepted code that can be found again, by a person or for a new declaration.

Accepted code is kept in the database of its project, which is the one that counts, and in that of
the person, so that another project finds it as well.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime

from pseudocode.events import ReplyReceived
from pseudocode.loop import Shelf
from pseudocode.rounds import Candidate
from pseudocode.session import Session
from pseudocode.spec.fitting import fitted
from pseudocode.spec.model import Spec
from pseudocode.store.database import Database, transaction
from pseudocode.store.entries import (
    Entry,
    entry_of,
    from_text,
    searched,
    shape_word,
    shared,
    telling_words,
)
from pseudocode.store.tables import COLUMNS, add_row, is_whole, remove_row

MAX_TRIED = 3
"""Entries that are run against the tests of a new declaration."""
MAX_LOOKED_AT = 20
"""Entries of the right shape and about the same that are looked at more closely."""
MIN_SHARED = 1 / 3
"""Share of a declaration's telling words that an entry has to have: its tests may be few."""
EVERYTHING = 1 << 30
_FIELDS = ", ".join(f"l.{name}" for name in COLUMNS.split(", "))
_NEAREST = (
    "SELECT rowid, rank FROM library_index WHERE library_index MATCH ? "
    "AND rank MATCH 'bm25(8.0, 1.0, 0.0)' ORDER BY rank LIMIT ?"
)
# The entries themselves are read only for the nearest.
_FOUND = (
    f"SELECT {_FIELDS} FROM ({_NEAREST}) i JOIN library l ON l.number = i.rowid ORDER BY i.rank"
)


class Library:
    """The entries of one or more databases; the first is the project's own."""

    def __init__(
        self, databases: Iterable[Database], project: str, now: Callable[[], datetime]
    ) -> None:
        self._databases = tuple(databases)
        self._project = project
        self._now = now

    async def recall(self, spec: Spec) -> tuple[ReplyReceived, ...]:
        """Code that may fit a declaration, the nearest first, as answers that cost nothing.

        Only what has tests is looked for: nothing else could tell whether the code fits.
        """
        words = telling_words(spec)
        if spec.kind == "file" or not spec.is_tested or not words:
            return ()
        query = _nearness(shape_word(spec.stub), words)
        none: list[Entry] = []
        asked = (d.ask(lambda c: _read(c, query, MAX_LOOKED_AT), none) for d in self._databases)
        found = [entry for entries in await asyncio.gather(*asked) for entry in entries]
        return await asyncio.to_thread(_fitting, found, spec, words)

    def keep(self, session: Session, candidate: Candidate) -> None:
        """Add what was accepted, without waiting until it is written."""
        if session.spec.kind == "file":
            return
        date = self._now().isoformat(timespec="seconds")
        entry = entry_of(session, candidate, self._project, date)
        for database in self._databases:
            database.tell(lambda c: _keep(c, [entry.row]), 0)

    # -- for commands, which may wait

    def search(self, text: str, limit: int = EVERYTHING) -> list[Entry]:
        """The entries in which all these words begin a word, the nearest first.

        Without words all of them, by name.
        """
        found: dict[str, Entry] = {}
        for database in self._databases:
            none: list[Entry] = []
            entries = database.tell(lambda c: _search(c, text, limit), none).result()
            found |= {entry.id: entry for entry in entries if entry.id not in found}
        if not text.strip():
            return sorted(found.values(), key=lambda e: (e.module, e.name, e.date, e.id))[:limit]
        return list(found.values())[:limit]

    def named(self, name: str) -> list[Entry]:
        """The entries with this id or the beginning of it, name, or `MODULE.NAME`."""
        return [
            entry
            for entry in self.search("")
            if name in (entry.name, f"{entry.module}.{entry.name}")
            or (len(name) >= 4 and entry.id.startswith(name))
        ]

    def add(self, entries: Iterable[Entry]) -> int:
        """Add entries to the project's own database; how many of them it did not have."""
        rows = [entry.row for entry in entries]
        first = self._databases[:1]
        return sum(d.tell(lambda c: _keep(c, rows), 0).result() for d in first)

    def forget(self, entry: Entry) -> None:
        """Remove an entry from all databases."""
        for database in self._databases:
            database.tell(lambda c: _forget(c, entry.id), None).result()


class LibraryShelf:
    """A shelf around another one, that puts what is accepted into the library as well."""

    def __init__(self, shelf: Shelf, library: Library) -> None:
        self._shelf = shelf
        self._library = library

    def accept(self, session: Session, candidate: Candidate) -> str:
        """Write the candidate's code.

        Raises:
            StoreError: When it cannot be written.
        """
        path = self._shelf.accept(session, candidate)
        self._library.keep(session, candidate)
        return path


def _fitting(found: list[Entry], spec: Spec, words: list[str]) -> tuple[ReplyReceived, ...]:
    """The entries that can be written under the names of a declaration, the nearest first."""
    likeness = {entry.id: shared(words, entry) for entry in found}
    near = [entry for entry in found if likeness[entry.id] >= len(words) * MIN_SHARED]
    # The very declaration goes first; of equally near ones the project's own.
    near.sort(key=lambda e: ((e.digest, e.name) != (spec.digest, spec.name), -likeness[e.id]))
    answers: dict[str, ReplyReceived] = {}
    for entry in near:
        if len(answers) == MAX_TRIED:
            break
        code = fitted(entry.code, entry.stub, entry.context, spec)
        if code is not None:
            answers.setdefault(code, _answer(entry, code))
    return tuple(answers.values())


def _answer(entry: Entry, code: str) -> ReplyReceived:
    longest = max(map(len, re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return ReplyReceived(
        candidate=0,
        text=f"{fence}python\n{code.rstrip()}\n{fence}\n",
        finish="stop",
        model=entry.model,
        source="library",
        saved_tokens=entry.tokens,
        origin=entry.origin,
    )


def _nearness(shape: str, words: list[str]) -> str:
    """What FTS5 is asked for a declaration: its shape, and any of its words."""
    about = " OR ".join(f'"{word}"' for word in words)
    return f'shape : "{shape}" AND {{name words}} : ({about})'


def _search(connection: sqlite3.Connection, text: str, limit: int) -> list[Entry]:
    if not text.strip():
        rows = connection.execute(f"SELECT {COLUMNS} FROM library ORDER BY number").fetchall()
        return _entries(rows)
    words = " ".join(searched(text))
    return _read(connection, f"{{name words}} : ({words})", limit) if words else []


def _read(connection: sqlite3.Connection, query: str, limit: int) -> list[Entry]:
    return _entries(connection.execute(_FOUND, (query, limit)).fetchall())


def _entries(rows: Iterable[tuple[object, ...]]) -> list[Entry]:
    """The entries of the rows that are as they were written."""
    return [from_text(str(row[1])) for row in rows if is_whole(row)]


def _keep(connection: sqlite3.Connection, rows: list[tuple[str, ...]]) -> int:
    with transaction(connection):
        return sum(add_row(connection, row) for row in rows)


def _forget(connection: sqlite3.Connection, entry_id: str) -> None:
    with transaction(connection):
        remove_row(connection, entry_id)
