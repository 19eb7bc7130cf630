"""The decorator: serves the accepted code of a declaration from disk.

It runs at every start of a user's program, so it reads two small files, parses one, and imports
nothing heavy: no model, no network, no docstring parser.
"""

from __future__ import annotations
import __future__

import ast
import functools
import inspect
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any, TypeVar, cast, overload

from pseudocode import stand_ins, wiring
from pseudocode.errors import NotGenerated, SpecError, StaleSpec, StoreError
from pseudocode.spec.digest import Declaration, Decorators, digest

F = TypeVar("F", bound=Callable[..., Any])
_parsed: dict[tuple[str, int, int], tuple[ast.Module, Decorators]] = {}


@overload
def pseudo_function(function: F, /) -> F: ...
@overload
def pseudo_function(
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
) -> Callable[[F], F]: ...
def pseudo_function(function: Any = None, /, **options: Any) -> Any:
    """Declare a function whose code a model writes and a person or its tests accept.

    A call runs the accepted code that is kept beside the declaring file. The options are read
    from the source by the tools; here they change nothing.

    Args:
        function: The stub: signature, annotations, docstring with examples.
        **options: `review`, `tests`, `max_rounds`, `candidates`, `model`, and what the code is
            permitted: `network`, `env`, `requires`, `files`, `timeout` (seconds), `memory_mb`.

    Raises:
        NotGenerated: By a call, when no code was accepted yet.
        StaleSpec: By a call, when the declaration changed since.
    """
    if function is None:
        return pseudo_function
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def serve_async(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            return await resolve()(*args, **kwargs)

        served: Callable[..., Any] = serve_async
    else:

        @functools.wraps(function)
        def serve(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            return resolve()(*args, **kwargs)

        served = serve
    resolve = functools.cache(functools.partial(_resolve, function))
    return served


def _resolve(function: Callable[..., Any]) -> Callable[..., Any]:
    """The accepted function that a stub stands for."""
    path = function.__code__.co_filename
    module = os.path.splitext(os.path.basename(path))[0]
    name = function.__name__
    if maker := stand_ins.find(path, name):
        return maker(function)
    try:
        accepted = wiring.load_accepted(path, module, name)
    except OSError as error:
        raise StoreError(
            f"accepted code cannot be read: {error.filename}: {error.strerror}"
        ) from None
    mend = f"run: pseudocode-tui run {shown(path)} --only {name}"
    if accepted is None:
        raise NotGenerated(f"no accepted code for {module}.{name}; {mend}")
    if accepted.digest != _digest(function, path):
        raise StaleSpec(f"{module}.{name} was changed after its code was accepted; {mend}")
    return _execute(accepted.code, accepted.path, function)


def _execute(code: str, path: str, function: Callable[..., Any]) -> Callable[..., Any]:
    # A copy: imports and helpers of generated code do not leak into the person's module.
    namespace = dict(sys.modules[function.__module__].__dict__)
    postponed = namespace.get("annotations") is __future__.annotations
    flags = __future__.annotations.compiler_flag if postponed else 0
    exec(compile(code, path, "exec", flags, dont_inherit=True), namespace)
    return cast("Callable[..., Any]", namespace[function.__name__])


def _digest(function: Callable[..., Any], path: str) -> str:
    try:
        tree, decorators = declarations(path)
    except (OSError, SyntaxError, ValueError) as error:
        raise SpecError(f"{path}: the declaration cannot be read: {error}") from None
    for node in tree.body:
        if not isinstance(node, Declaration) or node.name != function.__name__:
            continue
        if decorator := decorators.of(node):
            return digest(node, decorator, decorators)
    raise SpecError(f"{path}: {function.__name__} is not declared at module level")


def declarations(path: str) -> tuple[ast.Module, Decorators]:
    """The parsed file; one parse serves all its declarations until it changes."""
    status = os.stat(path)
    key = path, status.st_mtime_ns, status.st_size
    if key not in _parsed:
        with open(path, "rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(stream.read())
        _parsed[key] = tree, Decorators(tree)
    return _parsed[key]


def shown(path: str) -> str:
    """A path as a person would type it here."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative
