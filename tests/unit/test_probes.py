from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st

from pseudocode.probes import MAX_CALLS, MAX_CHARACTERS, calls_for
from tests.making import ADD, spec_of

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=6,
)


def declared(*examples: str, name: str = "f", parameters: str = "*a") -> str:
    shown = "\n".join(f"    >>> {example}\n    0" for example in examples)
    return f'def {name}({parameters}) -> int:\n    """Do.\n\n{shown}\n    """\n'


def test_calls_are_new_ones_made_of_the_arguments_in_the_examples() -> None:
    calls = calls_for(spec_of(ADD))
    assert "add(*(1, 4))" in calls
    assert "add(*(3, 2))" in calls
    assert "add(*(1, 2))" not in calls
    assert len(set(calls)) == len(calls) > 8


def test_a_number_beside_a_list_becomes_one_of_its_items() -> None:
    calls = calls_for(spec_of(declared("f([4, 9], 100)")))
    assert "f(*([4, 9], 9))" in calls


def test_a_count_does_not_become_negative() -> None:
    assert not any("-" in call for call in calls_for(spec_of(declared("f(3)", "f(0)"))))


def test_calls_are_found_inside_of_expressions_and_awaited_where_the_function_is() -> None:
    assert calls_for(spec_of(declared("round(f(2.5), 2)")))
    source = declared("await f(1)").replace("def f", "async def f")
    assert all(call.startswith("await f(") for call in calls_for(spec_of(source)))


def test_without_literal_arguments_there_are_no_calls() -> None:
    assert calls_for(spec_of(declared("f()"))) == ()
    assert calls_for(spec_of(declared("f(open)"))) == ()


@given(st.lists(st.lists(plain, min_size=1, max_size=3), min_size=1, max_size=3))
def test_calls_are_few_and_can_be_read_whatever_the_examples_hold(rows: list[list[object]]) -> None:
    examples = [f"f({', '.join(map(ascii, row))})" for row in rows]
    spec = spec_of(declared(*(e.replace("\\", "\\\\") for e in examples)))
    calls = calls_for(spec)
    assert len(calls) <= MAX_CALLS
    for call in calls:
        assert len(call) <= MAX_CHARACTERS + 10
        ast.parse(call)
    assert calls == calls_for(spec)
