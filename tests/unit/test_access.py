"""What of the machine code gets hold of, by its text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.access import permitted, reaches, touched
from pseudocode.comments import LineComment, place
from pseudocode.spec.model import Options

TEXTS = {
    "open('x')": ("files", "open()"),
    "import pathlib": ("files", "pathlib"),
    "from shutil import copy": ("files", "shutil"),
    "import os\nos.remove('x')": ("files", "os.remove"),
    "from os import listdir": ("files", "os.listdir"),
    "import urllib.request": ("network", "urllib.request"),
    "from urllib import request": ("network", "urllib.request"),
    "from http.client import HTTPConnection": ("network", "http.client"),
    "import os\nos.environ['A']": ("environment", "os.environ"),
    "from os import getenv": ("environment", "os.getenv"),
    "import subprocess": ("processes", "subprocess"),
    "from os import system": ("processes", "os.system"),
    "eval('1')": ("interpreter", "eval()"),
    "().__class__.__bases__": ("interpreter", "__bases__"),
    "import sys\nsys.modules": ("interpreter", "sys.modules"),
}
HARMLESS = (
    "import math, sys, re\nprint(sys.maxsize)",
    "from urllib.parse import quote\nfrom http import HTTPStatus",
    "import os.path\nos.path.join('a', 'b')",
    "from pathlib import PurePath",
    "import http",
    "class Door:\n    def open(self): ...\n\nDoor().open()",
)


@pytest.mark.parametrize(("text", "found"), TEXTS.items(), ids=TEXTS)
def test_it_is_found_with_its_line(text: str, found: tuple[str, str]) -> None:
    accesses = touched(f"\n{text}\n").accesses
    assert found in [(access.reach, access.what) for access in accesses]
    assert all(access.line >= 2 for access in accesses)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_it_is_not(text: str) -> None:
    assert reaches(text) == ()


def test_imports_are_listed_and_each_thing_once() -> None:
    found = touched("import re, json\nfrom . import near\nopen('a')\nopen('b')\n")
    assert found.imports == (".", "json", "re")
    assert [(access.what, access.line) for access in found.accesses] == [("open()", 3)]


def test_what_a_declaration_permits_is_told_in_the_same_words() -> None:
    assert permitted(Options(files=("a",), network=True, env=("B",))) == {
        "files",
        "network",
        "environment",
    }
    assert permitted(Options()) == frozenset()


@given(st.text())
def test_any_text_is_looked_at_without_harm(text: str) -> None:
    touched(text)


# -- where a comment on lines belongs by now

CODE = "a = 1\nb = 2\nc = 3\nd = 4"


@pytest.mark.parametrize(
    ("first", "last", "code", "expected"),
    [
        (2, 2, CODE, (2, 2, False)),
        (2, 2, "new\n" + CODE, (3, 3, False)),
        (2, 3, "a = 1\nb = 2\nc = 30\nd = 4", (2, 3, True)),
        (2, 2, "a = 1\nc = 3\nd = 4", (2, 2, True)),
        (2, 3, "a = 1\nb = 2\nx\nc = 3\nd = 4", (2, 4, True)),
        (2, 2, "a = 1\nx\ny\nb = 2\nc = 3\nd = 4", (4, 4, False)),
        (4, 4, "a = 1", (1, 1, True)),
    ],
)
def test_a_comment_moves_with_its_lines(
    first: int, last: int, code: str, expected: tuple[int, int, bool]
) -> None:
    assert place(LineComment(1, "why?", first, last, CODE), code) == expected


lines = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=8).map("\n".join)


@given(lines, lines, st.integers(1, 9), st.integers(1, 9))
def test_a_comment_always_has_a_place(before: str, after: str, first: int, last: int) -> None:
    most = before.count("\n") + 1
    first = min(first, most)
    last = max(first, min(last, most))
    found = place(LineComment(1, "", first, last, before), after)
    assert 1 <= found.first <= found.last <= after.count("\n") + 1
    assert (before != after) or not found.changed
