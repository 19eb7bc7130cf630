"""Which specs use which, and in which order they are therefore written.

A spec *uses* another, which then has to be accepted first, where

- its declaration names it: in annotations, defaults and bases, in the examples of its docstring, or
  in the callables of its `tests=[…]`, by way of the module's own helpers and types as well;
- its module imports it from another module of the project, by way of hand-written modules as well;
- its accepted code calls it.

That two specs stand in one module makes neither use the other: each may use those that are accepted
by then, unless they use it. Test files do not count, for one often tests several specs together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from pseudocode.spec.definitions import free_names
from pseudocode.spec.model import Found, Problem, Spec
from pseudocode.spec.surroundings import Reference, Surroundings
from pseudocode.spec.templates import Template

Key = tuple[str, str]
S = TypeVar("S", bound=Spec)


def reference(spec: Spec, uses: tuple[str, ...] = ()) -> Reference:
    """A spec as others know it."""
    return Reference(
        path=spec.path,
        module=spec.module,
        name=spec.name,
        kind=spec.kind,
        digest=spec.digest,
        uses=uses,
    )


def with_siblings(specs: Iterable[Spec], template: Template) -> tuple[Spec, ...]:
    """The specs of one file, each with the others."""
    found = tuple(specs)
    known = {spec.name: reference(spec, template.uses(spec.name)) for spec in found}
    usable = [known[spec.name] for spec in found if spec.kind in ("function", "class")]

    def surrounded(spec: Spec) -> Spec:
        named = (known[name] for name in known[spec.name].uses if name in known)
        around = Surroundings(
            imports=template.imports,
            siblings=tuple(r for r in usable if r.name != spec.name),
            uses=tuple(named),
            tested_with=template.tested_with(spec.name),
        )
        return replace(spec, around=around)

    return tuple(map(surrounded, found))


class Family:
    """The specs of one module with their accepted code, as far as it can be kept."""

    def __init__(self, members: Iterable[Reference], codes: Mapping[str, str]) -> None:
        """Add up who uses whom.

        Args:
            members: All of them.
            codes: What is accepted for each.
        """
        self._declared = {member.name: set(member.uses) for member in members}
        self.codes = {n: c for n, c in codes.items() if n in self._declared}
        """The code of each, but for that which calls what has to come after it."""
        for name in [name for name in self.codes if self.needs_itself(name, codes[name])]:
            del self.codes[name]
        names = set(self._declared)
        self._uses = {
            name: declared | (names & free_names(self.codes.get(name, "")))
            for name, declared in self._declared.items()
        }

    def usable(self, name: str) -> dict[str, str]:
        """The accepted code of those that a spec may use: all that do not use it."""
        above = _above(name, self._uses)
        return {n: code for n, code in self.codes.items() if n != name and n not in above}

    def needs_itself(self, name: str, code: str) -> str:
        """The spec that code calls although its declaration uses this one; or nothing."""
        calls = free_names(code) & self._declared.keys() - {name}
        return min(calls & _above(name, self._declared), default="") if calls else ""


def family_of(spec: Spec) -> tuple[Reference, ...]:
    """All specs of a module, by one of them."""
    ours = tuple(used.name for used in spec.around.uses if used.path == spec.path)
    return (*spec.around.siblings, reference(spec, ours))


def _above(name: str, uses: Mapping[str, set[str]]) -> set[str]:
    """Those that use one, by way of others as well."""
    if not any(name in used for used in uses.values()):
        return set()
    found: set[str] = set()
    waiting = {name}
    while waiting:
        found |= waiting
        waiting = {other for other, used in uses.items() if used & found} - found
    return found - {name}


def called_by(code: str, siblings: Iterable[Reference]) -> tuple[Reference, ...]:
    """The specs of its module that accepted code uses."""
    names = free_names(code)
    return tuple(sibling for sibling in siblings if sibling.name in names)


def without_cycles(found: Found) -> Found:
    """The specs of a folder but for those that use each other in a circle; each is a problem."""
    specs = {(spec.path, spec.name): spec for spec in found.specs}
    problems = list(found.problems)
    while circle := _circle(specs):
        members = [specs.pop(key) for key in circle]
        chain = [f"{spec.id} ({spec.path}:{spec.line})" for spec in members]
        told = f"{chain[0]} uses {', which uses '.join([*chain[1:], members[0].id])}"
        reason = f"a cycle: {told}; none of them can be written first"
        problems.append(Problem(path=members[0].path, line=members[0].line, reason=reason))
    return replace(found, specs=tuple(specs.values()), problems=tuple(problems))


def in_order(specs: Iterable[S]) -> list[S]:
    """Specs in the order in which they are written: those first that others need.

    Args:
        specs: None of whose declarations use each other in a circle.
    """
    known: dict[Key, S] = {(spec.path, spec.name): spec for spec in specs}
    places = {key: place for place, key in enumerate(known)}
    graph = comes_after(tuple(known.values()))
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    found: list[S] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=places.__getitem__)
        found += [known[key] for key in ready]
        sorter.done(*ready)
    return found


def comes_after(specs: Sequence[Spec]) -> dict[Key, list[Key]]:
    """For each spec, by file and name, those among them that come before it."""
    graph = _declared({(spec.path, spec.name): spec for spec in specs})
    for spec in specs:
        own = spec.path, spec.name
        for used in map(_key, spec.around.called):
            if used in graph and own not in _below(used, graph):
                graph[own].append(used)
    return graph


def _declared(specs: Mapping[Key, Spec]) -> dict[Key, list[Key]]:
    return {
        key: [used for used in map(_key, spec.around.uses) if used in specs and used != key]
        for key, spec in specs.items()
    }


def _circle(specs: Mapping[Key, Spec]) -> list[Key]:
    try:
        TopologicalSorter(_declared(specs)).prepare()
    except CycleError as error:
        # Each comes after the one that uses it, and the first once more at the end.
        around: list[Key] = error.args[1][:0:-1]
        start = around.index(min(around))
        return [*around[start:], *around[:start]]
    return []


def _below(key: Key, graph: Mapping[Key, list[Key]]) -> set[Key]:
    found: set[Key] = set()
    waiting = [key]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += graph[current]
    return found


def _key(used: Reference) -> Key:
    return used.path, used.name
