"""Source text by the places that the parser gives."""

from __future__ import annotations

import ast
import io
import tokenize
from typing import NamedTuple

from pseudocode.spec.digest import Declaration
from pseudocode.spec.parsing import parse

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Header(NamedTuple):
    """A definition from `def` or `class` to its colon."""

    text: str
    end: int
    """Its last line in the file."""


class Source:
    """The text of a file, and its tree."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = parse(text)
        self._lines = text.split("\n")

    def lines(self, first: int, last: int) -> str:
        """Whole lines, counted from 1, both ends included."""
        return "\n".join(self._lines[first - 1 : last])

    def segment(self, node: ast.expr | ast.stmt) -> str:
        """The text of a node, as it stands."""
        end_line, end = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self._cut(node.lineno, node.col_offset, end_line, end)

    def offset(self, line: int, column: int) -> int:
        """Where in the text a place is that the parser gives: a line, and bytes within it."""
        before = sum(len(text) + 1 for text in self._lines[: line - 1])
        return before + len(self._lines[line - 1].encode()[:column].decode())

    def header(self, node: Definition) -> Header:
        """The first part of a definition."""
        body = node.body[0]
        text = self._cut(node.lineno, node.col_offset, body.lineno, body.col_offset)
        depth = 0
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.OP:
                depth += (token.string in "([{") - (token.string in ")]}")
                if token.string == ":" and not depth:
                    line, column = token.end
                    lines = text.split("\n")[:line]
                    kept = "\n".join([*lines[:-1], lines[-1][:column]])
                    return Header(kept, node.lineno + line - 1)
        raise AssertionError("a definition without a colon")

    def docstring(self, node: Definition | ast.Module) -> str:
        """The docstring as it is written, quotes included; empty where there is none."""
        if not has_docstring(node):
            return ""
        statement = node.body[0]
        assert isinstance(statement, ast.Expr)
        return self.segment(statement.value)

    def stands_alone(self, node: ast.stmt) -> bool:
        """Whether nothing else is on the lines of a statement, comments aside."""
        first, last = span(node)
        _, column = _start(node)
        before = self._lines[first - 1].encode()[:column]
        after = self._lines[last - 1].encode()[node.end_col_offset or 0 :].strip()
        return not before.strip() and (not after or after.startswith(b"#"))

    def _cut(self, line: int, column: int, end_line: int, end_column: int) -> str:
        lines = [text.encode() for text in self._lines[line - 1 : end_line]]
        lines[-1] = lines[-1][:end_column]
        lines[0] = lines[0][column:]
        return b"\n".join(lines).decode()


def has_docstring(node: Definition | ast.Module) -> bool:
    """Whether a definition or a module has a docstring."""
    return ast.get_docstring(node, clean=False) is not None


def span(node: ast.stmt) -> tuple[int, int]:
    """First and last line of a statement, its decorators included."""
    return _start(node)[0], node.end_lineno or node.lineno


def first_line(source: Source, node: ast.stmt) -> int:
    """The line where a statement begins, or the comments right above it."""
    line, _ = span(node)
    while line > 1 and source.lines(line - 1, line - 1).startswith("#"):
        line -= 1
    return line


def _start(node: ast.stmt) -> tuple[int, int]:
    decorators = node.decorator_list if isinstance(node, Declaration | ast.ClassDef) else []
    # A decorator begins after its sign.
    starts = [(d.lineno, max(node.col_offset, 0)) for d in decorators]
    return min([(node.lineno, node.col_offset), *starts])
