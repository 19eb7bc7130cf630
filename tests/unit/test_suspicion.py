"""What a reviewer is told to look at twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.spec.model import Spec
from pseudocode.suspicion import flags
from tests.making import RIGHT, spec_of

TABLE = spec_of(
    "def grade(score: int) -> str:\n"
    '    """Grade it.\n\n'
    "    >>> grade(97)\n    'excellent'\n"
    "    >>> grade(64)\n    'fair'\n"
    "    >>> grade(12)\n    'poor'\n"
    '    """\n'
)


def told(code: str, spec: Spec = TABLE) -> list[tuple[int, str]]:
    return [(flag.line, flag.reason) for flag in flags(code, spec)]


def test_answers_that_are_written_down_are_marked_where_they_stand() -> None:
    code = (
        "def grade(score):\n"
        "    if score == 97:\n        return 'excellent'\n"
        "    return {64: 'fair'}.get(score, 'none')\n"
    )
    reason = "holds inputs and answers of 2 examples"
    assert told(code) == [(2, reason), (3, reason), (4, reason)]


def test_an_honest_solution_with_the_same_answers_is_not_marked() -> None:
    code = (
        "def grade(score):\n"
        "    if score > 90:\n        return 'excellent'\n"
        "    return 'fair' if score > 50 else 'poor'\n"
    )
    assert told(code) == []
    assert told(RIGHT, spec_of()) == []


OUT_OF_PLACE = {
    "import ctypes": "imports ctypes",
    "import os.path, gc": "imports gc",
    "from inspect import stack": "imports inspect",
    "import pytest": "imports pytest",
    "import os; os._exit(0)": "uses os._exit",
    "from os import system": "uses os.system",
    "import os; print(os.environ)": "uses os.environ",
    "import requests": "imports requests, and the spec permits no network",
    "import urllib.request": "imports urllib, and the spec permits no network",
    "eval('1')": "calls eval()",
    "open('x')": "calls open()",
    "().__class__.__base__": "reaches for __base__",
    "class A:\n        def __eq__(self, o): return True": "defines __eq__",
}


@pytest.mark.parametrize(("text", "reason"), OUT_OF_PLACE.items(), ids=OUT_OF_PLACE)
def test_what_a_pure_function_has_no_business_with_is_marked(text: str, reason: str) -> None:
    assert reason in [why for _, why in told(f"def grade(score):\n    {text}\n")]


def test_what_the_spec_permits_is_not_marked() -> None:
    stub = 'def fetch() -> str:\n    """Fetch."""\n'
    options = "network=['a.example'], env=['TOKEN'], files=['a.txt']"
    spec = spec_of(stub, options=options)
    code = (
        "import os\nimport requests\n\n\n"
        "def fetch():\n    open('a.txt')\n    return requests.get('…', os.environ['TOKEN']).text\n"
    )
    assert told(code, spec) == []


def test_harmless_imports_are_not_marked() -> None:
    code = "import math\nfrom urllib.parse import quote\nimport os.path\n\ndef grade(s): ...\n"
    assert told(code) == []


@given(st.text())
def test_any_text_is_looked_at_without_harm(text: str) -> None:
    flags(text, TABLE)


def test_code_that_does_not_look_at_an_argument_is_doubtful() -> None:
    spec = spec_of('def pick(a: int, b: int) -> int:\n    """Pick."""\n')
    (flag,) = flags("def pick(a, b):\n    return a\n", spec)
    assert (flag.reason, flag.doubtful) == ("does not look at b", True)
    assert flags("def pick(a, b):\n    return a if b else 0\n", spec) == ()
    assert flags("def pick(a, b):\n    return sum(locals().values())\n", spec) == ()
