"""The digest of a declaration: it changes when, and only when, the meaning does.

Imported by the decorator at every start of a user's program, so it stays light.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from functools import cached_property

from pseudocode.spec.definitions import (
    Definitions,
    bound_by,
    interface,
    names_in,
    normal,
    plain,
)

Declaration = ast.FunctionDef | ast.AsyncFunctionDef

_HOMES = ("pseudocode", "pseudocode.functions", "pseudocode.classes", "pseudocode.files")
DECORATORS = {"function": "pseudo_function", "class": "pseudo_class"}
FILE = "pseudo_file"
MEANINGFUL_OPTIONS = ("env", "files", "network", "requires", "tests")
"""The decorator's options that change what the code may do or must do, not how it is found."""


def signature_text(node: Declaration) -> str:
    """The signature as normalised source, from `def` to before the colon."""
    keyword = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{keyword} {node.name}{_type_parameters(node)}({ast.unparse(node.args)}){returns}"


def docstring_text(node: Declaration | ast.ClassDef) -> str:
    """The cleaned docstring, or an empty string."""
    text = ast.get_docstring(node, clean=True) or ""
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def _plain_docstring(node: Declaration | ast.ClassDef) -> str:
    # As it stands: cleaning sets the tabs inside of it by a margin that formatting changes.
    return plain(ast.get_docstring(node, clean=False) or "")


def first_paragraph(text: str) -> str:
    """A cleaned docstring up to its first blank line or example."""
    kept: list[str] = []
    for line in text.split("\n"):
        if not line.strip() or line.lstrip().startswith(">>>"):
            break
        kept.append(line)
    return "\n".join(kept)


def decorator_keywords(decorator: ast.expr) -> list[ast.keyword]:
    """The keyword arguments of a decorator, none if it is not called."""
    return decorator.keywords if isinstance(decorator, ast.Call) else []


def digest(node: Declaration, decorator: ast.expr, module: Decorators) -> str:
    """Sixteen hexadecimal digits over all that a declaration means.

    That is its signature, its docstring, the options that change what the code may or must do, its
    `tests=[…]`, and what of its module annotations, defaults and tests are made of. It can be told
    from the declaring file alone; test files have a digest of their own.

    Args:
        node: The declared function.
        decorator: The one of its decorators that makes it a spec.
        module: The decorators of its file.
    """
    parts = [type(node).__name__, node.name, _plain_docstring(node)]
    parts += map(normal, interface(node))
    return hashed([*parts, *_options(decorator), *_made_of(node, decorator, module)])


def class_digest(node: ast.ClassDef, decorator: ast.expr, module: Decorators) -> str:
    """The same of a class: over its bases, fields, methods and so on.

    Args:
        node: The declared class.
        decorator: The one of its decorators that makes it a spec.
        module: The decorators of its file.
    """
    others = [d for d in node.decorator_list if d is not decorator]
    parts = map(normal, [*getattr(node, "type_params", ()), *node.bases, *node.keywords, *others])
    told = [node.name, _plain_docstring(node), *parts, *map(_part, node.body)]
    return hashed([*told, *_options(decorator), *_made_of(node, decorator, module)])


def hashed(parts: Iterable[str]) -> str:
    """Sixteen hexadecimal digits over texts."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def tests_of(decorator: ast.expr) -> list[ast.expr]:
    """The entries of `tests=[…]`."""
    for keyword in decorator_keywords(decorator):
        if keyword.arg == "tests" and isinstance(keyword.value, ast.List | ast.Tuple):
            return keyword.value.elts
    return []


def _options(decorator: ast.expr) -> list[str]:
    return sorted(
        f"{keyword.arg}={ast.unparse(keyword.value)}"
        for keyword in decorator_keywords(decorator)
        if keyword.arg in MEANINGFUL_OPTIONS
    )


def _made_of(
    node: Declaration | ast.ClassDef, decorator: ast.expr, module: Decorators
) -> list[str]:
    """What of the module a declaration leads to: types, defaults, tests and what these use."""
    parts: list[ast.AST] = [*interface(node), *tests_of(decorator)]
    if isinstance(node, ast.ClassDef):
        parts += [*node.body, *(d for d in node.decorator_list if d is not decorator)]
    names = frozenset[str]().union(*map(names_in, parts)) & module.bound
    if not names - {node.name}:
        return []  # most declarations; the module need not be taken apart for them
    reached = module.definitions.reach(names)
    return [
        text
        for name in sorted(reached)
        if name != node.name
        for text in module.definitions.told(name)
    ]


def _part(statement: ast.stmt) -> str:
    if isinstance(statement, Declaration) or not isinstance(statement, ast.Expr):
        return normal(statement)
    return ""


def _type_parameters(node: Declaration) -> str:
    parameters = getattr(node, "type_params", [])
    return f"[{', '.join(map(ast.unparse, parameters))}]" if parameters else ""


class Decorators:
    """Which names of a module stand for which decorators of this package."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._names: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name.split(".")[0] == "pseudocode":
                        self._names[alias.asname or "pseudocode"] = ""
            elif isinstance(node, ast.ImportFrom) and node.module in _HOMES:
                for alias in node.names:
                    every = (*DECORATORS.values(), FILE)
                    names = every if alias.name == "*" else (alias.name,)
                    self._names |= {alias.asname or name: name for name in names}

    @cached_property
    def bound(self) -> frozenset[str]:
        """All names at the top of the module."""
        return frozenset(name for statement in self._tree.body for name in bound_by(statement))

    @cached_property
    def definitions(self) -> Definitions:
        """What these names stand for."""
        return Definitions(self._tree, self.declares)

    def declares(self, statement: ast.stmt) -> bool:
        """Whether a statement declares a function or class that is a spec."""
        return isinstance(statement, Declaration | ast.ClassDef) and bool(self.of(statement))

    def of(self, node: Declaration | ast.ClassDef) -> ast.expr | None:
        """The decorator that makes a function a spec, if it has one."""
        is_class = isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if self.named(called) == DECORATORS["class" if is_class else "function"]:
                return decorator
        return None

    def named(self, expression: ast.expr) -> str:
        """Which of our names an expression stands for; empty for none."""
        found = ""
        match expression:
            case ast.Name(id=name):
                found = self._names.get(name, "")
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if self._names.get(name) == "":
                found = attr
        return found if found in (*DECORATORS.values(), FILE) else ""

    def used_in(self, statement: ast.stmt) -> bool:
        """Whether one of our decorators stands anywhere in a statement."""
        return any(isinstance(n, ast.expr) and self.named(n) for n in ast.walk(statement))

    def imports(self, statement: ast.stmt) -> bool:
        """Whether a statement imports from this package."""
        match statement:
            case ast.ImportFrom(module=str(module)):
                return module.split(".")[0] == "pseudocode"
            case ast.Import(names=names):
                return all(alias.name.split(".")[0] == "pseudocode" for alias in names)
        return False
