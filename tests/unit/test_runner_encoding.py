from __future__ import annotations

import collections
import datetime
import ipaddress
import json
import math
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from pathlib import PosixPath, PurePosixPath
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.runner.encoding import (
    MAX_DEPTH,
    MAX_ITEMS,
    Unencodable,
    decode,
    encode,
    is_plain,
)
from tests.making import shown
from tests.unit.mutation import mutated

Moment = TypeVar("Moment", datetime.datetime, datetime.time)


def unfolded(moment: Moment) -> Moment:
    return moment.replace(fold=0)


texts = st.text(st.characters(exclude_categories=[]), max_size=20)
hashable = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
    | texts | st.binary(max_size=20) | st.complex_numbers(allow_nan=False)
    | st.decimals(allow_nan=False) | st.fractions() | st.dates()
    | st.datetimes().map(unfolded) | st.times().map(unfolded)
    | st.timedeltas() | st.builds(range, st.integers(), st.integers(), st.integers(1))
    | texts.map(PurePosixPath) | st.uuids() | st.ip_addresses()
)  # fmt: skip
plain = st.recursive(
    hashable | st.binary(max_size=20).map(bytearray),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(hashable, inner)
        | st.sets(hashable)
        | st.frozensets(hashable)
        | st.dictionaries(hashable, inner).map(collections.OrderedDict)
        | st.dictionaries(hashable, st.integers()).map(collections.Counter)
        | st.dictionaries(hashable, inner).map(lambda d: collections.defaultdict(list, d))
        | st.lists(inner).map(collections.deque)
    ),
    max_leaves=12,
)


def crossed(value: object) -> Any:
    """The value after a trip through JSON."""
    return decode(json.loads(json.dumps(encode(value))))


def kinds(value: object) -> Any:
    """The types within a value, where their order is known."""
    if isinstance(value, dict):
        return type(value), [(type(k), kinds(v)) for k, v in value.items()]
    if isinstance(value, list | tuple | collections.deque):
        return [type(value), *map(kinds, value)]
    return type(value)


@given(plain)
def test_plain_data_comes_back_as_it_was(value: object) -> None:
    assert is_plain(json.loads(json.dumps(encode(value))))
    again = crossed(value)
    assert again == value
    assert kinds(again) == kinds(value)


UTC = datetime.UTC
EXACT = [
    10**5000, -(10**5000), True, -0.0, math.inf, math.nan, complex(math.nan, -0.0), "\ud800\x00",
    Decimal("NaN"), Decimal("sNaN"), Decimal("1E+999999"), Decimal("-0.00"), Fraction(-1, 3),
    datetime.datetime.min, datetime.datetime(2024, 1, 1, tzinfo=UTC),
    datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=-3.5))),
    datetime.timedelta.min, datetime.timedelta.max, range(10**30, 0, -7), PosixPath("/a/b"),
    {1: "a", 1.5: "b", None: [()]}, [[], {}, set(), frozenset()], {(1, frozenset([2])): b"\xff"},
    collections.Counter("abb"), collections.defaultdict(None, {1: 2}), collections.deque("ab", 2),
    collections.defaultdict(int), collections.deque(maxlen=0),
    ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_interface("fe80::1%a/64"),
]  # fmt: skip


@pytest.mark.parametrize("value", EXACT, ids=lambda value: type(value).__name__)
def test_odd_but_plain_data_comes_back_exactly(value: object) -> None:
    again = crossed(value)
    assert type(again) is type(value)
    if not isinstance(value, int):
        assert repr(again) == repr(value)
    else:
        assert again == value


class Zone(datetime.tzinfo):
    def utcoffset(self, _: datetime.datetime | None) -> datetime.timedelta:
        return datetime.timedelta(0)

    def dst(self, _: datetime.datetime | None) -> datetime.timedelta:
        return datetime.timedelta(0)

    def tzname(self, _: datetime.datetime | None) -> str:
        return "UTC"


DELICATE = [
    Fraction(10**5000, 3),
    datetime.datetime(2024, 1, 1, tzinfo=Zone()),
    datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(0), "X")),
    datetime.datetime(2024, 10, 27, 2, 30, fold=1),
    datetime.time(2, 30, fold=1),
]


@pytest.mark.parametrize("value", DELICATE, ids=["long", "zone", "name", "fold", "time"])
def test_what_cannot_cross_exactly_does_not_cross(value: Any) -> None:
    try:
        again = crossed(value)
    except Unencodable:
        return
    assert type(again) is type(value)
    assert again == value
    assert getattr(again, "tzinfo", None) == getattr(value, "tzinfo", None)
    assert getattr(again, "fold", 0) == getattr(value, "fold", 0)
    assert not hasattr(value, "tzname") or again.tzname() == value.tzname()


