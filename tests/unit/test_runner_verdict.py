from __future__ import annotations

import doctest
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from pseudocode.events import Case
from pseudocode.runner.encoding import Unencodable, encode
from pseudocode.runner.verdict import MAX_SHOWN, broken, judge, skipped
from pseudocode.spec.model import Example


def value(*values: object, text: str = "") -> dict[str, Any]:
    """An answer that shows these values, after some printed text."""
    printed = [["text", text]] if text else []
    return {"pieces": [*printed, *(["value", encode(v)] for v in values)], "seconds": 0.25}


def raised(text: str, *frames: str, printed: str = "") -> dict[str, Any]:
    pieces = [["text", printed]] if printed else []
    return {"pieces": pieces, "error": {"text": text, "frames": list(frames)}}


def opaque(shown: str) -> dict[str, Any]:
    return {"pieces": [["opaque", "an answer of type m.Sly", shown]]}


RED = ["enum", ["Color", "RED"]]
POINT = ["dataclass", ["Point", [["x", ["int", "0x1"]]]]]
INT = ["npscalar", ["<i8", [], "GAAAAAAAAAA="]]
FLOAT = ["npscalar", ["<f8", [], "AAAAAAAACEA="]]
ARRAY = ["ndarray", ["<i8", [1], "GAAAAAAAAAA="]]


def typed(data: Any, shown: str, text: str = "") -> dict[str, Any]:
    """An answer that shows a value that is not plain, after some printed text."""
    printed = [["text", text]] if text else []
    return {"pieces": [*printed, ["typed", data, shown]]}


def verdict(want: str, answer: dict[str, Any], flags: int = 0) -> Case:
    return judge(Example(source="f()\n", want=want, line=7, flags=flags), answer)


ELLIPSIS, SPACES = doctest.ELLIPSIS, doctest.NORMALIZE_WHITESPACE
PASSING = [
    ("3\n", value(3), 0),
    ("'a'\n", value("a"), 0),
    ("", value(3), 0),
    ("", value(text="anything\n"), 0),
    ("hello\n", value(text="hello\n"), 0),
    ("hello\n3\n", value(3, text="hello\n"), 0),
    ("1\n2\n", value(1, 2), 0),
    ("{1, 2, 3}\n", value({3, 1, 2}), 0),
    ("frozenset({'b', 'a'})\n", value(frozenset("ab")), 0),
    ("set()\n", value(set()), 0),
    ("[1, ..., 9]\n", value(list(range(1, 10))), ELLIPSIS),
    ("[1,   2]\n", value([1, 2]), SPACES),
    ("<BLANKLINE>\n", value(text="\n"), 0),
    ("<m.Thing at 0x...>\n", opaque("<m.Thing at 0x7f>"), ELLIPSIS),
    ("Counter({'a': 1})\n", value(Counter("a")), 0),
    ("<Color.RED: 1>\n", typed(RED, "<Color.RED: 1>"), 0),
    ("Point(x=1)\n", typed(POINT, "Point(x=1)"), 0),
    ("noise\nPoint(x=1)\n", typed(POINT, "Point(x=1)", "noise\n"), 0),
    ("Point(...)\n", typed(POINT, "Point(x=1)"), ELLIPSIS),
    ("array([24])\n", typed(ARRAY, "array([24])"), 0),
    ("np.int64(24)\n", typed(INT, "np.int64(24)"), 0),
    ("24\n", typed(INT, "24"), 0),
    ("3.0\n", typed(FLOAT, "3.0"), 0),
    ("24\n3.0\n", {"pieces": [["typed", INT, "24"], ["typed", FLOAT, "3.0"]]}, 0),
]


@pytest.mark.parametrize(("want", "answer", "flags"), PASSING)
def test_right_answers_pass(want: str, answer: dict[str, Any], flags: int) -> None:
    assert verdict(want, answer, flags).outcome == "passed"


FAILING = [
    ("3\n", value(4), 0),
    ("3\n", value("3"), 0),
    ("3\n", value(3.0), 0),
    ("3\n", value(), 0),
    ("3\n", value(3, text="noise\n"), 0),
    ("[1, 2]\n", value((1, 2)), 0),
    ("[1, ..., 9]\n", value(list(range(1, 10))), 0),
    ("{1, 2}\n", value({1, 2, 3}), 0),
    ("{1, 2}\n", value(frozenset({1, 2})), 0),
    ("frozenset({1, 2})\n", value({1, 2}), 0),
    ("{1, 2}\n", value({1.0, 2.0}), 0),
    ("{1, 2}\n", value({1, 2}, text="noise\n"), 0),
    ("24\n", opaque("24"), 0),
    ("[1, 2]\n", opaque("[1, 2]"), 0),
    ("{'a': 1}\n", opaque("{'a': 1}"), 0),
    ("{'a': 1}\n", value(Counter("a")), 0),
    ("Point(x=1)\n", typed(POINT, "Point(x=2)"), 0),
    ("24\n", typed(POINT, "24"), 0),
    ("24\n", typed(RED, "24"), 0),
    ("24\n", typed(ARRAY, "24"), 0),
    ("25\n", typed(INT, "25"), 0),
    ("24\n", typed(INT, "np.int64(24)"), 0),
    ("24.0\n", typed(INT, "24.0"), 0),
    ("3\n", typed(FLOAT, "3"), 0),
    ("[24]\n", typed(["list", [INT]], "[24]"), 0),
    ("(1, 2)\n", typed(["namedtuple", ["Pair", [["int", "0x1"], ["int", "0x2"]]]], "(1, 2)"), 0),
    ("24\n24\n", {"pieces": [["typed", INT, "24"], ["typed", POINT, "24"]]}, 0),
    ("24\n24\n", {"pieces": [["opaque", "x", "24"], ["opaque", "x", "24"]]}, 0),
    ("hm\n24\n", {"pieces": [["text", "hm\n"], ["opaque", "x", "24"]]}, 0),
    ("24\n", {"pieces": [["typed", INT, "24"], ["opaque", "x", ""]]}, SPACES),
]


