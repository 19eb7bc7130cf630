"""Names at the top of a module: what binds them, what uses them, and their renaming."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pseudocode.errors import SpecError
from pseudocode.spec.digest import Declaration

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_LOOKED_UP = {"eval", "exec", "globals", "vars"}
"""Names may be reached by these that nobody can see."""


def bound(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The names that statements bind in their own scope."""
    return frozenset(name for node in nodes for name in _bound(node))


def used(node: ast.AST) -> frozenset[str]:
    """Every name that stands anywhere in a piece of code, in whichever scope."""
    found = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Global):
            found.update(inner.names)
    return frozenset(found)


def used_at_once(statements: Iterable[ast.stmt], postponed: bool) -> frozenset[str]:
    """The names that statements need when they are executed themselves.

    Args:
        statements: At the top of a module.
        postponed: Whether annotations are left unevaluated.
    """
    return frozenset(name for statement in statements for name in _at_once(statement, postponed))


def renamed(tree: ast.Module, names: Mapping[str, str]) -> ast.Module:
    """The module with other names for what stands at its top.

    Raises:
        SpecError: When it cannot be told which uses of a name are meant.
    """
    known = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    if names and (seen := sorted(_LOOKED_UP & known)):
        raise SpecError(f"it calls {seen[0]}(), and {sorted(names)[0]} has to be renamed")
    changed: ast.Module = _Renamer(names).visit(tree)
    return changed


def quoted(tree: ast.Module) -> ast.Module:
    """The module with all annotations that would be evaluated as text.

    That is what `from __future__ import annotations` does for a whole file.
    """
    changed: ast.Module = _Quoter().visit(tree)
    return changed


def _bound(node: ast.AST) -> Iterator[str]:
    yield from _binds(node)
    if isinstance(node, _Comprehension):
        # Of what is bound inside, only := is seen outside.
        yield from (n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
        return
    apart = isinstance(node, ast.Lambda | ast.ClassDef | Declaration)
    for child in _evaluated_outside(node) if apart else ast.iter_child_nodes(node):
        yield from _bound(child)


def _binds(node: ast.AST) -> Iterator[str]:
    """The names that a node binds by itself."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in aliases)
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield name
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name


def _evaluated_outside(node: ast.AST) -> list[ast.AST]:
    """The parts of a definition that belong to the scope around it."""
    match node:
        case ast.ClassDef():
            return [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return [*node.decorator_list, *_defaults(node.args), *_annotations(node)]
        case ast.Lambda():
            return _defaults(node.args)
    return []


def _defaults(args: ast.arguments) -> list[ast.AST]:
    return [*args.defaults, *(default for default in args.kw_defaults if default)]


def parameters(args: ast.arguments) -> list[ast.arg]:
    """All parameters, in their order."""
    stars = [arg for arg in (args.vararg, args.kwarg) if arg]
    return [*args.posonlyargs, *args.args, *args.kwonlyargs, *stars]


def _annotations(node: Declaration) -> list[ast.expr]:
    """The annotations of a signature."""
    found = [arg.annotation for arg in parameters(node.args)]
    return [annotation for annotation in (*found, node.returns) if annotation]


def _at_once(node: ast.AST, postponed: bool) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
        return
    if isinstance(node, _Function):
        inner = _evaluated_outside(node)
        if postponed and isinstance(node, Declaration):
            inner = [*node.decorator_list, *_defaults(node.args)]
    elif isinstance(node, ast.AnnAssign) and postponed:
        inner = [node.target, *([node.value] if node.value else [])]
    else:
        inner = list(ast.iter_child_nodes(node))
    for child in inner:
        yield from _at_once(child, postponed)


class _Renamer(ast.NodeTransformer):
    """Gives names of the module others, where no inner scope has the same name for its own."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._around: frozenset[str] = frozenset()
        """What the functions around bind: hidden from here, and from every scope within."""
        self._here: frozenset[str] = frozenset()
        """What is hidden here."""

    def _new(self, name: str) -> str:
        return name if name in self._here else self._names.get(name, name)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._new(node.id)
        return node

    def visit_Global(self, node: ast.Global) -> ast.AST:
        node.names = [self._names.get(name, name) for name in node.names]
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        node.name = self._new(node.name) if node.name else None
        return self.generic_visit(node)

    def visit_Import(self, node: Any) -> Any:
        for alias in node.names:
            name = (alias.asname or alias.name).partition(".")[0]
            if self._new(name) != name:
                if "." in alias.name and not alias.asname:
                    raise SpecError(f"{alias.name} is imported, and {name} has to be renamed")
                alias.asname = self._new(name)
        return node

    visit_ImportFrom = visit_Import  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        own = bound(node.body)
        if mixed := sorted(own & self._names.keys() & used(node)):
            # A class may read a name of the module before it binds its own.
            raise SpecError(f"its class {node.name} has a {mixed[0]}, as the module has")
        self._outside(node, ["decorator_list", "bases", "keywords"])
        node.name = self._new(node.name)
        self._inside(node.body, own, within_class=True)
        return node

    def visit_FunctionDef(self, node: Any) -> Any:
        self._outside(node, ["decorator_list", "returns"])
        node.name = self._new(node.name)
        self._signature(node)
        declared = {n for s in ast.walk(node) if isinstance(s, ast.Global) for n in s.names}
        own = bound(node.body) | _parameters(node)
        self._inside(node.body, own - declared)
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self._signature(node)
        body: list[ast.AST] = [node.body]
        self._inside(body, _parameters(node))
        return node

    def _comprehension(self, node: Any) -> Any:
        first = node.generators[0]
        first.iter = self.visit(first.iter)
        targets = bound(generator.target for generator in node.generators)
        here, around = self._here, self._around
        self._here = here | targets
        self._around = around | targets
        iterated, first.iter = first.iter, ast.Constant(None)
        self.generic_visit(node)
        first.iter = iterated
        self._here, self._around = here, around
        return node

    visit_ListComp = visit_SetComp = _comprehension  # noqa: N815
    visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815

    def _signature(self, node: Any) -> None:
        for arg in parameters(node.args):
            if arg.annotation:
                arg.annotation = self.visit(arg.annotation)
        args = node.args
        args.defaults = [self.visit(default) for default in args.defaults]
        args.kw_defaults = [default and self.visit(default) for default in args.kw_defaults]

    def _outside(self, node: Any, fields: list[str]) -> None:
        for name in fields:
            value = getattr(node, name)
            if isinstance(value, list):
                value[:] = [self.visit(item) for item in value]
            elif value is not None:
                setattr(node, name, self.visit(value))

    def _inside(self, body: list[Any], own: frozenset[str], *, within_class: bool = False) -> None:
        here, around = self._here, self._around
        self._here = around | own
        self._around = around if within_class else around | own
        for item in body:
            self.visit(item)
        self._here, self._around = here, around


def _parameters(node: Any) -> frozenset[str]:
    types = (parameter.name for parameter in getattr(node, "type_params", ()))
    return frozenset([*(arg.arg for arg in parameters(node.args)), *types])


class _Quoter(ast.NodeTransformer):
    """Turns annotations into text."""

    def visit_FunctionDef(self, node: Any) -> ast.AST:
        for arg in parameters(node.args):
            arg.annotation = _text(arg.annotation)
        node.returns = _text(node.returns)
        return self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = _text(node.annotation) or node.annotation
        return node


def _text(annotation: ast.expr | None) -> ast.expr | None:
    if annotation is None or (
        isinstance(annotation, ast.Constant) and isinstance(annotation.value, str | None)
    ):
        return annotation
    return ast.Constant(ast.unparse(annotation))
