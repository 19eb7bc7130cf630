"""Docstrings taken apart: prose by `docstring-parser`, examples by `doctest`."""

from __future__ import annotations

import ast
import doctest
import re

from docstring_parser import ParseError, parse

from pseudocode.errors import SpecError
from pseudocode.spec.model import Docstring, Example

_HEADING = re.compile(r"Examples?:?|-{3,}")


def parse_docstring(text: str) -> Docstring:
    """Take a cleaned docstring of any common style apart.

    A docstring that breaks its style's rules counts as plain prose.
    """
    summary = text.split("\n", 1)[0].strip()
    try:
        parsed = parse(_without_examples(text))
    except (ParseError, LookupError, ValueError, TypeError):  # it trips over some malformed fields
        return Docstring(summary=summary)
    return Docstring(
        summary=summary,
        description=_prose(parsed.long_description or ""),
        parameters=tuple((p.arg_name, p.description or "") for p in parsed.params),
        returns=(parsed.returns.description or "") if parsed.returns else "",
        raises=tuple((r.type_name or "", r.description or "") for r in parsed.raises),
    )


def _without_examples(text: str) -> str:
    """The docstring without prompts and what follows them up to a blank line."""
    kept: list[str] = []
    inside = False
    for line in text.split("\n"):
        inside = bool(line.strip()) and (inside or line.lstrip().startswith(">>>"))
        kept.append("" if inside else line)
    return "\n".join(kept)


def parse_examples(text: str, *, name: str, line: int) -> tuple[Example, ...]:
    """Read the doctest examples of a docstring.

    Args:
        text: The docstring as it stands in the file, not cleaned, so that lines are right.
        name: Whose docstring it is, for messages.
        line: The line in the file on which the docstring starts, counted from 1.

    Raises:
        SpecError: When the examples are malformed; nothing is ever dropped silently.
    """
    try:
        found = doctest.DocTestParser().get_examples(aligned(text), name)
    except ValueError as error:
        offset = re.match(r"line (\d+)", str(error))
        where = line + int(offset[1]) - 1 if offset else line
        raise SpecError(f"malformed example: {error}", where) from None
    for example in found:
        _compile(example, line + example.lineno)
    return tuple(_example(example, line) for example in found)


def aligned(text: str) -> str:
    """A docstring whose first line stands as far to the right as the others.

    Args:
        text: As it stands in the file, where the first line begins behind the quotes.
    """
    margin = min((len(s) - len(s.lstrip()) for s in text.split("\n")[1:] if s.strip()), default=0)
    return " " * margin + text if text.startswith(">>>") else text


def _compile(example: doctest.Example, line: int) -> None:
    try:
        compile(example.source, "<example>", "single", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        told = error.msg if isinstance(error, SyntaxError) else str(error)
        raise SpecError(f"malformed example: {told}", line) from None


def _example(example: doctest.Example, line: int) -> Example:
    flags = 0
    for flag, on in example.options.items():
        flags = flags | flag if on else flags & ~flag
    return Example(
        source=example.source,
        want="" if example.exc_msg is not None else example.want,
        error=example.exc_msg.rstrip("\n") if example.exc_msg is not None else None,
        line=line + example.lineno,
        flags=flags,
        skipped=bool(flags & doctest.SKIP),
    )


def _prose(description: str) -> str:
    """The description without the headings of examples and the gaps that they leave."""
    kept = [line for line in description.split("\n") if not _HEADING.fullmatch(line.strip())]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
