"""Recorded sessions, ready to be played; beside `wiring`, the store is known here alone."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import platformdirs

from pseudocode.errors import StoreError
from pseudocode.events import Event
from pseudocode.playback import recorded_spec
from pseudocode.spec.model import Spec
from pseudocode.store.files import write_atomically
from pseudocode.store.journal import read_journal
from pseudocode.wiring import load_specs


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


def lay_out_demo() -> tuple[Path, Path]:
    """Put the recorded session that comes with this package where it can be gone on with.

    What a person made of its specs there before stays.

    Returns:
        Its journal, and the folder of its specs.

    Raises:
        StoreError: When it cannot be written.
    """
    root = platformdirs.user_data_path("pseudocode") / "demo"
    journal, spec = root / ".pseudocode" / "sessions" / "demo.jsonl", root / "specs" / "demo.py"
    bundled = resources.files("pseudocode") / "demo"
    try:
        for place, name in ((journal, "session.jsonl"), (spec, "spec.py.txt")):
            place.parent.mkdir(parents=True, exist_ok=True)
            if place is journal or not place.exists():
                write_atomically(place, (bundled / name).read_text(encoding="utf-8"))
    except OSError as error:
        raise StoreError(f"{root} cannot be written: {error.strerror}") from None
    return journal, spec.parent


def _as_typed(path: Path) -> str:
    """A path as a person would type it here."""
    shown = os.path.relpath(path)
    return str(path) if shown.startswith("..") else shown
