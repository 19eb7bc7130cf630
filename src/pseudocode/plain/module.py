"""The file of a specification as plain Python."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pseudocode.errors import SpecError
from pseudocode.plain.accepted import (
    Accepted,
    Import,
    Surroundings,
    imports_of,
    postpones,
    prepare,
    with_comments,
)
from pseudocode.plain.merge import delegating, fits, merged, other_defaults, same_defaults
from pseudocode.plain.names import bound, used, used_at_once
from pseudocode.plain.ours import Edits, without_ours
from pseudocode.plain.source import Definition, Source, has_docstring, span
from pseudocode.spec.digest import Declaration, Decorators
from pseudocode.spec.outline import is_main_guard
from pseudocode.spec.parsing import parse


class Plain(NamedTuple):
    """A module that needs nothing of this package."""

    text: str
    notes: tuple[str, ...] = ()
    """What a person should know."""


def plain_module(text: str, codes: Mapping[str, str]) -> Plain:
    """Replace each declaration of a file by its accepted code.

    Args:
        text: The file.
        codes: The accepted code of every function and class that it declares, by name.

    Raises:
        SpecError: When it cannot be done for certain, with the name and the reason.
    """
    return _Module(text, codes).plain()


def plain_stubs(text: str, code: str) -> Plain:
    """Replace a module of nothing but stubs by its accepted code.

    Signatures and docstrings are the declared ones, but where the code has other defaults: it was
    tested with those. What the file does when it is run as a program stays.
    """
    declared, accepted = Source(text), Source(code)
    if not declared.tree.body:
        return Plain("\n\n".join(part for part in (text.strip(), code.strip()) if part) + "\n")
    wanted = {node.name: node for node in declared.tree.body if isinstance(node, Definition)}
    start = declared.lines(1, span(declared.tree.body[0])[0] - 1)
    docstring = declared.docstring(declared.tree)
    parts = [f"{start}\n{docstring}" if start.strip() else docstring]
    if postpones(declared.tree) or postpones(accepted.tree):
        parts.append("from __future__ import annotations")
    there = imports_of(accepted.tree.body)
    parts += [i.text for i in imports_of(declared.tree.body) if i not in there]
    body = accepted.tree.body[has_docstring(accepted.tree) :]
    for node in body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            continue
        want = wanted.get(node.name) if isinstance(node, Definition) else None
        same = isinstance(node, Definition) and want and same_defaults(want, node)
        if isinstance(node, Definition) and want and same:
            parts.append(merged(declared, want, accepted, node, None))
        else:
            parts.append(with_comments(accepted, node))
    parts += [with_comments(declared, s) for s in declared.tree.body if is_main_guard(s)]
    return Plain("\n\n".join(part for part in parts if part) + "\n")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One declaration and what takes its place."""

    index: int
    node: Definition
    accepted: Accepted
    helpers: str
    """What goes before it, and before its overloads."""
    text: str


