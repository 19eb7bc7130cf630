"""Type checkers see what was declared: a decorated function keeps its type, a class stays one."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.edges import processes

SAMPLE = '''\
"""As a person declares things."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar, assert_type, overload

from pseudocode import pseudo_class, pseudo_file, pseudo_function

T = TypeVar("T")


@pseudo_function
def plain(a: int, /, b: str = "", *rest: int, key: float) -> list[int]: ...
@pseudo_function(review=True, tests=["test_it.py"], mode="generate", network=["example.org"])
def with_options(a: int) -> str: ...
@pseudo_function
async def fetch(url: str) -> bytes: ...
@pseudo_function
def count(n: int) -> Iterator[int]:
    yield n


@pseudo_function
async def ticks(n: int) -> AsyncIterator[int]:
    yield n


@pseudo_function
def first(items: list[T]) -> T: ...


@overload
def double(value: int) -> int: ...
@overload
def double(value: str) -> str: ...
@pseudo_function
def double(value: int | str) -> int | str: ...


@pseudo_class
@dataclass
class Point:
    x: int

    @property
    def length(self) -> float: ...
    @classmethod
    def origin(cls) -> "Point": ...


@pseudo_class(max_rounds=3)
class Box(Generic[T]):
    def put(self, item: T) -> None: ...
    def get(self) -> T: ...


class Derived(Point):
    pass


def check(contents: str) -> None:
    assert contents


assert_type(pseudo_file("a.json", "what it holds", [check], timeout=3), str)


async def use(point: Point, box: Box[int]) -> None:
    assert_type(plain(1, key=2.0), list[int])
    assert_type(with_options(1), str)
    assert_type(await fetch(""), bytes)
    assert_type(count(3), Iterator[int])
    async for tick in ticks(3):
        assert_type(tick, int)
    assert_type(first(["a"]), str)
    assert_type(double(1), int)
    assert_type(double(""), str)
    assert_type(point.length, float)
    assert_type(Point.origin(), Point)
    assert_type(Point(1).x, int)
    assert_type(box.get(), int)
    made: type[Point] = Point
    calls: Callable[[str], Awaitable[bytes]] = fetch
    print(made, calls, Derived(2).x)
'''
WRONG = """

plain("a", key=1)
with_options()
Point("x")
pseudo_function(rounds=3)
pseudo_function(mode="now")
"""


async def complaints(folder: Path, text: str, *command: str) -> tuple[int, set[int]]:
    """The exit code of a type checker, and the lines that it has something against."""
    sample = folder / "sample.py"
    sample.write_text(text, encoding="utf-8")
    ended = await processes.run(*command, str(sample), cwd=folder, env={"NO_COLOR": "1"})
    told = [line for line in ended.lines if ": error" in line or " error:" in line]
    print(ended.out, ended.err)
    return ended.code, {int(line.split("sample.py:")[1].split(":")[0]) for line in told}


def found(*names: str) -> str:
    places = (os.path.dirname(sys.executable), os.environ["PATH"])
    found = next((p for n in names if (p := shutil.which(n, path=os.pathsep.join(places)))), None)
    if found is None:
        pytest.skip(f"{' or '.join(names)} is not installed")
    return found


@pytest.mark.parametrize("names", [("mypy",), ("basedpyright", "pyright")], ids=["mypy", "pyright"])
async def test_declarations_keep_their_types(names: tuple[str, ...], tmp_path: Path) -> None:
    program = found(*names)
    if names == ("mypy",):
        command = [program, "--strict", "--no-error-summary", "--disable-error-code=empty-body"]
        command += ["--python-executable", sys.executable, "--cache-dir", str(tmp_path / "cache")]
    else:
        (tmp_path / "pyrightconfig.json").write_text(
            '{"typeCheckingMode": "standard", "reportReturnType": "none", "pythonVersion": "3.11"}'
        )
        command = [program, "--pythonpath", sys.executable]
    assert await complaints(tmp_path, SAMPLE, *command) == (0, set())
    last = SAMPLE.count("\n")
    expected = {last + 3 + number for number in range(5)}
    assert await complaints(tmp_path, SAMPLE + WRONG, *command) == (1, expected)
