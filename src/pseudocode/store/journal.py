"""The journal: one append-only file of events for each session.

Each line is one JSON object: `seq`, `at` (UTC), then the event, then `crc`, the CRC-32 of the line
up to it. A line with `schema` instead of an event says of what version those after it are. A line
is handed to the operating system whole before the event is acted on, and so are decisions to the
disk itself. What cannot be written stays in memory, in its order, until there is room for it.
"""

from __future__ import annotations

import json
import os
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pseudocode.errors import StoreError
from pseudocode.events import DECISIONS, Event
from pseudocode.records import SCHEMA, dumps, from_json, to_json

MAX_MEGABYTES = 512
"""A longer journal is none that anybody could have written by working."""
_CRC = b',"crc":"'
_TAIL = len(_CRC) + len(b'00000000"}')


@dataclass(frozen=True, slots=True)
class Recording:
    """What a journal holds."""

    events: tuple[Event, ...] = ()
    times: tuple[str, ...] = ()
    """When each was written, ISO 8601."""
    skipped: int = 0
    """How many lines could not be read."""
    schema: int = 0
    """Of the lines that come last; 0 where no line says so."""
    seq: int = -1
    """The highest number of a line."""


class Journal:
    """Writes the events of one session; the first of its listeners."""

    def __init__(
        self, path: Path, now: Callable[[], datetime], recording: Recording | None = None
    ) -> None:
        """Start a new file, or go on with one.

        Args:
            path: The file.
            now: The clock.
            recording: What was read from it, if it is there already.

        Raises:
            StoreError: When it cannot be created or opened.
        """
        self.path = path
        self._unwritten = self._unsynced = ""
        """Why something is not, as far as it was tried."""
        self._now = now
        self._waiting: list[bytes] = []
        self._torn = False
        self._syncing = threading.Lock()
        self.due = False
        """Whether a decision was written that `sync` has yet to see safe."""
        self._seq = recording.seq + 1 if recording else 0
        flags = os.O_RDWR | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        try:
            new = os.O_CREAT | os.O_EXCL if recording is None else 0
            self._descriptor = os.open(path, flags | new, 0o600)
        except OSError as error:
            raise StoreError(f"cannot write the journal {path}: {error.strerror}") from None
        self._heal()
        if recording is None or recording.schema != SCHEMA:
            self._waiting.append(self._line({"schema": SCHEMA}))
            self.save()

    def __call__(self, event: Event) -> None:
        """Write one event; where that fails, it waits in memory and `fault` says why."""
        self._waiting.append(self._line(to_json(event)))
        self.due = self.due or isinstance(event, DECISIONS)
        self.write()

    @property
    def fault(self) -> str:
        """Why the last facts are in memory only; empty while all are written."""
        return self._unwritten or self._unsynced

    def save(self) -> bool:
        """Write what waits in memory, down to the disk itself; whether nothing waits any more."""
        self.write()
        self.sync()
        return not self.fault

    def write(self) -> None:
        """Hand what waits in memory to the system."""
        self._unwritten = ""
        try:
            while self._waiting:
                self._write(self._waiting[0])
                del self._waiting[0]
        except OSError as error:
            self._unwritten = self._told(error)

    def sync(self) -> None:
        """See decisions safe on the disk itself; may take long, and may be called in a thread."""
        with self._syncing:
            if self.due:
                self.due, self._unsynced = False, ""
                try:
                    os.fsync(self._descriptor)
                except OSError as error:
                    self.due, self._unsynced = True, self._told(error)

    def close(self) -> None:
        """Close the file, after a last try to write what waits."""
        self.save()
        os.close(self._descriptor)

    def _told(self, error: OSError) -> str:
        return f"cannot write the journal {self.path}: {error.strerror or error}"

    def _line(self, record: dict[str, Any]) -> bytes:
        at = self._now().isoformat(timespec="milliseconds")
        body = dumps({"seq": self._seq, "at": at, **record}).encode("ascii")[:-1]
        self._seq += 1
        return b'%s%s%08x"}\n' % (body, _CRC, zlib.crc32(body))

    def _write(self, line: bytes) -> None:
        status = os.fstat(self._descriptor)
        if not status.st_nlink:
            raise OSError("it was deleted, so nothing more can be kept of this session")
        left = b"\n" + line if self._torn else line
        try:
            while left:
                # A full disk shows as a short write, without an error.
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            self._torn = True
            with suppress(OSError):
                os.ftruncate(self._descriptor, status.st_size)
                self._torn = False
            raise
        self._torn = False

    def _heal(self) -> None:
        """End a torn last line, so that it cannot spoil the next one."""
        size = os.fstat(self._descriptor).st_size
        if size:
            os.lseek(self._descriptor, size - 1, os.SEEK_SET)
            self._torn = os.read(self._descriptor, 1) != b"\n"


def read_journal(path: Path) -> Recording:
    """Read a journal; torn and foreign lines are left out and counted.

    Raises:
        StoreError: When the file cannot be read, or was written by a newer version.
    """
    events: list[Event] = []
    times: list[str] = []
    skipped, schema, seq = 0, 0, -1
    for line in _lines(path):
        try:
            record = _record(line, schema)
            seq = max(seq, int(record.get("seq", -1)))
            if "schema" in record:
                schema = int(record["schema"])
            else:
                events.append(from_json(record))
                times.append(str(record.get("at", "")))
        except (ValueError, TypeError, OverflowError, RecursionError):
            skipped += 1
        if schema > SCHEMA:
            raise StoreError(
                f"{path} was written by a newer version; upgrade pseudocode-tui to read it"
            )
    return Recording(tuple(events), tuple(times), skipped, schema, seq)


def _lines(path: Path) -> Iterator[bytes]:
    try:
        # A pipe would hang for ever, so it is not waited for.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags), "rb") as stream:
            if os.fstat(stream.fileno()).st_size > MAX_MEGABYTES << 20:
                raise StoreError(f"the journal {path} is larger than {MAX_MEGABYTES} MB")
            for line in stream:
                if bare := line.rstrip(b"\n"):
                    yield bare
    except OSError as error:
        raise StoreError(f"cannot read the journal {path}: {error.strerror}") from None


def _record(line: bytes, schema: int) -> dict[str, Any]:
    """The object on a line; an error where it is not whole."""
    if line[-_TAIL : -_TAIL + len(_CRC)] == _CRC:
        body = line[:-_TAIL]
        if b'%08x"}' % zlib.crc32(body) != line[-_TAIL + len(_CRC) :]:
            raise ValueError("not what was written")
    elif schema > 1:
        raise ValueError("not whole")
    record = json.loads(line.decode("ascii"))
    if type(record) is not dict:
        raise ValueError("no object")
    return record
