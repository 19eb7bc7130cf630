"""Values of the standard library that hold no others, as plain tagged data.

A class is looked up by its identity: a metaclass can make its classes equal to anything.
"""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pseudocode.runner.bounds import MAX_FRACTION, Unencodable, name_of

if TYPE_CHECKING:
    import datetime
    from fractions import Fraction


def write_leaf(value: object) -> list[Any] | None:
    """The value as tag and payload; None when it is no leaf.

    Raises:
        Unencodable: When it cannot cross exactly.
    """
    kind = type(value)
    if write := _WRITERS.get(id(kind)):
        return [kind.__name__, write(value)]
    name = name_of(kind)
    if name not in _LAZY:
        return None
    module, write, _ = _LAZY[name]
    if getattr(sys.modules.get(module), name, None) is not kind:
        return None
    return [name, write(value)]


def read_leaf(name: str, payload: Any) -> Any:
    """The value that `write_leaf` was given.

    Raises:
        Exception: Any, when the payload is not of our making.
    """
    if name in _READERS:
        return _READERS[name](payload)
    module, _, read = _LAZY[name]
    return read(getattr(importlib.import_module(module), name), payload)


def leaf_class(name: str) -> type | None:
    """The class that crosses under this name."""
    if name in _LAZY:
        found = getattr(importlib.import_module(_LAZY[name][0]), name, None)
        return found if isinstance(found, type) else None
    return next((kind for kind in _SCALARS if kind.__name__ == name), None)


def _float_text(value: float) -> str:
    return repr(value) if math.isfinite(value) else str(value)


def _fraction(kind: type[Fraction], parts: list[str]) -> Fraction:
    if max(map(len, parts)) > MAX_FRACTION:
        raise Unencodable("the answer is too large")
    return kind(*(int(n, 16) for n in parts))


def _iso(value: datetime.datetime | datetime.date | datetime.time) -> str:
    """ISO 8601, where that says all: not with a named zone, nor with a repeated hour."""
    text = value.isoformat()
    if repr(type(value).fromisoformat(text)) != repr(value):
        raise Unencodable(f"an answer of type {type(value).__name__} with a zone of its own", value)
    return text


def _timedelta_parts(value: datetime.timedelta) -> list[int]:
    return [value.days, value.seconds, value.microseconds]


_SCALARS: dict[type, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    # In hexadecimal, since decimal text of a huge number is refused by the interpreter.
    int: (hex, lambda text: int(text, 16)),
    float: (_float_text, float),
    complex: (
        lambda v: [_float_text(v.real), _float_text(v.imag)],
        lambda v: complex(*map(float, v)),
    ),
    bytes: (bytes.hex, bytes.fromhex),
    bytearray: (bytearray.hex, bytearray.fromhex),
    range: (
        lambda v: [hex(n) for n in (v.start, v.stop, v.step)],
        lambda v: range(*(int(n, 16) for n in v)),
    ),
}
_WRITERS = {id(kind): write for kind, (write, _) in _SCALARS.items()}
_READERS = {kind.__name__: read for kind, (_, read) in _SCALARS.items()}


def _from_text(kind: Any, payload: Any) -> Any:
    if not isinstance(payload, str):  # a bare number would be taken for a packed address
        raise TypeError("text expected")
    return kind(payload)


def _from_iso(kind: Any, text: Any) -> Any:
    return kind.fromisoformat(text)


# Of modules that are imported only by those who have such a value at hand: every worker would
# else take the time.
_LAZY: dict[str, tuple[str, Callable[[Any], Any], Callable[[Any, Any], Any]]] = {
    **dict.fromkeys(("datetime", "date", "time"), ("datetime", _iso, _from_iso)),
    "timedelta": ("datetime", _timedelta_parts, lambda kind, parts: kind(*parts)),
    "Decimal": ("decimal", str, lambda kind, text: kind(text)),
    "Fraction": ("fractions", lambda v: [hex(v.numerator), hex(v.denominator)], _fraction),
    "PurePosixPath": ("pathlib", str, lambda kind, text: kind(text)),
    "PosixPath": ("pathlib", str, lambda kind, text: kind(text)),
    "UUID": ("uuid", lambda v: hex(v.int), lambda kind, text: kind(int=int(text, 16))),
    **{
        f"IPv{version}{part}": ("ipaddress", str, _from_text)
        for version in (4, 6)
        for part in ("Address", "Network", "Interface")
    },
}
LEAVES = frozenset([*_READERS, *_LAZY])
"""The tags of all leaves."""
