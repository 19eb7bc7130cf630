"""Whether an answer that did not cross only looks like one that does.

A text such as `Point(x=1, y=2)` says little when generated code has written the `__repr__`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from operator import is_
from typing import Any

from pseudocode.runner.bounds import Impostor, Unencodable, described, name_of
from pseudocode.runner.classes import kind_of
from pseudocode.runner.containers import container_class
from pseudocode.runner.leaves import leaf_class

_PRINTED = re.compile(r"\s*(?:<(?:\w+\.)*(\w+)\.[\w|]+: |(?:datetime\.)?(\w+)\()")
"""How enum members begin, and how instances do."""


class OwnNames:
    """The globals of the specification's module, as they were before generated code ran."""

    def __init__(self, namespace: Mapping[str, object]) -> None:
        self._names = dict(namespace)
        self._looks = {name: _looks(found) for name, found in namespace.items() if kind_of(found)}

    def genuine(self) -> dict[str, object]:
        """The globals; None stands for a class that prints in another way than it did."""
        changed = [name for name, seen in self._looks.items() if not self._same(name, seen)]
        return {**self._names, **dict.fromkeys(changed)}

    def _same(self, name: str, seen: tuple[str, list[Any]]) -> bool:
        called, parts = _looks(self._names[name])
        return called == seen[0] and len(parts) == len(seen[1]) and all(map(is_, parts, seen[1]))


def _looks(kind: Any) -> tuple[str, list[Any]]:
    """All that a class has to say in how its instances are printed: its names, and its parts."""
    import inspect

    fields = inspect.getattr_static(kind, "__dataclass_fields__", ())
    names = ("__repr__", "__getattribute__", *fields)
    parts = [inspect.getattr_static(kind, name, None) for name in names]
    return f"{described(kind)} {name_of(kind)}", parts


def poses(refusal: Unencodable, shown: str, namespace: Mapping[str, object]) -> bool:
    """Whether the value that was refused prints like one of a class that it is not of.

    Args:
        refusal: Why the answer did not cross, and which part of it.
        shown: How this part prints.
        namespace: The globals of the specification's module.
    """
    if isinstance(refusal, Impostor):
        return True
    if refusal.culprit is None or not (printed := _PRINTED.match(shown)):
        return False
    name = printed[1] or printed[2]
    known = leaf_class(name) or container_class(name)
    real = namespace.get(name, known)
    crosses = real is known or kind_of(real) is not None
    changed = real is None and name in namespace
    return changed or (real is not None and crosses and real is not type(refusal.culprit))
