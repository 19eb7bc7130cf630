"""Where what is kept of a project is: journals, locks, earlier versions, drafts.

In `.pseudocode` of the project; where that cannot be written, in a folder of the person's own.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import platformdirs

from pseudocode.errors import StoreError
from pseudocode.spec.model import Spec

OWNER_ONLY = 0o700


def places(root: Path) -> tuple[Path, Path]:
    """The folder in the project, and the one that stands in for it."""
    whole = root.resolve()
    known = hashlib.sha256(os.fsencode(whole)).hexdigest()[:8]
    elsewhere = platformdirs.user_state_path("pseudocode") / "projects"
    return root / ".pseudocode", elsewhere / f"{whole.name}-{known}"


def writable(root: Path, name: str) -> Path:
    """A folder of this name that can be written; it is made if it is not there.

    Raises:
        StoreError: When there is no such place.
    """
    for place in places(root):
        folder = place / name
        try:
            place.mkdir(OWNER_ONLY, parents=True, exist_ok=True)
            folder.mkdir(OWNER_ONLY, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
    first, second = places(root)
    raise StoreError(f"neither {first} nor {second} can be written: there is no place for {name}")


def spec_key(root: Path, spec: Spec) -> str:
    """A file name that stands for one declaration of a project."""
    path = relative(root, spec.path)
    return f"{spec.id.replace('/', '--')}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}"


def relative(root: Path, path: str) -> str:
    """A path as seen from the project, or whole where it is outside; the same from everywhere."""
    whole, inside = Path(path).resolve(), root.resolve()
    return whole.relative_to(inside).as_posix() if whole.is_relative_to(inside) else str(whole)
