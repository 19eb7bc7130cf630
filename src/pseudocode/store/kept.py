"""What is kept of a declaration: its accepted code, or the file that was generated."""

from __future__ import annotations

from pathlib import Path

from pseudocode.errors import StoreError
from pseudocode.rounds import code_hash
from pseudocode.spec.model import Spec
from pseudocode.store.accepted import Accepted, accepted_path, read_accepted
from pseudocode.store.folder import project_root
from pseudocode.store.target import existing, target_path


def load_kept(spec: Spec) -> Accepted | None:
    """What was accepted for a declaration, fresh or stale, or nothing; a file with its contents.

    Raises:
        OSError: When it is there but cannot be read.
        StoreError: When a generated file was edited, or something else is in its place.
    """
    accepted = read_accepted(accepted_path(spec.path, spec.module, spec.name))
    if accepted is None or spec.kind != "file":
        return accepted
    text = file_in_the_way(spec)
    if text is None:
        return None
    if code_hash(text) != accepted.facts.get("sha256"):
        raise StoreError(f"{spec.name} was edited since it was accepted; it is kept as it is")
    return accepted._replace(code=text)


def file_in_the_way(spec: Spec) -> str | None:
    """The text of the file that a declared file would replace; nothing where there is none.

    Raises:
        StoreError: When what is there must not be replaced.
    """
    return existing(target_path(project_root(Path(spec.path)), spec.name))
