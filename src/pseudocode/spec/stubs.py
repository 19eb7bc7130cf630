"""Which modules are declarations: those with something in them that is yet to be written."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pseudocode.spec.digest import signature_text
from pseudocode.spec.outline import Function, bound_names, is_stub, outline, says_nothing

_EMPTY_BASES = {"Enum", "Flag", "IntEnum", "IntFlag", "NamedTuple", "StrEnum"}
"""A class of these kinds without a body is of no use yet."""
_PLAIN = {
    *("asynccontextmanager", "cache", "cached_property", "classmethod", "contextmanager"),
    *("deleter", "lru_cache", "property", "setter", "singledispatch", "staticmethod"),
}
"""Decorators that need a body; others may do all that there is to do."""
_OFTEN_EMPTY = {"__aexit__", "__del__", "__exit__", "__init__", "__init_subclass__"}
"""Methods that may well be meant to do nothing."""


def unwritten(tree: ast.Module) -> frozenset[str]:
    """What a module leaves to be written: functions, classes, and methods as `.name`.

    Abstract methods, members of protocols and overloads are complete as they are. So are, where
    there is other code in the module, classes without a body, methods that often do nothing, and
    those of a base class that only say that they are not implemented.
    """
    found: set[str] = set()
    mixed = any(not is_stub(node) for node in _functions(tree))
    bases = {ast.unparse(base) for node in _classes(tree) for base in node.bases}
    found |= {n.name for n in tree.body if isinstance(n, Function) and _is_left_open(n)}
    for owner in _classes(tree):
        for method in _methods(owner):
            abstract = owner.name in bases and _refuses(method)
            if not mixed or not (abstract or method.name in _OFTEN_EMPTY):
                found.add(owner.name if method.name.startswith("__") else f".{method.name}")
        if not mixed and _is_bare(owner):
            found.add(owner.name)
    return frozenset(found)


def is_complete(node: ast.stmt) -> bool:
    """Whether a function or class has nothing in it that is yet to be written."""
    if isinstance(node, Function):
        return not is_stub(node)
    return not isinstance(node, ast.ClassDef) or not (any(_methods(node)) or _is_bare(node))


def defines_nothing(tree: ast.Module) -> bool:
    """Whether there is no code in a module, but for imports and constants."""
    known = ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign
    return all(isinstance(s, known) or says_nothing(s) for s in tree.body)


def may_be_stubs(tree: ast.Module) -> bool:
    """Whether a module could be a declaration, if there are tests for it."""
    return bool(unwritten(tree)) or defines_nothing(tree)


def are_wanted(tree: ast.Module, used: frozenset[str], imported: frozenset[str]) -> bool:
    """Whether tests are about what a module leaves to be written.

    Args:
        tree: The module.
        used: Every name in the tests, attributes as `.name`.
        imported: The names that they import from the module.
    """
    if defines_nothing(tree):
        return bool(imported - bound_names(tree.body) - {"*"})
    wanted = unwritten(tree)
    mentioned = any(name in used or f".{name}" in used for name in wanted)
    return mentioned or (bool(wanted) and all(map(is_stub, _functions(tree))))


def missing_from(tree: ast.Module, declared: ast.Module, imported: frozenset[str]) -> list[str]:
    """What was declared, or is imported by tests, and is not defined; in words for the model.

    How else something is written is left to the tests: an undecorated stub is a sketch. Its
    parameters may have other names, and where it has none, there may be some.

    Args:
        tree: The module as it was written.
        declared: The module of stubs.
        imported: What its tests import from it.
    """
    wanted, found, bound = outline(declared.body), outline(tree.body), bound_names(tree.body)
    if "*" in bound:
        return []
    faults = [f"The function {n} is missing." for n in wanted.functions if n not in bound]
    faults += [f"The class {n} is missing." for n in wanted.classes if n not in bound]
    faults += [f"The constant {n} is missing." for n in sorted(wanted.constants - bound)]
    told = {*wanted.functions, *wanted.classes, *wanted.constants, "*"}
    gone = sorted(imported - told - bound)
    faults += [f"The tests import {n}, which is not defined." for n in gone]
    for name, node in wanted.functions.items():
        if name in found.functions and is_stub(node):
            faults += _unfit(found.functions[name], node, "")
    for name, owner in wanted.classes.items():
        if name in found.classes:
            faults += _missing_from_class(found.classes[name], owner)
    return faults


def _missing_from_class(got: ast.ClassDef, want: ast.ClassDef) -> list[str]:
    bases = {ast.unparse(base) for base in got.bases}
    faults = [
        f"The class {want.name} must derive from {base}."
        for base in map(ast.unparse, want.bases)
        if base not in bases
    ]
    found, bound = outline(got.body).functions, bound_names(got.body)
    made_elsewhere = got.bases or got.decorator_list
    for name, node in outline(want.body).functions.items():
        if name in found:
            faults += _unfit(found[name], node, f"{want.name}.")
        elif not (name in bound or made_elsewhere or node.decorator_list or hasattr(object, name)):
            faults.append(f"The method {want.name}.{name} is missing.")
    return faults


def _unfit(got: Function, want: Function, prefix: str) -> list[str]:
    """Whether the tests cannot call a function as it was declared."""
    if isinstance(got, ast.AsyncFunctionDef) != isinstance(want, ast.AsyncFunctionDef):
        wanted = "async def" if isinstance(want, ast.AsyncFunctionDef) else "def, not async def"
        return [f"{prefix}{want.name} must be declared with {wanted}."]
    if got.decorator_list or want.decorator_list or _takes(got.args, want.args, bool(prefix)):
        return []
    whose = f" of {prefix}{want.name}" if prefix else ""
    return [f"The signature{whose} must be: {signature_text(want)}"]


def _takes(got: ast.arguments, want: ast.arguments, is_method: bool) -> bool:
    """Whether a call with all that is declared fits, whatever the parameters are called."""
    wanted = len(want.posonlyargs) + len(want.args)
    if want.vararg or want.kwarg or wanted + len(want.kwonlyargs) <= is_method:
        return True
    most = len(got.posonlyargs) + len(got.args)
    names = {a.arg for a in (*got.args, *got.kwonlyargs)}
    return (
        most - len(got.defaults) <= wanted
        and (most >= wanted or got.vararg is not None)
        and all(a.arg in names or got.kwarg for a in want.kwonlyargs)
    )


def _functions(tree: ast.Module) -> Iterator[Function]:
    yield from (node for node in tree.body if isinstance(node, Function))
    for owner in _classes(tree):
        yield from outline(owner.body).functions.values()


def _classes(tree: ast.AST) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def _methods(owner: ast.ClassDef) -> Iterator[Function]:
    """The methods that are yet to be written."""
    if not any(ast.unparse(b).partition("[")[0].endswith("Protocol") for b in owner.bases):
        yield from (m for m in outline(owner.body).functions.values() if _is_left_open(m))


def _is_left_open(node: Function) -> bool:
    marks = {ast.unparse(d).partition("(")[0].rpartition(".")[2] for d in node.decorator_list}
    return is_stub(node) and marks <= _PLAIN


def _refuses(node: Function) -> bool:
    return any(isinstance(statement, ast.Raise) for statement in node.body)


def _is_bare(owner: ast.ClassDef) -> bool:
    kinds = {ast.unparse(base).rpartition(".")[2] for base in owner.bases}
    return kinds <= _EMPTY_BASES and all(map(says_nothing, owner.body))
