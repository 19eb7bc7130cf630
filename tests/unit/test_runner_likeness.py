from __future__ import annotations

import dataclasses
import enum
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest

from pseudocode.runner.encoding import Impostor, Unencodable, encode
from pseudocode.runner.likeness import OwnNames, poses
from tests.making import shown


@dataclasses.dataclass
class Point:
    x: object


class Color(enum.Enum):
    RED = 1


class Model:
    """Prints like a dataclass, as those of other libraries do."""

    def __repr__(self) -> str:
        return "Model(x=1)"


NS: dict[str, object] = {"Point": Point, "Color": Color, "Model": Model, "limit": 3}


class Fake:
    def __init__(self, shown: str) -> None:
        self.shown = shown

    def __repr__(self) -> str:
        return self.shown


def is_posing(value: object, namespace: dict[str, object] = NS) -> bool:
    with pytest.raises(Unencodable) as refusal:
        encode(value, namespace)
    return poses(refusal.value, repr(refusal.value.culprit), namespace)


@pytest.mark.parametrize(
    "shown",
    ["Point(x=1)", "<Color.RED: 1>", "<Color.RED|BLUE: 3>", "Fraction(1, 3)", "Counter({'a': 1})",
     "datetime.date(2024, 1, 1)", "<m.Color.RED: 1>", "frozenset({1})"],
)  # fmt: skip
@pytest.mark.parametrize("within", [lambda v: v, lambda v: [1, v], Point])
def test_what_prints_like_what_crosses_poses(shown: str, within: Any) -> None:
    assert is_posing(within(Fake(shown)))


def test_a_class_of_the_same_name_poses_whatever_it_prints() -> None:
    assert is_posing(type("Point", (Fake,), {})("hm"))


def test_what_the_module_imported_is_what_it_is() -> None:
    assert is_posing(Fake("Fraction(1, 3)"), {"Fraction": Fraction})
    assert not is_posing(Fake("Counter(1)"), {"Counter": Model})


UNCOUNTED: Any = {"a": print}
NOTED = Point(1)
NOTED.note = "x"  # type: ignore[attr-defined]
HONEST = [
    Fake("<m.Thing at 0x7f>"), Fake("x**2"), Fake("24"), Fake("Other(x=1)"), Fake("limit(3)"),
    Fake("lib.Counter(1)"), Model(), [Model()], Point(print), Point(Model()), NOTED,
    Counter[str](**UNCOUNTED),
    (n for n in "ab"), print, {1: object()}, Fraction,
]  # fmt: skip


@pytest.mark.parametrize("value", HONEST, ids=shown)
def test_what_only_does_not_cross_does_not_pose(value: object) -> None:
    assert not is_posing(value)


def test_an_answer_that_is_too_deep_does_not_pose() -> None:
    value: object = Point(1)
    for _ in range(99):
        value = [value]
    assert not is_posing(value)


def fresh() -> Any:
    @dataclasses.dataclass
    class Spot:
        x: int

    return Spot


def new_repr(kind: Any) -> None:
    kind.__repr__ = lambda self: "Spot(x=1)"


def shadowed_field(kind: Any) -> None:
    kind.x = property(lambda self: 1)


def new_reading(kind: Any) -> None:
    kind.__getattribute__ = lambda self, name: 1 if name == "x" else object.__getattribute__


def new_name(kind: Any) -> None:
    kind.__qualname__ = "Other"


CHANGES = [new_repr, shadowed_field, new_reading, new_name]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_class_that_was_made_to_print_otherwise_is_not_the_modules_own(change: Any) -> None:
    kind = fresh()
    value = kind(5)
    own = OwnNames({"Spot": kind})
    change(kind)
    assert own.genuine() == {"Spot": None}
    with pytest.raises(Impostor):
        encode(value, own.genuine())


def test_names_are_those_of_the_beginning() -> None:
    kind = fresh()
    names: dict[str, object] = {"Spot": kind, "limit": 3}
    own = OwnNames(names)
    kind.count = 1
    kind.method = lambda self: 1
    names["Spot"] = names["other"] = None
    assert own.genuine() == {"Spot": kind, "limit": 3}
