"""The folder that a worker may write to, and its removal, whatever was made of it.

Each is locked (flock(2)) by the process that made it: what no living process holds was left by one
that was killed, and the next one removes it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PREFIX = "pseudocode-scratch-"
STALE_SECONDS = 60.0
"""What is younger may be held in a moment."""


class Scratch:
    """A new folder."""

    def __init__(self) -> None:
        """Make it.

        Raises:
            OSError: When it cannot be made.
        """
        self.path = os.path.realpath(tempfile.mkdtemp(prefix=PREFIX))
        """Its real path."""
        self._held = _hold(self.path)

    def remove(self) -> None:
        """Remove it and all that was put there; what cannot be removed stays."""
        _remove_all(self.path)
        if self._held is not None:
            os.close(self._held)
            self._held = None


def remove_left() -> None:
    """Remove the folders of processes that are gone."""
    top = os.path.realpath(tempfile.gettempdir())
    with suppress(OSError):
        for name in os.listdir(top):
            path = os.path.join(top, name)
            if name.startswith(PREFIX) and (held := _hold(path)) is not None:
                if time.time() - os.fstat(held).st_mtime > STALE_SECONDS:
                    _remove_all(path)
                os.close(held)


def _hold(folder: str) -> int | None:
    """What holds a folder until it is closed; nothing where another process does."""
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _remove_all(folder: str) -> None:
    if os.name == "nt":
        shutil.rmtree(folder, ignore_errors=True)
        return
    with suppress(OSError):
        _remove(folder)


def _remove(folder: str) -> None:
    """Hostile code can nest folders deeper than shutil recurses, so this does not go down.

    What is in a folder is moved up to the top before the folder goes.
    """
    if os.path.islink(folder):  # without walls it could be replaced
        os.unlink(folder)
        return
    os.chmod(folder, 0o700)
    with _opened(folder) as top:
        waiting = os.listdir(top)
        while waiting:
            name = waiting.pop()
            with suppress(OSError):
                if _is_folder(name, top):
                    os.chmod(name, 0o700, dir_fd=top)
                    waiting += _lifted(name, top)
                    os.rmdir(name, dir_fd=top)
                else:
                    os.unlink(name, dir_fd=top)
    os.rmdir(folder)


def _lifted(name: str, top: int) -> list[str]:
    """Move what is in a folder to the top, under new names."""
    moved = []
    with _opened(name, top) as inside:
        for inner in os.listdir(inside):
            if _is_folder(inner, inside):
                os.chmod(inner, 0o700, dir_fd=inside)  # closed ones cannot be moved
            moved.append(secrets.token_hex(8))
            os.rename(inner, moved[-1], src_dir_fd=inside, dst_dir_fd=top)
    return moved


def _is_folder(name: str, within: int) -> bool:
    return stat.S_ISDIR(os.lstat(name, dir_fd=within).st_mode)


@contextmanager
def _opened(name: str, within: int | None = None) -> Iterator[int]:
    descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=within)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
