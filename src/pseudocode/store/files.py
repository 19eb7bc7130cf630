"""Writing files so that they are whole or not there, and survive a crash."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

STALE_SECONDS = 60.0
"""What is younger may be another process's, which is writing just now."""


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_UMASK = _umask()
"""Found out once: it is the process's, and threads that write at the same time would mix it up."""


def write_atomically(path: Path, contents: str | bytes, *, private: bool = False) -> None:
    """Replace a file's contents, or leave it as it was.

    Args:
        path: The file; its folder is there.
        contents: What it is to hold; text is written as UTF-8.
        private: Whether nobody but the owner may read it.

    Raises:
        OSError: When it cannot be written; no part of it is left behind.
    """
    prefix = f".{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:12]}-"
    _remove_stale(path.parent, prefix)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=".tmp")
    try:
        with open(descriptor, "wb") as stream:
            stream.write(contents.encode() if isinstance(contents, str) else contents)
            stream.flush()
            os.fsync(stream.fileno())
        if not private:
            os.chmod(temporary, _mode(path))
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(path.parent)


def _remove_stale(folder: Path, prefix: str) -> None:
    """Remove what processes left that were killed while they wrote this file."""
    for left in folder.glob(f"{prefix}*.tmp"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > STALE_SECONDS:
                left.unlink()


def _mode(path: Path) -> int:
    if path.exists():
        return path.stat().st_mode & 0o7777
    return 0o666 & ~_UMASK


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # not every system lets a folder be opened
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
