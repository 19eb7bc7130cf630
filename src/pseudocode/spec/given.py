"""Code that stands in a module of stubs already: whatever a model makes of it, it stays."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pseudocode.spec.outline import Function, bound_names, is_stub, outline, says_nothing
from pseudocode.spec.parsing import parse
from pseudocode.spec.stubs import is_complete


class _Edit(NamedTuple):
    """Lines to be replaced, counted from 0; none where the first is the last."""

    first: int
    last: int
    text: str
    name: str


def is_given(statement: ast.stmt, declared: ast.Module) -> bool:
    """Whether a module of stubs holds a statement as it is."""
    text = ast.dump(statement)
    return any(ast.dump(known) == text for known in declared.body)


def put_back(code: str, source: str) -> tuple[str, tuple[str, ...]]:
    """Code with all that its declaration gives: what is missing, and functions that were changed.

    Classes may grow, and their `__init__` may become another one, for what they keep is a matter
    of the methods that are yet to be written.

    Args:
        code: A module as a model wrote it.
        source: The module of stubs.

    Returns:
        The code, and the names of what was put back.
    """
    edits = list(_Restoration(code, source).edits())
    lines = code.split("\n")
    edits.reverse()  # from the last to the first, so that the numbers of the lines hold
    edits.sort(key=lambda e: (e.first, e.last), reverse=True)
    for edit in edits:
        lines[edit.first : edit.last] = [edit.text]
    return "\n".join(lines), tuple(sorted(edit.name for edit in edits))


@dataclass(slots=True)
class _Restoration:
    code: str
    source: str

    def edits(self) -> Iterator[_Edit]:
        tree, declared = parse(self.code), parse(self.source)
        bound, found = bound_names(tree.body), outline(tree.body)
        present = {ast.dump(statement) for statement in tree.body}
        for index, statement in enumerate(declared.body):
            if ast.dump(statement) in present or not _counts(statement):
                continue
            names = bound_names([statement])
            if not names <= bound or not names or "*" in names:
                if is_complete(statement):
                    yield self._insertion(statement, declared.body[index + 1 :], tree)
            elif isinstance(statement, Function):
                yield from self._replaced(statement, found.functions.get(statement.name))
            elif isinstance(statement, ast.ClassDef) and statement.name in found.classes:
                yield from self._in_class(statement, found.classes[statement.name])

    def _insertion(self, statement: ast.stmt, later: list[ast.stmt], tree: ast.Module) -> _Edit:
        """A statement at its place: before what comes after it in the declaration."""
        name = ", ".join(sorted(bound_names([statement]))) or f"line {statement.lineno}"
        if isinstance(statement, ast.Import | ast.ImportFrom):
            top = max((_end(s) for s in tree.body if _is_future(s)), default=0)
            place = 0 if _is_future(statement) else top
            return _Edit(place, place, self._text(statement), name)
        names = bound_names(later)
        after = (s for s in tree.body if bound_names([s]) & names)
        place = next((_first(s) for s in after), self.code.count("\n"))
        return _Edit(place, place, f"{self._text(statement)}\n", name)

    def _replaced(self, wanted: Function, got: Function | None) -> Iterator[_Edit]:
        if got is None:  # it is bound in another way; the last definition counts
            end = self.code.count("\n")
            yield _Edit(end, end, f"{self._text(wanted)}\n", wanted.name)
        elif _meaning(wanted) != _meaning(got):
            text = self._text(wanted, got.col_offset)
            yield _Edit(_first(got), _end(got), text, wanted.name)

    def _in_class(self, wanted: ast.ClassDef, got: ast.ClassDef) -> Iterator[_Edit]:
        if got.body[0].lineno == got.lineno:  # all on one line
            return
        methods, bound = outline(got.body).functions, bound_names(got.body)
        for node in wanted.body:
            if not isinstance(node, Function) or is_stub(node):
                continue
            name = f"{wanted.name}.{node.name}"
            if node.name not in bound:
                end = _end(got)
                text = self._text(node, got.body[0].col_offset)
                yield _Edit(end, end, f"\n{text}", name)
            elif node.name != "__init__" and node.name in methods and not node.decorator_list:
                for edit in self._replaced(node, methods[node.name]):
                    yield edit._replace(name=name)

    def _text(self, node: ast.stmt, margin: int = 0) -> str:
        """A statement of the declaration, as it stands there if it stands as far to the right."""
        if node.col_offset == margin:
            return "\n".join(self.source.split("\n")[_first(node) : node.end_lineno])
        return "\n".join(" " * margin + line for line in ast.unparse(node).split("\n"))


def _counts(statement: ast.stmt) -> bool:
    """Whether a statement of a declaration is more than a place for what is to be written."""
    match statement:
        case ast.If():
            return "__name__" not in ast.unparse(statement.test)
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            return value is not None and not says_nothing(ast.Return(value=value))
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return not is_stub(statement)
    return not says_nothing(statement)


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _first(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)]) - 1


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _meaning(node: Function) -> str:
    """What a function is, without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    decorators = ",".join(map(ast.dump, node.decorator_list))
    return "\n".join([decorators, node.name, ast.dump(node.args), *map(ast.dump, body)])
