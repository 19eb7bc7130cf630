"""Text of models, tests and files made harmless to a terminal, and honest to the eye."""

from __future__ import annotations

import re

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ue000-\uf8ff]"
)


def visible(text: str) -> str:
    """The text with control, bidirectional and zero-width characters spelled out.

    Newlines and tabs stay; a carriage return before a newline goes.
    """
    return _HIDDEN.sub(lambda match: f"<U+{ord(match[0]):04X}>", text.replace("\r\n", "\n"))


def one_line(text: str, width: int = 200) -> str:
    """The text made visible, on one line, cut to a width in characters."""
    flat = " ".join(visible(text).split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"
