"""Answers of generated code as plain tagged data.

The worker encodes, the parent decodes; nothing is ever unpickled. Only exact builtin types cross:
a subclass with a tricked `__eq__` or `__repr__` does not. Everything else crosses as an opaque
description. Imported by the worker, so it needs only the standard library, and little of it.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import math
import pathlib
from collections import Counter
from typing import Any

MAX_DEPTH = 40
MAX_ITEMS = 200_000
MAX_ALIKE = 1_000
"""Members of one set that share a hash; more take for ever to put in."""
MAX_FRACTION = 10_000
"""Digits of a fraction's parts, in hexadecimal; reducing longer ones takes for ever."""


class Unencodable(ValueError):
    """A value that is too deep, too large, or not plain data."""


def encode(value: object) -> Any:
    """The value as JSON data.

    Raises:
        Unencodable: When it is not plain data.
    """
    return _Encoder().encode(value, 0)


def decode(data: Any) -> Any:
    """The value that `encode` was given.

    Raises:
        Unencodable: When the data is not of our making.
    """
    try:
        return _decode(data, 0)
    except Unencodable:
        raise
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        raise Unencodable(f"malformed answer: {type(error).__name__}") from None


class _Encoder:
    def __init__(self) -> None:
        self._items = 0

    def encode(self, value: object, depth: int) -> Any:
        self._items += 1
        if depth > MAX_DEPTH:
            raise Unencodable("the answer is nested too deeply")
        if self._items > MAX_ITEMS:
            raise Unencodable("the answer is too large")
        kind = type(value)
        if value is None or kind in (bool, str):
            return value
        if kind in _SCALARS:
            return [kind.__name__, _SCALARS[kind][0](value)]
        if kind in (list, tuple, set, frozenset):
            return [kind.__name__, [self.encode(v, depth + 1) for v in value]]  # type: ignore[attr-defined]
        if kind is dict:
            items = list(value.items())  # type: ignore[attr-defined]
            pairs = [[self.encode(k, depth + 1), self.encode(v, depth + 1)] for k, v in items]
            return ["dict", pairs]
        raise Unencodable(f"an answer of type {kind.__module__}.{kind.__qualname__}")


def _fraction(parts: list[str]) -> fractions.Fraction:
    if max(map(len, parts)) > MAX_FRACTION:
        raise Unencodable("the answer is too large")
    return fractions.Fraction(*(int(n, 16) for n in parts))


def _float_text(value: float) -> str:
    return repr(value) if math.isfinite(value) else str(value)


def _iso(value: datetime.datetime | datetime.date | datetime.time) -> str:
    """ISO 8601, where that says all: not with a named zone, nor with a repeated hour."""
    text = value.isoformat()
    if repr(type(value).fromisoformat(text)) != repr(value):
        raise Unencodable(f"an answer of type {type(value).__name__} with a zone of its own")
    return text


def _timedelta_parts(value: datetime.timedelta) -> list[int]:
    return [value.days, value.seconds, value.microseconds]


_SCALARS: dict[type, tuple[Any, Any]] = {
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
    datetime.datetime: (_iso, datetime.datetime.fromisoformat),
    datetime.date: (_iso, datetime.date.fromisoformat),
    datetime.time: (_iso, datetime.time.fromisoformat),
    datetime.timedelta: (_timedelta_parts, lambda v: datetime.timedelta(*v)),
    decimal.Decimal: (str, decimal.Decimal),
    fractions.Fraction: (
        lambda v: [hex(v.numerator), hex(v.denominator)],
        _fraction,
    ),
    pathlib.PurePosixPath: (str, pathlib.PurePosixPath),
    pathlib.PosixPath: (str, pathlib.PosixPath),
}
_BY_NAME = {kind.__name__: read for kind, (_, read) in _SCALARS.items()}
_CONTAINERS: dict[str, type] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}


def _decode(data: Any, depth: int) -> Any:
    if depth > MAX_DEPTH + 1:
        raise Unencodable("the answer is nested too deeply")
    if data is None or isinstance(data, bool | str):
        return data
    name, payload = data
    if name in _BY_NAME:
        return _BY_NAME[name](payload)
    if name == "dict":
        pairs = [(_decode(k, depth + 1), _decode(v, depth + 1)) for k, v in payload]
        return dict(zip(_apart([k for k, _ in pairs]), [v for _, v in pairs], strict=True))
    members = [_decode(value, depth + 1) for value in payload]
    return _CONTAINERS[name](members if name in ("list", "tuple") else _apart(members))


def _apart(members: list[Any]) -> list[Any]:
    """What goes into a set or a dict, unless it was made to share its hashes."""
    if len(members) > MAX_ALIKE and max(Counter(map(hash, members)).values()) > MAX_ALIKE:
        raise Unencodable("the answer has too many members of one hash")
    return members
