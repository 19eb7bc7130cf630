"""Accepted classes are served as if they stood in the module that declares them."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import pydoc
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pseudocode import NotGenerated, SpecError
from tests.declaring import Declaring, declaring

IMPORT = "from pseudocode import pseudo_class\n"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Declaring]:
    with declaring(tmp_path) as made:
        yield made


POINT = '''\
import dataclasses

@pseudo_class
@dataclasses.dataclass
class Point:
    """A point in the plane."""

    x: float
    y: float = 0.0

    def __add__(self, other: "Point") -> "Point":
        """The sum of two points."""

    @property
    def length(self) -> float:
        """From the origin."""

    @classmethod
    def origin(cls) -> "Point":
        """Zero."""

    @staticmethod
    def parse(text: str) -> "Point":
        """Read `x,y`."""
'''
POINT_CODE = '''\
import math
from dataclasses import dataclass

@dataclass
class Point:
    x: float
    y: float = 0.0

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    @property
    def length(self):
        return math.hypot(self.x, self.y)

    @classmethod
    def origin(cls):
        """What the code says itself."""
        return cls(0.0)

    @staticmethod
    def parse(text):
        return Point(*map(float, text.split(",")))
'''


def test_a_dataclass_with_operators_and_properties(home: Declaring) -> None:
    home.write("declared_c", IMPORT + POINT, Point=POINT_CODE)
    point = home.load("declared_c").Point
    assert point(3, 4) + point(1) == point(4, 4)
    assert point(3, 4).length == 5
    assert (point.origin(), point.parse("1,2")) == (point(0), point(1, 2))
    assert [field.name for field in dataclasses.fields(point)] == ["x", "y"]
    assert repr(point(1)) == "Point(x=1, y=0.0)"
    assert (point.__module__, point.__qualname__) == ("declared_c", "Point")
    assert pickle.loads(pickle.dumps(point(1))) == copy.deepcopy(point(1)) == point(1)


def test_docstrings_of_the_declaration_are_kept_where_there_is_none(home: Declaring) -> None:
    home.write("declared_c", IMPORT + POINT, Point=POINT_CODE)
    point = home.load("declared_c").Point
    assert point.__doc__ == "A point in the plane."
    assert point.__add__.__doc__ == "The sum of two points."
    assert point.length.__doc__ == "From the origin."
    assert point.parse.__doc__ == "Read `x,y`."
    assert point.origin.__doc__ == "What the code says itself."
    assert "From the origin." in pydoc.render_doc(point, renderer=pydoc.TextDoc())


MANY = '''\
import enum
from typing import Generic, Protocol, TypeVar
T = TypeVar("T")

class Base:
    def greet(self) -> str:
        return "hello from " + type(self).__name__

@pseudo_class
class Shape(Base):
    def area(self) -> float: ...

@pseudo_class
class Square(Shape):
    def __init__(self, side: float) -> None: ...

@pseudo_class
class TooLarge(ValueError):
    """Something does not fit."""

@pseudo_class
class Colour(enum.Enum):
    """Red and green."""

@pseudo_class
class Box(Generic[T]):
    def put(self, item: T) -> None: ...
    def get(self) -> T: ...

@pseudo_class
class Named(Protocol):
    name: str

@pseudo_class
class Slotted:
    __slots__ = ("a",)

@pseudo_class
class Opened:
    def __enter__(self) -> "Opened": ...
    def __exit__(self, *details: object) -> None: ...

def later() -> int:
    return 7
'''
CODES = {
    "Shape": "class Shape(Base):\n    def area(self):\n        return later()\n",
    "Square": (
        "class Square(Shape):\n    def __init__(self, side):\n        super().__init__()\n"
        "        self.side = side\n    def area(self):\n        return self.side ** 2\n"
    ),
    "TooLarge": (
        "class TooLarge(ValueError):\n    def __init__(self, size):\n"
        "        super().__init__(f'too large: {size}')\n        self.size = size\n"
        "    def __reduce__(self):\n        return TooLarge, (self.size,)\n"
    ),
    "Colour": "class Colour(enum.Enum):\n    RED = 1\n    GREEN = 2\n",
    "Box": (
        "class Box(Generic[T]):\n    def put(self, item: T) -> None:\n        self.item = item\n"
        "    def get(self) -> T:\n        return self.item\n"
    ),
    "Named": (
        "from typing import runtime_checkable\n@runtime_checkable\n"
        "class Named(Protocol):\n    name: str\n"
    ),
    "Slotted": "class Slotted:\n    __slots__ = ('a',)\n",
    "Opened": (
        "class Opened:\n    def __enter__(self):\n        self.is_open = True\n"
        "        return self\n"
        "    def __exit__(self, *details):\n        self.is_open = False\n"
    ),
}


def test_bases_of_every_kind(home: Declaring) -> None:
    home.write("declared_c", IMPORT + MANY, **CODES)
    module = home.load("declared_c")
    square = module.Square(3)
    assert (square.area(), square.greet()) == (9, "hello from Square")
    assert isinstance(square, module.Shape)
    assert module.Shape().area() == 7
    with pytest.raises(module.TooLarge, match="too large: 9") as caught:
        raise module.TooLarge(9)
    assert pickle.loads(pickle.dumps(caught.value)).size == 9
    assert [c.name for c in module.Colour] == ["RED", "GREEN"]
    assert pickle.loads(pickle.dumps(module.Colour.RED)) is module.Colour.RED
    assert module.Colour.__doc__ == "Red and green."
    box = module.Box[int]()
    box.put(3)
    assert box.get() == 3
    assert typing.get_type_hints(module.Box.put)["item"] is module.T
    assert isinstance(caught.value, ValueError)
    assert not isinstance(box, module.Named)
    with pytest.raises(AttributeError):
        module.Slotted().b = 1
    with module.Opened() as opened:
        assert opened.is_open
    assert not opened.is_open


def test_a_class_may_be_used_in_annotations_and_be_derived_from(home: Declaring) -> None:
    text = (
        f"{IMPORT}{MANY}\nclass Cube(Square):\n    pass\n\ndef use(shape: Shape) -> Box[int]: ...\n"
    )
    home.write("declared_c", text, **CODES)
    module = home.load("declared_c")
    assert module.Cube(2).area() == 4
    assert typing.get_type_hints(module.use)["shape"] is module.Shape
    assert str(inspect.signature(module.Square)) == "(side)"


def test_without_code_every_use_says_how_to_get_it(home: Declaring) -> None:
    home.write("declared_c", IMPORT + POINT + MANY)
    module = home.load("declared_c")
    own: Any = type("Own", (module.Shape,), {"__init__": lambda _: None})
    uses = [
        lambda: module.Point(1),
        lambda: module.Point.origin(),
        lambda: module.Point.parse("1,2"),
        lambda: module.Square(2),
        lambda: module.TooLarge(3),
        lambda: module.Colour.RED,
        lambda: module.Colour(1),
        lambda: module.Box[int](),
        lambda: module.Slotted(),
        lambda: module.Opened(),
        lambda: own().area(),
    ]
    use: Callable[[], object]
    for use in uses:
        with pytest.raises(NotGenerated, match=r"no accepted code for declared_c\.\w+; run: "):
            use()
    assert module.Point.origin.__doc__ == "Zero."


HELPED = """\
from pseudocode import pseudo_class, pseudo_function

