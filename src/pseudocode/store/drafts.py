"""What the person was typing when the app ended, for each declaration."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pseudocode.errors import StoreError
from pseudocode.spec.model import Spec
from pseudocode.store.files import write_atomically
from pseudocode.store.state import places, spec_key, writable

FOLDER = "drafts"


class Draft(NamedTuple):
    """A text that was not sent yet."""

    text: str = ""
    purpose: str = "comment"
    """What it was to be: `comment` or `reject`."""


def read_draft(root: Path, spec: Spec) -> Draft:
    """What was typed; empty where nothing was, or it cannot be read."""
    for path in _files(root, spec):
        with suppress(OSError, ValueError, TypeError, LookupError, RecursionError):
            record = json.loads(path.read_bytes())
            return Draft(str(record["text"]), str(record["purpose"]))
    return Draft()


def keep_draft(root: Path, spec: Spec, draft: Draft) -> None:
    """Keep a text, or forget it where it is empty; where that fails it is in the box only."""
    with suppress(OSError, StoreError):
        if draft.text:
            path = writable(root, FOLDER) / f"{spec_key(root, spec)}.json"
            write_atomically(path, json.dumps(draft._asdict()), private=True)
        else:
            for path in _files(root, spec):
                path.unlink(missing_ok=True)


def _files(root: Path, spec: Spec) -> list[Path]:
    name = f"{spec_key(root, spec)}.json"
    return [place / FOLDER / name for place in places(root)]
