from __future__ import annotations

import pytest

from pseudocode.extraction import extract
from pseudocode.mending import mend
from tests.making import ADD, RIGHT, fenced, spec_of


@pytest.mark.parametrize(
    ("body", "added"),
    [
        ("return math.floor(a)", "import math"),
        ("return sum(Counter([a, b]))", "from collections import Counter"),
        ("x: List[int] = [a]\n    return List", "from typing import List"),
        ("return sqrt(a) + sqrt(b)", "from math import sqrt"),
    ],
)
def test_imports_that_were_forgotten_are_added(body: str, added: str) -> None:
    code, notes = mend(f"def add(a, b):\n    {body}\n", spec_of())
    assert code.startswith(f"{added}\n")
    assert notes == (f"added {added}",)


@pytest.mark.parametrize(
    "code",
    [
        "import math\n\n\ndef add(a, b):\n    return math.floor(a)\n",
        "def add(a, math):\n    return math.floor(a)\n",
        "def add(a, b):\n    return helper(a)\n",
        "def sqrt(x):\n    return x\n\n\ndef add(a, b):\n    return sqrt(a)\n",
        "from __future__ import annotations\n\n\ndef add(a, b):\n    return sqrt(a)\n",
        "def add(a, b):\n    return [reduce for reduce in a]\n",
    ],
)
def test_nothing_else_is_touched(code: str) -> None:
    assert mend(code, spec_of()) == (code, ())


def test_what_the_module_binds_is_not_imported() -> None:
    code = "def add(a, b):\n    return sqrt(a)\n"
    assert mend(code, spec_of(f"sqrt = abs\n\n\n{ADD}")) == (code, ())


def test_an_end_that_is_not_finished_is_left_out_behind_what_is_complete() -> None:
    found = extract(f"```python\n{RIGHT}\nprint(add(1, [2", spec_of(), cut=True)
    assert (found.code, found.faults) == (RIGHT, ())
    assert "not finished" in found.notes[0]


def test_a_function_that_is_not_finished_itself_is_a_fault() -> None:
    found = extract(
        "```python\nX = 1\n\ndef add(a, b):\n    c = a\n    return (c +", spec_of(), cut=True
    )
    assert found.faults


def test_the_only_function_gets_the_declared_name() -> None:
    recursive = "def plus(a: int, b: int) -> int:\n    return plus(a + 1, b - 1) if b else a\n"
    found = extract(fenced(recursive), spec_of())
    assert found.code == recursive.replace("plus", "add")


@pytest.mark.parametrize(
    "code",
    [
        "def plus(x, y):\n    return x + y\n",
        "def plus(a, b):\n    return a + b\n\n\ndef minus(a, b):\n    return a - b\n",
        "def plus(a, b):\n    return 'plus'\n",
    ],
)
def test_where_it_is_not_certain_no_name_is_changed(code: str) -> None:
    assert extract(fenced(code), spec_of()).faults
