"""The digest of a declaration: it changes when, and only when, the meaning does.

Imported by the decorator at every start of a user's program, so it stays light.
"""

from __future__ import annotations

import ast
import hashlib
from inspect import cleandoc

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


def decorator_keywords(decorator: ast.expr) -> list[ast.keyword]:
    """The keyword arguments of a decorator, none if it is not called."""
    return decorator.keywords if isinstance(decorator, ast.Call) else []


def digest(node: Declaration, decorator: ast.expr) -> str:
    """Sixteen hexadecimal digits over signature, docstring and meaningful options.

    Args:
        node: The declared function.
        decorator: The one of its decorators that makes it a spec.
    """
    parts = [signature_text(node), cleandoc(docstring_text(node))]
    return _hashed([*parts, *_options(decorator)])


def _options(decorator: ast.expr) -> list[str]:
    return sorted(
        f"{keyword.arg}={ast.unparse(keyword.value)}"
        for keyword in decorator_keywords(decorator)
        if keyword.arg in MEANINGFUL_OPTIONS
    )


def _hashed(parts: list[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def class_digest(node: ast.ClassDef, decorator: ast.expr) -> str:
    """The same of a class: over its bases, fields, methods and meaningful options.

    Args:
        node: The declared class.
        decorator: The one of its decorators that makes it a spec.
    """
    parts = [
        node.name,
        *map(ast.unparse, (*node.bases, *node.keywords)),
        cleandoc(docstring_text(node)),
    ]
    parts += [ast.unparse(d) for d in node.decorator_list if d is not decorator]
    parts += [_part(statement) for statement in node.body]
    return _hashed([*parts, *_options(decorator)])


def _part(statement: ast.stmt) -> str:
    if not isinstance(statement, Declaration):
        docstring = isinstance(statement, ast.Expr)
        return "" if docstring else ast.unparse(statement)
    decorators = [f"@{ast.unparse(decorator)}" for decorator in statement.decorator_list]
    body = statement.body[1:] if docstring_text(statement) else statement.body
    parts = [*decorators, signature_text(statement), cleandoc(docstring_text(statement))]
    return "\0".join([*parts, *map(ast.unparse, body)])


def _type_parameters(node: Declaration) -> str:
    parameters = getattr(node, "type_params", [])
    return f"[{', '.join(map(ast.unparse, parameters))}]" if parameters else ""


class Decorators:
    """Which names of a module stand for which decorators of this package."""

    def __init__(self, tree: ast.Module) -> None:
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
