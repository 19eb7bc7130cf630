"""Containers of builtin and standard types, as plain tagged data of what they hold."""

from __future__ import annotations

import collections
from collections.abc import Callable
from typing import Any

from pseudocode.runner.bounds import MAX_ALIKE, Unencodable

Inner = Callable[[Any], Any]
"""Encodes or decodes what is inside of a value."""


def write_container(value: object, inner: Inner) -> list[Any] | None:
    """The container as tag and payload; None when it is none.

    Raises:
        Unencodable: When it cannot cross exactly.
    """
    kind = type(value)
    write = _WRITERS.get(id(kind))
    return None if write is None else [kind.__name__, write(value, inner)]


def read_container(name: str, payload: Any, inner: Inner) -> Any:
    """The container that `write_container` was given.

    Raises:
        Exception: Any, when the payload is not of our making.
    """
    return _KINDS[name][2](payload, inner)


def held_in(name: str, payload: Any) -> list[Any] | None:
    """The encoded members of an encoded container; None when it is none, or malformed."""
    try:
        held = payload[1] if name in ("defaultdict", "deque") else payload
        if name in ("dict", "OrderedDict", "Counter", "defaultdict"):
            held = [part for pair in held for part in pair]
    except (TypeError, LookupError):
        return None
    return held if name in CONTAINERS and isinstance(held, list) else None


def container_class(name: str) -> type | None:
    """The class that crosses under this name."""
    return _KINDS[name][0] if name in _KINDS else None


_PLAIN_FACTORIES = (bool, bytes, complex, dict, float, frozenset, int, list, set, str, tuple)
_FACTORIES = {kind.__name__: kind for kind in _PLAIN_FACTORIES}


def _items(value: Any, inner: Inner) -> list[Any]:
    return [inner(item) for item in value]


def _read_items(data: Any, inner: Inner) -> list[Any]:
    if not isinstance(data, list):
        raise Unencodable("malformed answer: a list expected")
    return [inner(item) for item in data]


def _pairs(value: Any, inner: Inner) -> list[Any]:
    return [[inner(key), inner(item)] for key, item in list(value.items())]


def _read_pairs(pairs: Any, inner: Inner) -> dict[Any, Any]:
    read = [(inner(key), inner(item)) for key, item in pairs]
    return dict(zip(_apart([key for key, _ in read]), [item for _, item in read], strict=True))


def _apart(members: list[Any]) -> list[Any]:
    """What goes into a set or a dict, unless it was made to share its hashes."""
    if len(members) > MAX_ALIKE:
        alike = max(collections.Counter(map(hash, members)).values())
        if alike > MAX_ALIKE:
            raise Unencodable("the answer has too many members of one hash")
    return members


def _counted(pairs: Any, inner: Inner) -> Any:
    made: collections.Counter[Any] = collections.Counter()
    made.update(_read_pairs(pairs, inner))
    return made


def _write_defaults(value: Any, inner: Inner) -> list[Any]:
    factory = value.default_factory
    if factory is not None and not any(factory is kind for kind in _PLAIN_FACTORIES):
        raise Unencodable("a defaultdict with a factory of its own", value)
    return [factory and factory.__name__, _pairs(value, inner)]


def _read_defaults(payload: Any, inner: Inner) -> Any:
    name, pairs = payload
    factory: Any = None if name is None else _FACTORIES[name]
    return collections.defaultdict(factory, _read_pairs(pairs, inner))


def _write_deque(value: Any, inner: Inner) -> list[Any]:
    return [value.maxlen if value.maxlen is None else hex(value.maxlen), _items(value, inner)]


def _read_deque(payload: Any, inner: Inner) -> Any:
    longest, items = payload
    maxlen = None if longest is None else int(longest, 16)
    return collections.deque(_read_items(items, inner), maxlen)


_KINDS: dict[str, tuple[type, Callable[[Any, Inner], Any], Callable[[Any, Inner], Any]]] = {
    "list": (list, _items, _read_items),
    "tuple": (tuple, _items, lambda data, inner: tuple(_read_items(data, inner))),
    "set": (set, _items, lambda data, inner: set(_apart(_read_items(data, inner)))),
    "frozenset": (
        frozenset,
        _items,
        lambda data, inner: frozenset(_apart(_read_items(data, inner))),
    ),
    "dict": (dict, _pairs, _read_pairs),
    "OrderedDict": (
        collections.OrderedDict,
        _pairs,
        lambda data, inner: collections.OrderedDict(_read_pairs(data, inner)),
    ),
    "Counter": (collections.Counter, _pairs, _counted),
    "defaultdict": (collections.defaultdict, _write_defaults, _read_defaults),
    "deque": (collections.deque, _write_deque, _read_deque),
}
_WRITERS = {id(kind): write for kind, write, _ in _KINDS.values()}
CONTAINERS = frozenset(_KINDS)
"""The tags of all containers."""
