"""The tables of the database, and what can be got out of a damaged one."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

SCHEMA = 2
"""Version of the tables; a file of a newer one is left alone."""
APPLICATION = 0x70736575
"""Tells our files from those of other programs: `pseu`."""
TABLES = (
    """
    CREATE TABLE IF NOT EXISTS replies (
        key TEXT PRIMARY KEY,
        reply TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        size INTEGER NOT NULL,
        used INTEGER NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS replies_used ON replies (used, size)",
    """
    CREATE TABLE IF NOT EXISTS library (
        number INTEGER PRIMARY KEY,
        id TEXT UNIQUE NOT NULL,
        entry TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        shape TEXT NOT NULL,
        name TEXT NOT NULL,
        words TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS tallies (
        name TEXT PRIMARY KEY,
        size INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        tally TEXT NOT NULL,
        sha256 TEXT NOT NULL
    )
    """,
    """
    CREATE VIRTUAL TABLE IF NOT EXISTS library_index USING fts5(
        name, words, shape, content='library', content_rowid='number',
        tokenize='porter unicode61', prefix='2 3'
    )
    """,
)
COLUMNS = "id, entry, sha256, shape, name, words"


def add_row(connection: sqlite3.Connection, row: tuple[object, ...]) -> bool:
    """Add a row to the library, in the order of `COLUMNS`; false where it is there already."""
    statement = f"INSERT OR IGNORE INTO library ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"
    added = connection.execute(statement, row)
    if not added.rowcount:
        return False
    # No trigger does this: what a file that came from elsewhere defines is not trusted.
    indexed = added.lastrowid, *row[3:]
    columns = "rowid, shape, name, words"
    connection.execute(f"INSERT INTO library_index ({columns}) VALUES (?, ?, ?, ?)", indexed)
    return True


def remove_row(connection: sqlite3.Connection, entry_id: str) -> None:
    """Take a row out of the library again."""
    found = connection.execute(
        "SELECT number, shape, name, words FROM library WHERE id = ?", (entry_id,)
    ).fetchone()
    if found is None:
        return
    columns = "library_index, rowid, shape, name, words"
    statement = f"INSERT INTO library_index ({columns}) VALUES ('delete', ?, ?, ?, ?)"
    connection.execute(statement, found)
    connection.execute("DELETE FROM library WHERE number = ?", found[:1])


def salvage(damaged: Path, into: sqlite3.Connection) -> int:
    """Copy what can still be read of the library, from both of its ends.

    Returns:
        How many entries were saved. Those that are not as they were written are left out.
    """
    saved = 0
    uri = f"{damaged.resolve().as_uri()}?mode=ro"
    for order in ("ASC", "DESC"):
        with suppress(sqlite3.Error), closing(sqlite3.connect(uri, uri=True)) as old:
            # Without it, a file that was cut off is not read at all.
            old.execute("PRAGMA writable_schema = ON")
            rows = old.execute(f"SELECT {COLUMNS} FROM library ORDER BY number {order}")
            while (row := rows.fetchone()) is not None:
                saved += is_whole(row) and add_row(into, row)
    return saved


def is_whole(row: tuple[object, ...]) -> bool:
    """Whether a row is as it was written."""
    if not all(isinstance(value, str) for value in row):
        return False
    return row[2] == checksum(*map(str, (*row[:2], *row[3:])))


def checksum(*parts: str) -> str:
    """SHA-256 of texts, in hexadecimal digits."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
