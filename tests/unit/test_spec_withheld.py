"""Which examples a model does not see, and what it is told instead."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pseudocode.policy import plan
from pseudocode.prompts import messages
from pseudocode.spec.docstrings import parse_examples
from pseudocode.spec.model import Spec
from pseudocode.spec.withheld import FEWEST, SHARE, withhold, without_hidden
from tests.making import session_of, spec_of

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
    gone = [example.source for example in marked if example.hidden]
    shown = parse_examples(without_hidden(text, gone), name="f", line=1)
    assert [e.source for e in shown] == [e.source for e in marked if not e.hidden]
    assert len(gone) == (len(numbers) // SHARE if len(numbers) >= FEWEST else 0)
    assert without_hidden(text, gone).startswith("Doc.")
