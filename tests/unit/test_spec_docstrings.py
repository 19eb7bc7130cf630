from __future__ import annotations

import doctest

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pseudocode.errors import SpecError
from pseudocode.spec.docstrings import parse_docstring, parse_examples
from pseudocode.spec.model import Example

NUMPY = """Summary line.

More text.

Parameters
----------
a : int
    The first.

Returns
-------
int
    The sum.

Raises
------
ValueError
    If it is odd.

Examples
--------
>>> f(1)
1
"""
GOOGLE = """Summary line.

More text.

Args:
    a: The first.

Returns:
    The sum.

Raises:
    ValueError: If it is odd.

Examples:
    >>> f(1)
    1
"""
REST = """Summary line.

More text.

:param a: The first.
:returns: The sum.
:raises ValueError: If it is odd.

>>> f(1)
1
"""


def examples(text: str) -> tuple[Example, ...]:
    return parse_examples(text, name="f", line=10)


@pytest.mark.parametrize("text", [NUMPY, GOOGLE, REST], ids=["numpy", "google", "rest"])
def test_all_three_styles_are_taken_apart_alike(text: str) -> None:
    doc = parse_docstring(text.strip())
    assert doc.summary == "Summary line."
    assert doc.description == "More text."
    assert doc.parameters == (("a", "The first."),)
    assert doc.returns == "The sum."
    assert doc.raises == (("ValueError", "If it is odd."),)


@pytest.mark.parametrize("text", [NUMPY, GOOGLE, REST], ids=["numpy", "google", "rest"])
def test_examples_are_found_in_all_three_styles(text: str) -> None:
    (found,) = examples(text)
    assert (found.source, found.want) == ("f(1)\n", "1\n")


@pytest.mark.parametrize("text", [NUMPY, GOOGLE, REST], ids=["numpy", "google", "rest"])
def test_examples_are_no_part_of_the_prose(text: str) -> None:
    doc = parse_docstring(text.strip())
    assert ">>>" not in f"{doc.summary}{doc.description}{doc.returns}{doc.raises}"


def test_plain_prose_has_a_summary_and_a_description() -> None:
    doc = parse_docstring("Do it.\n\nSlowly.\n\n>>> f()\n1\n\nAnd this is after.")
    assert (doc.summary, doc.description) == ("Do it.", "Slowly.\n\nAnd this is after.")


def test_no_docstring_is_no_prose_and_no_examples() -> None:
    assert parse_docstring("").summary == ""
    assert examples("") == ()


sections = st.sampled_from(
    ["Args:", "Returns:", "Raises:", "Parameters", "----------", ":param a: b", ":raises:", ":",
     ":param", ":returns", ">>> f()", "Examples", "a : int", "    a: b", "    :", "Yields:",
     "@param a: b", "@return", "Attributes:", ".. deprecated:: 1", "", "    a (", ")", "-", "é"]
)  # fmt: skip


@given(st.lists(sections | st.text(max_size=12)).map("\n".join))
@example(":param:")
@example("Args:\n:\n    :")
@example("Args:\n:")
def test_any_text_has_prose_and_never_breaks(text: str) -> None:
    assert parse_docstring(text).summary == text.split("\n", 1)[0].strip()


def test_an_example_without_output_only_must_not_raise() -> None:
    (found,) = examples(">>> f()")
    assert (found.want, found.error, found.skipped) == ("", None, False)


def test_an_expected_exception_is_its_last_line() -> None:
    (found,) = examples(
        ">>> f(0)\nTraceback (most recent call last):\n    ...\nValueError: no zero\n"
    )
    assert (found.error, found.want) == ("ValueError: no zero", "")


def test_a_continued_statement_is_one_example() -> None:
    (found,) = examples(">>> f(\n...     1,\n... )\n1\n")
    assert found.source == "f(\n    1,\n)\n"


def test_lines_count_from_the_top_of_the_file() -> None:
    first, second = examples("Doc.\n\n>>> f(1)\n1\n>>> f(2)\n2\n")
    assert (first.line, second.line) == (12, 14)


@pytest.mark.parametrize(
    ("comment", "flags"),
    [
        ("+ELLIPSIS", doctest.ELLIPSIS),
        ("+ELLIPSIS, +NORMALIZE_WHITESPACE", doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE),
        ("-ELLIPSIS", 0),
        ("+SKIP", doctest.SKIP),
    ],
)
def test_option_flags_are_read(comment: str, flags: int) -> None:
    (found,) = examples(f">>> f()  # doctest: {comment}\n1\n")
    assert found.flags == flags
    assert found.skipped == bool(flags & doctest.SKIP)


MALFORMED = {
    "no blank after the prompt": "Doc.\n\n    >>>f()\n    1\n",
    "answer indented less": "Doc.\n\n    >>> f()\n  1\n",
    "continuation indented otherwise": "Doc.\n\n    >>> f(\n      ... 1)\n",
    "unknown flag": "Doc.\n\n    >>> f()  # doctest: +NO_SUCH_FLAG\n    1\n",
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_example_is_an_error_and_not_dropped(text: str) -> None:
    with pytest.raises(SpecError, match="malformed example"):
        examples(text)


@given(st.lists(sections | st.text(max_size=12)).map("\n".join))
def test_any_text_gives_examples_or_an_error_that_names_the_fault(text: str) -> None:
    try:
        found = examples(text)
    except SpecError:
        return
    assert all(one.source.endswith("\n") and one.line >= 10 for one in found)
