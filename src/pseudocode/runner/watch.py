"""What code gets hold of while it runs, as the interpreter's audit events tell.

Imported by the worker. What code does beneath the interpreter, and what it has done with this
module, is not seen: this tells a reviewer more, and stops nobody.
"""

from __future__ import annotations

import os
import sys
from typing import Any

MOST = 20
"""Different things that are reported of one run."""
LONGEST = 200
"""Characters of one of them."""
_REACHES = {
    "open": "files",
    "os.chmod": "files",
    "os.chown": "files",
    "os.link": "files",
    "os.listdir": "files",
    "os.mkdir": "files",
    "os.remove": "files",
    "os.rename": "files",
    "os.rmdir": "files",
    "os.scandir": "files",
    "os.symlink": "files",
    "os.truncate": "files",
    "sqlite3.connect": "files",
    "socket.bind": "network",
    "socket.connect": "network",
    "socket.getaddrinfo": "network",
    "socket.gethostbyname": "network",
    "socket.sendto": "network",
    "os.putenv": "environment",
    "os.unsetenv": "environment",
    "os.exec": "processes",
    "os.fork": "processes",
    "os.forkpty": "processes",
    "os.kill": "processes",
    "os.posix_spawn": "processes",
    "os.spawn": "processes",
    "os.system": "processes",
    "pty.spawn": "processes",
    "subprocess.Popen": "processes",
    "ctypes.dlopen": "interpreter",
    "gc.get_objects": "interpreter",
    "gc.get_referrers": "interpreter",
}
_HARMLESS = ("/dev/null", "/dev/random", "/dev/urandom")


class Watch:
    """Notes what is reached for from `start` on."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], None] = {}
        self._told = 0
        self._on = False
        # What is imported on the way comes from here.
        ours = os.path.dirname(os.path.dirname(__file__))
        library = os.path.dirname(os.__file__)
        libraries = {sys.prefix, sys.base_prefix, sys.exec_prefix, library, ours}
        self._libraries = tuple(f"{path.rstrip(os.sep)}{os.sep}" for path in libraries)

    def start(self) -> None:
        """Begin; there is no end, as hooks cannot be taken out again."""
        self._on = True
        sys.addaudithook(self._hook)

    def take(self) -> list[tuple[str, str]]:
        """What is new since the last time: what kind of thing, and which."""
        new = list(self._seen)[self._told :]
        self._told = len(self._seen)
        return new

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        reach = _REACHES.get(event)
        if reach is None or len(self._seen) >= MOST:
            return
        try:
            what = self._named(event, args)
        except Exception:  # a fault in here would be one of the code
            what = event
        if what:
            self._seen[reach, what[:LONGEST]] = None

    def _named(self, event: str, args: tuple[Any, ...]) -> str:
        """The thing in a few words; empty where it is of no interest."""
        if event in ("socket.connect", "socket.bind", "socket.sendto"):
            address = args[1]
            return ":".join(map(str, address[:2])) if type(address) is tuple else str(address)
        first = args[0] if args else ""
        if event == "subprocess.Popen":
            return " ".join(map(os.fsdecode, args[1])) if type(args[1]) is list else str(args[1])
        if type(first) is int or not isinstance(first, str | bytes | os.PathLike):
            return "" if event == "open" else event
        path = os.fsdecode(first)
        looks_only = event in ("open", "os.listdir", "os.scandir")
        inside = f"{path}{os.sep}".startswith(self._libraries) or path in _HARMLESS
        return "" if looks_only and inside else path or event
