"""What source text defines, and whether code defines what was declared."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from pseudocode.spec.digest import signature_text

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Outline:
    """The definitions of a module or of a class, by their names."""

    functions: dict[str, Function] = field(default_factory=dict)
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    constants: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.functions or self.classes)


def outline(body: list[ast.stmt]) -> Outline:
    """What statements define; of several definitions of one name the last counts."""
    functions = {node.name: node for node in body if isinstance(node, Function)}
    classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}
    constants = {
        name.id
        for node in body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        for name in ast.walk(target)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    return Outline(functions, classes, frozenset(constants))


def bound_names(body: list[ast.stmt]) -> frozenset[str]:
    """Every name that statements bind, whichever way; `*` where nobody can tell."""
    found: set[str] = set()
    waiting: list[ast.AST] = [*body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Function | ast.ClassDef):
            found.add(node.name)
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif type(node).__name__ == "TypeAlias":
            found.add(node.name.id)  # type: ignore[attr-defined]
        waiting += ast.iter_child_nodes(node)
    return frozenset(found)


def is_stub(node: Function) -> bool:
    """Whether a function has no body yet.

    That is nothing but a docstring, `pass`, `...`, `return None`, `raise NotImplementedError`, or,
    in a generator without decorators, which could make something of it, a bare `yield`.
    """
    bare = not node.decorator_list
    return all(says_nothing(s) or (bare and _yields_nothing(s)) for s in node.body)


def _yields_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Yield(value=None | ast.Constant(value=None))):
            return True
    return False


def is_main_guard(statement: ast.stmt) -> bool:
    """Whether a statement is what a file does when it is run as a program."""
    return isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)


def docstrings(tree: ast.AST) -> Iterator[tuple[str, str, int]]:
    """Name, text as it stands, and first line of every docstring of a module or class."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | Function):
            text = ast.get_docstring(node, clean=False)
            if text is not None:
                yield getattr(node, "name", "module"), text, node.body[0].lineno


def missing(declared: Outline, found: Outline, within: str = "") -> list[str]:
    """What was declared and is not defined, or in another way; in words for the model.

    Args:
        declared: What is wanted.
        found: What the code defines.
        within: Name of the class that both are about.
    """
    prefix = f"{within}." if within else ""
    faults: list[str] = []
    for node in declared.functions.values():
        faults += _function_faults(node, found, prefix)
    for name, wanted in declared.classes.items():
        got = found.classes.get(name)
        if got is None:
            faults.append(f"The class {prefix}{name} is missing.")
        else:
            faults += _class_faults(wanted, got, f"{prefix}{name}")
    gone = sorted(declared.constants - found.constants)
    faults += [f"The constant {prefix}{name} is missing." for name in gone if not within]
    return faults


def compatible(got: ast.arguments, want: ast.arguments) -> bool:
    """Whether every call that fits the declaration fits the code."""
    got_names = [a.arg for a in (*got.posonlyargs, *got.args)]
    want_names = [a.arg for a in (*want.posonlyargs, *want.args)]
    extra = len(got_names) - len(want_names)
    if extra < 0 or len(got.defaults) < extra:
        return False
    free = len(want.posonlyargs)
    if got_names[free : len(want_names)] != want_names[free:] or len(got.posonlyargs) > free:
        return False
    if len(got.defaults) - extra < len(want.defaults):
        return False
    return _same_rest(got, want)


def _same_rest(got: ast.arguments, want: ast.arguments) -> bool:
    if (want.vararg and not got.vararg) or (want.kwarg and not got.kwarg):
        return False
    optional = {a.arg: d is not None for a, d in zip(got.kwonlyargs, got.kw_defaults, strict=True)}
    declared = dict(zip((a.arg for a in want.kwonlyargs), want.kw_defaults, strict=True))
    for name, default in declared.items():
        if name not in optional:
            if not got.kwarg and name not in {a.arg for a in got.args}:
                return False
        elif default is not None and not optional[name]:
            return False
    return all(name in declared or is_optional for name, is_optional in optional.items())


def says_nothing(statement: ast.stmt) -> bool:
    """Whether a statement stands where code is yet to be written."""
    match statement:
        case ast.Pass() | ast.Return(value=None | ast.Constant(value=None)):
            return True
        case ast.Expr(value=ast.Constant(value=value)):
            return value is ... or isinstance(value, str)
        case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
            return name == "NotImplementedError"
    return False


def _function_faults(want: Function, found: Outline, prefix: str) -> list[str]:
    got = found.functions.get(want.name)
    if got is None and prefix and want.name in found.constants:
        return []  # as in __radd__ = __add__
    if got is None:
        return [f"The {'method' if prefix else 'function'} {prefix}{want.name} is missing."]
    if isinstance(got, ast.AsyncFunctionDef) != isinstance(want, ast.AsyncFunctionDef):
        wanted = "async def" if isinstance(want, ast.AsyncFunctionDef) else "def, not async def"
        return [f"{prefix}{want.name} must be declared with {wanted}."]
    if not compatible(got.args, want.args):
        whose = f" of {prefix}{want.name}" if prefix else ""
        return [f"The signature{whose} must be: {signature_text(want)}"]
    return []


_GENERATED = {"__init__", "__repr__", "__eq__", "__hash__", "__lt__", "__le__", "__gt__", "__ge__"}
"""What decorators such as `dataclass` and `total_ordering` write."""


def _class_faults(want: ast.ClassDef, got: ast.ClassDef, name: str) -> list[str]:
    bases = {ast.unparse(base) for base in got.bases}
    faults = [
        f"The class {name} must derive from {ast.unparse(base)}."
        for base in want.bases
        if ast.unparse(base) not in bases
    ]
    declared, found = outline(want.body), outline(got.body)
    if got.decorator_list:
        kept = {
            n: f for n, f in declared.functions.items() if n not in _GENERATED - {*found.functions}
        }
        declared = Outline(kept, declared.classes, declared.constants)
    for method, node in declared.functions.items():
        if method in found.functions and _binding(node) != _binding(found.functions[method]):
            wanted = _binding(node) or "a plain method"
            faults.append(f"{name}.{method} must be {wanted}.")
    return faults + missing(declared, found, name)


def _binding(node: Function) -> str:
    """Whether a method is a property or the like, which decides how it is used."""
    named = [ast.unparse(decorator) for decorator in node.decorator_list]
    kinds = (
        "staticmethod",
        "classmethod",
        "property",
        "cached_property",
        "functools.cached_property",
    )
    return (
        next((kind for kind in named if kind in kinds), "")
        .removeprefix("functools.")
        .removeprefix("cached_")
    )