@pytest.mark.parametrize(("want", "answer", "flags"), FAILING)
def test_wrong_answers_fail(want: str, answer: dict[str, Any], flags: int) -> None:
    assert verdict(want, answer, flags).outcome == "failed"


def test_a_failed_case_tells_call_expected_and_got() -> None:
    case = verdict("3\n", value(4))
    assert (case.call, case.expected, case.got, case.error) == ("f()", "3", "4", "")
    assert (case.line, case.seconds) == (7, 0.25)


def test_a_failed_case_says_why_an_answer_that_looks_right_is_not() -> None:
    assert "m.Sly" in verdict("24\n", opaque("24")).got


def test_a_failed_case_says_of_what_kind_an_answer_is_that_only_prints_right() -> None:
    assert verdict("24\n", typed(POINT, "24")).got == "24 (an answer of the kind dataclass)"
    assert verdict("Point(x=2)\n", typed(POINT, "Point(x=1)")).got == "Point(x=1)"


@pytest.mark.parametrize(
    "piece",
    [
        ["value", INT], ["value", ["list", [ARRAY]]], ["value", RED], ["value", ["NaT", None]],
        ["typed", ["int", "0x18"], "24"], ["typed", None, "x"], ["typed", 5, "x"],
        ["typed", [], ""], ["typed", {}, ""],
    ],
    ids=repr,
)  # fmt: skip
def test_pieces_that_are_not_what_they_should_be_are_refused(piece: list[Any]) -> None:
    with pytest.raises(Unencodable):
        verdict("24\n", {"pieces": [piece]})


def test_reading_answers_imports_no_library_of_arrays() -> None:
    code = f"""if True:
        import sys
        from contextlib import suppress
        from pseudocode.runner.verdict import Unencodable, judge
        from pseudocode.spec.model import Example
        for data in {[INT, ARRAY, POINT, ["list", [INT]], ["NaT", None]]!r}:
            for piece in (["typed", data, "24"], ["value", data]):
                with suppress(Unencodable):
                    judge(Example(source="f()", want="24\\n"), {{"pieces": [piece]}})
        assert not {{"numpy", "pandas"}} & set(sys.modules)
        """
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: TID251


def error_verdict(error: str, answer: dict[str, Any], flags: int = 0) -> Case:
    return judge(Example(source="f()\n", error=error, flags=flags), answer)


DETAIL = doctest.IGNORE_EXCEPTION_DETAIL


@pytest.mark.parametrize(
    ("error", "text", "flags", "outcome"),
    [
        ("ValueError: no zero", "ValueError: no zero\n", 0, "passed"),
        ("ValueError: no zero", "ValueError: none\n", 0, "failed"),
        ("ValueError: no zero", "TypeError: no zero\n", 0, "failed"),
        ("ValueError: ...", "ValueError: none\n", ELLIPSIS, "passed"),
        ("ValueError: ...", "ValueError: none\n", 0, "failed"),
        ("ValueError: no zero", "ValueError: none\n", DETAIL, "passed"),
        ("ValueError", "some.module.ValueError: none\n", DETAIL, "passed"),
        ("ValueError", "TypeError\n", DETAIL, "failed"),
    ],
)
def test_expected_exceptions_are_compared_as_doctest_does(
    error: str, text: str, flags: int, outcome: str
) -> None:
    assert error_verdict(error, raised(text), flags).outcome == outcome


def test_an_expected_exception_that_does_not_come_is_a_failure() -> None:
    case = error_verdict("ValueError: no zero", value(3))
    assert (case.outcome, case.expected, case.got) == ("failed", "ValueError: no zero", "3")


def test_an_unexpected_exception_tells_where_it_came_from() -> None:
    answer = raised("KeyError: 1\n", "line 2, in f: return {}[1]", printed="trying\n")
    case = verdict("3\n", answer)
    assert case.outcome == "error"
    assert case.error == "KeyError: 1\nline 2, in f: return {}[1]"
    assert (case.expected, case.got, case.output) == ("3", "", "trying")


def test_an_example_that_only_must_not_raise_fails_when_it_does() -> None:
    assert verdict("", raised("KeyError: 1\n")).outcome == "error"


def test_long_values_are_cut_and_say_so() -> None:
    case = verdict("'a'\n", value("b" * 10_000))
    assert len(case.got) < MAX_SHOWN + 50
    assert "10,002 characters" in case.got


def test_a_number_too_long_to_print_fails_and_does_not_break_the_pass() -> None:
    assert verdict("1\n", value(10**5000)).outcome == "failed"


def test_an_example_without_answer_is_an_error_with_its_reason() -> None:
    case = broken(Example(source="f()\n", want="3\n", line=4), "it crashed")
    assert (case.outcome, case.error, case.expected, case.line) == ("error", "it crashed", "3", 4)


def test_a_skipped_example_counts_as_neither() -> None:
    assert skipped(Example(source="f()\n", want="3\n", skipped=True)).outcome == "skipped"
