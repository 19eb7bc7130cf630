"""The folder that a worker may write to, and its removal, whatever was made of it."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def make_scratch() -> str:
    """A new folder, by its real path.

    Raises:
        OSError: When it cannot be made.
    """
    return os.path.realpath(tempfile.mkdtemp(prefix="pseudocode-"))


def remove_scratch(folder: str) -> None:
    """Remove a folder and all that was put there; what cannot be removed stays."""
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
