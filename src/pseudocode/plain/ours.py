"""What of a file is about this package, and the file without it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pseudocode.errors import SpecError
from pseudocode.plain.accepted import Import
from pseudocode.plain.source import Source, first_line, has_docstring, span
from pseudocode.spec.digest import FILE, Declaration, Decorators
from pseudocode.spec.files import file_arguments

PACKAGE = "pseudocode"


class Edits:
    """Changes to a text, by its statements."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._replaced: dict[tuple[int, int], str] = {}
        self._prepended: dict[int, str] = {}
        self._appended: dict[int, list[str]] = {}
        self._imports: list[Import] = []
        self._cut: list[tuple[ast.stmt, str]] = []

    def replace(self, node: ast.stmt, text: str) -> None:
        """Put whole lines in the place of a statement; nothing, where the text is empty."""
        if self._source.stands_alone(node):
            self._replaced[span(node)] = text
        else:
            self._cut.append((node, text or "pass"))

    def append_to(self, node: ast.stmt, text: str) -> None:
        """Put whole lines after a statement."""
        self._appended.setdefault(span(node)[1], []).append(text)

    def insert_before(self, node: ast.stmt, text: str) -> None:
        """Put whole lines before a statement and the comments above it."""
        line = first_line(self._source, node)
        if text:
            self._prepended[line] = text

    def add_imports(self, imports: list[Import]) -> None:
        """Put imports after those at the beginning."""
        self._imports = imports

    def applied(self) -> str:
        """The changed text."""
        if self._imports:
            self._place_imports()
        text: list[str | None] = [*self._source.text.split("\n")]
        for node, new in sorted(self._cut, key=lambda cut: -cut[0].col_offset):
            self._splice(text, node, new)
        for (first, last), new in self._replaced.items():
            text[first - 1 : last] = [new or None, *([None] * (last - first))]
        for line, new in self._prepended.items():
            text[line - 1] = f"{new}\n\n\n{text[line - 1] or ''}"
        for line, parts in self._appended.items():
            text[line - 1] = "\n\n\n".join([text[line - 1] or "", *parts])
        return "\n".join(line for line in text if line is not None)

    def _splice(self, text: list[str | None], node: ast.stmt, new: str) -> None:
        line = (text[node.lineno - 1] or "").encode()
        if node.end_lineno != node.lineno:
            raise SpecError("two statements share a line; give each its own", node.lineno)
        parts = line[: node.col_offset], new.encode(), line[node.end_col_offset :]
        text[node.lineno - 1] = b"".join(parts).decode()

    def _place_imports(self) -> None:
        lines = "\n".join(entry.text for entry in self._imports)
        body = self._source.tree.body
        start = int(has_docstring(self._source.tree))
        place = start
        while place < len(body) and isinstance(body[place], ast.Import | ast.ImportFrom):
            place += 1
        if place:
            key = span(body[place - 1])
            self._appended.setdefault(key[1], []).insert(0, lines)
        else:
            first = span(body[0])[0]
            self._appended.setdefault(max(first - 1, 1), []).append(lines)


def without_ours(source: Source, decorators: Decorators, edits: Edits) -> None:
    """Take the imports of this package and the declarations of files out of a text.

    Raises:
        SpecError: When something else of this package is used.
    """
    names = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and (mine := _ours(node)):
            names |= mine
            kept = [a for a in node.names if (a.asname or a.name).partition(".")[0] not in mine]
            text = f"import {', '.join(map(ast.unparse, kept))}" if kept else ""
            nested = node not in source.tree.body
            margin = " " * node.col_offset if source.stands_alone(node) else ""
            edits.replace(node, margin + text if text else margin + "pass" if nested else "")
    allowed: set[ast.AST] = set()
    for node in source.tree.body:
        if call := _file_call(node, decorators):
            allowed |= set(ast.walk(call.func))
            edits.replace(node, _as_text(source, node, call))
        if isinstance(node, Declaration | ast.ClassDef) and (mark := decorators.of(node)):
            allowed |= set(ast.walk(mark))
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name) and node.id in names and node not in allowed:
            raise SpecError(f"{ast.unparse(node)} of {PACKAGE} is used here", node.lineno)


def plain_tests(text: str) -> str:
    """A test file without the marks that only this package reads.

    Raises:
        SpecError: When it imports this package.
    """
    source = Source(text)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and _ours(node):
            raise SpecError(f"it imports {PACKAGE}", node.lineno)
    lines: list[str | None] = list(text.split("\n"))
    for decorator in _hidden(source.tree):
        for number in range(decorator.lineno, (decorator.end_lineno or decorator.lineno) + 1):
            lines[number - 1] = None
    return "\n".join(line for line in lines if line is not None)


def _hidden(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, Declaration | ast.ClassDef):
            yield from (d for d in node.decorator_list if ast.unparse(d) == "pytest.mark.hidden")


def _ours(node: ast.Import | ast.ImportFrom) -> set[str]:
    """The names that an import takes from this package."""
    if isinstance(node, ast.ImportFrom):
        own = not node.level and (node.module or "").partition(".")[0] == PACKAGE
        return {alias.asname or alias.name for alias in node.names} if own else set()
    mine = (alias for alias in node.names if alias.name.partition(".")[0] == PACKAGE)
    return {alias.asname or PACKAGE for alias in mine}


def _file_call(node: ast.stmt, decorators: Decorators) -> ast.Call | None:
    value = getattr(node, "value", None)
    if isinstance(value, ast.Call) and decorators.named(value.func) == FILE:
        return value
    return None


def _as_text(source: Source, node: ast.stmt, call: ast.Call) -> str:
    """A declared file is known by its name."""
    name = source.segment(file_arguments(call)["name"])
    if isinstance(node, ast.Assign):
        targets = [source.segment(target) for target in node.targets]
        return " = ".join([*targets, name])
    if isinstance(node, ast.AnnAssign):
        return f"{source.segment(node.target)}: {source.segment(node.annotation)} = {name}"
    return ""
