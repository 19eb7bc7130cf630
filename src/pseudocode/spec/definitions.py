"""What the names at the top of a module stand for, and which other names each is made of.

Imported by the decorator at every start of a user's program, so it stays light.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cache

Function = ast.FunctionDef | ast.AsyncFunctionDef
_DOCUMENTED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module
_SILENT = {"ctx", "kind", "type_comment", "type_ignores"}
"""Fields of a syntax tree that mean nothing: `u"a"` is `"a"`."""


class Definitions:
    """The statements at the top of a module by the names that they bind."""

    def __init__(
        self, tree: ast.Module, is_declared: Callable[[ast.stmt], bool] = lambda _: False
    ) -> None:
        """Index a module.

        Args:
            tree: The module.
            is_declared: Whether a statement declares a spec, of which others know no more than
                its signature.
        """
        self._is_declared = is_declared
        self._statements: dict[str, list[ast.stmt]] = {}
        self._made_of: dict[str, frozenset[str]] = {}
        for statement in tree.body:
            for name in bound_by(statement):
                self._statements.setdefault(name, []).append(statement)

    def __contains__(self, name: str) -> bool:
        return name in self._statements

    def __iter__(self) -> Iterator[str]:
        return iter(self._statements)

    def statements(self, name: str) -> list[ast.stmt]:
        """Those that bind a name."""
        return self._statements.get(name, [])

    def is_declared(self, name: str) -> bool:
        """Whether a name is that of a spec."""
        return any(map(self._is_declared, self.statements(name)))

    def made_of(self, name: str) -> frozenset[str]:
        """The names that a definition uses; of a spec, those in its signature."""
        if name not in self._made_of:
            parts = map(self._uses, self.statements(name))
            self._made_of[name] = frozenset[str]().union(*parts)
        return self._made_of[name]

    def _uses(self, statement: ast.stmt) -> frozenset[str]:
        if not self._is_declared(statement):
            return free_names(statement)
        return frozenset[str]().union(*map(names_in, interface(statement)))

    def reach(self, names: Iterable[str]) -> list[str]:
        """All definitions that names lead to, by way of others as well, the nearest first."""
        found = dict.fromkeys(sorted(name for name in names if name in self))
        waiting = list(found)
        for name in waiting:
            new = sorted(n for n in self.made_of(name) if n in self and n not in found)
            found |= dict.fromkeys(new)
            waiting += new
        return list(found)

    def told(self, name: str) -> list[str]:
        """What a name means, as normalised text; of a spec, its signature."""
        found: list[str] = []
        for statement in self.statements(name):
            if isinstance(statement, ast.Import | ast.ImportFrom):
                found += [f"{name} is {imported}" for imported in _imported(statement, name)]
            elif self._is_declared(statement):
                found += [name, *map(normal, interface(statement))]
            else:
                found.append(normal(statement))
        return found


def bound_by(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement binds; `*` where it may be any."""
    if isinstance(statement, Function | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        for alias in statement.names:
            yield (alias.asname or alias.name).partition(".")[0]
    else:
        for node in ast.iter_child_nodes(statement):
            yield from _bound_within(node)


def _bound_within(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.stmt):
        yield from bound_by(node)
    elif isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Store):
            yield node.id
    elif not isinstance(node, ast.Lambda | ast.comprehension):
        for inner in ast.iter_child_nodes(node):
            yield from _bound_within(inner)


def interface(statement: ast.stmt) -> list[ast.AST]:
    """What others know of a declaration: parameters and result; bases, fields and methods."""
    if isinstance(statement, Function):
        result = ast.arg("return", statement.returns)
        return [*getattr(statement, "type_params", ()), statement.args, result]
    if not isinstance(statement, ast.ClassDef):
        return []
    parts: list[ast.AST] = [*getattr(statement, "type_params", ())]
    parts += [*statement.bases, *statement.keywords]
    for inner in statement.body:
        if isinstance(inner, Function):
            parts += [ast.alias(inner.name), *interface(inner)]
        elif not isinstance(inner, ast.Expr):
            parts.append(inner)
    return parts