class _Module:
    def __init__(self, text: str, codes: Mapping[str, str]) -> None:
        self._source = Source(text)
        self._tree = self._source.tree
        self._codes = codes
        self._decorators = Decorators(self._tree)
        self._postponed = postpones(self._tree)
        self._notes: list[str] = []
        self._imports: list[Import] = []
        self._around = self._surroundings()

    def plain(self) -> Plain:
        edits = Edits(self._source)
        entries = []
        for index, node in enumerate(self._tree.body):
            ours = self._decorators.of(node) if isinstance(node, Definition) else None
            if isinstance(node, Definition) and ours is not None:
                try:
                    entries.append(self._entry(index, node, ours))
                except SpecError as error:
                    raise SpecError(f"{node.name}: {error}", node.lineno) from None
        self._place(entries, edits)
        without_ours(self._source, self._decorators, edits)
        edits.add_imports(self._needed_imports())
        return Plain(edits.applied(), tuple(self._notes))

    def _surroundings(self) -> Surroundings:
        body = self._tree.body
        plain = [n for n in body if not self._is_ours(n)]
        taken = bound(body) | used(self._tree)
        for code in self._codes.values():
            tree = parse(code)
            taken |= used(tree) - bound(tree.body)
        return Surroundings(
            taken=taken,
            imports={i.binds: i.origin for i in imports_of(body)},
            definitions=frozenset(ast.dump(n) for n in plain if isinstance(n, Definition)),
            postponed=self._postponed,
        )

    def _is_ours(self, node: ast.stmt) -> bool:
        return isinstance(node, Definition) and self._decorators.of(node) is not None

    def _entry(self, index: int, want: Definition, ours: ast.expr) -> _Entry:
        name, code = want.name, self._codes[want.name]
        others = [d for d in want.decorator_list if d is not ours]
        got = [n for n in parse(code).body if isinstance(n, Definition) and n.name == name][-1]
        aside = False
        if isinstance(want, Declaration) and isinstance(got, Declaration):
            itself = name in used(got)
            aside = not fits(got.args, want.args) or bool(others and itself)
            self._note_defaults(want, got)
        accepted = prepare(code, name, self._around, aside=aside)
        helpers, text = self._definition(want, ours, accepted, aside)
        self._remember(accepted)
        return _Entry(index, want, accepted, helpers, text)

    def _note_defaults(self, want: Declaration, got: Declaration) -> None:
        for name in other_defaults(got.args, want.args):
            self._notes.append(
                f"{want.name}: {name} has another default in the accepted code; "
                "that of the declaration is written"
            )

    def _definition(
        self, want: Definition, ours: ast.expr, accepted: Accepted, aside: bool
    ) -> tuple[str, str]:
        helpers = accepted.text(accepted.before)
        if aside and isinstance(want, Declaration) and isinstance(accepted.node, Declaration):
            helpers += "\n\n\n" + with_comments(accepted.source, accepted.node)
            others = [d for d in want.decorator_list if d is not ours]
            lines = [f"@{self._source.segment(decorator)}" for decorator in others]
            lines.append(delegating(self._source, want, accepted.node, accepted.node.name))
            main = "\n".join(lines)
        else:
            main = merged(self._source, want, accepted.source, accepted.node, ours)
        after = accepted.text(accepted.after)
        return helpers, f"{main}\n\n\n{after}" if after else main

    def _remember(self, accepted: Accepted) -> None:
        """What one accepted code brings is in the way of the next."""
        self._around.taken |= accepted.bound | {accepted.node.name}
        self._around.imports |= {i.binds: i.origin for i in accepted.imports}
        self._imports += accepted.imports

    def _needed_imports(self) -> list[Import]:
        there = imports_of(leading_imports(self._tree))
        return sorted({i for i in self._imports if i not in there})

    def _place(self, entries: list[_Entry], edits: Edits) -> None:
        """Put each definition where its declaration is, or after what it needs at once."""
        places = self._places(entries)
        for entry in sorted(entries, key=lambda e: places[e.index]):
            place, _ = places[entry.index]
            if place == entry.index:
                edits.replace(entry.node, entry.text)
                edits.insert_before(self._first_overload(entry), entry.helpers)
            else:
                edits.replace(entry.node, "")
                edits.append_to(self._tree.body[place], f"{entry.helpers}\n\n\n{entry.text}")

    def _first_overload(self, entry: _Entry) -> ast.stmt:
        """The first of the definitions right before a declaration that have its name."""
        index = entry.index
        while index and getattr(self._tree.body[index - 1], "name", "") == entry.node.name:
            index -= 1
        return self._tree.body[index]

    def _places(self, entries: list[_Entry]) -> dict[int, tuple[int, int]]:
        """Index of the statement that each goes to, and how many it comes after there."""
        binders: dict[str, int] = {}
        for index, node in enumerate(self._tree.body):
            for name in bound([node]):
                binders.setdefault(name, index)
        places = {entry.index: (entry.index, 0) for entry in entries}
        needs = {e.index: _needs(e, binders, self._postponed) for e in entries}
        for _ in entries:
            for index, needed in needs.items():
                after = [places.get(n, (n, 0)) for n in needed]
                later = [(place, depth + 1) for place, depth in after if place > index]
                places[index] = max([(index, 0), *later])
        return places


def leading_imports(tree: ast.Module) -> list[ast.stmt]:
    """The imports at the beginning of a module."""
    found: list[ast.stmt] = []
    for node in tree.body[has_docstring(tree) :]:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            break
        found.append(node)
    return found


def _needs(entry: _Entry, binders: Mapping[str, int], postponed: bool) -> list[int]:
    """The statements that have to come before the accepted code is executed."""
    names = used_at_once(entry.accepted.statements, postponed)
    found: Iterable[int] = (binders[name] for name in names - {entry.node.name} if name in binders)
    return sorted({index for index in found if index != entry.index})
