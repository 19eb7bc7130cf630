"""The files of a specs folder: which there are, and what they declare."""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pseudocode.errors import StoreError
from pseudocode.spec.discovery import MAX_SOURCE_BYTES, find_specs
from pseudocode.spec.model import Found, Problem
from pseudocode.spec.modules import link
from pseudocode.spec.suites import FOLDERS, attach, is_test_file, named_files
from pseudocode.spec.uses import without_cycles

NEVER = {"__pycache__", "__pseudocode__", "node_modules", "site-packages", "venv"}
"""Folders that hold no specs."""
MAX_FILES = 20_000


def load_specs(*paths: Path, seen: Callable[[Found], None] = lambda _: None) -> Found:
    """List what folders or files declare, which uses which, and what is wrong in them.

    Args:
        *paths: Folders, searched to their bottom, or single Python files; all of one project.
        seen: Told what each file of a folder declares by itself, as soon as it is read.

    Raises:
        StoreError: When there is no such folder or file.
    """
    found = sum((_declared_in(path, seen) for path in paths), Found())
    return without_cycles(link(found, _ProjectFiles(project_root(paths[0]))))


def _declared_in(path: Path, seen: Callable[[Found], None]) -> Found:
    """What one folder or file declares, with its tests."""
    try:
        there = path.exists()
    except (OSError, ValueError):  # too long a name, a NUL in it
        there = False
    if not there:
        raise StoreError(f"{path} does not exist; name a folder of specs, or create one")
    if path.is_file() and path.suffix != ".py":
        raise StoreError(f"{path} is not a Python file")
    if path.is_file():
        return _with_tests(_load(path), path.resolve().parent)
    found, inside = Found(), path.resolve()
    for file in _python_files(path):
        declared = _load(file, inside)
        seen(declared)
        found += declared
    return _with_tests(found, inside)


def project_root(path: Path) -> Path:
    """The folder that `.pseudocode` and generated files belong to.

    The nearest project above the specs; where there is none, the current folder if the specs are
    in it, else the folder of the specs itself.
    """
    folder = path.resolve()
    if not folder.is_dir():
        folder = folder.parent
    for parent in (folder, *folder.parents):
        if any((parent / mark).exists() for mark in (".pseudocode", "pyproject.toml", ".git")):
            return parent
    here = Path.cwd()
    return here if folder.is_relative_to(here) else folder


class _ProjectFiles:
    """The files of a project, as specs may import them."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self.root = str(self._root)
        self._absolute = functools.cache(lambda path: os.path.realpath(path))

    def absolute(self, path: str) -> str:
        """A path without links, from the root of the file system."""
        return str(self._absolute(path))

    def read(self, path: str) -> bytes | None:
        """What a file inside of the project holds, or nothing."""
        try:
            return _read_inside(Path(path), self._root) if os.path.isfile(path) else None
        except (StoreError, ValueError):
            return None


def _with_tests(found: Found, inside: Path) -> Found:
    """The specs with the test files beside them, and with those that they name."""
    problems = list(found.problems)
    files: dict[str, bytes] = {}
    for file in _test_files(found):
        try:
            files[str(file)] = _read_inside(file, inside)
        except StoreError as error:
            problems.append(Problem(path=str(file), line=1, reason=str(error)))
    return attach(replace(found, problems=tuple(problems)), files)


def _test_files(found: Found) -> list[Path]:
    files = {Path(name): None for spec in found.specs for name in named_files(spec)}
    folders = (Path(spec.path).parent for spec in (*found.specs, *found.modules))
    for folder in dict.fromkeys(folders):
        for place in (folder, *(folder / name for name in FOLDERS)):
            with suppress(OSError):
                names = sorted(os.listdir(place))
                files |= {place / name: None for name in names if is_test_file(name)}
    return list(files)


def _python_files(folder: Path) -> Iterator[Path]:
    count = 0
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if n not in NEVER and not n.startswith("."))
        for name in sorted(names):
            if name.endswith(".py") and not name.startswith(".") and not _is_for_tests(name):
                count += 1
                if count > MAX_FILES:
                    raise StoreError(f"{folder} holds more than {MAX_FILES:,} Python files")
                yield Path(parent, name)


def _is_for_tests(name: str) -> bool:
    return is_test_file(name) or name == "conftest.py"


def _load(path: Path, inside: Path | None = None) -> Found:
    try:
        data = _read_inside(path, inside)
    except StoreError as error:
        return Found(problems=(Problem(path=str(path), line=1, reason=str(error)),))
    return _declared_by(str(path), data)


@functools.lru_cache(maxsize=MAX_FILES)
def _declared_by(path: str, data: bytes) -> Found:
    """What a file declares; a folder that is read again has mostly the files that it had."""
    return find_specs(path, data)


def _read_inside(path: Path, inside: Path | None) -> bytes:
    try:
        if inside and not path.resolve(strict=True).is_relative_to(inside):
            raise StoreError("a link out of the folder; it is not followed")
        return _read(path)
    except (OSError, RuntimeError) as error:  # a RuntimeError is a loop of links, before 3.13
        reason = getattr(error, "strerror", None) or error
        raise StoreError(f"cannot be read: {reason}") from None


def _read(path: Path) -> bytes:
    # A pipe or device would hang for ever or never end, so it is not even opened for reading.
    descriptor = os.open(
        path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    with open(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise StoreError("not a regular file")
        return stream.read(MAX_SOURCE_BYTES + 1)
