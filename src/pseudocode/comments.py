"""Comments on lines of code: where they belong in code that has changed since."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from pseudocode.decisions import Commented, CommentMarked


@dataclass(frozen=True, slots=True)
class LineComment:
    """What a person said about lines of code, and whether that is dealt with."""

    number: int
    """Counted from 1 in a session."""
    text: str
    first: int
    last: int
    """The lines, counted from 1, in the code that it was said about."""
    code: str
    """That code."""
    addressed: bool = False


def about_lines(event: Commented, code: str, number: int) -> list[LineComment]:
    """The comment on lines that a remark is; none where it is about all of the code."""
    if not event.line:
        return []
    last = max(1, min(event.last, code.count("\n") + 1))
    first = max(1, min(event.line, last))
    return [LineComment(number, event.text, first, last, code)]


def marked(comments: list[LineComment], event: CommentMarked) -> list[LineComment]:
    """The comments, one of them marked as addressed or as open."""
    return [
        replace(each, addressed=event.addressed) if each.number == event.number else each
        for each in comments
    ]


class Place(NamedTuple):
    """The lines that a comment belongs to, and whether they are others than those it was about."""

    first: int
    last: int
    changed: bool


@lru_cache(maxsize=512)
def place(comment: LineComment, code: str) -> Place:
    """Find the lines of a comment in other code.

    Args:
        comment: What was said about lines of earlier or later code.
        code: The code in which they are looked for; never empty.

    Returns:
        The lines that stand there now: the same ones, or those in their place.
    """
    before, after = comment.code.split("\n"), code.split("\n")
    if before == after:
        return Place(comment.first, comment.last, changed=False)
    found: list[int] = []
    changed = False
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        touched = range(max(start, comment.first - 1), min(end, comment.last))
        if kind == "insert" and comment.first <= start < comment.last:
            changed = True
        for line in touched:
            changed |= kind != "equal"
            # What is gone leaves its place, and what is longer now gives its first lines.
            found.append(min(new_start + line - start, max(new_end - 1, new_start)))
    highest = max(len(after) - 1, 0)
    first, last = (min(line, highest) + 1 for line in (min(found), max(found)))
    return Place(first, last, changed)
