"""The modules of the project that specs import, found as the interpreter would; none is run."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import NamedTuple, Protocol

from pseudocode.errors import SpecError
from pseudocode.spec.digest import Decorators
from pseudocode.spec.discovery import find_specs, parse_source, read_source
from pseudocode.spec.model import Found, Spec
from pseudocode.spec.suites import FOLDERS, is_test_file
from pseudocode.spec.surroundings import Import, LocalModule, Reference
from pseudocode.spec.templates import Template, imports_for
from pseudocode.spec.uses import reference

MAX_MODULES = 200
"""So many modules of a project are there for generated code; beyond them an import fails."""


class Files(Protocol):
    """The files of a project."""

    root: str
    """Its folder."""

    def absolute(self, path: str) -> str:
        """A path without links, from the root of the file system."""
        ...

    def read(self, path: str) -> bytes | None:
        """What a file inside of the project holds, or nothing."""
        ...


def link(found: Found, files: Files) -> Found:
    """Give each spec the modules that its module imports, and the specs in them as what it uses.

    Args:
        found: What a folder declares.
        files: The files of the project around it.
    """
    linker = _Linker(found, files)
    return replace(found, specs=tuple(map(linker.linked, found.specs)))


class _Place(NamedTuple):
    """Where a module is found."""

    name: str
    """In full."""
    base: str
    """The folder that the first part of its name is in."""
    path: str
    """Its file; empty for a folder that is only a namespace."""
    is_package: bool


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the project, taken apart."""

    decorators: Decorators
    template: Template
    specs: dict[str, Reference]
    whole: Reference | None
    """The file itself, where it is a declaration as a whole."""


