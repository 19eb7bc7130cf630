"""Earlier versions of accepted code: kept when they are replaced, and brought back.

Each is a file as it was, under a number that grows. Of a declared file, its contents stand where
the code would. What is taken back is kept, too, and marked so.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from datetime import datetime
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

from pseudocode.errors import StoreError
from pseudocode.spec.model import Spec
from pseudocode.store.accepted import Accepted, accepted_path, read_accepted
from pseudocode.store.files import write_atomically
from pseudocode.store.folder import project_root
from pseudocode.store.kept import file_in_the_way
from pseudocode.store.state import places, spec_key, writable
from pseudocode.store.target import target_path

FOLDER = "versions"
_GAP = "\n\n"
"""Between a header and the code."""
_NAME = re.compile(r"(?P<number>\d{4,})-(?P<at>\d{8}-\d{6})(?P<undone>-undone)?\.txt")


class Version(NamedTuple):
    """What was accepted once and then replaced or taken back."""

    path: Path
    number: int
    at: str
    """When it was replaced, as `YYYYMMDD-HHMMSS`, UTC."""
    undone: bool
    accepted: Accepted


def history(spec: Spec) -> list[Version]:
    """The earlier versions of what was accepted for a declaration, the oldest first.

    Raises:
        StoreError: When one cannot be read.
    """
    found = []
    for path in _files(spec):
        match = _NAME.fullmatch(path.name)
        if match is None:
            continue
        try:
            accepted = read_accepted(str(path))
        except OSError as error:
            raise StoreError(f"cannot read {path}: {error.strerror}") from None
        if accepted:
            number, undone = int(match["number"]), bool(match["undone"])
            found.append(Version(path, number, match["at"], undone, accepted))
    return sorted(found, key=lambda version: version.number)


def put_aside(spec: Spec, now: Callable[[], datetime], *, undone: bool = False) -> None:
    """Keep what is there before it is replaced; nothing where there is nothing.

    Raises:
        OSError: When it cannot be read or kept.
        StoreError: When there is no place for it, or something else is in its place.
    """
    there = _present(spec)
    earlier = history(spec)
    if there is None or (earlier and _whole(earlier[-1].path) == there and not undone):
        return
    root = project_root(Path(spec.path))
    folder = writable(root, FOLDER) / spec_key(root, spec)
    folder.mkdir(0o700, exist_ok=True)
    number = earlier[-1].number + 1 if earlier else 1
    mark = "-undone" if undone else ""
    write_atomically(folder / f"{number:04}-{now():%Y%m%d-%H%M%S}{mark}.txt", there, private=True)


def undo(spec: Spec, now: Callable[[], datetime]) -> Accepted | None:
    """Bring back what was accepted before; what is there now is kept as a version.

    The caller holds the lock on the declaration.

    Returns:
        What is accepted now; nothing where nothing was accepted before.

    Raises:
        StoreError: When nothing is accepted, or files cannot be read or written.
    """
    try:
        there = _present(spec)
        if there is None:
            raise StoreError(f"nothing is accepted for {spec.id}, so there is nothing to undo")
        earlier = [version for version in history(spec) if not version.undone]
        # One that is there already was brought back before, and its file could not be removed.
        while earlier and _whole(earlier[-1].path) == there:
            earlier.pop()
        put_aside(spec, now, undone=True)
        _bring_back(spec, _whole(earlier[-1].path) if earlier else None)
        if earlier:
            earlier[-1].path.unlink()
    except OSError as error:
        raise StoreError(f"cannot undo {spec.id}: {error.strerror or error}") from None
    return earlier[-1].accepted if earlier else None


def restore(spec: Spec, version: Version, now: Callable[[], datetime]) -> Accepted:
    """Bring an earlier version back; what is there now is kept as a version.

    The caller holds the lock on the declaration.

    Returns:
        What is accepted now.

    Raises:
        StoreError: When files cannot be read or written.
    """
    try:
        text = _whole(version.path)
        put_aside(spec, now)
        _bring_back(spec, text)
        version.path.unlink()
    except OSError as error:
        raise StoreError(f"cannot bring back {spec.id}: {error.strerror or error}") from None
    return version.accepted


def present_code(spec: Spec) -> str:
    """What is accepted now, whoever wrote it last; empty where nothing is.

    Raises:
        StoreError: When it cannot be read.
    """
    try:
        return (_present(spec) or "").partition(_GAP)[2]
    except OSError as error:
        raise StoreError(f"accepted code cannot be read: {error.strerror or error}") from None


def difference(before: str, after: str, names: tuple[str, str] = ("before", "after")) -> list[str]:
    """The lines of a unified difference between two texts."""
    return list(unified_diff(before.splitlines(), after.splitlines(), *names, lineterm=""))


def _present(spec: Spec) -> str | None:
    """What is accepted now, whoever wrote it last, in the form of a version."""
    record = Path(accepted_path(spec.path, spec.module, spec.name))
    text = _whole(record) if record.exists() else None
    if spec.kind != "file":
        return text
    contents = file_in_the_way(spec)
    return None if contents is None else f"{(text or '').partition(_GAP)[0]}{_GAP}{contents}"


def _bring_back(spec: Spec, text: str | None) -> None:
    record = Path(accepted_path(spec.path, spec.module, spec.name))
    if spec.kind == "file":
        target = target_path(project_root(Path(spec.path)), spec.name)
        header, _, contents = (text or "").partition(_GAP)
        if text is None:
            target.unlink(missing_ok=True)
        else:
            write_atomically(target, contents)
        text = f"{header}{_GAP}" if header else None
    if text is None:
        record.unlink(missing_ok=True)
    else:
        write_atomically(record, text)


def _whole(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise OSError(errno.EILSEQ, "it is not UTF-8", str(path)) from None


def _files(spec: Spec) -> list[Path]:
    root = project_root(Path(spec.path))
    key = spec_key(root, spec)
    return [path for place in places(root) for path in (place / FOLDER / key).glob("*.txt")]
