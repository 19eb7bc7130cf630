"""A module as generated code gets to see it: without tests, and with stubs for its specs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from pseudocode.spec.definitions import Definitions, bound_by, free_names, interface, names_in
from pseudocode.spec.digest import (
    FILE,
    Declaration,
    Decorators,
    decorator_keywords,
    docstring_text,
    first_paragraph,
    tests_of,
)
from pseudocode.spec.files import file_arguments
from pseudocode.spec.outline import docstrings, is_main_guard
from pseudocode.spec.surroundings import ACCEPTED, Import

Declared = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Template:
    """One file, taken apart for the specs in it and for those that import it."""

    def __init__(self, tree: ast.Module, decorators: Decorators) -> None:
        self._tree = tree
        self._decorators = decorators
        self._texts: dict[ast.stmt, str] = {}

    def context(self, own: str) -> str:
        """What a spec of this module may use: imports, types, helpers, stubs of the others.

        Args:
            own: The name of the spec, which is left out; a class is kept as an empty one, for
                annotations in the helpers.
        """
        return "\n".join(text for statement in self._shown for text in self._seen(statement, own))

    @cached_property
    def source(self) -> str:
        """What others get that import this module: all that it does when it is imported."""
        kept = [s for s in self._tree.body if self._is_run(s)]
        return "\n".join(map(self._text, kept))

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """What the module imports, tests apart, wherever in it."""
        kept = (s for s in self._tree.body if self._is_run(s) and not self._is_ours(s))
        return tuple(dict.fromkeys(found for s in kept for found in imports_in(s)))

    def seeds(self, name: str) -> frozenset[str]:
        """The names that a declaration names: in signature, examples and options."""
        return self._seeds.get(name, frozenset())

    def uses(self, name: str) -> tuple[str, ...]:
        """The specs of this module that a declaration leads to, by way of helpers as well."""
        reached = self._definitions.reach(self.seeds(name))
        return tuple(n for n in reached if n != name and self._definitions.is_declared(n))

    def tested_with(self, name: str) -> tuple[Import, ...]:
        """What of the imports that are there for tests alone a declaration leads to."""
        reached = self._definitions.reach(self.seeds(name))
        found = (i for n in reached for s in self._definitions.statements(n) for i in imports_in(s))
        return tuple(dict.fromkeys(i for i in found if i not in self.imports))

    @property
    def _definitions(self) -> Definitions:
        return self._decorators.definitions

    @cached_property
    def _seeds(self) -> dict[str, frozenset[str]]:
        return dict(self._all_seeds())

    def _all_seeds(self) -> Iterator[tuple[str, frozenset[str]]]:
        for statement in self._tree.body:
            if isinstance(statement, Declared) and (decorator := self._decorators.of(statement)):
                yield statement.name, _named(statement, decorator)
            elif call := self._file_call(statement):
                yield _file_name(call), names_in(call)

    def _file_call(self, statement: ast.stmt) -> ast.Call | None:
        value = getattr(statement, "value", None)
        if isinstance(value, ast.Call) and self._decorators.named(value.func) == FILE:
            return value
        return None

    @cached_property
    def _shown(self) -> list[ast.stmt]:
        return [s for s in self._tree.body if self._is_context(s)]

    def _seen(self, statement: ast.stmt, own: str) -> Iterator[str]:
        if getattr(statement, "name", "") != own or not self._decorators.declares(statement):
            yield self._text(statement)
        elif isinstance(statement, ast.ClassDef) and self._named_by_others(statement):
            yield f"class {own}:\n    ..."

    def _named_by_others(self, own: ast.ClassDef) -> bool:
        return any(own.name in names for s, names in self._names_shown if s is not own)

    @cached_property
    def _names_shown(self) -> list[tuple[ast.stmt, frozenset[str]]]:
        parts = ((s, interface(s) if self._decorators.declares(s) else [s]) for s in self._shown)
        return [(s, frozenset[str]().union(*map(names_in, found))) for s, found in parts]

    @cached_property
    def _only_for_tests(self) -> frozenset[str]:
        """What the module defines for its tests and for nothing else; it may hold answers."""
        tested: set[str] = set()
        for statement in self._tree.body:
            if isinstance(statement, Declared) and (decorator := self._decorators.of(statement)):
                tested |= {name for entry in tests_of(decorator) for name in names_in(entry)}
            elif call := self._file_call(statement):
                tested |= names_in(call)
        definitions = self._definitions
        tested = {n for n in tested if not definitions.is_declared(n)}
        reached = {n for n in definitions.reach(tested) if not definitions.is_declared(n)}
        free = [n for n in definitions if n not in reached and n not in tested]
        wanted = self._named_elsewhere.union(*map(definitions.made_of, free))
        return frozenset(tested | (reached - set(definitions.reach(wanted))))

    @cached_property
    def _named_elsewhere(self) -> frozenset[str]:
        """The names that declarations need for something else than tests."""
        found: set[str] = set()
        for statement in self._tree.body:
            if isinstance(statement, Declared) and (decorator := self._decorators.of(statement)):
                found |= _named(statement, decorator, tests=False)
        return frozenset(found)

    def _is_context(self, statement: ast.stmt) -> bool:
        match statement:
            case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.AsyncFunctionDef():
                return self._is_run(statement)
            case ast.ClassDef() | ast.Assign() | ast.AnnAssign() | ast.Try() | ast.If():
                return self._is_run(statement)
        return type(statement).__name__ == "TypeAlias" and self._is_run(statement)

    def _is_run(self, statement: ast.stmt) -> bool:
        if self._is_ours(statement) or is_main_guard(statement) or _is_docstring(statement):
            return False
        if not self._decorators.declares(statement) and self._decorators.used_in(statement):
            return False
        names = frozenset(bound_by(statement))
        return not names or not names <= self._only_for_tests

    def _is_ours(self, statement: ast.stmt) -> bool:
        return self._decorators.imports(statement)

    def _text(self, statement: ast.stmt) -> str:
        """As source, without layout; made once, for every spec of the module is shown it."""
        if statement not in self._texts:
            shown = statement
            if isinstance(statement, Declared) and (decorator := self._decorators.of(statement)):
                shown = _stub(statement, decorator)
            self._texts[statement] = ast.unparse(shown)
        return self._texts[statement]


def imports_in(statement: ast.AST) -> Iterator[Import]:
    """The imports in a statement, but for those that only a type checker sees."""
    match statement:
        case ast.Import(names=names):
            yield from (Import(module=alias.name) for alias in names)
        case ast.ImportFrom(names=names, module=module, level=level):
            for alias in names:
                yield Import(module=module or "", name=alias.name, level=level)
        case ast.If(test=test, orelse=orelse) if ast.unparse(test).endswith("TYPE_CHECKING"):
            for inner in orelse:
                yield from imports_in(inner)
        case _:
            for child in ast.iter_child_nodes(statement):
                yield from imports_in(child)


def imports_for(statement: ast.stmt, name: str) -> Iterator[Import]:
    """The imports that a definition makes, or the one that it is."""
    match statement:
        case ast.Import(names=names):
            yield from imports_in(ast.Import([a for a in names if _binds(a, name)]))
        case ast.ImportFrom(names=names, module=module, level=level):
            kept = [a for a in names if _binds(a, name)]
            yield from imports_in(ast.ImportFrom(module, kept, level))
        case _:
            yield from imports_in(statement)


def _binds(alias: ast.alias, name: str) -> bool:
    return (alias.asname or alias.name).partition(".")[0] == name


def _named(node: Declared, decorator: ast.expr, *, tests: bool = True) -> frozenset[str]:
    found = names_in(ast.Tuple([d for d in node.decorator_list if d is not decorator], ast.Load()))
    for keyword in decorator_keywords(decorator):
        if tests or keyword.arg != "tests":
            found |= names_in(keyword.value)
    if isinstance(node, ast.ClassDef):
        found = found.union(*map(names_in, node.body))
    return found.union(*map(names_in, interface(node))).union(
        *(free_names(s) for _, text, _ in docstrings(node) for s in _calls(text))
    )


def _calls(docstring: str) -> list[str]:
    import doctest

    try:
        return [e.source for e in doctest.DocTestParser().get_examples(docstring)]
    except ValueError:  # told elsewhere
        return []


def _stub(node: Declared, decorator: ast.expr) -> Declared:
    """A declaration as others see it: no examples, no options, no bodies."""
    kept = [ast.Name(ACCEPTED, ast.Load()) if d is decorator else d for d in node.decorator_list]
    if isinstance(node, ast.ClassDef):
        parts = [_shortened(s) for s in node.body if not isinstance(s, ast.Expr)]
        return _changed(node, decorator_list=kept, body=[*_summary(node), *parts, _dots()])
    return _changed(node, decorator_list=kept, body=[*_summary(node), _dots()])


def _shortened(statement: ast.stmt) -> ast.stmt:
    if isinstance(statement, Declaration):
        return _changed(statement, body=[*_summary(statement), _dots()])
    return statement


def _changed(node: Declared, **fields: object) -> Declared:
    changed = type(node)(**{**dict(ast.iter_fields(node)), **fields})
    return ast.copy_location(changed, node)


def _summary(node: Declared) -> list[ast.stmt]:
    text = first_paragraph(docstring_text(node))
    return [ast.Expr(ast.Constant(text))] if text else []


def _dots() -> ast.stmt:
    return ast.Expr(ast.Constant(...))


def _file_name(call: ast.Call) -> str:
    try:
        name = ast.literal_eval(file_arguments(call)["name"])
    except Exception:  # told elsewhere
        return ""
    return str(name)


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
