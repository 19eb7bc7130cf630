"""Declarations of files of any format."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any


def pseudo_file(
    name: str, description: str, tests: Sequence[Callable[[str], Any]] = (), **options: Any
) -> str:
    """Declare a file whose contents a model writes and a person or its tests accept.

    Nothing happens when the declaration is run: the tools read it from the source.

    Args:
        name: The path of the file within the project.
        description: What it should hold.
        tests: Functions that are given the contents as text, and raise if they are wrong.
        **options: As for `pseudo_function`.

    Returns:
        The name, as the system writes paths.
    """
    return os.path.normpath(name)
