"""Command lines for bubblewrap: namespaces of the worker's own, and a view of few files.

https://github.com/containers/bubblewrap; the view is made on an empty file system in memory, and
mount points are made nowhere else.
"""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pseudocode.runner.confine import Rules

# By their full paths: a PATH may name folders that others can write, and Ubuntu's AppArmor profile
# is bound to the first.
_PLACES = ("/usr/bin/bwrap", "/usr/local/bin/bwrap", "/run/current-system/sw/bin/bwrap")
_DEVICES = ("/dev/null", "/dev/urandom", "/dev/random")
# Of the capabilities of root the supervisor keeps some; the worker gives them up.
_CAPABILITIES = (
    "CAP_SETUID",
    "CAP_SETGID",
    "CAP_CHOWN",
    "CAP_KILL",
    "CAP_DAC_READ_SEARCH",
    "CAP_SYS_RESOURCE",
)
_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """The program, and what this version of it can do here."""

    path: str
    disables_namespaces: bool
    limits_sizes: bool
    shows_processes: bool
    """Whether a /proc of its own can be mounted, which some containers refuse."""

    def command(self, worker: list[str], rules: Rules) -> list[str]:
        """The command line that runs the worker in its view."""
        size = ["--size", str(rules.disk_mb << 20)] if self.limits_sizes else []
        return [
            self.path,
            *self._namespaces(rules),
            *_folders((*rules.library, *rules.readable, *_DEVICES), rules.scratch),
            *_library_view(tuple(rules.library)),
            *_view(rules.readable),
            *(part for path in _DEVICES for part in ("--dev-bind", path, path)),
            *(["--proc", "/proc"] if self.shows_processes else []),
            *("--perms", "1777", *size, "--tmpfs", "/dev/shm"),
            *("--perms", "1777", *size, "--tmpfs", rules.scratch),
            *("--remount-ro", "/", "--chdir", rules.scratch, "--"),
            *worker,
        ]

    def _namespaces(self, rules: Rules) -> list[str]:
        made = ["--die-with-parent", "--new-session"]
        made += ["--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"]
        if not rules.network:
            made.append("--unshare-net")
        if os.geteuid() == 0:
            return made + [part for name in _CAPABILITIES for part in ("--cap-add", name)]
        return [*made, "--unshare-user", *(["--disable-userns"] * self.disables_namespaces)]


async def find() -> Bubblewrap | str:
    """The program as it is installed here, or why it cannot be used."""
    path = next((path for path in _PLACES if os.access(path, os.X_OK)), "")
    if not path:
        return "bubblewrap is not installed"
    _, told = await _run(path, "--help")
    view = [path, "--ro-bind", "/", "/", "--unshare-all", "--die-with-parent"]
    shown, _ = await _run(*view, "--proc", "/proc", "--", path, "--version")
    if not shown:
        works, fault = await _run(*view, "--", path, "--version")
        if not works:
            return fault or "bubblewrap cannot be started"
    return Bubblewrap(path, "--disable-userns" in told, "--size" in told, shown)


async def _run(*command: str) -> tuple[bool, str]:
    """Whether it went well, and the last of what was said."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, start_new_session=True
        )
    except OSError as error:
        return False, str(error)
    try:
        async with asyncio.timeout(_SECONDS):
            out, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return False, "bubblewrap does not answer"
    return process.returncode == 0, out.decode(errors="replace").strip()


def _folders(paths: tuple[str, ...], scratch: str) -> list[str]:
    """What is above mount points, made so that another user can pass through."""
    above = _above(paths) | _above((scratch,))
    return [part for p in sorted(above - {"/"}) for part in ("--perms", "0755", "--dir", p)]


@lru_cache(maxsize=64)
def _above(paths: tuple[str, ...]) -> frozenset[str]:
    return frozenset(str(parent) for path in paths for parent in Path(path).parents)


@lru_cache(maxsize=8)
def _library_view(paths: tuple[str, ...]) -> list[str]:
    """That of what does not change while we run, and is long."""
    return _view(paths)


def _view(paths: Sequence[str]) -> list[str]:
    """Everything stands where it always does, but cannot be written."""
    made: list[str] = []
    for path in paths:
        if os.path.islink(path) and os.path.isdir(path):  # such as /lib on merged systems
            made += ["--symlink", os.readlink(path), path]
        else:
            made += ["--ro-bind", os.path.realpath(path), path]
    return made
