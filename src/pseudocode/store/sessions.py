"""The sessions of a project: started, found again, gone on with, deleted."""

from __future__ import annotations

import asyncio
import math
import os
import re
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pseudocode.errors import Held, StoreError
from pseudocode.events import SessionStarted
from pseudocode.session import Session
from pseudocode.spec.model import Example, Spec
from pseudocode.store.journal import Journal, Recording, read_journal
from pseudocode.store.locks import Lock, holder
from pseudocode.store.state import places, relative, spec_key, writable

FOLDER = "sessions"
RETRY_SECONDS = 0.5
"""Between two tries to write what found no room, or to have what somebody holds."""
_NAME = re.compile(r"\d{8}-\d{6}-(?P<spec>.+)-[0-9a-f]{4}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Past:
    """A session as its journal tells it; nothing of it is under way here."""

    path: Path
    recording: Recording
    session: Session

    @property
    def name(self) -> str:
        """The session's name."""
        return self.path.stem

    @property
    def damage(self) -> str:
        """What could not be read of it, in words; empty where all could be."""
        count = self.recording.skipped
        lines = "1 line" if count == 1 else f"{count} lines"
        return f"{lines} of {self.path} cannot be read; the others are used" if count else ""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that goes on here: what happens is written down, and nobody else works on it."""

    session: Session
    journal: Journal
    lock: Lock

    @property
    def fault(self) -> str:
        """Why the last facts are in memory only; empty while all are written."""
        return self.journal.fault

    async def saved(self, tell: Callable[[str], None], patience: float = math.inf) -> None:
        """Come back once all facts are on disk; try again while they are not.

        Args:
            tell: Told why they are not, at every failure.
            patience: Seconds after which it is given up.

        Raises:
            StoreError: When it was given up.
        """
        while not await self._is_saved():
            tell(self.fault)
            if patience <= 0:
                raise StoreError(self.fault)
            await asyncio.sleep(RETRY_SECONDS)
            patience -= RETRY_SECONDS

    async def _is_saved(self) -> bool:
        self.journal.write()
        if self.journal.due:
            await asyncio.to_thread(self.journal.sync)
        return not self.fault

    def close(self) -> Past:
        """Leave it to others; what it was can still be looked at."""
        self.journal.close()
        self.lock.release()
        return Past(self.journal.path, Recording(), self.session)


class Sessions:
    """The journals of one project."""

    def __init__(self, root: Path, now: Callable[[], datetime]) -> None:
        self._root = root
        self._now = now
        self.faults: list[str] = []
        """What `latest` had to pass over, and why."""

    def lock(self, spec: Spec) -> Lock:
        """Keep others from working on a declaration.

        Raises:
            Held: When somebody else does.
            StoreError: When there is no place for a lock.
        """
        return Lock(writable(self._root, "locks") / f"{spec_key(self._root, spec)}.lock", self._now)

    async def lock_in_turn(self, spec: Spec, tell: Callable[[str], None], patience: float) -> Lock:
        """Keep others from working on a declaration, as soon as none of them does.

        Args:
            spec: The declaration.
            tell: Told once who works on it, where somebody does.
            patience: Seconds to wait.

        Raises:
            Held: When somebody still does.
            StoreError: When there is no place for a lock.
        """
        first = patience
        while True:
            try:
                return self.lock(spec)
            except Held as error:
                if patience <= 0:
                    raise Held(f"still {error}, after {first:g} seconds") from None
                if patience == first:
                    tell(f"{spec.id} is {error}; waiting for it, {first:g} seconds at most")
            await asyncio.sleep(RETRY_SECONDS)
            patience -= RETRY_SECONDS

    def holder(self, spec: Spec) -> str:
        """Who else works on a declaration, in words; empty where nobody does."""
        name = f"{spec_key(self._root, spec)}.lock"
        told = (holder(place / "locks" / name) for place in places(self._root))
        return next(filter(None, told), "")

    def start(self, spec: Spec, started: SessionStarted, lock: Lock) -> OpenSession:
        """Begin a session: its journal is open and holds the start.

        Args:
            spec: What it is about.
            started: The first fact; the session's name is filled in here.
            lock: On the declaration.

        Raises:
            StoreError: When no journal can be written anywhere.
        """
        folder = writable(self._root, FOLDER)
        while (folder / f"{(name := self._new_name(spec))}.jsonl").exists():
            pass  # another one began in the same second, and drew the same
        journal = Journal(folder / f"{name}.jsonl", self._now)
        session = Session(spec)
        session.listeners.append(journal)
        path = relative(self._root, spec.path)
        session.append(replace(started, session=name, path=path))
        return OpenSession(session, journal, lock)

    def _new_name(self, spec: Spec) -> str:
        safe = spec.id.replace("/", "--")
        return f"{self._now():%Y%m%d-%H%M%S}-{safe}-{secrets.token_hex(2)}"

    def reopen(self, past: Past, spec: Spec, lock: Lock) -> OpenSession:
        """Open a session of the past, as its journal is now; nothing is added to it.

        Args:
            past: The session.
            spec: What it is about, as it is now.
            lock: On the declaration.

        Raises:
            StoreError: When its journal can no longer be read or written.
        """
        recording = read_journal(past.path)
        session = Session.replay(spec, recording.events)
        journal = Journal(past.path, self._now, recording)
        session.listeners.append(journal)
        return OpenSession(session, journal, lock)

    def latest(self, specs: Iterable[Spec], wanted: Path | None = None) -> list[Past | None]:
        """The last session of each of these declarations, where there is one.

        Args:
            specs: The declarations.
            wanted: A journal that counts as the last one of its declaration.
        """
        by_spec: dict[str, list[Path]] = {}
        named = [(spec, spec.id.replace("/", "--")) for spec in specs]
        # There are many in a large project, and a run asks for each by itself.
        paths = self.all(named[0][1]) if len(named) == 1 else self.all()
        for path in [*paths, *filter(None, [wanted])]:
            if match := _NAME.fullmatch(path.stem):
                by_spec.setdefault(match["spec"], []).append(path)
        return [self._latest(spec, by_spec.get(name, [])) for spec, name in named]

    def _latest(self, spec: Spec, paths: list[Path]) -> Past | None:
        wanted = relative(self._root, spec.path)
        for path in reversed(paths):
            try:
                past = self.read(path, spec)
            except StoreError as error:
                self.faults.append(str(error))
                continue
            started = past.session.started
            if started and relative(self._root, str(self._root / started.path)) == wanted:
                return past
        return None

    def read(self, path: Path, spec: Spec | None = None) -> Past:
        """Fold a journal.

        Args:
            path: The journal.
            spec: What it is about, if that is known; otherwise it is for looking at only.

        Raises:
            StoreError: When it cannot be read.
        """
        recording = read_journal(path)
        if spec is None:
            first = next((e for e in recording.events if isinstance(e, SessionStarted)), None)
            module, _, name = (first.spec if first else "").partition(".")
            path_in = first.path if first else ""
            # With something to check it, so that untested code does not pass.
            tests = (Example(source=""),)
            spec = Spec(name=name, module=module, path=path_in, line=0, examples=tests)
        return Past(path, recording, Session.replay(spec, recording.events))

    def all(self, spec: str = "") -> list[Path]:
        """All journals, or those with a certain spec in their names; the oldest first."""
        part, found = f"-{spec}-" if spec else "", dict[str, Path]()
        for place in places(self._root):
            with suppress(OSError):
                names = os.listdir(place / FOLDER)
                found |= {
                    n: place / FOLDER / n for n in names if part in n and n.endswith(".jsonl")
                }
        return [found[name] for name in sorted(found)]

    def find(self, beginning: str) -> Path:
        """The journal of the one session whose name, or what follows its date, begins so.

        Raises:
            StoreError: When there is none, or more than one.
        """
        paths = self.all()
        found = [path for path in paths if path.stem == beginning]
        found = found or [path for path in paths if path.stem.startswith(beginning)]
        found = found or [
            p for p in paths if p.stem[len("20250102-030405-") :].startswith(beginning)
        ]
        if len(found) == 1:
            return found[0]
        some = ", ".join(path.stem for path in found[:5])
        told = f"{len(found)} sessions are: {some}" if found else "see pseudocode-tui sessions list"
        raise StoreError(
            f"{'more than one' if found else 'no'} session begins with {beginning}; {told}"
        )

    def delete(self, path: Path) -> None:
        """Remove a journal.

        Raises:
            Held: When somebody works on its declaration.
            StoreError: When it cannot be removed.
        """
        try:
            started = self.read(path).session.started
        except StoreError:
            started = None  # it cannot be read, so nobody can be working on it
        lock = None
        if started:
            module, _, name = started.spec.partition(".")
            whole = str(self._root / started.path)
            lock = self.lock(Spec(name=name, module=module, path=whole, line=0))
        try:
            path.unlink()
        except OSError as error:
            raise StoreError(f"cannot remove {path}: {error.strerror}") from None
        finally:
            if lock:
                lock.release()
