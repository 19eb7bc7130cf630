"""Programs that use accepted code, as processes: no model, no key, no server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.declaring import Declaring, declaring
from tests.edges import processes
from tests.edges.processes import Ended

DECLARES = '''\
"""Sums, declared."""

from pseudocode import pseudo_class, pseudo_function


@pseudo_function
def add(a: int, b: int = 2) -> int:
    """Add two numbers.

    >>> add(1)
    3
    """


@pseudo_function
def pair(a: int) -> object:
    """A pair of a class that only the accepted code knows."""


@pseudo_class
class Total:
    """A running total."""

    def add(self, number: int) -> int:
        """Add to it."""
'''
CODES = {
    "add": "def add(a: int, b: int = 2) -> int:\n    return a + b\n",
    "pair": (
        "from typing import NamedTuple\n\nclass Pair(NamedTuple):\n    a: int\n\n"
        "def pair(a):\n    return Pair(a)\n"
    ),
    "Total": (
        "class Total:\n    def __init__(self):\n        self.at = 0\n\n"
        "    def add(self, number):\n        self.at += number\n        return self.at\n"
    ),
}
SPAWN = """\
import multiprocessing
import sys

from declared_sums import Total, add, pair

def use(total):
    return total.add(3)

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    total = Total()
    total.add(4)
    with context.Pool(2) as pool:
        print(pool.map(add, [1, 2]), pool.map(use, [total]), pool.map(pair, [1]))
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Declaring]:
    with declaring(tmp_path) as made:
        made.write("declared_sums", DECLARES, **CODES)
        yield made


async def python(home: Declaring, *arguments: str, cwd: Path | None = None, **env: str) -> Ended:
    env = {"PYTHONDONTWRITEBYTECODE": ""} | env
    return await processes.run(sys.executable, *arguments, cwd=cwd or home.folder, env=env)


async def test_functions_and_instances_cross_to_spawned_processes(home: Declaring) -> None:
    (home.folder / "spawns.py").write_text(SPAWN)
    for _ in range(2):
        ended = await python(home, "spawns.py")
        assert ended.out == "[3, 4] [7] [Pair(a=1)]\n", ended


async def test_the_declaring_file_may_be_the_program_itself(home: Declaring) -> None:
    program = DECLARES + SPAWN.replace("from declared_sums import Total, add, pair\n", "")
    home.write("declared_main", program, **CODES)
    ended = await python(home, "declared_main.py")
    assert ended.out == "[3, 4] [7] [Pair(a=1)]\n", ended


async def test_a_program_may_leave_its_folder_before_the_first_call(home: Declaring) -> None:
    program = DECLARES + "\nimport os\nos.chdir('/')\nprint(add(40))\n"
    home.write("declared_main", program, **CODES)
    assert (await python(home, "declared_main.py")).out == "42\n"
    assert (await python(home, "-m", "declared_main")).out == "42\n"


async def test_help_and_doctest(home: Declaring) -> None:
    told = (await python(home, "-c", "import declared_sums; help(declared_sums)")).out
    assert "add(a: int, b: int = 2) -> int\n        Add two numbers." in told
    assert "class Total" in told
    assert "Add to it." in told
    assert "__getattr__" not in told
    tested = await python(home, "-m", "doctest", "-v", "declared_sums.py")
    assert tested.code == 0
    assert "1 passed" in tested.out.replace("1 passed and", "1 passed"), tested.out
    await python(home, "-m", "pydoc", "declared_sums")


async def test_a_start_with_a_warm_cache_imports_next_to_nothing(home: Declaring) -> None:
    program = (
        "import sys; before = set(sys.modules); import declared_sums as d; d.add(1); d.Total();"
        "print(*sorted(set(sys.modules) - before))"
    )
    await python(home, "-c", program)
    loaded = (await python(home, "-c", program)).out.split()
    assert {name for name in loaded if not name.startswith("pseudocode")} == {"declared_sums"}
    assert set(loaded) >= {"pseudocode.functions", "pseudocode.serving"}
    assert not {"pseudocode.preparing", "pseudocode.wiring"} & set(loaded)


@pytest.mark.parametrize("options", [(), ("-O",), ("-OO",), ("-X", "frozen_modules=off")])
async def test_with_every_option_of_the_interpreter(
    home: Declaring, options: tuple[str, ...]
) -> None:
    for _ in range(2):
        ended = await python(home, *options, "-c", "from declared_sums import add; print(add(1))")
        assert ended.out == "3\n", ended


async def test_nothing_is_written_where_it_must_not_be(home: Declaring) -> None:
    await python(home, "-c", "import declared_sums as d; d.add(1)", PYTHONDONTWRITEBYTECODE="1")
    assert not (home.folder / "__pycache__").exists()
    await python(home, "-B", "-c", "import declared_sums as d; d.add(1)")
    assert not (home.folder / "__pycache__").exists()