class Liar(int):
    def __eq__(self, _: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


class Sly(list[int]):
    pass


class Chameleons(type):
    """Its classes are equal to every other class."""

    def __eq__(cls, _: object) -> bool:
        return True

    def __hash__(cls) -> int:
        return hash(int)


class Chameleon(metaclass=Chameleons):
    __module__ = "builtins"

    def __index__(self) -> int:
        return 24


class Masked:
    """Says that it is a number."""

    __class__ = int  # type: ignore[assignment]


class UUID:
    __module__ = "uuid"
    int = 1


class ndarray:  # noqa: N801
    __module__ = "numpy"


class Timestamp:
    __module__ = "pandas"


FAKES = [Chameleon(), Masked(), UUID(), ndarray(), Timestamp(), collections.defaultdict(lambda: 0)]


@pytest.mark.parametrize(
    "value",
    [Liar(3), Sly(), [Liar(3)], {Liar(3): 1}, object(), print, int, iter(()), ..., *FAKES],
    ids=shown,
)
def test_only_exact_builtin_types_cross(value: object) -> None:
    with pytest.raises(Unencodable):
        encode(value)


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def test_values_at_the_depth_limit_cross_and_deeper_ones_do_not() -> None:
    assert crossed(nested(MAX_DEPTH)) == nested(MAX_DEPTH)
    with pytest.raises(Unencodable, match="too deeply"):
        encode(nested(MAX_DEPTH + 1))


def test_a_value_within_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(Unencodable, match="too deeply"):
        encode(loop)


def test_too_many_items_are_refused() -> None:
    with pytest.raises(Unencodable, match="too large"):
        encode([None] * (MAX_ITEMS + 1))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
tags = st.sampled_from(
    ["int", "float", "complex", "bytes", "bytearray", "range", "datetime", "date", "time",
     "timedelta", "Decimal", "Fraction", "PosixPath", "PurePosixPath", "list", "tuple", "set",
     "frozenset", "dict", "str", "bool", "object", "", "OrderedDict", "Counter", "defaultdict",
     "deque", "UUID", "IPv4Address", "IPv6Network", "dataclass", "enum", "flag", "namedtuple"]
)  # fmt: skip
forged = st.recursive(
    json_values,
    lambda inner: st.tuples(tags, inner | st.lists(inner)).map(list),
    max_leaves=10,
)


@given(forged)
def test_whatever_is_sent_decodes_or_is_refused(data: Any) -> None:
    plain_alone = is_plain(data)
    with suppress(Unencodable):
        decode(data)
        assert plain_alone


@given(plain, st.data())
def test_encodings_that_were_changed_decode_or_are_refused(
    value: object, data: st.DataObject
) -> None:
    changed = mutated(json.loads(json.dumps(encode(value))), data.draw)
    is_plain(changed)
    with suppress(Unencodable):
        decode(changed)


@pytest.mark.parametrize(
    "data",
    [
        5, 1.5, [], ["int"], ["int", 5], ["int", "g"], ["no", "x"], [["int"], "1"], {"int": "1"},
        ["set", [["list", []]]], ["dict", [["a"]]], ["dict", [[["list", []], 1]]],
        ["range", ["0x0", "0x1", "0x0"]], ["Fraction", "1/0"], ["Decimal", "x"],
        ["list", "ab"], ["tuple", {"a": 1}], ["deque", [["list", []]]], ["deque", ["-0x1", []]],
        ["defaultdict", ["type", []]], ["defaultdict", ["eval", []]], ["Counter", [["a"]]],
        ["UUID", "0x1" + "0" * 40], ["UUID", 1], ["IPv4Address", 1], ["IPv4Address", "1"],
        ["timedelta", [1e308, 1e308, 1e308]], ["date", "yesterday"], ["bytes", "0"],
    ],
    ids=repr,
)  # fmt: skip
def test_data_not_of_our_making_is_refused(data: Any) -> None:
    with pytest.raises(Unencodable):
        decode(data)


def test_depth_that_was_never_encoded_is_refused() -> None:
    data: list[Any] = ["list", []]
    for _ in range(500):
        data = ["list", [data]]
    with pytest.raises(Unencodable, match="too deeply"):
        decode(data)


def test_a_fraction_that_would_take_for_ever_is_refused() -> None:
    # Written as it never is by `encode`; each further digit makes it ten times as slow.
    with pytest.raises(Unencodable):
        decode(["Fraction", "1e5000"])


@pytest.mark.parametrize(
    "data",
    [5, [], ["int"], {"int": "0x1"}, ["enum", ["Color", "RED"]], ["ndarray", ["<i8", [0], ""]],
     ["list", [["NaT", None]]], ["dict", [[["NA", None], "a"]]], ["deque", [None, [["x", "y"]]]],
     ["defaultdict", ["list", [["a", ["npscalar", []]]]]], ["dict", 5], ["deque", []]],
    ids=repr,
)  # fmt: skip
def test_what_needs_more_than_the_library_is_not_plain(data: Any) -> None:
    assert not is_plain(data)


def test_depth_that_was_never_encoded_is_not_plain() -> None:
    data: list[Any] = ["list", []]
    for _ in range(500):
        data = ["list", [data]]
    assert not is_plain(data)


def test_too_many_items_are_not_decoded() -> None:
    with pytest.raises(Unencodable, match="too large"):
        decode(["list", [None] * (MAX_ITEMS + 1)])


def test_a_metaclass_that_lies_about_names_breaks_nothing() -> None:
    class Lying(type):
        def __getattribute__(cls, _: str) -> Any:
            raise SystemExit

    with pytest.raises(Unencodable, match="Lied"):
        encode(Lying("Lied", (), {})())


ALIKE = [["int", hex(n * (2**61 - 1))] for n in range(100_000)]
"""Numbers whose hash is 0: a set or a dict of them would take a minute to make."""


@pytest.mark.parametrize(
    "data",
    [
        ["set", ALIKE],
        ["frozenset", ALIKE],
        ["dict", [[key, None] for key in ALIKE]],
        ["set", [["tuple", [key]] for key in ALIKE]],
        ["Fraction", ["0x" + "7" * 10**6, "0x" + "9" * 10**6]],
    ],
    ids=["set", "frozenset", "dict", "tuples", "fraction"],
)
def test_what_would_take_for_ever_to_read_is_refused(data: Any) -> None:
    with pytest.raises(Unencodable, match="too"):
        decode(data)


def test_large_sets_and_dicts_cross() -> None:
    assert crossed(set(range(50_000))) == set(range(50_000))
    assert crossed(dict.fromkeys(range(5_000))) == dict.fromkeys(range(5_000))
