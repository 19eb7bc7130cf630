"""String literals as they are written: their parts, and text fit to go into them."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from functools import cached_property

from pseudocode.errors import SpecError
from pseudocode.spec.parsing import parse_expression

_QUOTES = re.compile(r"([rRuU]*)(\"\"\"|'''|\"|')")


class Literal:
    """One string literal of a file."""

    def __init__(self, prefix: str, quote: str, body: str, start: int) -> None:
        self.prefix, self.quote, self.body = prefix, quote, body
        self.start = start
        """Where its body begins in the text that it is from."""

    @property
    def end(self) -> int:
        """Where its body ends."""
        return self.start + len(self.body)

    @property
    def raw(self) -> bool:
        """Whether a backslash stands for itself."""
        return "r" in self.prefix.lower()

    @cached_property
    def value(self) -> str:
        """What it means."""
        return self._meaning(self.body)

    @cached_property
    def lines(self) -> list[tuple[int, int]]:
        """Behind each line end in its body: where that is, and how much of the value is before."""
        ends = [found.end() for found in re.finditer("\n", self.body)]
        plain = self.raw or "\\" not in self.body
        return [(end, end if plain else len(self._meaning(self.body[:end]))) for end in ends]

    def _meaning(self, body: str) -> str:
        found = parse_expression(f"{self.prefix}{self.quote}{body}{self.quote}")
        assert isinstance(found, ast.Constant)
        return str(found.value)


def last_literal(text: str, start: int) -> Literal:
    """The last of the literals that a string is written with.

    Args:
        text: The string as it is written, without parentheses around it.
        start: Where it begins in the text that it is from.
    """
    # In parentheses, line ends between literals mean nothing.
    tokens = tokenize.generate_tokens(io.StringIO(f"({text})").readline)
    last = [token for token in tokens if token.type == tokenize.STRING][-1]
    line, column = last.start
    at = sum(len(line) + 1 for line in f"({text}".split("\n")[: line - 1]) + column - 1
    opening = _QUOTES.match(last.string)
    assert opening is not None
    prefix, quote = opening[1], opening[2]
    body = last.string[opening.end() : -len(quote)]
    return Literal(prefix, quote, body, start + at + opening.end())


def written(line: str, literal: Literal, encoding: str) -> str:
    """A line of text as it has to be written in a literal with triple quotes.

    Args:
        line: The text.
        literal: Where it goes.
        encoding: That of the file.

    Raises:
        SpecError: When a raw string cannot hold it.
    """
    quotes = literal.quote[0] * 3
    if literal.raw:
        if quotes in line or not all(_fits(c, encoding) for c in line):
            raise SpecError("the docstring is a raw string, which cannot hold this example")
        return line
    text = line.replace("\\", "\\\\").replace(quotes, f"\\{quotes[0]}" * 3)
    return "".join(c if _fits(c, encoding) else _escaped(c) for c in text)


def _fits(character: str, encoding: str) -> bool:
    if not character.isprintable():
        return False
    try:
        character.encode(encoding)
    except UnicodeError:
        return False
    return True


def _escaped(character: str) -> str:
    return (
        character.encode("ascii", "backslashreplace").decode()
        if ord(character) > 127
        else (f"\\x{ord(character):02x}")
    )
