from __future__ import annotations

import dataclasses
import enum
import functools
import json
from collections import namedtuple
from contextlib import suppress
from typing import Any, ClassVar, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.runner.encoding import Impostor, Unencodable, decode, encode, is_plain
from tests.unit.mutation import mutated

RAN: list[str] = []
"""What ran that must not."""


@dataclasses.dataclass
class Point:
    x: Any
    y: Any = 2
    COUNT: ClassVar[int] = 0

    def __post_init__(self) -> None:
        RAN.append("post")


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    a: Any
    b: Any = dataclasses.field(init=False, default=7)


@dataclasses.dataclass(slots=True, order=True)
class Slotted:
    a: Any = None


@dataclasses.dataclass
class Child(Point):
    z: Any = dataclasses.field(init=False, default=3)
    hidden: Any = dataclasses.field(default=None, repr=False, compare=False, kw_only=True)


@dataclasses.dataclass(slots=True)
class SlottedChild(Slotted):
    c: Any = None


class Color(enum.Enum):
    RED = 1
    GREEN = (1, 2)
    SCARLET = 1  # noqa: PIE796

    def __init__(self, *_: object) -> None:
        RAN.append("init")

    @classmethod
    def _missing_(cls, _: object) -> Color:
        RAN.append("missing")
        return Color.RED


class Size(enum.IntEnum):
    S = 1
    L = 2


class Word(enum.StrEnum):
    HI = "hi"


class Perm(enum.Flag):
    R = 4
    W = 2
    X = 1


class Open(enum.IntFlag):
    A = 1
    B = 2


Pair = namedtuple("Pair", "left right")


class Typed(NamedTuple):
    name: str
    value: Any = None


NS: dict[str, object] = dict(globals())

scalars = st.none() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False)
members = st.sampled_from([*Color, *Size, *Word, *Perm, *Open])
flags = st.integers(0, 7).map(Perm) | st.integers(0, 99).map(Open)
instances = st.recursive(
    scalars | members | flags,
    lambda inner: (
        st.builds(Point, inner, inner)
        | st.builds(Frozen, inner)
        | st.builds(Slotted, inner)
        | st.builds(Child, inner, inner, hidden=inner)
        | st.builds(SlottedChild, inner, inner)
        | st.builds(Pair, inner, inner)
        | st.builds(Typed, st.text(max_size=5), inner)
        | st.lists(inner, max_size=3)
        | st.dictionaries(scalars, inner, max_size=3)
    ),
    max_leaves=8,
)


def crossed(value: object, namespace: dict[str, object] = NS) -> Any:
    return decode(json.loads(json.dumps(encode(value, namespace))), namespace)


@given(instances)
def test_instances_of_the_modules_classes_come_back_as_they_were(value: object) -> None:
    RAN.clear()
    again = crossed(value)
    assert RAN == []
    assert again == value
    assert type(again) is type(value)
    assert repr(again) == repr(value)


@given(st.sets(members | flags | st.builds(Frozen, st.integers())))
def test_instances_can_be_members_of_sets(value: set[object]) -> None:
    assert crossed(value) == value


@pytest.mark.parametrize("member", [Color.RED, Color.SCARLET, Size.L, Perm.R, Perm.R | Perm.X])
def test_members_come_back_as_themselves(member: object) -> None:
    assert crossed(member) is member


@pytest.mark.parametrize("value", [Perm(0), ~Perm.R, Open(-1), Open(64), Open(0)])
def test_flags_without_a_name_come_back(value: enum.Flag) -> None:
    again = crossed(value)
    assert (type(again), again.value) == (type(value), value.value)


def test_what_differs_by_field_only_is_told_apart() -> None:
    made = Child(1, hidden=5)
    made.z = 9
    again = crossed(made)
    assert (again.z, again.hidden) == (9, 5)


VALUES = [Point(1), Color.RED, Perm.R, Pair(1, 2), [Frozen(1)], {Size.S: 1}]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_they_need_the_namespace(value: object) -> None:
    with pytest.raises(Unencodable):
        encode(value)
    data = encode(value, NS)
    assert not is_plain(data)
    with pytest.raises(Unencodable):
        decode(data)
    with pytest.raises(Unencodable):
        decode(data, dict.fromkeys(NS))


@pytest.mark.parametrize(
    ("value", "other"),
    [(Point(1), Color), (Color.RED, Point), (Pair(1, 2), Point), (Perm.R, Color), (Frozen(1), int)],
    ids=repr,
)
def test_a_class_of_another_kind_is_refused(value: object, other: type) -> None:
    with pytest.raises(Unencodable):
        decode(encode(value, NS), {**NS, type(value).__name__: other})


