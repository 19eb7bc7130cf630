"""Recorded sessions, ready to be played; beside `wiring`, the store is known here alone."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pseudocode.errors import StoreError
from pseudocode.events import Event
from pseudocode.playback import recorded_spec
from pseudocode.spec.model import Spec
from pseudocode.store.journal import read_journal
from pseudocode.wiring import load_specs


def find_journal(session: str, root: Path) -> Path:
    """The journal of a session, by its path, its name, or how that begins.

    Raises:
        StoreError: When there is none, or more than one.
    """
    if Path(session).is_file():
        return Path(session)
    found = sorted((root / ".pseudocode" / "sessions").glob("*.jsonl"))
    exact = [p for p in found if p.stem == session] or [
        p for p in found if p.stem.startswith(session)
    ]
    if len(exact) != 1:
        raise StoreError(f"{len(exact)} sessions begin with {session}")
    return exact[0]


class Replay(NamedTuple):
    """A recording, ready to be played."""

    spec: Spec
    """As it was: that of the file if it still means the same, else what the recording tells."""
    events: tuple[Event, ...]
    seconds: tuple[float, ...]
    """When each was written, since 1970."""
    skipped: int
    """How many lines of the journal could not be read."""


def load_replay(journal: Path, root: Path) -> Replay:
    """Read a recorded session.

    Args:
        journal: Its journal.
        root: The project, which the paths in it start from.

    Raises:
        StoreError: When it cannot be read.
    """
    recording = read_journal(journal)
    told = recorded_spec(recording.events)
    told = replace(told, path=_as_typed(root / told.path))
    specs: tuple[Spec, ...] = ()
    with suppress(StoreError):
        specs = load_specs(Path(told.path)).specs
    same = (s for s in specs if (s.name, s.digest) == (told.name, told.digest))

    def seconds(at: str) -> float:
        try:
            return datetime.fromisoformat(at).timestamp()
        except (ValueError, OverflowError):
            return 0.0

    times = tuple(map(seconds, recording.times))
    return Replay(next(same, told), recording.events, times, recording.skipped)


def _as_typed(path: Path) -> str:
    """A path as a person would type it here."""
    shown = os.path.relpath(path)
    return str(path) if shown.startswith("..") else shown
