"""Files that leave a folder of specs for another one."""

from __future__ import annotations

import ast
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from pseudocode.errors import SpecError, StoreError
from pseudocode.spec.discovery import parse_source, read_source
from pseudocode.spec.suites import FOLDERS
from pseudocode.store.folder import MAX_FILES, NEVER

Files = dict[str, bytes]
"""Contents by the path below a folder, written with slashes."""


def gather(folder: Path, leave_out: Path) -> Files:
    """The Python files of a folder, and all that lies in its folders of tests.

    Args:
        folder: Searched to its bottom; links are not followed.
        leave_out: A folder that may be inside.

    Raises:
        StoreError: When a file cannot be read, or there are too many.
    """
    found: Files = {}
    for path in _walk(folder, leave_out.resolve()):
        name = path.relative_to(folder).as_posix()
        if len(found) >= MAX_FILES:
            raise StoreError(f"{folder} holds more than {MAX_FILES:,} files")
        try:
            found[name] = path.read_bytes()
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror}") from None
    return found


def reachable(files: Files, start: set[str]) -> Files:
    """Those of some files that are imported, directly or by others, and what tests lie beside.

    Args:
        files: As `gather` gives them.
        start: The first ones.
    """
    data = {name for name in files if not name.endswith(".py")}
    common = {n for n in files if PurePosixPath(n).name in ("conftest.py", "__init__.py")}
    waiting, reached = [*start, *common], set(data)
    while waiting:
        name = waiting.pop()
        if name in files and name not in reached:
            reached.add(name)
            waiting += _imported(name, files[name])
    return {name: data for name, data in files.items() if name in reached}


def write_tree(folder: Path, files: Mapping[str, bytes], *, force: bool) -> None:
    """Write files, all of them or none.

    Args:
        folder: Where to; it is made if it is not there.
        files: Contents by the path below it.
        force: Whether files of these names may be replaced; no others ever are.

    Raises:
        StoreError: When other files are in the way, or they cannot be written.
    """
    try:
        if not force and folder.exists() and any(folder.iterdir()):
            raise StoreError(
                f"{folder} is not empty; name another folder, or replace just the files that are "
                "written with --force"
            )
        _must_be_free(folder, files)
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-", suffix=".tmp"))
        try:
            made.chmod(0o777 & ~_umask())
            for name, data in files.items():
                (made / name).parent.mkdir(parents=True, exist_ok=True)
                (made / name).write_bytes(data)
            _move(made, folder, files)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise StoreError(f"cannot write {folder}: {error.strerror or error}") from None


def _walk(folder: Path, leave_out: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(
            n
            for n in folders
            if n not in NEVER and not n.startswith(".") and Path(parent, n).resolve() != leave_out
        )
        for_tests = bool({*FOLDERS} & set(Path(parent).relative_to(folder).parts))
        for name in sorted(names):
            path = Path(parent, name)
            wanted = name.endswith(".py") or (for_tests and not name.endswith(".pyc"))
            if wanted and not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path


def _imported(name: str, data: bytes) -> Iterator[str]:
    """Where the modules may be that a file imports."""
    try:
        tree = parse_source(read_source(data))
    except SpecError:
        return
    home = PurePosixPath(name).parent
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _places(alias.name, home)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                dotted = f"{node.module}.{alias.name}" if node.module else alias.name
                yield from _places(dotted, home)


def _places(dotted: str, home: PurePosixPath) -> Iterator[str]:
    """The files that a dotted name may mean: from the folder itself, or from those around."""
    parts = dotted.split(".")
    for length in range(1, len(parts) + 1):
        for start in (home, *home.parents):
            # A folder may be known by its own name, from outside.
            for first in (0, 1):
                inner = PurePosixPath(*parts[first:length])
                yield str(start / inner.with_suffix(".py")) if inner.name else ""
                yield str(start / inner / "__init__.py")


def _must_be_free(folder: Path, files: Mapping[str, bytes]) -> None:
    """Nothing is written through a link, nor in the place of a folder."""
    inside = folder.resolve()
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder} is not a folder")
    for name in files:
        path = folder / name
        if path.is_symlink() or not path.parent.resolve().is_relative_to(inside):
            raise StoreError(f"{path} is a link, or behind one; nothing is written there")
        if path.is_dir():
            raise StoreError(f"{path} is a folder; it is not replaced")


def _move(made: Path, folder: Path, files: Mapping[str, bytes]) -> None:
    if not folder.exists():
        made.rename(folder)
        return
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    for name in files:
        os.replace(made / name, folder / name)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