def look_alikes() -> list[object]:
    """Values of classes that generated code could define under the module's names."""

    @dataclasses.dataclass
    class Point:
        x: int
        y: int = 2

    class Color(enum.Enum):
        RED = 1

    class Pair(tuple[int, int]):
        _fields = ("left", "right")

    class Equal(type):
        def __eq__(cls, _: object) -> bool:
            return True

        def __hash__(cls) -> int:
            return hash(NS["Point"])

    class Masked:
        __class__ = NS["Point"]  # type: ignore[assignment]

        def __repr__(self) -> str:
            return "Point(x=1, y=2)"

        def __eq__(self, _: object) -> bool:
            return True

    Masked.__name__ = "Point"
    chameleon = Equal("Point", (), {"__dataclass_fields__": {}})()
    return [Point(1), Color.RED, Pair((1, 2)), Masked(), chameleon]


@pytest.mark.parametrize("value", look_alikes(), ids=lambda value: str(type(value).__bases__))
@pytest.mark.parametrize("within", [lambda v: v, lambda v: [v], lambda v: Point(v)])
def test_look_alikes_of_the_modules_classes_are_impostors(value: object, within: Any) -> None:
    with pytest.raises(Impostor):
        encode(within(value), NS)


def test_a_subclass_of_the_modules_class_does_not_cross() -> None:
    class Sub(Point):
        def __repr__(self) -> str:
            return "Point(x=1, y=2)"

    with pytest.raises(Unencodable, match="Sub"):
        encode(Sub(1), NS)


def test_members_that_were_tampered_with_are_impostors() -> None:
    class Lamp(enum.Enum):
        ON = 1
        OFF = 0

    class Bits(enum.Flag):
        A = 1
        B = 2

    Lamp.OFF._name_ = "ON"
    Bits.A._value_ = 2
    for member in (Lamp.OFF, Bits.A):
        with pytest.raises(Impostor):
            encode(member, {"Lamp": Lamp, "Bits": Bits})


class Loose(namedtuple("Loose", "a")):
    pass


@dataclasses.dataclass
class Cached:
    a: int

    @functools.cached_property
    def double(self) -> int:
        return 2 * self.a


@dataclasses.dataclass
class Failure(Exception):
    code: int


@dataclasses.dataclass
class Unset:
    a: int = dataclasses.field(init=False)


class Plain:
    pass


def with_state() -> list[object]:
    """Honest values whose state is more, or less, than what is rebuilt."""
    loose, cached = Loose(1), Cached(1)
    loose.note = "x"  # type: ignore[attr-defined]
    assert cached.double == 2
    return [loose, cached, Failure(3), Unset(), Plain(), Point(object()), Point, Color]


@pytest.mark.parametrize("value", with_state(), ids=lambda value: type(value).__name__)
def test_state_that_does_not_cross_is_refused_but_no_cheat(value: object) -> None:
    with pytest.raises(Unencodable) as refusal:
        encode(value, dict(globals()))
    assert not isinstance(refusal.value, Impostor)


def test_fields_that_are_computed_do_not_cross() -> None:
    @dataclasses.dataclass
    class Shadowed:
        x: int

    made = Shadowed(5)
    Shadowed.x = property(lambda self: 1)  # type: ignore[assignment]
    with pytest.raises(Unencodable):
        encode(made, {"Shadowed": Shadowed})


@pytest.mark.parametrize(
    "data",
    [
        ["dataclass", ["Point", [["__class__", None]]]],
        ["dataclass", ["Point", [["x", None], ["z", None]]]],
        ["dataclass", ["Point", []]],
        ["dataclass", ["Slotted", []]],
        ["dataclass", ["Failure", [["code", None]]]],
        ["dataclass", ["Plain", []]],
        ["dataclass", ["print", []]],
        ["dataclass", [["Point"], []]],
        ["dataclass", ["Point", [[["x"], None]]]],
        ["enum", ["Color", "mro"]],
        ["enum", ["Color", "__class__"]],
        ["enum", ["Perm", "R"]],
        ["enum", ["Color", 1]],
        ["flag", ["Perm", "0x8"]],
        ["flag", ["Perm", "-0x1"]],
        ["flag", ["Perm", 1]],
        ["namedtuple", ["Pair", [None]]],
        ["namedtuple", ["Pair", [None, None, None]]],
        ["namedtuple", ["Pair", "ab"]],
        ["namedtuple", ["Point", [None, None]]],
    ],
    ids=repr,
)
def test_instances_not_of_our_making_are_refused(data: Any) -> None:
    RAN.clear()
    with pytest.raises(Unencodable):
        decode(data, {**NS, **globals()})
    assert RAN == []


@given(instances, st.data())
def test_encodings_that_were_changed_decode_or_are_refused(
    value: object, data: st.DataObject
) -> None:
    RAN.clear()
    changed = mutated(json.loads(json.dumps(encode(value, NS))), data.draw)
    with suppress(Unencodable):
        decode(changed, NS)
    assert RAN == []
