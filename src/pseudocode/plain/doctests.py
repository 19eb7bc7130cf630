"""An example written into the docstring of a declaration, with all else left byte for byte."""

from __future__ import annotations

import ast
import doctest
import io
import re
import tokenize
from itertools import accumulate
from typing import NamedTuple

from pseudocode.errors import SpecError
from pseudocode.plain.literals import Literal, last_literal, written
from pseudocode.plain.source import Definition, Source, has_docstring, span
from pseudocode.spec.digest import Decorators
from pseudocode.spec.docstrings import aligned, parse_examples
from pseudocode.spec.model import Example

_END = re.compile(r"(\r\n|\r|\n)")
_INDENT = re.compile(r"^([ \t]+)\S", re.MULTILINE)


_TRACEBACK = ("Traceback (most recent call last):", "    ...")
_IMPOSSIBLE = "doctest would read this example otherwise; write it into the file by hand"


class _Edit(NamedTuple):
    """Text that takes the place of other text."""

    start: int
    end: int
    text: str


def with_example(data: bytes, name: str, example: Example) -> bytes:
    """Add an example to the docstring of a declaration; one is begun where there is none.

    It goes behind the examples that are there. Quotes, indentation, line ends, the encoding, and
    what else the file holds stay as they are; a docstring on one line becomes one of several.

    Args:
        data: The file.
        name: The function or class, as in `Stack.push` for a method; empty for the module itself.
        example: Its `source`, and `want` or `error`, where an empty line may stand for
            `<BLANKLINE>`. With neither, it only must not raise.

    Returns:
        The file with the example.

    Raises:
        SpecError: When nothing of that name is declared, or doctest cannot read the example as it
            is meant: an output that begins with `>>>`, a tab in the text, quotes in a raw string.
    """
    text, encoding = _decoded(data)
    pieces = _END.split(text)
    lines, ends = pieces[::2], [*pieces[1::2], ""]
    plain = "\n".join(lines)
    source, node = _found(plain, name)
    asked, wanted = _told(example)
    edits = _edits(source, node, [*asked, *wanted], encoding)
    _check(source, _replaced(plain, edits), name, _alone(example, asked, wanted))
    newline = ends[plain.count("\n", 0, edits[-1].start)] or ends[0] or "\n"
    starts = [0, *accumulate(map(len, pieces))][::2]
    placed = [
        _Edit(_place(plain, start, starts), _place(plain, end, starts), new.replace("\n", newline))
        for start, end, new in edits
    ]
    return _replaced(text, placed).encode(encoding)


def _replaced(text: str, edits: list[_Edit]) -> str:
    for start, end, new in reversed(edits):
        text = text[:start] + new + text[end:]
    return text


def _place(plain: str, offset: int, starts: list[int]) -> int:
    """Where something is in the file that is there in the text with plain line ends."""
    line = plain.count("\n", 0, offset)
    return starts[line] + offset - (plain.rfind("\n", 0, offset) + 1)


