"""What code does, apart from how it is written down: equal fingerprints need one test between them.

Comments, layout, docstrings, annotations of functions and the names of local variables do not
count. Where code looks at any of these itself, its exact text is the fingerprint.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import lru_cache

from pseudocode.spec.parsing import parse

_LOOKS_AT_ITSELF = {
    "__annotations__", "__code__", "__doc__", "dataclass", "dir", "eval", "exec", "get_type_hints",
    "getsource", "inspect", "locals", "signature", "singledispatch", "vars",
}  # fmt: skip
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@lru_cache(maxsize=2048)
def fingerprint(code: str) -> str:
    """A hash that is the same for code that cannot behave differently.

    Args:
        code: Any text; what does not parse counts as it stands.
    """
    try:
        tree = parse(code)
        told = code if _looks_at_itself(code, tree) else _normalised(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        told = code
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _looks_at_itself(code: str, tree: ast.AST) -> bool:
    # The text is searched faster than the tree; letters that stand for ASCII ones are no text.
    if code.isascii() and not any(name in code for name in _LOOKS_AT_ITSELF):
        return False
    return bool(_names(tree) & _LOOKS_AT_ITSELF)


def _names(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                found.add(name)
            case ast.ImportFrom(module=str(name)):
                found.add(name)
    return found


def _normalised(tree: ast.Module) -> str:
    for node in ast.walk(tree):
        if isinstance(node, _Function):
            _strip(node)
    for function in _outermost(tree):
        _rename(function)
    return ast.dump(tree)


def _outermost(tree: ast.AST) -> Iterator[_Function]:
    """Functions that are in no other: names of what is inside are theirs, too."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, _Function):
            yield child
        elif not isinstance(child, ast.expr):
            yield from _outermost(child)


def _strip(function: _Function) -> None:
    match function.body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            function.body = rest or [ast.Pass()]
    function.returns = None
    parameters = function.args
    for parameter in (
        *parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs,
        parameters.vararg, parameters.kwarg,
    ):  # fmt: skip
        if parameter is not None:
            parameter.annotation = None
    function.body = [_plain(statement) for statement in function.body]


def _plain(statement: ast.stmt) -> ast.stmt:
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        return ast.Assign(targets=[statement.target], value=statement.value, lineno=0)
    return statement


def _rename(function: _Function) -> None:
    """Number the local variables in the order in which the tree is walked.

    Parameters, imports and definitions keep their names, as do variables of inner functions; those
    of a comprehension are numbered where nothing else is called like them.
    """
    nodes = list(ast.walk(function))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    if not any(map(_stores, names)):
        return
    inner = {id(node) for node in _comprehended(nodes)}
    free = {node.id for node in names} - {node.id for node in names if id(node) not in inner}
    free |= {node.id for node in _own(function) if _stores(node)}
    free -= _fixed(nodes)
    numbers: dict[str, str] = {}
    for node in names:
        if node.id in free:
            node.id = numbers.setdefault(node.id, f"${len(numbers)}")


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _comprehended(nodes: list[ast.AST]) -> Iterator[ast.Name]:
    """Every use of a comprehension's variables inside of it."""
    for comprehension in nodes:
        if isinstance(comprehension, _COMPREHENSIONS):
            generators = comprehension.generators
            bound = {
                n.id for g in generators for n in ast.walk(g.target) if isinstance(n, ast.Name)
            }
            outside = {id(node) for node in ast.walk(generators[0].iter)}
            for node in ast.walk(comprehension):
                if isinstance(node, ast.Name) and node.id in bound and id(node) not in outside:
                    yield node


def _own(function: _Function) -> Iterator[ast.Name]:
    """The names in a function's own scope."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            yield node
        if not isinstance(node, (*_COMPREHENSIONS, *_SCOPES)):
            waiting += ast.iter_child_nodes(node)


def _fixed(nodes: list[ast.AST]) -> set[str]:
    """Names that are bound by more than an assignment."""
    found: set[str] = set()
    for node in nodes:
        match node:
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found |= set(names)
            case ast.arg(arg=name):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found.add((other or name).partition(".")[0])
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(node.name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                found.add(name)
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                found.add(name)
    return found
