"""What a declaration serves instead of accepted code, in the process that judges a candidate.

Empty everywhere else. The decorator looks here, so that tests may import a spec's module in
whatever way they do and still get the candidate.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

Maker = Callable[[Callable[..., Any]], Callable[..., Any]]
"""Makes what is served of the stub that was declared."""

judging = False
"""Whether this is that process: nothing is generated in it."""
contents = ""
"""Of the declared file that is being judged."""
_makers: dict[tuple[str, str], Maker] = {}


def install(path: str, name: str, maker: Maker) -> None:
    """Serve something else for one declaration from now on.

    Args:
        path: The file of the declaration, by whatever link.
        name: The declared name.
        maker: Called once for each import of the file.
    """
    _makers[os.path.realpath(path), name] = maker


def find(path: str, name: str) -> Maker | None:
    """What to serve for a declaration, if it is not its accepted code."""
    return _makers.get((os.path.realpath(path), name)) if _makers else None
