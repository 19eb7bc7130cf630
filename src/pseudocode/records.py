"""Events as records of JSON: what a journal holds and what programs are told."""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from functools import cache
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from pseudocode.events import Event

SCHEMA = 1
"""Version of the events' JSON form; a reader knows all versions up to its own."""

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
        event: Event = _build(kind, record)
    except TypeError as error:
        raise ValueError(f"malformed {kind.__name__}: {error}") from None
    return event


def dumps(record: dict[str, Any]) -> str:
    """One line of ASCII JSON: lone surrogates and escapes survive any file system."""
    return json.dumps(record, ensure_ascii=True, separators=(",", ":"))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _build(hint: Any, value: Any) -> Any:
    """A value of JSON as the type that an event declares; `TypeError` where it is not of it."""
    if is_dataclass(hint):
        if not isinstance(value, dict):
            raise TypeError(f"{value!r} is no object")
        # What a later version adds is passed over.
        hints = {name: inner for name, inner in _hints(cast(Any, hint)).items() if name in value}
        return cast("type[Any]", hint)(**{n: _build(inner, value[n]) for n, inner in hints.items()})
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise TypeError(f"{value!r} is no list")
        return tuple(_build(get_args(hint)[0], item) for item in value)
    if not _fits(hint, value):
        raise TypeError(f"{value!r} is not of type {getattr(hint, '__name__', hint)}")
    return value


def _fits(hint: Any, value: Any) -> bool:
    if get_origin(hint) is Literal:
        return isinstance(value, str) and value in get_args(hint)
    if options := get_args(hint):
        return any(_fits(option, value) for option in options)
    if hint is float:
        return type(value) in (int, float)
    return type(value) is hint
