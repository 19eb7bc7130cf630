"""Locks that die with their owner: one for each declaration that is being worked on."""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from pseudocode.errors import Held, StoreError

if sys.platform != "win32":
    import fcntl

_NOT_THERE = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}
"""What file systems say that have no locks; there everybody is let in."""


class Lock:
    """Held by this process until it is released, or the process ends however it may.

    Programs that are started do not inherit it, since Python's descriptors are closed at that.
    """

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        """Take it.

        Raises:
            Held: When another process has it.
            StoreError: When the file cannot be made.
        """
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(f"cannot write {path}: {error.strerror}") from None
        try:
            if sys.platform != "win32":
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _NOT_THERE:
                os.close(self._descriptor)
                raise Held(f"held by {_told(path) or 'another process'}") from None
        since = now().isoformat(timespec="seconds")
        self._tell({"pid": os.getpid(), "host": socket.gethostname(), "since": since})

    def release(self) -> None:
        """Let others have it; nothing where that was done."""
        if self._descriptor >= 0:
            self._tell(None)
            os.close(self._descriptor)
            self._descriptor = -1

    def _tell(self, holder: object) -> None:
        with suppress(OSError):  # a full disk; the lock holds all the same
            os.ftruncate(self._descriptor, 0)
            if holder:
                os.lseek(self._descriptor, 0, os.SEEK_SET)
                os.write(self._descriptor, json.dumps(holder).encode())


def holder(path: Path) -> str:
    """Who holds a lock, in words; empty where nobody does.

    It only reads what the holder wrote, so that looking never stands in anybody's way.
    """
    pid, host = _read(path)[:2]
    if not pid or (pid == os.getpid() and host == socket.gethostname()):
        return ""
    if host == socket.gethostname() and sys.platform != "win32":  # there it would end the process
        try:
            os.kill(pid, 0)
        except PermissionError:
            pass  # another person's
        except (OSError, OverflowError):
            return ""
    return _told(path)


def _told(path: Path) -> str:
    pid, host, since = _read(path)
    return f"process {pid} on {host} since {since}" if pid else ""


def _read(path: Path) -> tuple[int, str, str]:
    try:
        record = json.loads(path.read_bytes())
        return int(record["pid"]), str(record["host"]), str(record["since"])
    except (OSError, ValueError, TypeError, LookupError, OverflowError, RecursionError):
        return 0, "", ""