@pseudo_class
class Chain:
    def push(self, item: int) -> None: ...

@pseudo_function
def pair(a: int, b: int) -> object: ...
"""
CHAIN = """\
class _Link:
    def __init__(self, item, rest):
        self.item, self.rest = item, rest

def _helper():
    pass

class Chain:
    head = None

    def push(self, item):
        self.head = _Link(item, self.head)
"""
PAIR = """\
from typing import NamedTuple

class Pair(NamedTuple):
    a: int
    b: int

def pair(a, b):
    return Pair(a, b)
"""


def test_instances_of_classes_that_only_the_code_knows_can_be_pickled(home: Declaring) -> None:
    home.write("declared_h", HELPED, Chain=CHAIN, pair=PAIR)
    module = home.load("declared_h")
    chain = module.Chain()
    chain.push(3)
    dumped = pickle.dumps((chain, module.pair(1, 2)))
    again, pair = pickle.loads(dumped)
    assert again.head.item == 3
    assert pair == (1, 2)
    home.load("declared_h")  # as if in another process, where nothing was called yet
    again, pair = pickle.loads(dumped)
    assert type(pair).__name__ == "Pair"
    assert not hasattr(module, "_helper")
    assert not {"_Link", "Pair"} & set(dir(module))
    with pytest.raises(AttributeError, match="module 'declared_h' has no attribute 'missing'"):
        _ = module.missing


ORDERED = """\
import functools

@functools.total_ordering
@pseudo_class
class Version:
    def __init__(self, number: int) -> None: ...
    def __eq__(self, other: object) -> bool: ...
    def __lt__(self, other: object) -> bool: ...
"""
VERSION = """\
import functools

@functools.total_ordering
class Version:
    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        return self.number == other.number

    def __lt__(self, other):
        return self.number < other.number
"""


def test_decorators_above_ours_are_applied_once(home: Declaring) -> None:
    home.write("declared_v", IMPORT + ORDERED, Version=VERSION)
    version = home.load("declared_v").Version
    assert version(1) <= version(2)


def test_something_else_than_a_class_is_refused() -> None:
    import pseudocode

    with pytest.raises(SpecError, match="pseudo_class stands on"):
        pseudocode.pseudo_class(len)  # type: ignore[call-overload]  # that is what is tested


METHODS = """\
@pseudo_class
class Kit:
    @staticmethod
    async def fetch(n: int) -> int: ...

    @classmethod
    def many(cls, n: int): ...
"""
KIT = """\
class Kit:
    @staticmethod
    async def fetch(n: int) -> int:
        return n

    @classmethod
    def many(cls, n: int):
        yield from range(n)
"""


async def test_static_and_class_methods_of_every_kind(home: Declaring) -> None:
    home.write("declared_k", IMPORT + METHODS, Kit=KIT)
    kit = home.load("declared_k").Kit
    assert inspect.iscoroutinefunction(kit.fetch)
    assert await kit.fetch(3) == 3
    assert list(kit.many(2)) == [0, 1]
    assert "declared_k" in sys.modules
