"""Arrays and scalars of numpy as their bytes.

Numpy is imported only where data of it is at hand.
"""

from __future__ import annotations

import ast
import binascii
import math
import re
import struct
import sys
from collections.abc import Callable
from typing import Any

from pseudocode.runner.bounds import MAX_BYTES, Unencodable, described

Take = Callable[[int], None]
"""Counts bytes; raises `Unencodable` when they are too many."""

_DTYPE = re.compile(r"[<>|][biufcSUMm][1-9]\d{0,6}(\[\d{0,7}[A-Za-z]{1,2}\])?")
_IMMUTABLE = 1 << 8
"""Set in the flags of types that are written in C; no class statement sets it."""


def write_array(value: Any, take: Take) -> list[Any] | None:
    """The array or scalar as tag and payload; None when it is of another type.

    Raises:
        Unencodable: When it is too large or holds what is no number, text or time.
    """
    numpy: Any = sys.modules.get("numpy")
    kind = type(value)
    if numpy is None or not type.__dict__["__flags__"].__get__(kind) & _IMMUTABLE:
        return None
    if kind is numpy.ndarray:
        return ["ndarray", _content(value, value, take)]
    if not issubclass(kind, numpy.generic):
        return None
    array = numpy.asarray(value)
    content = _content(value, array, take)
    if (array.dtype.kind in "SU" and array[()] != value) or type(array[()]) is not kind:
        raise Unencodable("a scalar of numpy that changes on the way", value)
    return ["npscalar", content]


def _content(value: Any, array: Any, take: Take) -> list[Any]:
    if not _DTYPE.fullmatch(array.dtype.str) or array.dtype.names:
        raise Unencodable(f"an answer of type {described(type(value))} of {array.dtype}", value)
    take(array.nbytes)
    text = binascii.b2a_base64(array.tobytes(), newline=False).decode("ascii")
    return [array.dtype.str, list(array.shape), text]


def read_array(tag: str, payload: Any, take: Take) -> Any:
    """The array or scalar that `write_array` was given.

    Raises:
        Unencodable: When it is too large.
        Exception: Any, when the payload is not of our making.
    """
    import numpy

    name, shape, raw = _parts(payload, take)
    dtype = numpy.dtype(name)
    if dtype.itemsize * math.prod(shape) != len(raw) or (shape and tag == "npscalar"):
        raise Unencodable("malformed answer: an array of another size")
    array: Any = numpy.ndarray(tuple(shape), dtype, bytearray(raw))
    if dtype.kind == "b" and not (array.view("u1") < 2).all():
        raise Unencodable("malformed answer: a truth value that is neither")
    if dtype.kind == "U" and raw:
        codes = numpy.frombuffer(raw, f"{name[0]}u4")
        if codes.max() > sys.maxunicode:
            raise Unencodable("malformed answer: no text")
    return array[()] if tag == "npscalar" else array.copy()


def _parts(payload: Any, take: Take) -> tuple[str, list[int], bytes]:
    name, shape, text = payload
    if not isinstance(name, str) or not _DTYPE.fullmatch(name) or not isinstance(text, str):
        raise Unencodable("malformed answer: no array")
    if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
        raise Unencodable("malformed answer: no shape of an array")
    if len(text) > 2 * MAX_BYTES:
        raise Unencodable("the answer is too large")
    raw = binascii.a2b_base64(text, strict_mode=True)
    take(len(raw))
    return name, shape, raw


def is_scalar_of(data: Any, literal: str) -> bool:
    """Whether encoded data is the numpy scalar that this literal tells; needs no numpy.

    Args:
        data: What was sent as an encoded value.
        literal: The text of a literal of Python, such as `3.0`.
    """
    from pseudocode.spec.parsing import parse_expression

    try:
        tag, payload = data
        name, shape, raw = _parts(payload, lambda _: None)
        return (
            tag == "npscalar"
            and not shape
            and raw == _packed(name, ast.literal_eval(parse_expression(literal)))
        )
    except Exception:  # data may be anything
        return False


def _packed(dtype: str, literal: Any) -> bytes | None:
    """The bytes of a scalar of this dtype; None where it does not print as this literal."""
    kind, order = dtype[1], "little" if dtype[0] in "<|" else "big"
    if kind == "U" and type(literal) is str:
        return literal.encode(f"utf-32-{order[0]}e", "surrogatepass")
    if kind == "S" and type(literal) is bytes:
        return literal
    forms = {"b": (bool, "?"), "i": (int, "bhiq"), "u": (int, "BHIQ"), "f": (float, " efd")}
    python, letters = forms.get(kind, (None, ""))
    if type(literal) is not python:
        return None
    letter = letters[int(dtype[2:]).bit_length() - 1]
    return struct.pack(("<" if order == "little" else ">") + letter, literal)
