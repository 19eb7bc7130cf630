"""Modules that declare something, with code accepted for it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from pseudocode.spec.discovery import find_specs
from pseudocode.store.accepted import accepted_path, render


class Declaring:
    """A folder of modules that can be imported, and in which code is accepted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, module: str) -> Path:
        return self.folder / f"{module}.py"

    def write(self, module: str, text: str, **codes: str) -> None:
        """A module as given, and the code accepted for the names in it."""
        self.path(module).write_text(text, encoding="utf-8")
        self.accept(module, **codes)

    def accept(self, module: str, **codes: str) -> None:
        """Code for what a module declares, by the names."""
        path = self.path(module)
        found = find_specs(str(path), path.read_bytes())
        digests = {spec.name: spec.digest for spec in found.specs}
        for name, code in codes.items():
            text = render(
                code, declared_in=path.name, digest=digests[name], facts={"model": "none"}
            )
            accepted = self.accepted(module, name)
            accepted.parent.mkdir(exist_ok=True)
            accepted.write_text(text, encoding="utf-8")

    def accepted(self, module: str, name: str) -> Path:
        """The file of accepted code."""
        return Path(accepted_path(str(self.path(module)), module, name))

    def load(self, module: str) -> ModuleType:
        """Import it as a program does that has just started."""
        sys.modules.pop(module, None)
        importlib.invalidate_caches()
        return importlib.import_module(module)


@contextmanager
def declaring(folder: Path) -> Iterator[Declaring]:
    """A folder whose modules can be imported until the end of the block."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield Declaring(folder)
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
                del sys.modules[name]
