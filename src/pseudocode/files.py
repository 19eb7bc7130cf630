"""Declarations of files of any format."""

import os
import sys

from pseudocode import serving

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Unpack

    from pseudocode.options import Options


def pseudo_file(
    name: str,
    description: str,
    tests: "Sequence[Callable[[str], Any]]" = (),
    *,
    mode: str = "",
    **options: "Unpack[Options]",
) -> str:
    """Declare a file whose contents a model writes and a person or its tests accept.

    When the declaration is run, nothing happens in the mode `serve`: the tools read it from the
    source. In the mode `generate` a file that is missing or stale is written then.

    Args:
        name: The path of the file within the project.
        description: What it should hold.
        tests: Functions that are given the contents as text, and raise if they are wrong.
        mode: As for `pseudo_function`.
        **options: As for `pseudo_function`.

    Returns:
        The name, as the system writes paths.

    Raises:
        SettingsError: When there is no such mode.
        PseudocodeError: When the file cannot be generated.
    """
    name = os.path.normpath(name)
    if serving.chosen_mode(mode) == "generate":
        from pseudocode.preparing import prepare_file

        prepare_file(os.path.abspath(sys._getframe(1).f_code.co_filename), name)
    return name
