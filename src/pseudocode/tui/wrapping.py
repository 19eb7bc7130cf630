"""How lines fit into a width: where they go on below themselves."""

from __future__ import annotations

import re

from rich.cells import cell_len

from pseudocode.inert import one_line

MAX_LINE = 4_000
"""Characters of one line that are shown; the rest is counted."""
TAB = 4
_CALL = re.compile(r"([\w.]+)(\(.*)")
_LEAST_NAME = 4
"""Characters of its name that a call always begins with."""


def breaks(text: str, room: int, *, words: bool = False) -> list[int]:
    """Where a line goes on below itself.

    Args:
        text: The line.
        room: Cells that a row has, at least 2.
        words: Whether to break between words where that is possible.

    Returns:
        The numbers of the characters that later rows begin with.
    """
    if text.isascii() and not words:
        return list(range(room, len(text), room))
    if (len(text) if text.isascii() else cell_len(text)) <= room:
        return []
    found: list[int] = []
    cells, space = 0, 0
    for at, character in enumerate(text):
        cells += 1 if character.isascii() else cell_len(character)
        if cells > room and not (words and character == " "):
            first = found[-1] if found else 0
            start = space if words and space > first else at
            found.append(start)
            cells = cell_len(text[start : at + 1])
        if character == " ":
            space = at + 1
    return found


def fitting(text: str) -> str:
    """A line as it can be shown: tabs become spaces, and of very many characters some show."""
    if len(text) > MAX_LINE:
        text = f"{text[:MAX_LINE]}… {len(text) - MAX_LINE:,} more characters"
    if "\t" not in text:
        return text
    first, *rest = text.split("\t")
    for part in rest:
        first += " " * (TAB - cell_len(first) % TAB) + part
    return first


def call_in(call: str, room: int) -> str:
    """A call on one line of so many characters.

    Where it is longer, the name gives way: what it is called with tells one call from another.
    """
    flat = one_line(call, MAX_LINE)
    found = _CALL.fullmatch(flat)
    if len(flat) <= room or found is None:
        return one_line(flat, room)
    name, rest = found.groups()
    kept = max(room - len(rest) - 1, _LEAST_NAME)
    return one_line(f"{name[:kept]}…{rest}" if kept + 1 < len(name) else flat, room)
