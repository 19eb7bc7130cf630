"""What is said about code, at its lines: marks of a reviewer, and comments of the person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from pseudocode.comments import LineComment, place
from pseudocode.events import Flag
from pseudocode.inert import one_line
from pseudocode.tui.widgets.sheet import Line, remarks, source

FLAG = "!"
OPEN, CHANGED, ADDRESSED = "●", "◐", "✓"
_STATES = {
    OPEN: ("open", "$text-accent"),
    CHANGED: ("the lines changed: addressed? space marks it", "$text-warning"),
    ADDRESSED: ("addressed", "dim"),
}


class About(NamedTuple):
    """Lines of code, counted from 1, that something is said about."""

    code: str
    first: int
    last: int

    @property
    def quoted(self) -> str:
        """The lines themselves."""
        return "\n".join(self.code.split("\n")[self.first - 1 : self.last])

    @property
    def where(self) -> str:
        """Their numbers in words."""
        if self.first == self.last:
            return f"line {self.first}"
        return f"lines {self.first} to {self.last}"


def annotated(
    code: str, flags: Iterable[Flag] = (), comments: Iterable[LineComment] = ()
) -> list[Line]:
    """Code with its numbers; what is marked or commented on says so at its line, and why below."""
    lines = source(code.rstrip("\n"))
    below: list[Line] = []
    for flag in flags:
        if 0 < flag.line <= len(lines):
            lines[flag.line - 1].mark = FLAG
        told = f"{FLAG} line {flag.line} {one_line(flag.reason)}"
        below += remarks(told, "$text-warning")
    for comment in comments:
        below += _commented(comment, code, lines)
    return lines + below


def _commented(comment: LineComment, code: str, lines: list[Line]) -> list[Line]:
    found = place(comment, code)
    sign = ADDRESSED if comment.addressed else CHANGED if found.changed else OPEN
    for number in range(found.first, min(found.last, len(lines)) + 1):
        line = lines[number - 1]
        # Of several comments on a line the one that is open is the one to see to.
        if not line.comment or sign != ADDRESSED:
            line.mark, line.comment = sign, comment.number
    state, style = _STATES[sign]
    where = About(code, found.first, found.last).where
    told = remarks(f"{sign} {where}: {one_line(comment.text, 1000)} ({state})", style)
    for line in told:
        line.comment = comment.number
    return told
