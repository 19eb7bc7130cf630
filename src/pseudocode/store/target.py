"""Generated files of any format: written inside the project only, never over what was not seen."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pseudocode.errors import StoreError
from pseudocode.rounds import code_hash
from pseudocode.spec.files import target_fault
from pseudocode.store.files import write_atomically

MAX_EXISTING = 1 << 20
"""Bytes of a file in the way that are read to show what would change."""


def target_path(root: Path, name: str) -> Path:
    """Where a declared file goes.

    Args:
        root: The project.
        name: The declared name.

    Raises:
        StoreError: When it would lead out of the project, by its name or by a link.
    """
    if fault := target_fault(name):
        raise StoreError(f"{name}: {fault}")
    inside = root.resolve()
    path = inside / name
    if path.is_symlink() or not path.parent.resolve().is_relative_to(inside):
        raise StoreError(f"{path} is a link, or behind one; generated files are not written there")
    return path


def existing(path: Path) -> str | None:
    """The text of a file that is already there; nothing where there is none.

    Raises:
        StoreError: When what is there is no file, or no text.
    """
    try:
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
        with open(os.open(path, flags), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise StoreError(f"{path} is not a regular file; it is not replaced")
            data = stream.read(MAX_EXISTING + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > MAX_EXISTING:
        raise StoreError(f"{path} is too large to be replaced unseen")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise StoreError(f"{path} is no text; it is not replaced") from None


def write_target(path: Path, text: str, *, known: frozenset[str]) -> None:
    """Write a generated file.

    Args:
        path: Where, as `target_path` gives it.
        text: Its contents.
        known: Hashes of what may be replaced: what we wrote before, what the person saw.

    Raises:
        StoreError: When something else is there, or it cannot be written.
    """
    there = existing(path)
    if there is not None and there != text and code_hash(there) not in known:
        raise StoreError(
            f"{path} holds something that was not generated; look at the difference in the app "
            "and approve it there, or move the file away"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from None
