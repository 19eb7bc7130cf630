"""What the app says where something is missing: a first spec, a model."""

from __future__ import annotations

from pathlib import Path

from pseudocode.errors import StoreError

FIRST_SPEC = '''from pseudocode import pseudo_function

@pseudo_function
def double(number: int) -> int:
    """Return the number times two.

    >>> double(4)
    8
    """
    ...
'''
"""What an empty folder is shown."""
NO_MODEL = "There is neither an API key nor a server yet. What shall write the code?"


def write_first_spec(folder: Path) -> Path:
    """Write the example into a folder; what is there stays.

    Raises:
        StoreError: When it cannot be written.
    """
    path = (folder if folder.is_dir() else folder.parent) / "first.py"
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(FIRST_SPEC)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from None
    return path
