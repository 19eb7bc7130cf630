"""An answer as it streams in, cut into lines and coloured, each line once."""

from __future__ import annotations

import re

from pseudocode.inert import visible
from pseudocode.tui.colouring import Colouring
from pseudocode.tui.widgets.sheet import Line
from pseudocode.tui.work import Arriving
from pseudocode.tui.wrapping import fitting

_MOST_LINES = 200
"""Taken up in one frame; of what is more the last ones, as they are what a person looks at."""
_COLOURED_LINES = 40
"""Of these, so many have their colours: about what is in sight."""
_BEGINS_CODE = re.compile(r"(async def|def|class|from|import)\s|@")
_FENCE = "```"


class Incoming:
    """Takes up what has arrived since the last time, at a cost of what is new."""

    def __init__(self, start: str = "", language: str = "python") -> None:
        """Begin a text.

        Args:
            start: What the answer continues, where it does; all of it is code then.
            language: Of the code in it, as Pygments names it.
        """
        self._arriving: Arriving | None = None
        self._taken = 0
        self._waiting = start
        """What came and is not in whole lines yet."""
        self._shows_open = False
        self._in_code: bool | None = True if start else None
        """Nothing while it is not known how the answer begins."""
        self._colouring = Colouring(language)

    def is_of(self, arriving: Arriving | None) -> bool:
        """Whether it is this answer that it goes on with."""
        return self._arriving is None or arriving is self._arriving

    def take(self, arriving: Arriving) -> tuple[list[Line], int]:
        """Take up what is new.

        Returns:
            Lines for the end of the sheet, and how many of those that are there go for them.
        """
        self._arriving = arriving
        new = "".join(arriving.parts[self._taken :])
        self._taken = len(arriving.parts)
        pieces = f"{self._waiting}{new}".split("\n")
        whole, rest = pieces[:-1], pieces[-1]
        if not whole and rest == self._waiting:
            return [], 0
        instead = int(self._shows_open)
        self._waiting, self._shows_open = rest, bool(rest)
        lines = [*self._passed_over(whole[:-_MOST_LINES]), *self._shown(whole[-_MOST_LINES:])]
        if rest:
            lines.append(Line(_fitting(rest)))
        return lines, instead

    def _passed_over(self, texts: list[str]) -> list[Line]:
        """What shows instead of lines that are too many at once."""
        for text in texts:
            if self._in_code is None or _FENCE in text:
                self._line(text)
        told = f"… {len(texts):,} lines, shown once the answer is whole"
        return [Line(told, "$text-muted")] if texts else []

    def _shown(self, texts: list[str]) -> list[Line]:
        lines = [self._line(_fitting(text)) for text in texts]
        for line in lines[:-_COLOURED_LINES]:
            line.is_source = False
        code = [line for line in lines if line.is_source]
        contents = self._colouring.take([line.text for line in code])
        for line, content in zip(code, contents, strict=True):
            line.content = content
        return lines

    def _line(self, text: str) -> Line:
        if text.lstrip().startswith(_FENCE):
            self._in_code = not self._in_code
            return Line(text, "$text-muted")
        if self._in_code is None and text.strip():
            self._in_code = bool(_BEGINS_CODE.match(text))
        return Line(text, is_source=bool(self._in_code))


def _fitting(text: str) -> str:
    return fitting(visible(text.rstrip("\r")))
