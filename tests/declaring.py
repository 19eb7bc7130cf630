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
        for name, code in codes.items():
            self.accept(module, name, code)

    def accept(self, module: str, name: str, code: str) -> Path:
        path = self.path(module)
        found = find_specs(str(path), path.read_bytes())
        (digest,) = [spec.digest for spec in found.specs if spec.name == name]
        accepted = Path(accepted_path(str(path), module, name))
        accepted.parent.mkdir(exist_ok=True)
        text = render(code, declared_in=path.name, digest=digest, facts={"model": "none"})
        accepted.write_text(text, encoding="utf-8")
        return accepted

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
