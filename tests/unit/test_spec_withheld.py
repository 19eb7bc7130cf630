"""Which examples a model does not see, and what it is told instead."""

from __future__ import annotations

import doctest
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.events import Case, SuiteFinished
from pseudocode.policy import plan
from pseudocode.prompts import messages
from pseudocode.session import Session
from pseudocode.spec.docstrings import parse_examples
from pseudocode.spec.model import Spec
from pseudocode.spec.withheld import FEWEST, SHARE, withhold, without_hidden
from tests.making import round_of, session_of, spec_of

SQUARES = spec_of(
    "def square(n: int) -> int:\n"
    '    """Multiply n by itself.\n\n'
    "    >>> square(2)\n    4\n"
    "    >>> square(3)\n    9\n"
    "    >>> square(-5)\n    25\n"
    "    >>> square('a')\n"
    "    Traceback (most recent call last):\n    TypeError: no number\n\n"
    "    The end.\n"
    '    """\n'
)


def hidden(spec: Spec) -> list[str]:
    return [example.call for example in spec.examples if example.hidden]


def test_a_share_is_withheld_and_always_the_same() -> None:
    (one,) = hidden(SQUARES)
    assert one in ("square(2)", "square(3)", "square(-5)")
    again = withhold(parse_examples(SQUARES.docstring, name="square", line=1), "square")
    assert [example.call for example in again if example.hidden] == [one]


def test_the_model_does_not_see_it_and_the_person_does() -> None:
    (one,) = hidden(SQUARES)
    session = session_of(SQUARES)
    asked = "\n".join(message.content for message in messages(session, plan(session)))
    assert one not in asked
    assert "no number" in asked
    assert "The end." in asked
    assert one in SQUARES.stub
    prefilled = session_of(SQUARES, style="prefill")
    asked = "\n".join(message.content for message in messages(prefilled, plan(prefilled)))
    assert one not in asked
    assert asked.count(" == ") == 2


def test_few_examples_are_all_shown() -> None:
    assert (
        hidden(spec_of('def f(a): \n    """\n    >>> f(1)\n    1\n    >>> f(2)\n    2\n    """\n'))
        == []
    )


def test_examples_that_build_on_each_other_are_all_shown() -> None:
    text = ">>> a = f(1)\n>>> a\n1\n>>> b = f(a)\n>>> b + a\n2\n>>> f(a)\n1\n"
    assert not any(e.hidden for e in withhold(parse_examples(text, name="f", line=1), "f"))


@given(st.lists(st.integers(), unique=True, max_size=40))
def test_what_is_shown_is_the_rest(numbers: list[int]) -> None:
    text = "Doc.\n\n" + "".join(f">>> f({n})\n{n + 1}\n" for n in numbers)
    marked = withhold(parse_examples(text, name="f", line=1), "f")
    gone = [example for example in marked if example.hidden]
    shown = parse_examples(without_hidden(text, marked), name="f", line=1)
    assert [e.source for e in shown] == [e.source for e in marked if not e.hidden]
    assert len(gone) == (len(numbers) // SHARE if len(numbers) >= FEWEST else 0)
    assert without_hidden(text, marked).startswith("Doc.")


def declared(*examples: str) -> Spec:
    """A function whose examples are these sources; the answer to each is 77."""
    lines = "".join(f"    >>> {example}\n    77\n" for example in examples)
    return spec_of(f'def f(n: int) -> int:\n    """Doc.\n\n{lines}\n    The end.\n    """\n')


def asked(session: Session) -> str:
    return "\n".join(message.content for message in messages(session, plan(session)))


@pytest.mark.parametrize(
    "comment",
    [
        "# hidden",
        "#hidden",
        "#  Hidden   ",
        "# HIDDEN\t",
        "# big numbers # hidden",
        "# hidden  # doctest: +ELLIPSIS",
    ],
)
@pytest.mark.parametrize("style", ["chat", "prefill"])
def test_a_person_can_withhold_an_example_whatever_their_number(comment: str, style: str) -> None:
    for spec in (declared(f"f(41)  {comment}"), declared("f(1)", f"f(41)\t{comment}", "f(2)")):
        assert [e.hidden for e in spec.examples] == ["41" in e.source for e in spec.examples]
        prompt = asked(session_of(spec, style=style))
        assert "41" not in prompt
        assert "hidden" not in prompt.lower()
        assert style == "prefill" or "The end." in prompt


def test_the_mark_stands_at_the_end_of_the_last_line() -> None:
    assert hidden(declared("f(\n    ...   41)  # hidden")) == ["f( 41) # hidden"]
    for source in (
        "f(1)  # not hidden",
        "f(1)  # hidden below",
        "f(  # hidden\n    ...   1)",
        "f('# hidden')",
        "f('# hidden # doctest: +ELLIPSIS')",
    ):
        assert hidden(declared(source)) == []


def test_examples_of_any_kind_can_be_withheld() -> None:
    text = (
        ">>> a = f(41)  # hidden\n>>> f('a')  # hidden\n"
        "Traceback (most recent call last):\nTypeError: no number\n"
        ">>> f(3)  # hidden # doctest: +SKIP\n3\n>>> f(2)\n2\n"
    )
    marked = withhold(parse_examples(text, name="f", line=1), "f")
    assert [e.hidden for e in marked] == [True, True, True, False]
    assert without_hidden(text, marked) == ">>> f(2)\n2"


@pytest.mark.parametrize(("number", "expected"), [(0, 2), (1, 2), (2, 2), (3, 3), (6, 6)])
def test_marked_examples_count_towards_the_share(number: int, expected: int) -> None:
    spec = declared(*(f"f({n})" + "  # hidden" * (n < number) for n in range(6)))
    assert len(hidden(spec)) == expected
    assert all("hidden" not in e.source or e.hidden for e in spec.examples)


def test_plain_doctest_runs_them_as_any_other() -> None:
    (example,) = doctest.DocTestParser().get_examples(">>> 76 + 1  # hidden\n77\n")
    assert eval(example.source) == 77


@pytest.mark.parametrize("style", ["chat", "prefill"])
@pytest.mark.parametrize("sources", [("f(1)", "f(41)  # hidden"), ("f(41)  # hidden",)])
@pytest.mark.parametrize("wrong", ["all", "hidden"])
def test_the_feedback_does_not_disclose_them(
    style: str, sources: tuple[str, ...], wrong: str
) -> None:
    session = session_of(declared(*sources), style=style)
    for _ in range(3):
        prompt = asked(session)
        assert "41" not in prompt
        assert "0 of 0" not in prompt
        round_of(session, "def f(n):\n    return 5\n")
        cases = tuple(
            Case(
                call=e.call,
                outcome="failed" if e.hidden or wrong == "all" else "passed",
                expected=e.want,
                got="41-5",
                hidden=e.hidden,
            )
            for e in session.spec.examples
        )
        shown = [replace(case, got="5") if not case.hidden else case for case in cases]
        session.append(SuiteFinished(candidate=0, cases=tuple(shown)))
    if style == "chat" and wrong == "hidden":
        assert "wrong for other arguments, which you have not seen" in prompt
