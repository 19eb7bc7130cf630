"""A library as a folder of plain files, which a team can keep in version control.

`MODULE.NAME-ID.py` holds the code just as it was accepted, `MODULE.NAME-ID.json` all else. The same
entries always give the same files.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from pseudocode.errors import StoreError
from pseudocode.store.entries import Entry, from_text, to_text
from pseudocode.store.files import write_atomically

MAX_BYTES = 4 << 20
"""Of one file."""
MAX_NAME = 80


class Imported(NamedTuple):
    """What a folder holds."""

    entries: tuple[Entry, ...]
    faults: tuple[str, ...]
    """Files that cannot be used, each with the reason."""


def export(entries: Iterable[Entry], folder: Path) -> int:
    """Write the files of entries; other files in the folder are left alone.

    Returns:
        How many entries were written.

    Raises:
        StoreError: When a file cannot be written.
    """
    found = sorted(entries, key=lambda entry: (entry.module, entry.name, entry.id))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for entry in found:
            record = json.loads(to_text(entry))
            del record["code"]
            stem = folder / _stem(entry)
            write_atomically(Path(f"{stem}.py"), entry.code)
            text = json.dumps(record, sort_keys=True, indent=1) + "\n"
            write_atomically(Path(f"{stem}.json"), text)
    except (OSError, UnicodeEncodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StoreError(f"cannot export to {folder}: {reason}") from None
    return len(found)


def read_folder(folder: Path) -> Imported:
    """Read the files that `export` wrote, in the order of their names.

    Raises:
        StoreError: When the folder cannot be read.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except OSError as error:
        raise StoreError(f"cannot import from {folder}: {error.strerror}") from None
    entries, faults = [], []
    for path in paths:
        try:
            record = json.loads(_read(path))
            if not isinstance(record, dict):
                raise ValueError("not an entry of a library")
            record["code"] = _read(path.with_suffix(".py")).decode("utf-8")
            entries.append(from_text(json.dumps(record)))
        except (OSError, ValueError, RecursionError) as error:
            reason = getattr(error, "strerror", None) or error
            faults.append(f"{path}: {reason}")
    return Imported(tuple(entries), tuple(faults))


def _stem(entry: Entry) -> str:
    """A name that every file system takes."""
    plain = re.sub(r"[^\w.]", "_", f"{entry.module}.{entry.name}", flags=re.ASCII)
    return f"{plain.lstrip('.')[:MAX_NAME]}-{entry.id}"


def _read(path: Path) -> bytes:
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("not a regular file")
    with path.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError("too large")
    return data
