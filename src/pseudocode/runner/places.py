"""What Python and its libraries need to read and to start, wherever they are installed."""

from __future__ import annotations

import glob
import os
import site
import sys
import sysconfig
from contextlib import suppress
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import cache_from_source
from pathlib import Path

import pseudocode

_SYSTEM = (
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/nix/store",
    "/gnu/store",
    "/etc/ld.so.cache",
    "/etc/ld-musl-*.path",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/openssl.cnf",
    "/etc/crypto-policies/back-ends",
    "/usr/share/zoneinfo",
)
_NETWORK = (
    "/etc/ca-certificates",
    "/etc/gai.conf",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/pki/ca-trust/extracted",
    "/etc/pki/tls/certs",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl/cert.pem",
    "/etc/ssl/certs",
    "/usr/share/ca-certificates",
)
_LOADERS = ("/lib*/ld-linux*.so.*", "/lib/ld-musl-*.so.1")
_WORKER = (
    "worker",
    "watch",
    "calls",
    "channel",
    "encoding",
    "bounds",
    "leaves",
    "containers",
    "classes",
    "arrays",
    "tables",
    "likeness",
    "neighbours",
    "confine",
    "kernel",
    "landlock",
    "seccomp",
    "supervise",
    "syscalls",
)


def interpreter() -> str:
    """This Python, by a path that is the same in every folder and behind every wall."""
    return os.path.abspath(sys.executable)


@cache
def library() -> tuple[str, ...]:
    """Files and folders that a worker reads, none within another; none of the person's."""
    python = sysconfig.get_paths()
    found = [python[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    found += site.getsitepackages()
    found += [interpreter(), os.path.join(sys.prefix, "pyvenv.cfg")]
    found += _shared_libraries()
    found += _expanded(_SYSTEM)
    return _outermost([*found, *_own_modules()])


@cache
def network_library() -> tuple[str, ...]:
    """What is read to find hosts and to trust them."""
    return _outermost([*_expanded(_NETWORK), *map(os.path.realpath, _expanded(_NETWORK))])


@cache
def programs() -> tuple[str, ...]:
    """What may be started: this interpreter, as multiprocessing does, and the system's loader."""
    return (interpreter(), os.path.realpath(sys.executable), *_expanded(_LOADERS))


def others_can_reach(path: str, above: bool = True) -> bool:
    """Whether any user can read what is there.

    Args:
        path: A file or folder.
        above: Whether the folders above count, too.
    """
    try:
        if not _open_to_others(path):
            return False
        real = os.path.realpath(path)
        return not above or all(os.stat(p).st_mode & 0o001 for p in Path(real).parents)
    except OSError:
        return False


def _open_to_others(path: str) -> bool:
    needed = 0o005 if os.path.isdir(path) else 0o004
    return os.stat(path).st_mode & needed == needed


def _own_modules() -> list[str]:
    """The folder of the worker's own modules alone: a checkout holds more than is theirs to see.

    With a mount for each file, bubblewrap takes as long as the interpreter. The compiled ones,
    which nobody else would make, are made: workers write none.
    """
    package = os.path.dirname(pseudocode.__file__)
    first, folder = os.path.join(package, "__init__.py"), os.path.join(package, "runner")
    names = ("__init__", *_WORKER)
    for file in (first, *(os.path.join(folder, f"{name}.py") for name in names)):
        with suppress(OSError, ImportError, SyntaxError):  # is compiled unless it is already
            SourceFileLoader("worker", file).get_code("worker")
    return [first, cache_from_source(first), folder]


def _shared_libraries() -> list[str]:
    """The folder of libpython and of what comes with it, unless it is the system's."""
    folder = sysconfig.get_config_var("LIBDIR")
    base = os.path.join(sys.base_prefix, "lib")
    return [p for p in (folder, base) if p and p not in ("/lib", "/usr/lib")]


def _expanded(patterns: tuple[str, ...]) -> list[str]:
    return [path for pattern in patterns for path in sorted(glob.glob(pattern))]


def _outermost(paths: list[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for path in sorted({os.path.abspath(path) for path in paths}):
        inside = kept and (path == kept[-1] or path.startswith(kept[-1] + os.sep))
        if not inside and os.path.exists(path):
            kept.append(path)
    return tuple(kept)
