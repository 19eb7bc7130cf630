from __future__ import annotations

import pytest

from pseudocode.fingerprint import fingerprint

PLAIN = "def f(a, b):\n    c = a + b\n    return [d for d in c]\n"


@pytest.mark.parametrize(
    "same",
    [
        "def f(a, b):  # sums\n    c = a + b\n    return [d for d in c]\n",
        'def f(a: int, b: int) :\n    """Sum."""\n    c = a + b\n    return [d for d in c]\n',
        "def f(a, b):\n    total = a + b\n    return [each for each in total]\n",
        "def f(a, b):\n    c: int = a + b\n    return [d for d in c]\n",
    ],
)
def test_how_code_is_written_down_does_not_count(same: str) -> None:
    assert fingerprint(same) == fingerprint(PLAIN)


@pytest.mark.parametrize(
    "other",
    [
        "def f(b, a):\n    c = a + b\n    return [d for d in c]\n",
        "def f(a, b):\n    c = a - b\n    return [d for d in c]\n",
        "def f(a, b):\n    c = a + b\n    return [c for d in c]\n",
        "def f(a, b):\n    c = a + b\n    return [d for d in a]\n",
        "def g(a, b):\n    c = a + b\n    return [d for d in c]\n",
        "def f(a, b):\n    global c\n    c = a + b\n    return [d for d in c]\n",
    ],
)
def test_what_it_does_counts(other: str) -> None:
    assert fingerprint(other) != fingerprint(PLAIN)


def test_a_name_that_is_not_the_functions_own_counts() -> None:
    one, other = ("def f(a):\n    [X for X in a]\n    return X\n".replace("X", n) for n in "xy")
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize("word", ["locals()", "eval('c')", "f.__doc__"])
def test_code_that_looks_at_itself_is_taken_as_it_stands(word: str) -> None:
    one = f"def f(a):\n    c = a\n    return {word}\n"
    assert fingerprint(one) != fingerprint(one.replace("c =", "d ="))


def test_any_text_has_one() -> None:
    assert fingerprint("def f(:") != fingerprint("def f(]") != fingerprint("\0")
