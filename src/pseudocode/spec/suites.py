"""Which test files, and which tests in them, belong to which spec; found without running any."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import PurePath

from pseudocode.errors import SpecError
from pseudocode.spec.definitions import normal
from pseudocode.spec.digest import hashed
from pseudocode.spec.discovery import parse_source, read_source
from pseudocode.spec.model import Found, Problem, Spec, Suite
from pseudocode.spec.stubs import are_wanted

FOLDERS = ("tests", "test")
"""Where test files may be, beside the file of the spec."""


def is_test_file(name: str) -> bool:
    """Whether pytest would take a file of this name for tests."""
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def attach(found: Found, files: Mapping[str, bytes]) -> Found:
    """Give each spec the test files that import it.

    Args:
        found: What a folder declares.
        files: Test files by their paths, with their contents.
    """
    readers, broken = [], []
    for path, data in files.items():
        try:
            readers.append(_SuiteReader(path, data))
        except SpecError as error:
            broken.append(Problem(path=path, line=error.line or 1, reason=str(error)))
    specs = [_with_suites(spec, found.specs, readers) for spec in found.specs]
    named = (_with_suites(spec, (), readers) for spec in found.modules)
    wanted = [spec for spec in named if spec.suites and _is_wanted(spec, readers)]
    specs += [s for s in wanted if not any(doubt.path == s.path for doubt in found.doubts)]
    specs.sort(key=lambda spec: (spec.path, spec.line))
    taken = {spec.path for spec in wanted}
    problems = [
        *found.problems,
        *(problem for spec in found.specs for problem in _unknown(spec, readers)),
        *(doubt for doubt in found.doubts if doubt.path in taken),
        *(p for p in broken if any(_is_about(p.path, s) for s in (*specs, *found.modules))),
    ]
    return Found(specs=tuple(specs), problems=tuple(problems))


def tests_digest(spec: Spec) -> str:
    """Sixteen hexadecimal digits over the test files of a spec."""
    return hashed(sorted(suite.digest for suite in spec.suites if not suite.names))


def _is_about(path: str, spec: Spec) -> bool:
    """Whether a test file that cannot be read is missed by a spec; by its name for a module."""
    name = PurePath(path).stem
    alike = name in (f"test_{spec.module}", f"{spec.module}_test")
    return _is_beside(path, spec.path) and (alike or spec.kind != "module")


def _is_wanted(spec: Spec, readers: Iterable[_SuiteReader]) -> bool:
    """Whether the tests of a module are about something in it that is yet to be written."""
    files = {suite.path for suite in spec.suites}
    used = frozenset[str]().union(*(r.names for r in readers if r.path in files))
    imported = frozenset(name for suite in spec.suites for name in suite.imports)
    return are_wanted(parse_source(spec.source), used | imported, imported)


def _is_beside(path: str, home: str) -> bool:
    folder, own = PurePath(home).parent, PurePath(path).parent
    return own == folder or (own.parent == folder and own.name in FOLDERS)


def named_files(spec: Spec) -> tuple[str, ...]:
    """The test files that a declaration names in `tests=[…]`."""
    return tuple(dict.fromkeys(path for path, _ in _named(spec)))


def _named(spec: Spec) -> Iterator[tuple[str, str]]:
    """Path, and what is named in the file as in `test_x.py::test_one`; empty for all of it."""
    folder = PurePath(spec.path).parent
    for entry in spec.options.tests:
        if entry.startswith(("'", '"')):
            path, _, name = ast.literal_eval(entry).partition("::")
            yield str(folder / path), name


def _unknown(spec: Spec, readers: Iterable[_SuiteReader]) -> Iterator[Problem]:
    """Named tests that are not in their files."""
    for reader in readers:
        for path, name in _named(spec):
            if path == reader.path and name and not reader.has(name):
                reason = f"{spec.name}: tests: there is no {name} in {PurePath(path).name}"
                yield Problem(path=spec.path, line=spec.line, reason=reason)


def _with_suites(spec: Spec, specs: Iterable[Spec], readers: Iterable[_SuiteReader]) -> Spec:
    others = frozenset(s.name for s in specs if s.path == spec.path and s.name != spec.name)
    named = dict[str, list[str]]()
    for path, name in _named(spec):
        named.setdefault(path, []).append(name)
    found: list[Suite] = []
    for reader in readers:
        if reader.path in named:
            only = () if "" in named[reader.path] else tuple(named[reader.path])
            suite = reader.suite(spec, others) if not only else None
            found.append(suite or reader.named(only))
        elif _is_beside(reader.path, spec.path) and (suite := reader.suite(spec, others)):
            found.append(suite)
    return replace(spec, suites=(*spec.suites, *found))


class _SuiteReader:
    """One test file: what it imports, and which of its parts use which names."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self._source = read_source(data)
        self._tree = parse_source(self._source)

    def suite(self, spec: Spec, others: frozenset[str]) -> Suite | None:
        """The part of the file that is about a spec, or nothing."""
        if spec.kind == "module":
            return self._all_of_it(spec.module) if spec.module in self._imported else None
        local = self._local_names(spec)
        if not local & self.names:
            return None
        foreign = frozenset().union(*(self._local_names(replace(spec, name=n)) for n in others))
        parts = {name: self._reaches(name) for name in self._parts}
        left_out = {n for n, used in parts.items() if used & foreign and not used & local}
        tests = [name for name in self._parts if _is_test(name)]
        if all(name in left_out for name in tests):
            return None
        hidden = {name for name in tests if self._is_hidden(name)}
        return Suite(
            path=self.path,
            source=self._shown(left_out | hidden),
            left_out=tuple(n for n in tests if n in left_out),
            hidden=tuple(n for n in tests if n in hidden),
            digest=self._digest(left_out),
        )

    def has(self, name: str) -> bool:
        """Whether there is a test, or a method of a class of tests, of this name."""
        first, _, rest = name.partition("[")[0].partition("::")
        part = self._parts.get(first)
        methods = (getattr(n, "name", "") for n in getattr(part, "body", ()))
        return part is not None and (not rest or rest in methods)

    def named(self, only: tuple[str, ...]) -> Suite:
        """Some tests of the file, or all of it."""
        kept = {name.partition("[")[0].partition("::")[0] for name in only}
        others = [n for n in self._parts if only and _is_test(n) and n not in kept]
        digest = self._digest(others)
        return Suite(path=self.path, source=self._shown(others), only=only, digest=digest)

    def _all_of_it(self, module: str) -> Suite:
        hidden = tuple(name for name in self._parts if _is_test(name) and self._is_hidden(name))
        return Suite(
            path=self.path,
            source=self._shown(hidden),
            hidden=hidden,
            imports=tuple(sorted(_taken(self._tree.body, module))),
            uses=tuple(sorted(self._used_of(module))),
            digest=self._digest(()),
        )

    def _used_of(self, module: str) -> frozenset[str]:
        """What the file takes from a module, by name or as an attribute of it."""
        taken = _taken(ast.walk(self._tree), module)
        known = {module}
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                known |= {a.asname for a in node.names if _last(a.name) == module and a.asname}
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Attribute) and _last(ast.unparse(node.value)) in known:
                taken.add(node.attr)
        return frozenset(taken)

    @cached_property
    def _imported(self) -> frozenset[str]:
        """Last parts of the modules that are imported, and names that may be modules."""
        found: set[str] = set()
        for node in ast.walk(self._tree):
            if isinstance(node, ast.ImportFrom):
                found |= {node.module or "", *(alias.name for alias in node.names)}
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
        return frozenset(map(_last, found))

    def _local_names(self, spec: Spec) -> frozenset[str]:
        """Under which names the file knows a spec; `.name` for an attribute of its module."""
        found = set()
        for node in ast.walk(self._tree):
            if isinstance(node, ast.ImportFrom):
                home = (node.module or "").rpartition(".")[2] == spec.module
                for alias in node.names:
                    if home and alias.name in (spec.name, "*"):
                        found.add(alias.asname or spec.name)
                    elif alias.name == spec.module:
                        found.add(f".{spec.name}")
            elif isinstance(node, ast.Import) and any(
                alias.name.rpartition(".")[2] == spec.module for alias in node.names
            ):
                found.add(f".{spec.name}")
        return frozenset(found)

    @cached_property
    def _parts(self) -> dict[str, ast.stmt]:
        kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        return {node.name: node for node in self._tree.body if isinstance(node, kinds)}

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name in the file, attributes as `.name`."""
        return frozenset(_names(self._tree))

    @cached_property
    def _uses(self) -> dict[str, frozenset[str]]:
        """What each name at the top of the file is made of."""
        uses: dict[str, frozenset[str]] = {}
        for statement in self._tree.body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                continue
            used = frozenset(_names(statement))
            for name in _defined(statement):
                uses[name] = uses.get(name, frozenset()) | used
        return uses

    def _reaches(self, name: str) -> frozenset[str]:
        """Every name that a part of the file uses, by way of others as well."""
        reached: set[str] = set()
        waiting = [name]
        while waiting:
            current = waiting.pop()
            new = self._uses.get(current, frozenset()) - reached
            reached |= new
            waiting += new
        return frozenset(reached)

    def _is_hidden(self, name: str) -> bool:
        part = self._parts[name]
        assert isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        marks = (d.func if isinstance(d, ast.Call) else d for d in part.decorator_list)
        return any(isinstance(mark, ast.Attribute) and mark.attr == "hidden" for mark in marks)

    def _digest(self, without: Container[str]) -> str:
        """Of the file but for what is about other specs, however it is formatted."""
        kept = (s for s in self._tree.body if getattr(s, "name", "") not in without)
        return hashed(map(normal, kept))

    def _shown(self, without: Iterable[str]) -> str:
        lines: list[str | None] = list(self._source.split("\n"))
        for name in without:
            part = self._parts[name]
            assert isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            first = min([part.lineno, *(d.lineno for d in part.decorator_list)])
            for number in range(first - 1, part.end_lineno or first):
                lines[number] = None
        kept = "\n".join(line for line in lines if line is not None)
        while "\n\n\n\n" in kept:
            kept = kept.replace("\n\n\n\n", "\n\n\n")
        return kept.strip() + "\n"


def _last(name: str) -> str:
    """The last part of a dotted name."""
    return name.rpartition(".")[2]


def _taken(nodes: Iterable[ast.AST], module: str) -> set[str]:
    """The names that import statements take from a module."""
    return {
        alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and _last(node.module or "") == module
        for alias in node.names
    }


def _is_test(name: str) -> bool:
    """Whether pytest collects it by its name, or unittest could by its base class."""
    return name.startswith(("test", "Test")) or name[:1].isupper()


def _names(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield f".{inner.attr}"
        elif isinstance(inner, ast.arg):  # fixtures are asked for by name
            yield inner.arg


def _defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