def names_in(node: ast.AST) -> frozenset[str]:
    """All names in a part of a syntax tree, and those in annotations that are written as text."""
    found = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return frozenset(found | _quoted(node))


def free_names(part: ast.stmt | str) -> frozenset[str]:
    """The names that a statement, or source text, takes from around it.

    Those of builtins are among them; those that it binds itself are not.
    """
    if isinstance(part, str):
        return _free_names(part)
    return _free_names(ast.unparse(part)) | _quoted(part)


@cache
def _free_names(source: str) -> frozenset[str]:
    import symtable

    try:
        table = symtable.symtable(source, "<source>", "exec")
    except (SyntaxError, ValueError, RecursionError):  # such as an await at the top
        return _all_names(source)
    bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    found: set[str] = set()
    waiting = [table]
    while waiting:
        current = waiting.pop()
        top = current is table
        found |= {
            s.get_name() for s in current.get_symbols() if s.is_referenced() and s.is_global()
        }
        if top:
            found |= {s.get_name() for s in table.get_symbols() if s.is_referenced()}
        waiting += current.get_children()
    return frozenset(found - bound)


def _all_names(source: str) -> frozenset[str]:
    try:
        return names_in(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()


def _quoted(node: ast.AST) -> set[str]:
    """The names in annotations that are written as text."""
    found: set[str] = set()
    for inner in ast.walk(node):
        for annotation in (getattr(inner, "annotation", None), getattr(inner, "returns", None)):
            if isinstance(annotation, ast.AST):
                found |= _quoted_in(annotation)
    return found


def _quoted_in(annotation: ast.AST) -> frozenset[str]:
    match annotation:
        case ast.Constant(value=str(text)):
            return _all_names(text)
        case ast.Subscript(value=ast.Name(id="Literal") | ast.Attribute(attr="Literal")):
            return frozenset()
    return frozenset[str]().union(*map(_quoted_in, ast.iter_child_nodes(annotation)))


def normal(node: object) -> str:
    """A part of a syntax tree as text that is the same however its source is formatted."""
    if isinstance(node, ast.AST):
        told = ((name, normal(value)) for name, value in _fields(node))
        return f"{type(node).__name__}({','.join(f'{n}={text}' for n, text in told if text)})"
    if isinstance(node, list):
        return f"[{','.join(map(normal, node))}]" if node else ""
    return "" if node is None else repr(node)


def _fields(node: ast.AST) -> Iterator[tuple[str, object]]:
    for name, value in ast.iter_fields(node):
        if name in _SILENT:
            continue
        if name == "body" and isinstance(node, _DOCUMENTED):
            yield name, _without_layout(node)
        else:
            yield name, value


def _without_layout(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module,
) -> list[object]:
    text = ast.get_docstring(node, clean=False)
    rest = [s for s in node.body[text is not None :] if not is_filler(s)]
    return [*rest] if text is None else [plain(text), *rest]


def is_filler(statement: ast.stmt) -> bool:
    """Whether a statement only says that there is no code yet."""
    match statement:
        case ast.Pass():
            return True
        case ast.Expr(value=ast.Constant(value=value)):
            return value is ...
    return False


def plain(docstring: str) -> str:
    """A docstring without what only lays it out: margin, blanks at the ends of lines."""
    first, *others = [_with_spaces(line) for line in docstring.split("\n")]
    margin = min((_indent(line) for line in others if line.strip()), default=0)
    lines = [first.strip(), *(line[margin:].rstrip() for line in others)]
    return "\n".join(lines).strip()


def _with_spaces(line: str) -> str:
    rest = line.lstrip(" \t")
    return line[: len(line) - len(rest)].expandtabs() + rest


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _imported(statement: ast.Import | ast.ImportFrom, name: str) -> Iterator[str]:
    for alias in statement.names:
        if (alias.asname or alias.name).partition(".")[0] == name:
            home = (
                "." * statement.level + (statement.module or "") + ":"
                if isinstance(statement, ast.ImportFrom)
                else ""
            )
            yield f"{home}{alias.name}"