class _Linker:
    def __init__(self, found: Found, files: Files) -> None:
        self._files = files
        self._specs: dict[str, list[Spec]] = {}
        for spec in found.specs:
            self._specs.setdefault(files.absolute(spec.path), []).append(spec)
        self._taken_apart: dict[str, _File | None] = {}
        self._modules: dict[tuple[_Place, tuple[Import, ...]], tuple[LocalModule, ...]] = {}

    def linked(self, spec: Spec) -> Spec:
        """A spec with the modules of the project that it may use."""
        around = spec.around
        if not around.imports and not around.tested_with:
            return spec
        home = self._home(self._files.absolute(spec.path), around.imports)
        if (home, around.imports) not in self._modules:
            self._modules[home, around.imports] = tuple(self._imported(home, around.imports))
        reached = [
            used
            for wanted in (*around.imports, *around.tested_with)
            for used in self._reached(home, wanted, set())
        ]
        own = spec.path, spec.name
        uses = (used for used in (*around.uses, *reached) if (used.path, used.name) != own)
        return replace(
            spec,
            around=replace(
                around,
                package=home.name.rpartition(".")[0],
                modules=self._modules[home, around.imports],
                uses=tuple(dict.fromkeys(uses)),
            ),
        )

    def _home(self, path: str, imports: Iterable[Import]) -> _Place:
        """The module of a spec; part of a package where it imports as if it were."""
        folder = PurePath(path).parent
        levels = max((wanted.level for wanted in imports), default=0)
        base = PurePath(self._files.root) if levels else folder
        if not folder.is_relative_to(base):
            base = folder
        while len(folder.relative_to(base).parts) < levels and base != base.parent:
            base = base.parent
        name = ".".join((*folder.relative_to(base).parts, PurePath(path).stem))
        return _Place(name, str(base), path, is_package=False)

    def _imported(self, home: _Place, imports: Iterable[Import]) -> Iterator[LocalModule]:
        """All modules that imports lead to."""
        seen: set[str] = set()
        waiting = [(home, wanted) for wanted in imports]
        while waiting and len(seen) < MAX_MODULES:
            importer, wanted = waiting.pop(0)
            for place in self._resolved(importer, wanted):
                if place.name in seen:
                    continue
                seen.add(place.name)
                file = self._file(place.path) if place.path else None
                yield _local(place, file)
                if file is not None:
                    waiting += [(place, inner) for inner in file.template.imports]

    def _reached(
        self, importer: _Place, wanted: Import, seen: set[tuple[str, str]]
    ) -> Iterator[Reference]:
        """The specs that an import leads to, by way of hand-written code as well."""
        places = self._resolved(importer, wanted)
        file = self._file(places[-1].path) if places else None
        if file is None:
            return
        if file.whole is not None:
            yield file.whole
            return
        definitions = file.decorators.definitions
        last = places[-1]
        all_of_it = wanted.name in ("", "*") or wanted.name not in definitions
        names = set(definitions if all_of_it else definitions.reach([wanted.name]))
        for name in sorted(names):
            if (last.name, name) in seen:
                continue
            seen.add((last.name, name))
            if name in file.specs:
                yield file.specs[name]
                continue
            for statement in definitions.statements(name):
                for inner in imports_for(statement, name):
                    yield from self._reached(last, inner, seen)

    def _resolved(self, importer: _Place, wanted: Import) -> list[_Place]:
        """The modules that an import loads, outermost first; none if it is not of the project."""
        parts = wanted.module.split(".") if wanted.module else []
        if wanted.level:
            package = importer.name.split(".")
            package = package[: len(package) - wanted.level + importer.is_package]
            return self._walk(importer.base, [*package, *parts], wanted.name) if package else []
        if not parts or parts[0] in sys.stdlib_module_names or parts[0] == "pseudocode":
            return []
        for base in self._bases(importer):
            if places := self._walk(base, parts, wanted.name):
                return places
        return []

    def _bases(self, importer: _Place) -> Iterator[str]:
        folder, root = PurePath(importer.path).parent, PurePath(self._files.root)
        yield str(folder)
        for parent in folder.parents:
            if parent.is_relative_to(root):
                yield str(parent)
        yield str(root / "src")

    def _walk(self, base: str, parts: list[str], name: str) -> list[_Place]:
        places: list[_Place] = []
        for number in range(1, len(parts) + 1):
            if places and not places[-1].is_package:
                return []
            places.append(self._place(base, parts[:number]))
        if name not in ("", "*") and places[-1].is_package:
            inner = self._place(base, [*parts, name])
            places += [inner] if inner.path else []
        return places if places[-1].path else []

    def _place(self, base: str, parts: list[str]) -> _Place:
        folder = PurePath(base, *parts)
        name = ".".join(parts)
        for path, is_package in ((folder / "__init__.py", True), (f"{folder}.py", False)):
            if self._file(str(path)) is not None:
                return _Place(name, base, str(path), is_package)
        return _Place(name, base, "", is_package=True)

    def _file(self, path: str) -> _File | None:
        """A file that may be imported: it is inside, it is Python, and it holds no tests."""
        if path not in self._taken_apart:
            self._taken_apart[path] = None if _is_for_tests(path) else self._read(path)
        return self._taken_apart[path]

    def _read(self, path: str) -> _File | None:
        data = self._files.read(path)
        if data is None:
            return None
        try:
            tree = parse_source(read_source(data))
        except SpecError:
            return None
        specs = self._specs.get(self._files.absolute(path)) or find_specs(path, data).specs
        decorators = Decorators(tree)
        known = {spec.name: reference(spec) for spec in specs if spec.kind != "file"}
        whole = next((known[spec.name] for spec in specs if spec.kind == "module"), None)
        return _File(decorators, Template(tree, decorators), {} if whole else known, whole)


def _local(place: _Place, file: _File | None) -> LocalModule:
    if file is None:
        return LocalModule(name=place.name, is_package=True)
    return LocalModule(
        name=place.name,
        is_package=place.is_package,
        source=file.template.source,
        specs=(file.whole,) if file.whole else tuple(file.specs.values()),
    )


def _is_for_tests(path: str) -> bool:
    place = PurePath(path)
    return place.name == "conftest.py" or is_test_file(place.name) or place.parent.name in FOLDERS