def _decoded(data: bytes) -> tuple[str, str]:
    """The text with the line ends that it has, and its encoding."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding), encoding
    except (SyntaxError, UnicodeError, LookupError) as error:
        raise SpecError(f"not readable as text: {error}") from None


def _found(text: str, name: str) -> tuple[Source, Definition | ast.Module]:
    try:
        source = Source(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        raise SpecError(f"not valid Python: {getattr(error, 'msg', error)}", line) from None
    node: Definition | ast.Module = source.tree
    decorators = Decorators(source.tree)
    for part in name.split(".") if name else ():
        named = [n for n in node.body if isinstance(n, Definition) and n.name == part]
        if not named:
            raise SpecError(f"{name} is not declared in the file any more")
        # Overloads stand before the declaration; of two declarations the first counts.
        node = next((n for n in named if decorators.of(n) is not None), named[-1])
    return source, node


def _told(example: Example) -> tuple[list[str], list[str]]:
    """The lines of an example and of what is expected, without indentation."""
    first, *rest = example.source.rstrip("\n").split("\n")
    asked = [f">>> {first}", *(f"... {line}" if line else "..." for line in rest)]
    told = example.want if example.error is None else example.error
    lines = told.removesuffix("\n").split("\n") if told else []
    shown = [line if line.strip() else "<BLANKLINE>" for line in lines]
    return asked, shown if example.error is None else [*_TRACEBACK, *shown]


def _edits(
    source: Source, node: Definition | ast.Module, lines: list[str], encoding: str
) -> list[_Edit]:
    if not has_docstring(node):
        return [_begun(source, node, lines, encoding)]
    statement = node.body[0]
    assert isinstance(statement, ast.Expr)
    value = statement.value
    start = source.offset(value.lineno, value.col_offset)
    literal = last_literal(source.segment(value), start)
    at, added = _added(literal, lines, _base(source, node), encoding)
    edits = [_Edit(literal.start + at, literal.start + at, added)]
    if len(literal.quote) == 1:
        opening = literal.start - 1
        edits.insert(0, _Edit(opening, literal.start, literal.quote * 3))
        edits.append(_Edit(literal.end, literal.end + 1, literal.quote * 3))
    return edits


def _added(literal: Literal, lines: list[str], base: str, encoding: str) -> tuple[int, str]:
    """Where in the body of a string an example goes, and the text that goes there."""
    body, value = literal.body, literal.value
    end, indent = _examples_end(value, base)
    tail = body.rfind("\n") + 1
    at, before, closing = len(body), value, base
    if behind := next((place for place, known in literal.lines if known == end), 0):
        at, before, closing = behind, value[:end], ""
    elif tail and not body[tail:].strip(" \t"):
        at, before, closing = tail, value[: literal.lines[-1][1]], ""
    shown = "".join(f"{indent}{written(line, literal, encoding)}\n" for line in lines)
    return at, f"{_gap(before, end == len(before))}{shown}{closing}"


def _gap(before: str, follows: bool) -> str:
    """The line ends between what is there and a new example."""
    gap = "" if before.endswith("\n") else "\n"
    if before.strip() and not follows and not (before + gap).endswith("\n\n"):
        gap += "\n"
    return gap


def _examples_end(value: str, base: str) -> tuple[int | None, str]:
    """Where the last example of a string ends, and how far examples are indented."""
    try:
        found = doctest.DocTestParser().get_examples(aligned(value))
    except ValueError as error:
        raise SpecError(f"malformed example: {error}") from None
    if not found:
        return None, base
    lines = value.split("\n")
    last = found[-1]
    end = last.lineno + last.source.count("\n") + last.want.count("\n")
    line = lines[last.lineno]
    if last.lineno == 0 and line.startswith(">>>"):
        margins = [s[: len(s) - len(s.lstrip())] for s in lines[1:] if s.strip()]
        return _length(lines, end), min(margins, key=len, default=base)
    return _length(lines, end), line[: len(line) - len(line.lstrip())]


def _length(lines: list[str], count: int) -> int:
    """How many characters so many lines take."""
    whole = sum(len(line) + 1 for line in lines[:count])
    return whole if count < len(lines) else whole - 1


def _begun(source: Source, node: Definition | ast.Module, lines: list[str], encoding: str) -> _Edit:
    """A docstring where there is none."""
    base = _base(source, node)
    raw = "r" if any("\\" in line for line in lines) and '"""' not in "\n".join(lines) else ""
    literal = Literal(raw, '"""', "", 0)
    shown = [f'{base}{raw}"""', *(base + written(line, literal, encoding) for line in lines)]
    text = "\n".join([*shown, f'{base}"""'])
    if isinstance(node, ast.Module):
        at = source.offset(_first_line(source), 0)
        return _Edit(at, at, f"{text}\n\n" if node.body else f"{text}\n")
    first = node.body[0]
    if _on_own_line(source, first):
        at = source.offset(span(first)[0], 0)
        return _Edit(at, at, f"{text}\n")
    header = source.header(node)
    start = source.offset(node.lineno, node.col_offset) + len(header.text)
    return _Edit(start, source.offset(first.lineno, first.col_offset), f"\n{text}\n{base}")


def _first_line(source: Source) -> int:
    """Where a module's docstring may begin: behind what the first comments say of the file."""
    lines = source.text.split("\n")
    number = 1
    while number < len(lines) and lines[number - 1].startswith("#"):
        number += 1
    return number


def _base(source: Source, node: Definition | ast.Module) -> str:
    """The indentation of a docstring."""
    if isinstance(node, ast.Module):
        return ""
    first = node.body[0]
    if _on_own_line(source, first):
        return _margin(source, span(first)[0])
    found = _INDENT.search(source.text)
    unit = "    " if found is None else found[1]
    return _margin(source, node.lineno) + ("\t" if unit[0] == "\t" else unit)


def _margin(source: Source, line: int) -> str:
    text = source.lines(line, line)
    return text[: len(text) - len(text.lstrip())]


def _on_own_line(source: Source, statement: ast.stmt) -> bool:
    line = span(statement)[0]
    start = source.offset(statement.lineno, statement.col_offset)
    text = source.text[source.offset(statement.lineno, 0) : start]
    continued = line > 1 and source.lines(line - 1, line - 1).endswith("\\")
    return not text.strip() and not continued


# -- whether it came out as it was meant


def _alone(example: Example, asked: list[str], wanted: list[str]) -> Example:
    """The example as doctest reads it."""
    found = parse_examples("\n".join([*asked, *wanted]), name="", line=1)
    told = "".join(f"{line}\n" for line in wanted)
    source = example.source.rstrip("\n") + "\n"
    if [e.source for e in found] != [source] or (found[0].error is None) != (example.error is None):
        raise SpecError(_IMPOSSIBLE)
    read = found[0].want if found[0].error is None else "\n".join([*_TRACEBACK, found[0].error, ""])
    if read != told:
        raise SpecError(_IMPOSSIBLE)
    return found[0]


def _check(source: Source, after: str, name: str, added: Example) -> None:
    """See that one example was added, and that nothing else has another meaning."""
    before, node = _found(source.text, name)
    changed, new = _found(after, name)
    was = _examples(node)
    now, one = _examples(new), (added.source, added.want, added.error)
    places = range(len(was) + 1)
    if not any([*was[:place], one, *was[place:]] == now for place in places):
        raise SpecError(_IMPOSSIBLE)
    if _without_docstring(before, node) != _without_docstring(changed, new):
        raise SpecError(_IMPOSSIBLE)


def _examples(node: Definition | ast.Module) -> list[tuple[str, str, str | None]]:
    text = ast.get_docstring(node, clean=False) or ""
    return [(e.source, e.want, e.error) for e in parse_examples(text, name="", line=1)]


def _without_docstring(source: Source, node: Definition | ast.Module) -> str:
    if has_docstring(node):
        del node.body[0]
    return ast.dump(source.tree)
