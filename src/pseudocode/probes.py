"""Calls made up from those in the examples and tests, on which candidates are compared.

Nobody knows the right answers. Arguments are mixed between the calls, and changed a little, type by
type, so that most of them are still such as the declaration has in mind.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice, zip_longest
from typing import Any

from pseudocode.spec.model import Spec
from pseudocode.spec.parsing import parse

MAX_CALLS = 32
MAX_CHARACTERS = 300
"""Of one call."""
MAX_SOURCES = 12
"""Calls of the examples from which others are made."""
Arguments = tuple[Any, ...]


@lru_cache(maxsize=256)
def calls_for(spec: Spec) -> tuple[str, ...]:
    """Calls of the declared function, as source; always the same ones, none where none can be made.

    Args:
        spec: Its examples and tests give the arguments, where these are literals.
    """
    if spec.kind != "function":
        return ()
    known = list(islice(dict.fromkeys(map(_text, _given(spec))), MAX_SOURCES))
    given = [ast.literal_eval(text) for text in known]
    mixed = islice(dict.fromkeys(map(_text, chain(_mixed(given), _changed(given)))), 8 * MAX_CALLS)
    made = [text for text in mixed if text not in known and len(text) <= MAX_CHARACTERS]
    awaited = "await " if spec.is_async else ""
    return tuple(f"{awaited}{spec.name}(*{text})" for text in made[:MAX_CALLS])


def _text(arguments: Arguments) -> str:
    return repr(arguments)


def _given(spec: Spec) -> Iterator[Arguments]:
    """The arguments of calls that are written out."""
    sources = [e.source for e in spec.examples if not e.skipped and e.error is None]
    for source in [*sources, *(suite.source for suite in spec.suites)]:
        try:
            tree = parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id=spec.name), args=[_, *_], keywords=[]):
                    try:
                        yield tuple(ast.literal_eval(argument) for argument in node.args)
                    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                        continue


def _mixed(given: list[Arguments]) -> Iterator[Arguments]:
    """Each argument of one call in the place of that of another."""
    for one in given:
        for other in given:
            if len(one) == len(other):
                for place in range(len(one)):
                    yield _with(one, place, other[place])


def _changed(given: list[Arguments]) -> Iterator[Arguments]:
    """One argument changed, in turns: first the first change of each, then the second."""
    ways = [
        (_with(one, place, value) for value in _near(one[place], one))
        for one in given
        for place in range(len(one))
    ]
    for row in zip_longest(*ways):
        yield from (arguments for arguments in row if arguments is not None)


def _with(arguments: Arguments, place: int, value: Any) -> Arguments:
    return (*arguments[:place], value, *arguments[place + 1 :])


def _near(value: Any, beside: Arguments) -> Iterable[Any]:
    """Values of the same type that differ a little; those beside it tell what may matter."""
    match value:
        case bool():
            return (not value,)
        case int():
            inner = [v for other in beside if isinstance(other, list | tuple) for v in other]
            limits = [v for v in inner if type(v) is int][:3]
            # A count must not become negative, nor so large that it takes for ever.
            return (*limits, value + 1, *([value - 1] if value > 0 else []), value + 7, 2, 1, 5, 12)
        case float():
            return (value + 0.5, value * 2, value / 3, float(round(value)))
        case str():
            return _near_text(value)
        case list():
            return _near_list(value)
        case tuple():
            return (
                tuple(changed) for changed in _near_list(list(value)) if len(changed) == len(value)
            )
        case dict():
            items = list(value.items())
            return (dict(items[1:]), dict(items[:1]), dict(reversed(items)))
    return ()


def _near_text(value: str) -> Iterator[str]:
    yield value[::-1]
    yield value + value[:1]
    yield value[1:]
    yield value[:-1]
    yield value.swapcase()
    yield value[len(value) // 2 :] + value[: len(value) // 2]
    yield " ".join(reversed(value.split(" ")))
    yield value + value


def _near_list(value: list[Any]) -> Iterator[list[Any]]:
    yield value[::-1]
    yield value[1:]
    yield value + value[:1]
    for place in range(min(len(value), 3)):
        for changed in islice(_near(value[place], ()), 2):
            yield [*value[:place], changed, *value[place + 1 :]]
    yield value[:-1]
    yield value + value
    yield value[len(value) // 2 :] + value[: len(value) // 2]
