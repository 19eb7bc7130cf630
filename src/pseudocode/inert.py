"""Text of models, tests and files made harmless to a terminal, and honest to the eye."""

from __future__ import annotations

import unicodedata


def visible(text: str) -> str:
    """The text with control, bidirectional, zero-width and private characters spelled out.

    Newlines and tabs stay; a carriage return before a newline goes.
    """
    text = text.replace("\r\n", "\n")
    if hidden := {c for c in set(text) if not _seen(c)}:
        return text.translate({ord(c): f"<U+{ord(c):04X}>" for c in hidden})
    return text


def _seen(character: str) -> bool:
    if character in "\n\t" or character.isprintable():
        return True
    return unicodedata.category(character) == "Zs"


def one_line(text: str, width: int = 200) -> str:
    """The text made visible, on one line, cut to a width in characters."""
    flat = " ".join(visible(text).split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"
