"""The modules of a project that generated code imports, and the accepted code of other specs.

They come as text, since the process of generated code cannot read the project. Imported by the
worker and by the judge.
"""

from __future__ import annotations
import __future__

import functools
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

ACCEPTED = "__accepted__"
"""The decorator of stubs, as `pseudocode.spec.surroundings` has it, which is not readable here."""


def install_modules(modules: Sequence[Mapping[str, Any]]) -> None:
    """Let these modules be imported, unless others of their names can be.

    Args:
        modules: For each its `name`, `source`, whether it `is_package`, and the code `served` in
            place of its stubs.
    """
    sys.meta_path.append(_Finder({str(module["name"]): module for module in modules}))


def execute(source: str, module: ModuleType, served: Mapping[str, str], filename: str) -> None:
    """Run a module's source with accepted code in the place of its stubs.

    Args:
        source: The stubs in it are decorated with `__accepted__`.
        module: Where its names go.
        served: Accepted code by the names of the stubs.
        filename: For tracebacks.
    """
    service = _Service(module.__dict__, served)
    module.__dict__[ACCEPTED] = service.serve
    try:
        exec(compile(source, filename, "exec", dont_inherit=True), module.__dict__)
    finally:
        del module.__dict__[ACCEPTED]
    service.settle()


class _Service:
    """Serves accepted code as the decorators do in a program of the person's."""

    def __init__(self, module: dict[str, Any], served: Mapping[str, str]) -> None:
        self._module = module
        self._served = served
        self._settled: dict[str, Any] | None = None

    def settle(self) -> None:
        """Take the names of the module as they are now: what is defined later is not theirs."""
        self._settled = dict(self._module)

    def serve(self, stub: Any) -> Any:
        """What stands in the place of a stub."""
        name = stub.__name__
        if isinstance(stub, type):
            if name in self._served:
                return self._executed(name, _Names(self._module))
            stub.__init__ = functools.partial(_refuse, name)  # type: ignore[misc]
            return stub
        import inspect

        resolve = functools.cache(functools.partial(self._resolved, name))
        if inspect.iscoroutinefunction(stub):

            @functools.wraps(stub)
            async def serve_async(*args: Any, **kwargs: Any) -> Any:
                return await resolve()(*args, **kwargs)

            return serve_async

        @functools.wraps(stub)
        def serve(*args: Any, **kwargs: Any) -> Any:
            return resolve()(*args, **kwargs)

        return serve

    def _resolved(self, name: str) -> Callable[..., Any]:
        if name not in self._served:
            return functools.partial(_refuse, name)
        names = self._module if self._settled is None else self._settled
        function: Callable[..., Any] = self._executed(name, dict(names))
        return function

    def _executed(self, name: str, namespace: dict[str, Any]) -> Any:
        postponed = namespace.get("annotations") is __future__.annotations
        flags = __future__.annotations.compiler_flag if postponed else 0
        code = compile(self._served[name], f"<accepted {name}>", "exec", flags, dont_inherit=True)
        exec(code, namespace)
        return namespace[name]


class _Names(dict[str, Any]):
    """A copy of a module's names, in which those are found, too, that it defines further down."""

    def __init__(self, module: dict[str, Any]) -> None:
        super().__init__(module)
        self._module = module

    def __missing__(self, name: str) -> Any:
        return self._module[name]


def _refuse(name: str, *_: object, **__: object) -> None:
    raise NotImplementedError(f"no accepted code for {name}")


class _Finder:
    """A finder by its shape: `importlib.abc` takes longer to import than all else here."""

    def __init__(self, modules: Mapping[str, Mapping[str, Any]]) -> None:
        self._modules = modules

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module, if it is one of those that came as text."""
        known = self._modules.get(name)
        if known is None:
            return None
        loader: Any = _Loader(known)
        return ModuleSpec(name, loader, is_package=bool(known["is_package"]))


class _Loader:
    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known

    def create_module(self, spec: ModuleSpec) -> None:
        """None: a module as it usually is."""

    def exec_module(self, module: ModuleType) -> None:
        parts = module.__name__.split(".")
        end = (
            (*parts, "__init__.py")
            if self._known["is_package"]
            else (*parts[:-1], f"{parts[-1]}.py")
        )
        module.__file__ = os.path.join(os.getcwd(), *end)
        served = dict(self._known["served"])
        execute(str(self._known["source"]), module, served, f"<{module.__name__}>")
