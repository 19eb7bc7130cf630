"""Accepted code made fit to stand in a module of its own names."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pseudocode.errors import SpecError
from pseudocode.plain.names import bound, quoted, renamed, used
from pseudocode.plain.source import Definition, Source, first_line, has_docstring, span
from pseudocode.spec.parsing import parse


class Import(NamedTuple):
    """One name that is imported."""

    module: str
    """With a dot for each level; empty for `import NAME`."""
    name: str
    asname: str

    @property
    def binds(self) -> str:
        """The name that is there afterwards."""
        return self.asname or (self.name if self.module else self.name.partition(".")[0])

    @property
    def origin(self) -> tuple[str, str]:
        """What is imported, whatever it is called."""
        whole = self.name if self.asname or self.module else self.name.partition(".")[0]
        return self.module, whole

    @property
    def text(self) -> str:
        """As a statement."""
        called = f" as {self.asname}" if self.asname else ""
        start = f"from {self.module} import " if self.module else "import "
        return f"{start}{self.name}{called}"


@dataclass(slots=True)
class Accepted:
    """The parts of accepted code, under names that no one else has."""

    source: Source
    node: Definition
    """What it defines under the declared name."""
    imports: list[Import]
    before: list[ast.stmt]
    after: list[ast.stmt]
    bound: frozenset[str]
    """The names that it adds to the module."""

    @property
    def statements(self) -> list[ast.stmt]:
        """All that is executed when the module is imported."""
        return [*self.before, self.node, *self.after]

    def text(self, statements: Iterable[ast.stmt]) -> str:
        """Statements as they stand, with the comments above them."""
        return "\n\n".join(with_comments(self.source, node) for node in statements)


@dataclass(slots=True)
class Surroundings:
    """What a module holds that accepted code goes into."""

    taken: frozenset[str] = frozenset()
    """Names that are bound or used."""
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    """What the imported ones among them are."""
    definitions: frozenset[str] = frozenset()
    """Its functions and classes, as `ast.dump` writes them."""
    postponed: bool = False
    """Whether its annotations are left unevaluated."""


def imports_of(statements: Iterable[ast.stmt]) -> list[Import]:
    """The names that statements import, those of `__future__` left out."""
    found = []
    for node in statements:
        if isinstance(node, ast.Import):
            found += [Import("", alias.name, alias.asname or "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            module = "." * node.level + (node.module or "")
            found += [Import(module, alias.name, alias.asname or "") for alias in node.names]
    return found


def postpones(tree: ast.Module) -> bool:
    """Whether a module has `from __future__ import annotations`."""
    futures = [n for n in tree.body if isinstance(n, ast.ImportFrom) and n.module == "__future__"]
    return any(alias.name == "annotations" for node in futures for alias in node.names)


def prepare(code: str, name: str, around: Surroundings, *, aside: bool = False) -> Accepted:
    """Take accepted code apart, and rename what would clash.

    Args:
        code: The accepted code.
        name: The declared name.
        around: The module that it goes into.
        aside: Whether what it defines under that name gets another one, too.

    Raises:
        SpecError: When it cannot be done for certain.
    """
    tree = parse(code)
    changed = _without_examples(tree, name)
    if postpones(tree) and not around.postponed:
        tree, changed = quoted(tree), True
    tree.body = [node for node in tree.body if _belongs(node, name, around)]
    names = _new_names(tree, name, around, aside)
    if names:
        tree = renamed(tree, names)
    elif len(tree.body) == len(parse(code).body) and not changed:
        return _parts(Source(code), name)
    if not changed and not names:
        return _parts(Source(code), name, keep={ast.dump(node) for node in tree.body})
    return _parts(Source(ast.unparse(ast.fix_missing_locations(tree))), names.get(name, name))


def with_comments(source: Source, node: ast.stmt) -> str:
    """A statement as it stands, with the comments right above it."""
    if not source.stands_alone(node):
        return source.segment(node)
    return source.lines(first_line(source, node), span(node)[1])


def fresh(name: str, owner: str, taken: frozenset[str]) -> str:
    """A private name that nobody has."""
    found = f"_{owner.strip('_')}_{name.strip('_')}" if name != owner else f"_{name.strip('_')}"
    while found in taken:
        found += "_"
    return found


def _parts(source: Source, name: str, keep: set[str] | None = None) -> Accepted:
    body = [n for n in source.tree.body if keep is None or ast.dump(n) in keep]
    imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    rest = [node for node in body if node not in imports]
    node = [n for n in rest if isinstance(n, Definition) and n.name == name][-1]
    place = rest.index(node)
    own = bound([n for n in body if n is not node])
    return Accepted(source, node, imports_of(imports), rest[:place], rest[place + 1 :], own)


def _belongs(node: ast.stmt, name: str, around: Surroundings) -> bool:
    """Whether a statement goes along; the module may have it already."""
    match node:
        case ast.ImportFrom(module="__future__"):
            return False
        case ast.ImportFrom() if any(alias.name == "*" for alias in node.names):
            raise SpecError(f"its code imports all of {node.module}; write it anew")
        case ast.Expr():
            return False
        case ast.FunctionDef() | ast.AsyncFunctionDef() if node.name == name:
            told = [ast.unparse(d).rpartition(".")[2] for d in node.decorator_list]
            return "overload" not in told
    return not (isinstance(node, Definition) and ast.dump(node) in around.definitions)


def _new_names(tree: ast.Module, name: str, around: Surroundings, aside: bool) -> Mapping[str, str]:
    plain = [n for n in tree.body if not isinstance(n, ast.Import | ast.ImportFrom)]
    clashing = bound(plain) & around.taken - {name}
    imported = {i.binds: i.origin for i in imports_of(tree.body)}
    clashing |= {
        binds
        for binds, origin in imported.items()
        if binds in around.taken and around.imports.get(binds) != origin
    }
    if aside:
        clashing |= {name}
    taken = around.taken | used(tree) | bound(tree.body)
    return {clash: fresh(clash, name, taken) for clash in clashing}


def _without_examples(tree: ast.Module, name: str) -> bool:
    """Drop docstrings of helpers whose examples nobody has ever run.

    Returns:
        Whether there were any.
    """
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, Definition)
        and node.name != name
        and ">>> " in (ast.get_docstring(node) or "")
    ]
    for node in found:
        assert has_docstring(node)
        node.body = node.body[1:] or [ast.Pass()]
    return bool(found)
