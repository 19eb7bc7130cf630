"""Answers of models, kept by what was asked; those that were not used for longest go first."""

from __future__ import annotations

import json
import sqlite3
from typing import NamedTuple

from pseudocode.events import ReplyReceived
from pseudocode.records import dumps, from_json, to_json
from pseudocode.store.database import Database, transaction
from pseudocode.store.tables import checksum

KEPT_SHARE = 0.9
"""How much of the bound is left filled once it is reached, so that not every answer evicts."""
_NOW = "(SELECT coalesce(max(used), 0) + 1 FROM replies)"
"""The order of use needs no clock."""


class Contents(NamedTuple):
    """What the cache holds."""

    replies: int
    size: int
    """Bytes of the answers."""


class Replies:
    """The table of answers."""

    def __init__(self, database: Database, limit: int) -> None:
        """Take the database, and the bound in bytes."""
        self._database = database
        self._limit = limit

    async def load(self, key: str) -> ReplyReceived | None:
        """The answer that was kept, or nothing; what is not as it was written is dropped."""
        found = await self._database.ask(lambda c: _load(c, key), None)
        if found is not None:
            self._database.tell(lambda c: _touch(c, key), None)
        return found

    def keep(self, key: str, reply: ReplyReceived) -> None:
        """Keep an answer, without waiting until it is written."""
        text = dumps(to_json(reply))
        if len(text) <= self._limit:
            self._database.keep(lambda c: _keep(c, key, text, self._limit))

    def contents(self) -> Contents | None:
        """What is kept; nothing where the database cannot be used."""
        return self._database.tell(_contents, None).result()

    def clear(self) -> int | None:
        """Forget all answers, and say how many there were."""
        return self._database.tell(_clear, None).result()


def _load(connection: sqlite3.Connection, key: str) -> ReplyReceived | None:
    rows = connection.execute("SELECT reply, sha256 FROM replies WHERE key = ?", (key,))
    if (row := rows.fetchone()) is None:
        return None
    try:
        text, told = row
        if told != checksum(key, text):
            raise ValueError("not as it was written")
        reply = from_json(json.loads(text))
    except (ValueError, TypeError, RecursionError):
        reply = None
    if isinstance(reply, ReplyReceived):
        return reply
    connection.execute("DELETE FROM replies WHERE key = ?", (key,))
    return None


def _touch(connection: sqlite3.Connection, key: str) -> None:
    connection.execute(f"UPDATE replies SET used = {_NOW} WHERE key = ?", (key,))


def _keep(connection: sqlite3.Connection, key: str, text: str, limit: int) -> None:
    row = key, text, checksum(key, text), len(text)
    with transaction(connection):
        connection.execute(
            f"INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, {_NOW})",
            row,
        )
        size = _contents(connection).size
        if size > limit:
            _evict(connection, size - int(limit * KEPT_SHARE))


def _evict(connection: sqlite3.Connection, too_much: int) -> None:
    oldest = []
    rows = connection.execute("SELECT key, size FROM replies ORDER BY used")
    # The one that was kept just now is the last, and fits.
    while too_much > 0 and (row := rows.fetchone()) is not None:
        oldest.append(row[:1])
        too_much -= int(row[1])
    rows.close()
    connection.executemany("DELETE FROM replies WHERE key = ?", oldest)


def _contents(connection: sqlite3.Connection) -> Contents:
    rows = connection.execute("SELECT count(*), coalesce(sum(size), 0) FROM replies")
    count, size = rows.fetchone()
    return Contents(int(count), int(size))


def _clear(connection: sqlite3.Connection) -> int:
    count = connection.execute("DELETE FROM replies").rowcount
    connection.execute("VACUUM")
    return count
