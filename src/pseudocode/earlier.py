"""What was accepted before for a declaration: looked at, and brought back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pseudocode.projects import sessions_of
from pseudocode.spec.model import Spec
from pseudocode.store import versions as store
from pseudocode.store.accepted import Accepted
from pseudocode.store.versions import Version
from pseudocode.wiring import now, project_root


def versions(spec: Spec) -> tuple[list[Version], str]:
    """Earlier versions of what was accepted for a declaration, the oldest first, and what is now.

    Raises:
        StoreError: When one cannot be read.
    """
    return store.history(spec), store.present_code(spec)


def undo(spec: Spec) -> Accepted | None:
    """Bring back what was accepted before the latest acceptance; what is there now is kept.

    Returns:
        What is accepted now; nothing where nothing was accepted before.

    Raises:
        Held: When somebody works on the declaration.
        StoreError: When there is nothing to undo, or files cannot be read or written.
    """
    with _held(spec):
        return store.undo(spec, now)


def restore(spec: Spec, version: Version) -> Accepted:
    """Bring an earlier version back; what is there now is kept.

    Returns:
        What is accepted now.

    Raises:
        Held: When somebody works on the declaration.
        StoreError: When files cannot be read or written.
    """
    with _held(spec):
        return store.restore(spec, version, now)


@contextmanager
def _held(spec: Spec) -> Iterator[None]:
    lock = sessions_of(project_root(Path(spec.path))).lock(spec)
    try:
        yield
    finally:
        lock.release()


def difference(before: str, after: str, names: tuple[str, str] = ("before", "after")) -> list[str]:
    """The lines of a unified difference between two texts, which have these names."""
    return store.difference(before, after, names)
