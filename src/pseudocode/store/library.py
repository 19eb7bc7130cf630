"""The library: accepted code that can be found again, by a person or for a new declaration.

Accepted code is kept in the database of its project, which is the one that counts; where that is
asked for, also in one of the person, so that another project finds it, and in a shared one.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import datetime
from typing import Protocol

from pseudocode.events import ReplyReceived, Solved
from pseudocode.loop import Shelf
from pseudocode.rounds import Candidate
from pseudocode.session import Session
from pseudocode.spec.fitting import fitted
from pseudocode.spec.model import Spec
from pseudocode.store.entries import Entry, entry_of, shape_word, shared, telling_words
from pseudocode.store.near import MIN_SHARED, nearest

MAX_TRIED = 3
"""Entries that are run against the tests of a new declaration."""
MAX_LOOKED_AT = 20
"""Entries of the right shape and about the same that are looked at more closely."""
EVERYTHING = 1 << 30


class Collection(Protocol):
    """Entries in one place; nobody who asks waits."""

    def nearest(self, shape: str, words: list[str], limit: int) -> Future[list[Entry]]:
        """Entries of a shape, or any, that have any of these words, the nearest first."""
        ...

    def search(self, text: str, limit: int) -> Future[list[Entry]]:
        """Entries in which all these words begin a word, the nearest first; without words all."""
        ...

    def add(self, entries: Iterable[Entry]) -> Future[int | None]:
        """Add entries: how many were not there, or nothing where they cannot be written."""
        ...

    def store(self, entry: Entry) -> None:
        """Add an entry, now or as soon as that can be."""
        ...

    def forget(self, entry_id: str) -> Future[bool]:
        """Remove an entry, if it is there; false where that cannot be."""
        ...


class Library:
    """The entries of a project, of its person, and of those they share them with."""

    def __init__(
        self,
        local: Iterable[Collection],
        project: str,
        now: Callable[[], datetime],
        shared: Collection | None = None,
    ) -> None:
        """Take the places of entries.

        Args:
            local: The project's own, which is the one that counts, and others on this machine.
            project: The project's name, for the entries that it adds.
            now: The time, for the same.
            shared: The one that several people have, which is asked after the others.
        """
        self._local = tuple(local)
        self._shared = shared
        self._all = self._local if shared is None else (*self._local, shared)
        self._project = project
        self._now = now

    async def recall(self, spec: Spec) -> tuple[ReplyReceived, ...]:
        """Code that may fit a declaration, the nearest first, as answers that cost nothing.

        Only what has tests is looked for: nothing else could tell whether the code fits.
        """
        words = telling_words(spec)
        if spec.kind == "file" or not spec.is_tested or not words:
            return ()
        shape = shape_word(spec.stub)
        found = await _nearest(self._local, shape, words)
        if self._shared and not any(entry.digest == spec.digest for entry in found):
            found += await _nearest((self._shared,), shape, words)
        return await asyncio.to_thread(_fitting, found, spec, words)

    async def near(self, spec: Spec, count: int) -> tuple[Solved, ...]:
        """Up to so many declarations that are near to this one, with their code."""
        words = telling_words(spec)
        if spec.kind == "file" or not words:
            return ()
        found = await _nearest(self._all, "", words)
        return await asyncio.to_thread(nearest, found, spec, count)

    def keep(self, session: Session, candidate: Candidate) -> None:
        """Add what was accepted, without waiting until it is written."""
        if session.spec.kind == "file":
            return
        date = self._now().isoformat(timespec="seconds")
        entry = entry_of(session, candidate, self._project, date)
        for collection in self._all:
            collection.store(entry)

    # -- for commands, which may wait

    def search(self, text: str, limit: int = EVERYTHING) -> list[Entry]:
        """The entries in which all these words begin a word, the nearest first.

        Without words all of them, by name.
        """
        found: dict[str, Entry] = {}
        for asked in [collection.search(text, limit) for collection in self._all]:
            found |= {entry.id: entry for entry in asked.result() if entry.id not in found}
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

    def add(self, entries: Iterable[Entry]) -> int | None:
        """Add entries to the project's own: how many it did not have, or nothing as it is shut."""
        return self._local[0].add(entries).result() if self._local else None

    def share(self) -> int | None:
        """Add what is on this machine to the shared library; what that gives is as of `add`."""
        if self._shared is None:
            return None
        asked = [collection.search("", EVERYTHING) for collection in self._local]
        return self._shared.add([e for entries in asked for e in entries.result()]).result()

    def forget(self, entry: Entry) -> bool:
        """Remove an entry everywhere; whether that could be done."""
        return all(asked.result() for asked in [c.forget(entry.id) for c in self._all])


async def _nearest(places: Iterable[Collection], shape: str, words: list[str]) -> list[Entry]:
    asked = [place.nearest(shape, words, MAX_LOOKED_AT) for place in places]
    return [entry for future in asked for entry in await asyncio.wrap_future(future)]


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
