"""What an encoded answer may take, and how one that does not cross is refused."""

from __future__ import annotations

from typing import Any

MAX_DEPTH = 40
MAX_ITEMS = 200_000
MAX_ALIKE = 1_000
"""Members of one set that share a hash; more take for ever to put in."""
MAX_FRACTION = 10_000
"""Digits of a fraction's parts, in hexadecimal; reducing longer ones takes for ever."""
MAX_BYTES = 2 << 20
"""Bytes in all arrays of one answer; as base64 they still fit into a reply."""


class Unencodable(ValueError):
    """A value that is too deep, too large, or of a kind that does not cross.

    Attributes:
        culprit: The value, or the part of it, that does not cross; None where nothing is told.
    """

    def __init__(self, reason: str, culprit: object = None) -> None:
        super().__init__(reason)
        self.culprit = culprit


class Impostor(Unencodable):
    """A value that pretends to be one of a class that crosses."""


class Bounds:
    """Counts levels, items and bytes on the way through one answer; entered for each item."""

    def __init__(self) -> None:
        self._depth = 0
        self._items = 0
        self._bytes = 0

    def __enter__(self) -> None:
        self._depth += 1
        self._items += 1
        if self._depth > MAX_DEPTH + 1:
            raise Unencodable("the answer is nested too deeply")
        if self._items > MAX_ITEMS:
            raise Unencodable("the answer is too large")

    def __exit__(self, *_: object) -> None:
        self._depth -= 1

    def take(self, size: int) -> None:
        """Count bytes of an array.

        Raises:
            Unencodable: When these are too many.
        """
        self._bytes += size
        if self._bytes > MAX_BYTES:
            raise Unencodable("the answer is too large")


def name_of(kind: type) -> str:
    """The class's own name, whatever its metaclass tells."""
    name: str = _NAME(kind)
    return name


def home_of(kind: type) -> str:
    """The module that the class says it is of, whatever its metaclass tells; empty if none."""
    try:
        module: Any = _MODULE(kind)
    except AttributeError:
        return ""
    return module if type(module) is str else ""


def described(kind: type) -> str:
    """The class in words, for the reason of a refusal."""
    qualified: str = _QUALNAME(kind)
    return f"{home_of(kind)}.{qualified}"


_NAME = type.__dict__["__name__"].__get__
_MODULE = type.__dict__["__module__"].__get__
_QUALNAME = type.__dict__["__qualname__"].__get__
