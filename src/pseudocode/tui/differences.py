"""What a text changes in another one, as lines of a sheet."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from textual.content import Content

from pseudocode.inert import visible
from pseudocode.tui.colouring import Colouring
from pseudocode.tui.widgets.sheet import Line
from pseudocode.tui.wrapping import fitting

CONTEXT_LINES = 3
ADDED, REMOVED = "on $success 15%", "on $error 15%"


def difference(before: str, after: str, language: str = "python") -> list[Line]:
    """The lines that differ, with some around them; empty where none do.

    Args:
        before: The older text.
        after: The newer one; its lines are numbered.
        language: Of both, as Pygments names it.
    """
    then, now = _lines(before), _lines(after)
    # Its guess at frequent lines would tear longer texts apart for nothing.
    groups = list(SequenceMatcher(None, then, now, autojunk=len(now) > 2000).get_grouped_opcodes())
    if not groups:
        return []
    old = Colouring(language).take(then)
    new = Colouring(language).take(now)
    found: list[Line] = []
    for group in groups:
        first, last = group[0], group[-1]
        told = f"lines {first[3] + 1} to {max(last[4], first[3] + 1)}"
        found.append(Line(f"── {told} ──", "$text-muted"))
        for kind, from_old, to_old, from_new, to_new in group:
            if kind in ("replace", "delete"):
                found += _side("-", REMOVED, old, from_old, to_old)
            if kind in ("replace", "insert"):
                found += _side("+", ADDED, new, from_new, to_new)
            if kind == "equal":
                found += _side(" ", "", new, from_new, to_new)
    return found


def tally(lines: list[Line]) -> str:
    """How many lines came and went, in words."""
    added = sum(line.tint == ADDED for line in lines)
    removed = sum(line.tint == REMOVED for line in lines)
    return f"+{added} -{removed}"


def _lines(text: str) -> list[str]:
    return [fitting(line) for line in visible(text.rstrip("\n")).split("\n")]


def _side(sign: str, tint: str, lines: list[Content], start: int, end: int) -> Iterator[Line]:
    for number in range(start, end):
        content = Content.assemble((sign, "bold" if tint else "$text-muted"), lines[number])
        numbered = 0 if sign == "-" else number + 1
        yield Line(content.plain, number=numbered, tint=tint, content=content)
