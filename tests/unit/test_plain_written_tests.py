"""A test written into a file of tests."""

from __future__ import annotations

import pytest

from pseudocode.errors import SpecError
from pseudocode.plain.written_tests import with_test
from pseudocode.spec.model import Example


def written(source: str, *, text: str = "", want: str = "", error: str | None = None) -> str:
    example = Example(source=source, want=want, error=error)
    return with_test(text, "easy", "double", example, "mind zero!")


def test_a_file_is_begun() -> None:
    assert written("double(0)\n", want="0\n") == (
        "from easy import double\n\n\n"
        "def test_double_mind_zero() -> None:\n"
        "    # mind zero!\n"
        "    assert double(0) == 0\n"
    )


def test_what_is_there_stays_and_only_what_is_missing_is_imported() -> None:
    first = '"""Tests."""\n\nfrom easy import (\n    double,\n)\n'
    before = f"{first}\n\ndef test_double_mind_zero():\n    ...\n"
    after = written("double('x')", text=before, error="TypeError: no")
    assert after.startswith(
        f"{first}import pytest\n\n\ndef test_double_mind_zero():\n    ...\n\n\n"
    )
    assert after.endswith(
        "def test_double_mind_zero_2() -> None:\n    # mind zero!\n"
        "    with pytest.raises(TypeError):\n        double('x')\n"
    )
    compile(after, "x", "exec")


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ({"want": "True\n"}, "assert double(1) is True"),
        ({}, "assert double(1) is None"),
        ({"want": "[1, 'a']\n"}, "assert double(1) == [1, 'a']"),
    ],
)
def test_answers_of_each_kind(answer: dict[str, str], line: str) -> None:
    assert line in written("double(1)", **answer)


@pytest.mark.parametrize(
    ("source", "answer", "text"),
    [
        ("x = double(1)", {"want": "1\n"}, ""),
        ("await double(1)", {"want": "1\n"}, ""),
        ("double(1)", {"want": "<object at 0x1>\n"}, ""),
        ("double(1)", {"error": "OwnError: no"}, ""),
        ("double(1)", {"want": "1\n"}, "def (:\n"),
    ],
)
def test_what_makes_no_test_is_refused(source: str, answer: dict[str, str], text: str) -> None:
    with pytest.raises(SpecError):
        written(source, text=text, **answer)
