"""Source text coloured a few lines at a time, so that no length holds up a key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from pygments.lexer import ExtendedRegexLexer, LexerContext
from pygments.lexers.python import PythonLexer
from textual.content import Content, Span
from textual.highlight import HighlightTheme, guess_language, highlight


class _PythonByParts(ExtendedRegexLexer, PythonLexer):
    """Python's lexer, with a state that can be carried on from one part to the next."""


class Colouring:
    """Colours lines in their order, each once.

    Python is coloured by parts: what is open at the end of one, such as a string, goes on in the
    next. Of other languages each part stands for itself.
    """

    def __init__(self, language: str = "python") -> None:
        """Begin a text.

        Args:
            language: As Pygments names it.
        """
        self._language = language
        self._stack = ["root"]

    def take(self, lines: Sequence[str]) -> list[Content]:
        """Colour the next lines, which hold no line breaks."""
        text = "".join(f"{line}\n" for line in lines)
        if self._language != "python":
            coloured = highlight(text, language=self._language).split("\n", allow_blank=True)
            return [*coloured, *map(Content, lines[len(coloured) :])][: len(lines)]
        context = LexerContext(text, 0, stack=self._stack)
        tokens = _python().get_tokens_unprocessed(context=context)
        spans = [
            Span(start, start + len(token), style)
            for start, kind, token in tokens
            if (style := _style(kind))
        ]
        self._stack = context.stack
        return list(_by_line(lines, spans))


def language_of(name: str, text: str) -> str:
    """The language of a file, as Pygments names it."""
    return guess_language(text[:2000], name)


@cache
def _python() -> _PythonByParts:
    return _PythonByParts()


@cache
def _style(kind: Any) -> str:
    """What a token looks like: as the nearest kind above it that looks like anything."""
    styles = HighlightTheme.STYLES
    while kind is not None and kind not in styles:
        kind = kind.parent
    return styles.get(kind, "")


def _by_line(lines: Sequence[str], spans: list[Span]) -> Iterator[Content]:
    """Cut a part at its line breaks; one pass over the spans, which are in their order."""
    start, first = 0, 0
    for line in lines:
        end = start + len(line)
        while first < len(spans) and spans[first].end <= start:
            first += 1
        own, at = [], first
        while at < len(spans) and spans[at].start < end:
            span = spans[at]
            own.append(Span(max(span.start - start, 0), min(span.end, end) - start, span.style))
            at += 1
        yield Content(line, spans=own)
        start = end + 1
