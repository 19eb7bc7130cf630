"""What the person was typing when the app ended, for each declaration."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pseudocode.errors import StoreError
from pseudocode.spec.model import Spec
from pseudocode.store.files import write_atomically
from pseudocode.store.state import places, spec_key, writable

FOLDER = "drafts"
MAX_CHARACTERS = 100_000


def read_draft(root: Path, spec: Spec) -> str:
    """What was typed; empty where nothing was, or it cannot be read."""
    for path in _files(root, spec):
        with suppress(OSError):
            return path.read_text(encoding="utf-8", errors="replace")[:MAX_CHARACTERS]
    return ""


def keep_draft(root: Path, spec: Spec, text: str) -> None:
    """Keep a text, or forget it where it is empty; where that fails it is in the box only."""
    with suppress(OSError, StoreError):
        if text:
            path = writable(root, FOLDER) / f"{spec_key(root, spec)}.txt"
            write_atomically(path, text, private=True)
        else:
            for path in _files(root, spec):
                path.unlink(missing_ok=True)


def _files(root: Path, spec: Spec) -> list[Path]:
    name = f"{spec_key(root, spec)}.txt"
    return [place / FOLDER / name for place in places(root)]
