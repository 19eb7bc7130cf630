"""Instances of the classes of a specification's module: dataclasses, enums and named tuples.

Only the very class that the module has under this name crosses. Instances are rebuilt from their
state: no `__init__` and no `__post_init__` runs.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Any

from pseudocode.runner.bounds import Impostor, Unencodable, described, name_of
from pseudocode.runner.containers import Inner


def write_instance(value: object, namespace: Mapping[str, object], inner: Inner) -> Any:
    """The instance as tag and payload; None when its class is none of the namespace's.

    Raises:
        Impostor: When it only pretends to be of a class of the namespace.
        Unencodable: When it has state that does not cross.
    """
    name = name_of(type(value))
    if name not in namespace:
        return None
    if namespace[name] is not type(value):
        if namespace[name] is None or kind_of(namespace[name]):
            told = f"an answer of type {described(type(value))}, not of the module's own {name}"
            raise Impostor(told, value)
        return None
    kind = kind_of(type(value))
    return [kind, [name, _KINDS[kind][0](value, inner)]] if kind else None


def read_instance(kind: str, payload: Any, namespace: Mapping[str, object], inner: Inner) -> Any:
    """The instance that `write_instance` was given, of the class of this namespace.

    Raises:
        Unencodable: When the namespace has no such class.
        Exception: Any, when the payload is not of our making.
    """
    name, content = payload
    found = namespace.get(name)
    if kind_of(found) != kind:
        raise Unencodable(f"there is no {kind} of this name in the module")
    return _KINDS[kind][1](found, content, inner)


def kind_of(found: Any) -> str | None:
    """Which kind of class that crosses this is; None when it is none."""
    if not issubclass(type(found), type):  # unlike isinstance, wakes no lazy object
        return None
    if issubclass(found, enum.Enum):
        return "flag" if issubclass(found, enum.Flag) else "enum"
    if issubclass(found, tuple):
        names = getattr(found, "_fields", None)
        return "namedtuple" if isinstance(names, tuple) else None
    return "dataclass" if hasattr(found, "__dataclass_fields__") else None


def _write_member(value: Any, _: Inner) -> str:
    name: str = value._name_
    if type(value)._member_map_.get(name) is not value:
        raise Impostor("a member that was tampered with", value)
    return name


def _read_member(kind: Any, name: Any, _: Inner) -> Any:
    return kind._member_map_[name]


def _write_flag(value: Any, _: Inner) -> str:
    if _flag(type(value), value._value_) is not value:
        raise Impostor("a flag that was tampered with", value)
    return hex(value._value_)


def _read_flag(kind: Any, number: Any, _: Inner) -> Any:
    return _flag(kind, int(number, 16))


def _flag(kind: Any, number: int) -> Any:
    made = kind._value2member_map_.get(number)
    if made is None:
        missing: Any = enum.Flag.__dict__["_missing_"]
        made = missing.__func__(kind, number)
    if type(made) is not kind or made._value_ != number:
        raise Unencodable("there is no such flag")
    return made


def _write_namedtuple(value: Any, inner: Inner) -> list[Any]:
    if object.__getstate__(value) or tuple.__len__(value) != len(type(value)._fields):
        raise Unencodable("a named tuple with attributes beside its fields", value)
    return [inner(item) for item in tuple.__iter__(value)]


def _read_namedtuple(kind: Any, items: Any, inner: Inner) -> Any:
    if not isinstance(items, list) or len(items) != len(kind._fields):
        raise Unencodable("a named tuple of the wrong length")
    return tuple.__new__(kind, [inner(item) for item in items])


def _write_dataclass(value: Any, inner: Inner) -> list[Any]:
    kind = type(value)
    _empty(kind)
    state = _state(value)
    fields = _fields(kind)
    if not state.keys() <= set(fields):
        raise Unencodable("a dataclass with attributes beside its fields", value)
    for name in fields:
        if object.__getattribute__(value, name) is not state.get(name, getattr(kind, name, None)):
            raise Unencodable("a dataclass with fields that are computed", value)
    return [[name, inner(state[name])] for name in fields if name in state]


def _fields(kind: Any) -> list[str]:
    import dataclasses  # which takes long, and is there already where there is such a class

    return [field.name for field in dataclasses.fields(kind)]


def _read_dataclass(kind: Any, pairs: list[Any], inner: Inner) -> Any:
    made = _empty(kind)
    fields = _fields(kind)
    for name, data in pairs:
        if name not in fields:
            raise Unencodable("a dataclass without this field")
        object.__setattr__(made, name, inner(data))
    for name in fields:
        object.__getattribute__(made, name)  # raises for a field that has no value at all
    return made


def _empty(kind: Any) -> Any:
    try:
        return object.__new__(kind)
    except TypeError:  # its base keeps state of its own, as exceptions and containers do
        raise Unencodable(f"a dataclass on a builtin type: {described(kind)}") from None


def _state(value: object) -> dict[str, Any]:
    """All attributes of the instance itself, in its dictionary and in slots."""
    state: Any = object.__getstate__(value)
    plain, slots = state if isinstance(state, tuple) else (state, None)
    return {**(plain or {}), **(slots or {})}


_KINDS: dict[str, tuple[Callable[[Any, Inner], Any], Callable[[Any, Any, Inner], Any]]] = {
    "enum": (_write_member, _read_member),
    "flag": (_write_flag, _read_flag),
    "namedtuple": (_write_namedtuple, _read_namedtuple),
    "dataclass": (_write_dataclass, _read_dataclass),
}
CLASSES = frozenset(_KINDS)
"""The tags of all instances of a namespace's classes."""
