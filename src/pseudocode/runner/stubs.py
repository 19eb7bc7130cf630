"""The judge's way to serve a candidate for a module that declares nothing but itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any

Change = Callable[[dict[str, Any]], None]


def change_module(path: str, change: Change) -> None:
    """Change a module right after each import of it.

    Args:
        path: Its file, by whatever link.
        change: Gets the names of the module.
    """
    sys.meta_path.insert(0, _Finder(os.path.realpath(path), change))


class _Finder(MetaPathFinder):
    """Finds the module the way the interpreter does."""

    def __init__(self, path: str, change: Change) -> None:
        self._path = path
        self._change = change

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module with a loader of ours, if it is the one; else nothing."""
        found = PathFinder.find_spec(name, path, target)
        if found is None or not isinstance(found.loader, SourceFileLoader):
            return None
        if os.path.realpath(found.loader.path) != self._path:
            return None
        found.loader = _Loader(found.loader.name, found.loader.path, self._change)
        return found


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, change: Change) -> None:
        super().__init__(name, path)
        self._change = change

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        self._change(module.__dict__)
