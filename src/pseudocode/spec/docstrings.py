"""Docstrings taken apart: prose by `docstring-parser`, examples by `doctest`."""

from __future__ import annotations

import doctest

from docstring_parser import ParseError, parse

from pseudocode.errors import SpecError
from pseudocode.spec.model import Docstring, Example

_NOT_PROSE = (">>>", "Examples", "Example")


def parse_docstring(text: str) -> Docstring:
    """Take a cleaned docstring of any common style apart.

    A docstring that breaks its style's rules counts as plain prose.
    """
    summary = text.split("\n", 1)[0].strip()
    try:
        parsed = parse(text)
    except ParseError:
        return Docstring(summary=summary)
    return Docstring(
        summary=summary,
        description=_before_examples(parsed.long_description or ""),
        parameters=tuple((p.arg_name, p.description or "") for p in parsed.params),
        returns=(parsed.returns.description or "") if parsed.returns else "",
        raises=tuple((r.type_name or "", r.description or "") for r in parsed.raises),
    )


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
        found = doctest.DocTestParser().get_examples(text, name)
    except ValueError as error:
        raise SpecError(f"malformed example: {error}", line) from None
    return tuple(_example(example, line) for example in found)


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


def _before_examples(description: str) -> str:
    kept = []
    for line in description.split("\n"):
        if line.strip().startswith(_NOT_PROSE):
            break
        kept.append(line)
    return "\n".join(kept).strip()
