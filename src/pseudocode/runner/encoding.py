"""Answers of generated code as plain tagged data.

The worker encodes, the parent decodes; nothing is ever unpickled. Only exact types cross: those of
`leaves` and `containers`, of `arrays` and `tables`, and classes of the specification's module. A
subclass with a tricked `__eq__` or `__repr__` does not. Everything else crosses as an opaque
description. Imported by the worker, so it needs only the standard library, and little of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pseudocode.runner.bounds import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_ITEMS,
    Bounds,
    Impostor,
    Unencodable,
    described,
    home_of,
)
from pseudocode.runner.classes import CLASSES, read_instance, write_instance
from pseudocode.runner.containers import (
    CONTAINERS,
    held_in,
    read_container,
    write_container,
)
from pseudocode.runner.leaves import LEAVES, read_leaf, write_leaf


def encode(value: object, namespace: Mapping[str, object] | None = None) -> Any:
    """The value as JSON data.

    Args:
        value: The value.
        namespace: The globals of the specification's module, whose classes cross, too.

    Raises:
        Unencodable: When it is of a kind that does not cross, or cannot cross exactly.
    """
    try:
        return _Encoder(namespace or {}).encode(value)
    except Unencodable:
        raise
    except Exception as error:  # of numpy and pandas, and of values that were tampered with
        raise Unencodable(f"an answer that cannot be read: {type(error).__name__}", value) from None


def decode(data: Any, namespace: Mapping[str, object] | None = None) -> Any:
    """The value that `encode` was given; imports numpy or pandas where data is of theirs.

    Args:
        data: What `encode` gave, or anything else that was sent instead.
        namespace: The globals of the specification's module, in this process.

    Raises:
        Unencodable: When the data is not of our making, or not of this namespace.
    """
    try:
        return _Decoder(namespace or {}).decode(data)
    except Unencodable:
        raise
    except Exception as error:  # whatever the constructors make of malformed data
        raise Unencodable(f"malformed answer: {type(error).__name__}") from None


def is_plain(data: Any) -> bool:
    """Whether encoded data decodes with the standard library alone, and without a namespace.

    Tells nothing of whether the data is well-formed; never raises.
    """
    try:
        return _is_plain(data, Bounds())
    except Unencodable:
        return False


def _is_plain(data: Any, bounds: Bounds) -> bool:
    with bounds:
        if data is None or isinstance(data, bool | str):
            return True
        if not (isinstance(data, list) and len(data) == 2 and isinstance(data[0], str)):
            return False
        if data[0] in LEAVES:
            return True
        held = held_in(*data)
        return held is not None and all(_is_plain(part, bounds) for part in held)


class _Encoder:
    def __init__(self, namespace: Mapping[str, object]) -> None:
        self._namespace = namespace
        self._bounds = Bounds()

    def encode(self, value: object) -> Any:
        with self._bounds:
            return self._encoded(value)

    def _encoded(self, value: object) -> Any:
        kind = type(value)
        if value is None or kind is bool or kind is str:
            return value
        if (leaf := write_leaf(value)) is not None:
            return leaf
        if (container := write_container(value, self.encode)) is not None:
            return container
        if (instance := write_instance(value, self._namespace, self.encode)) is not None:
            return instance
        if (foreign := self._foreign(value)) is not None:
            return foreign
        raise Unencodable(f"an answer of type {described(kind)}", value)

    def _foreign(self, value: object) -> Any:
        library = home_of(type(value)).partition(".")[0]
        if library == "numpy":
            from pseudocode.runner.arrays import write_array

            return write_array(value, self._bounds.take)
        if library == "pandas":
            from pseudocode.runner.tables import write_table

            return write_table(value, self.encode)
        return None


class _Decoder:
    def __init__(self, namespace: Mapping[str, object]) -> None:
        self._namespace = namespace
        self._bounds = Bounds()

    def decode(self, data: Any) -> Any:
        with self._bounds:
            if data is None or isinstance(data, bool | str):
                return data
            name, payload = data
            return self._decoded(name, payload)

    def _decoded(self, name: str, payload: Any) -> Any:
        if name in LEAVES:
            return read_leaf(name, payload)
        if name in CONTAINERS:
            return read_container(name, payload, self.decode)
        if name in CLASSES:
            return read_instance(name, payload, self._namespace, self.decode)
        if name in ("ndarray", "npscalar"):
            from pseudocode.runner.arrays import read_array

            return read_array(name, payload, self._bounds.take)
        from pseudocode.runner.tables import read_table

        return read_table(name, payload, self.decode)


__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_ITEMS",
    "Impostor",
    "Unencodable",
    "decode",
    "encode",
    "is_plain",
]
