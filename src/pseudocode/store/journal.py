"""The journal: one append-only file of events for each session.

Each line is one JSON object: `seq`, `at` (UTC), then the event. The first carries the schema. A
line is handed to the operating system whole before the event is acted on, and decisions are on the
disk itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pseudocode.errors import StoreError
from pseudocode.events import DECISIONS, Event
from pseudocode.records import SCHEMA, dumps, from_json, to_json


class Journal:
    """Writes the events of one session."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        """Start a new file.

        Raises:
            StoreError: When it cannot be created.
        """
        self.path = path
        self._now = now
        self._seq = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        try:
            self._descriptor = os.open(path, flags, 0o600)
            self._write({"schema": SCHEMA})
        except OSError as error:
            raise StoreError(f"cannot write the journal {path}: {error.strerror}") from None

    def __call__(self, event: Event) -> None:
        """Write one event; the first listener of a session.

        Raises:
            StoreError: When it cannot be written; the file ends with the event before it.
        """
        try:
            self._write(to_json(event))
            if isinstance(event, DECISIONS):
                os.fsync(self._descriptor)
        except OSError as error:
            raise StoreError(
                f"cannot write the journal {self.path}: {error.strerror}; make room and go on"
            ) from None

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _write(self, record: dict[str, Any]) -> None:
        at = self._now().isoformat(timespec="milliseconds")
        line = (dumps({"seq": self._seq, "at": at, **record}) + "\n").encode("ascii")
        before = os.fstat(self._descriptor).st_size
        try:
            while line:
                # A full disk shows as a short write, without an error.
                line = line[os.write(self._descriptor, line) :]
        except OSError:
            os.ftruncate(self._descriptor, before)
            raise
        self._seq += 1


@dataclass(frozen=True, slots=True)
class Recording:
    """What a journal holds."""

    events: tuple[Event, ...]
    times: tuple[str, ...]
    """When each was written, ISO 8601."""
    skipped: int
    """How many lines could not be read."""


def read_journal(path: Path) -> Recording:
    """Read a journal; torn and foreign lines are left out and counted.

    Raises:
        StoreError: When the file cannot be read, or was written by a newer version.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise StoreError(f"cannot read the journal {path}: {error.strerror}") from None
    events: list[Event] = []
    times: list[str] = []
    skipped = 0
    for line in filter(None, lines):
        try:
            record = json.loads(line)
            if isinstance(record, dict) and "schema" in record:
                _check_schema(record, path)
                continue
            events.append(from_json(record))
            times.append(str(record.get("at", "")))
        except (ValueError, TypeError, OverflowError, RecursionError):
            skipped += 1
    return Recording(tuple(events), tuple(times), skipped)


def _check_schema(record: dict[str, Any], path: Path) -> None:
    if int(record["schema"]) > SCHEMA:
        raise StoreError(
            f"{path} was written by a newer version; upgrade pseudocode-tui to read it"
        )
