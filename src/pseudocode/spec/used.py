"""What accepted code uses, as a digest: where it changes, the code has to be tested again."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Mapping
from functools import lru_cache

from pseudocode.spec.definitions import Definitions, free_names, normal
from pseudocode.spec.digest import hashed
from pseudocode.spec.model import Spec
from pseudocode.spec.parsing import parse
from pseudocode.spec.suites import tests_digest
from pseudocode.spec.surroundings import ACCEPTED, Code, Import
from pseudocode.spec.templates import imports_for, imports_in

_BROKEN = (SyntaxError, ValueError, RecursionError, MemoryError)
_BUILTINS = frozenset(dir(builtins))


def used_digest(spec: Spec, code: str) -> str:
    """Sixteen hexadecimal digits over all that code uses, by way of others as well.

    That is the accepted code of other specs, and what is written by hand in its own module and in
    those of the project that it imports.

    Args:
        spec: What the code is for, with what is accepted of the specs around it.
        code: Its code.
    """
    return _Trace(spec).of(code)


def around_digest(spec: Spec) -> str:
    """Sixteen hexadecimal digits over all that any code of a spec could use, and its test files.

    Where it changes, it is not known any more whether code passes.

    Args:
        spec: With what is accepted of the specs around it.
    """
    around = spec.around
    told = [spec.context, tests_digest(spec), *_pairs(around.served)]
    for module in around.modules:
        told += [module.name, module.source, *_pairs(module.served)]
    return hashed(told)


def _pairs(served: Iterable[Code]) -> list[str]:
    return [text for pair in sorted(served) for text in pair]


class _Trace:
    def __init__(self, spec: Spec) -> None:
        around = spec.around
        self._package = around.package
        self._sources = {"": spec.context, **{m.name: m.source for m in around.modules}}
        self._packages = {m.name for m in around.modules if m.is_package}
        self._codes: dict[str, Mapping[str, str]] = {"": dict(around.served)}
        self._codes |= {m.name: dict(m.served) for m in around.modules}
        self._waiting: list[tuple[str, str]] = []
        self._seen: set[tuple[str, str]] = set()
        self._told: set[str] = set()

    def of(self, code: str) -> str:
        self._take(code, "")
        while self._waiting:
            place = self._waiting.pop()
            if place not in self._seen:
                self._seen.add(place)
                self._look(*place)
        return hashed(sorted(self._told))

    def _take(self, code: str, module: str) -> None:
        """Follow what code of a module uses."""
        self._waiting += [(module, name) for name in free_names(code) - _BUILTINS]
        if "import" in code and (tree := _tree(code)) is not None:
            self._follow(imports_in(tree), module)

    def _look(self, module: str, name: str) -> None:
        definitions = _definitions(self._sources[module])
        if definitions is None or name not in definitions:
            return
        if definitions.is_declared(name):
            code = self._codes[module].get(name)
            self._told.add(f"{name}: {normal(_tree(code)) if code else 'not accepted'}")
            self._take(code or "", module)
            return
        self._told |= set(definitions.told(name))
        self._waiting += [(module, used) for used in definitions.made_of(name)]
        for statement in definitions.statements(name):
            self._follow(imports_for(statement, name), module)

    def _follow(self, imports: Iterable[Import], module: str) -> None:
        for wanted in imports:
            home = self._home(wanted, module)
            inner = f"{home}.{wanted.name}" if home else wanted.name
            if inner in self._sources:
                self._take_all(inner)
            elif home in self._sources and home:
                one = wanted.name not in ("", "*")
                self._waiting += [(home, wanted.name)] if one else []
                if not one:
                    self._take_all(home)

    def _home(self, wanted: Import, module: str) -> str:
        if not wanted.level:
            return wanted.module
        package = module if module in self._packages else module.rpartition(".")[0]
        parts = (package if module else self._package).split(".")
        parts = parts[: len(parts) - wanted.level + 1]
        return ".".join([*parts, *([wanted.module] if wanted.module else [])])

    def _take_all(self, module: str) -> None:
        """All of a module; of one that is a spec as a whole, this is its accepted code."""
        definitions = _definitions(self._sources[module])
        self._waiting += [(module, name) for name in definitions or ()]


@lru_cache(maxsize=512)
def _definitions(source: str) -> Definitions | None:
    tree = _tree(source)
    return None if tree is None else Definitions(tree, _is_stub)


def _is_stub(statement: ast.stmt) -> bool:
    decorators = getattr(statement, "decorator_list", ())
    return any(isinstance(d, ast.Name) and d.id == ACCEPTED for d in decorators)


def _tree(source: str) -> ast.Module | None:
    try:
        return parse(source)
    except _BROKEN:
        return None
