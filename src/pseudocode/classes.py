"""The decorator for classes: serves the accepted code of a declared class from disk.

Like the one for functions it imports nothing heavy. A class has to be there when its module is
imported, so its accepted code is executed then, not at the first use.
"""

from __future__ import annotations
import __future__

import ast
import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar, overload

from pseudocode import stand_ins, wiring
from pseudocode.errors import NotGenerated, PseudocodeError, SpecError, StaleSpec, StoreError
from pseudocode.functions import declarations, shown
from pseudocode.spec.digest import class_digest

C = TypeVar("C", bound=type)


@overload
def pseudo_class(declared: C, /) -> C: ...
@overload
def pseudo_class(
    *,
    review: bool = ...,
    tests: list[Any] | tuple[Any, ...] = ...,
    max_rounds: int = ...,
    candidates: int = ...,
    model: str = ...,
    network: list[str] | bool = ...,
    env: list[str] = ...,
    requires: list[str] = ...,
    files: list[str] = ...,
    timeout: float = ...,
    memory_mb: int = ...,
) -> Callable[[C], C]: ...
def pseudo_class(declared: Any = None, /, **options: Any) -> Any:
    """Declare a class whose code a model writes and a person or its tests accept.

    Args:
        declared: The stub: bases, fields, methods without bodies, docstrings with examples.
        **options: As for `pseudo_function`.

    Returns:
        The accepted class; where there is none, the stub, which cannot be instantiated:
        that raises `NotGenerated`, or `StaleSpec` when the declaration has changed since.
    """
    if declared is None:
        return pseudo_class
    path = getattr(sys.modules.get(declared.__module__), "__file__", None) or ""
    if maker := stand_ins.find(path, declared.__name__):
        return maker(declared)
    try:
        return _resolve(declared, path)
    except PseudocodeError as error:
        return _unusable(declared, error)


def execute(code: str, path: str, declared: type) -> type:
    """The class that code defines, among the names of the module that declares it.

    Args:
        code: It defines a class of the same name.
        path: Where it comes from, for tracebacks.
        declared: The stub.
    """
    namespace = _Names(sys.modules[declared.__module__].__dict__)
    postponed = namespace.get("annotations") is __future__.annotations
    flags = __future__.annotations.compiler_flag if postponed else 0
    exec(compile(code, path, "exec", flags, dont_inherit=True), namespace)
    made: type = namespace[declared.__name__]
    made.__doc__ = made.__doc__ or declared.__doc__
    return made


class _Names(dict[str, Any]):
    """A copy, so that helpers of generated code do not leak into the person's module.

    What that module defines further down is looked up when it is used.
    """

    def __init__(self, module: dict[str, Any]) -> None:
        super().__init__(module)
        self._module = module

    def __missing__(self, name: str) -> Any:
        return self._module[name]


def _resolve(declared: type, path: str) -> type:
    module = os.path.splitext(os.path.basename(path))[0]
    name = declared.__name__
    try:
        accepted = wiring.load_accepted(path, module, name)
    except OSError as error:
        raise StoreError(
            f"accepted code cannot be read: {error.filename}: {error.strerror}"
        ) from None
    mend = f"run: pseudocode-tui run {shown(path)} --only {name}"
    if accepted is None:
        raise NotGenerated(f"no accepted code for {module}.{name}; {mend}")
    if accepted.digest != _digest(name, path):
        raise StaleSpec(f"{module}.{name} was changed after its code was accepted; {mend}")
    return execute(accepted.code, accepted.path, declared)


def _digest(name: str, path: str) -> str:
    try:
        tree, decorators = declarations(path)
    except (OSError, SyntaxError, ValueError) as error:
        raise SpecError(f"{path}: the declaration cannot be read: {error}") from None
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            decorator = decorators.of(node)
            if decorator is not None:
                return class_digest(node, decorator, decorators)
    raise SpecError(f"{path}: {name} is not declared at module level")


def _unusable(declared: type, error: PseudocodeError) -> type:
    def refuse(*_: object, **__: object) -> None:
        raise error

    declared.__init__ = refuse  # type: ignore[misc]
    return declared
