"""Events as records of JSON: what a journal holds and what programs are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from functools import cache
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from pseudocode.events import Event

SCHEMA = 2
"""Version of a journal's form; a reader knows all versions up to its own.

1: `seq`, `at` and the event. 2: and `crc` at the end, the CRC-32 of the line up to it.
"""

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Event)}


def to_json(event: Event) -> dict[str, Any]:
    """The event as values that `json` can write, with its kind under `event`."""
    return {"event": type(event).__name__, **asdict(event)}


def from_json(record: object) -> Event:
    """The event that `to_json` wrote.

    Raises:
        ValueError: When it is not one of ours, or not well-formed.
    """
    named = record.get("event") if isinstance(record, dict) else None
    kind = _KINDS.get(str(named))
    if kind is None:
        raise ValueError(f"unknown event {named!r}")
    try:
        event: Event = _builder(cast(Any, kind))(record)
    except TypeError as error:
        raise ValueError(f"malformed {kind.__name__}: {error}") from None
    return event


def dumps(record: dict[str, Any]) -> str:
    """One line of ASCII JSON: lone surrogates and escapes survive any file system."""
    return json.dumps(record, ensure_ascii=True, separators=(",", ":"))


Build = Callable[[Any], Any]
"""Turns a value of JSON into what an event declares; `TypeError` where it is not of it."""


@cache
def _builder(hint: Any) -> Build:
    """Made once for each type: a long journal is nothing but this."""
    if is_dataclass(hint):
        return _object_builder(cast("type[Any]", hint))
    if get_origin(hint) is tuple:
        return _list_builder(_builder(get_args(hint)[0]))
    return _value_builder(hint)


def _object_builder(kind: type[Any]) -> Build:
    fields = [
        (name, hint if hint in (str, int, bool) else None, _builder(hint))
        for name, hint in get_type_hints(kind).items()
    ]

    def build(value: Any) -> Any:
        if type(value) is not dict:
            raise TypeError(f"{value!r} is no object")
        found = {}
        for name, plain, make in fields:  # what a later version adds is passed over
            if name in value:
                given = value[name]
                found[name] = given if type(given) is plain else make(given)
        return kind(**found)

    return build


def _list_builder(make: Build) -> Build:
    def build(value: Any) -> Any:
        if type(value) is not list:
            raise TypeError(f"{value!r} is no list")
        return tuple([make(item) for item in value])

    return build


def _value_builder(hint: Any) -> Build:
    def build(value: Any) -> Any:
        if not _fits(hint, value):
            raise TypeError(f"{value!r} is not of type {getattr(hint, '__name__', hint)}")
        return value

    return build


def _fits(hint: Any, value: Any) -> bool:
    if get_origin(hint) is Literal:
        return isinstance(value, str) and value in get_args(hint)
    if options := get_args(hint):
        return any(_fits(option, value) for option in options)
    if hint is float:
        return type(value) in (int, float)
    return type(value) is hint
