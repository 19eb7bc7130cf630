"""A sheet of text: source and remarks on it, coloured bit by bit."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from textual.content import Content

from pseudocode.inert import visible
from pseudocode.tui.colouring import Colouring
from pseudocode.tui.widgets.lines_view import LinesView
from pseudocode.tui.wrapping import fitting

_AT_ONCE = 100
"""Lines that are coloured between two looks at the clock."""
_BUDGET_SECONDS = 0.008
_PAUSE_SECONDS = 0.02


@dataclass(slots=True)
class Line:
    """One line of a sheet."""

    text: str
    style: str = ""
    """What it looks like as a whole, if it is not source."""
    is_source: bool = False
    """Whether it is to be coloured."""
    number: int = 0
    """Of a line of source, from 1; 0 where it has none."""
    mark: str = " "
    """One character between the number and the line."""
    comment: int = 0
    """The number of the comment that it holds, or is about."""
    tint: str = ""
    """The background of the whole line."""
    content: Content | None = None
    """As it looks, once that is known."""


def remarks(text: str, style: str = "") -> list[Line]:
    """Lines that are no source, made inert."""
    return [Line(fitting(line), style) for line in visible(text).split("\n")]


def source(text: str) -> list[Line]:
    """Numbered lines of source, made inert."""
    lines = visible(text).split("\n")
    return [
        Line(fitting(line), is_source=True, number=number) for number, line in enumerate(lines, 1)
    ]


class SheetView(LinesView):
    """Shows a sheet; what is source in it is coloured, a little at a time where it is long."""

    wraps_words = True

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.lines: list[Line] = []
        self._colouring = Colouring()
        self._coloured = 0
        """So many lines have their colours."""
        self._is_coming = False
        self._digits = 0

    def show(self, lines: Iterable[Line], language: str = "python") -> None:
        """Show a sheet from its beginning."""
        self.lines = list(lines)
        self._digits = len(str(max((line.number for line in self.lines), default=0) or ""))
        self.cursor = 0
        self._colouring, self._coloured = Colouring(language), 0
        self._colour()
        self.lines_changed()

    def show_in_place(self, lines: Iterable[Line], language: str = "python") -> None:
        """Show a sheet that has changed; cursor and scrolling stay."""
        cursor, top = self.cursor, self.scroll_offset.y
        self.show(lines, language)
        self.move_to(min(cursor, max(len(self.lines) - 1, 0)), tell=False)
        self.scroll_to(y=top, animate=False, force=True)

    def append(self, lines: Iterable[Line], *, instead: int = 0) -> None:
        """Show more at the end, and go along with it if the end is in sight.

        Args:
            lines: What is new.
            instead: So many of the last lines go.
        """
        since = len(self.lines) - instead
        del self.lines[since:]
        self.lines.extend(lines)
        self._coloured = min(self._coloured, since)
        self.lines_changed(since, follow=True)

    def go_to(self, number: int) -> None:
        """Put the cursor on a line of the source, counted from 1."""
        for line, shown in enumerate(self.lines):
            if shown.number == number:
                self.move_to(line)
                return

    @property
    def line_number(self) -> int:
        """Which line of the source the cursor is on, from 1; 0 where it is on a remark."""
        return self.lines[self.cursor].number if self.cursor < len(self.lines) else 0

    def _colour(self) -> None:
        """Colour what is source; the rest of a long text in the next moments."""
        end = time.monotonic() + _BUDGET_SECONDS
        while self._coloured < len(self.lines):
            if time.monotonic() > end:
                self._colour_soon()
                break
            part = self.lines[self._coloured : self._coloured + _AT_ONCE]
            self._coloured += len(part)
            wanted = [line for line in part if line.is_source and line.content is None]
            contents = self._colouring.take([line.text for line in wanted])
            for shown, content in zip(wanted, contents, strict=True):
                shown.content = content

    def _colour_soon(self) -> None:
        if not self._is_coming:
            self._is_coming = True
            self.set_timer(_PAUSE_SECONDS, self._colour_more)

    def _colour_more(self) -> None:
        self._is_coming, first = False, self._coloured
        self._colour()
        for line in range(first, self._coloured):
            self.line_changed(line)

    # -- what LinesView asks

    @property
    def gutter_width(self) -> int:
        """The longest number, a mark and a gap."""
        return self._digits + 2 if self._digits else 0

    def gutter_at(self, line: int) -> Content:
        """The number and the mark."""
        shown = self.lines[line]
        style = "$text-muted" if shown.mark == " " else "bold $text-warning"
        return Content.styled(f"{shown.number or '':>{self._digits}}{shown.mark} ", style)

    def count_lines(self) -> int:
        """All."""
        return len(self.lines)

    def text_at(self, line: int) -> str:
        """The text."""
        return self.lines[line].text

    def content_at(self, line: int) -> Content:
        """In its colours."""
        shown = self.lines[line]
        return shown.content or Content.styled(shown.text, shown.style)

    def style_at(self, line: int) -> str:
        """The tint."""
        return self.lines[line].tint
