"""The library that several people share: a database by its URL, asked over SQLAlchemy.

Nobody but this thread waits for it. Whatever is wrong with it, or comes from it, the work goes on:
entries are looked at as those of a file that anybody may have written.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from pseudocode.inert import one_line
from pseudocode.store.asked import Asked
from pseudocode.store.entries import Entry

if TYPE_CHECKING:
    from pseudocode.store.shared_tables import SharedTables

T = TypeVar("T")
PAUSE_SECONDS = 60.0
"""How long one that could not be reached is done without."""
LATER = "what is accepted meanwhile can be added with: pseudocode-tui library share"
DRIVERS = "pip install 'pseudocode-tui[shared]'"


class SharedCollection(Asked["SharedTables"]):
    """The entries of a shared database."""

    faults = (Exception,)
    """Each driver has its own."""

    def __init__(
        self, url: str, shown: str, notice: Callable[[str], None], *, create: bool = True
    ) -> None:
        """Name the database; it is connected to when it is first asked.

        Args:
            url: Its URL, with a password where it needs one.
            shown: The same without the password.
            notice: Told in words what is wrong, each thing once, from another thread.
            create: Whether to make the table where there is none; else it is as if it were empty.
        """
        super().__init__("shared library", shown, notice)
        self._url = url
        self._create = create
        self._tables: SharedTables | None = None

    def nearest(self, shape: str, words: list[str], limit: int) -> Future[list[Entry]]:
        """Entries of a shape, or any, that have any of these words, the nearest first."""
        none: list[Entry] = []
        return self.tell(lambda tables: tables.nearest(shape, words, limit), none)

    def search(self, text: str, limit: int) -> Future[list[Entry]]:
        """Entries in which all these words begin a word, the nearest first; without words all."""
        none: list[Entry] = []
        return self.tell(lambda tables: tables.search(text, limit), none)

    def add(self, entries: Iterable[Entry]) -> Future[int | None]:
        """Add entries: how many were not there, or nothing where they cannot be written."""
        found = list(entries)
        return self.tell(lambda tables: tables.add(found), None)

    def store(self, entry: Entry) -> None:
        """Add an entry, now or as soon as that can be."""
        self.keep(lambda tables: tables.add([entry]))

    def forget(self, entry_id: str) -> Future[bool]:
        """Remove an entry, if it is there; false where that cannot be."""
        return self.tell(lambda tables: tables.forget(entry_id), otherwise=False)

    # -- in the thread

    def _connected(self) -> SharedTables:
        if self._tables is None:
            # Takes a while, and is not installed everywhere.
            from pseudocode.store.shared_tables import SharedTables

            self._tables = SharedTables(self._url, create=self._create)
        return self._tables

    def _disconnect(self) -> None:
        if self._tables is not None:
            self._tables.close()
            self._tables = None

    def _end(self) -> None:
        self._write()  # unless it was out of reach just now: what mends that is told already
        self._disconnect()

    def _set_right(self, error: Exception) -> bool:
        if isinstance(error, ImportError):
            missing = error.name or "a driver"
            self._leave(math.inf, f"{self._shown} is not used: {missing} is missing; {DRIVERS}")
            return False
        from pseudocode.store.shared_tables import reason, was_lost

        told = one_line(reason(error, self._url), 300)
        if self._tables is not None and not was_lost(error):
            self._tell(f"{self._shown} could not do what was asked: {told}")
            return False
        self._disconnect()
        self._leave(PAUSE_SECONDS, f"{self._shown} is not used for now: {told}; {LATER}")
        return False
