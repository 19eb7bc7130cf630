"""A request divided into its parts, and put together again."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from pseudocode import prompts
from pseudocode.events import ChatMessage, Commented, ExamplesFound, Role, Solved
from pseudocode.illustrating import HEADING
from pseudocode.policy import plan
from pseudocode.sending import divided, joined
from tests.making import THREE, round_of, session_of, spec_of

NEAR = '''import math

LIMIT = 3


def add(a: int, b: int) -> int:
    """Add two numbers.

    They may be negative.

    >>> add(1, 2)
    3

    >>> add(3, 4)
    7
    """
'''
text = st.text(st.sampled_from("ab \n`>.:#")) | st.text()
messages = st.lists(
    st.builds(ChatMessage, role=st.sampled_from(get_args(Role)), content=text), max_size=5
)


@given(messages)
def test_the_parts_give_the_request_again(given_messages: list[ChatMessage]) -> None:
    wanted = tuple(message for message in given_messages if message.content)
    assert joined(divided(given_messages)) == wanted


def test_the_first_request_has_its_parts_named() -> None:
    session = session_of(spec_of(NEAR))
    sent = prompts.messages(session, plan(session))
    parts = [(part.role, part.name) for part in divided(sent)]
    assert parts == [
        ("system", "system"),
        ("user", "request"),
        ("user", "neighbours"),
        ("user", "declaration"),
        ("user", "examples"),
        ("user", "declaration"),
    ]
    by_name = {part.name: part.text for part in divided(sent)}
    assert "LIMIT = 3" in by_name["neighbours"]
    assert ">>> add(1, 2)" in by_name["examples"]
    assert ">>> add(3, 4)" in by_name["examples"]


def test_what_was_said_and_what_failed_are_told_apart() -> None:
    session = session_of(approval="person")
    round_of(session, THREE, "3", "3")
    session.append(Commented(text="only ints\n\nand no floats"))
    sent = prompts.messages(session, plan(session))
    last = [part for part in divided(sent) if part.message == len(sent) - 1]
    assert [part.name for part in last] == ["comments", "failures", "request"]
    assert last[0].text == "only ints\n\nand no floats\n\n"
    assert "got: 3" in last[1].text
    assert sum(part.tokens for part in last) >= len(sent[-1].content) // 4


def with_examples(style: str) -> list[tuple[str, str]]:
    session = session_of(spec_of(NEAR), style=style)
    solved = Solved(
        kind="function", name="less", told="Subtract.\n\nOf two.", code="def less(): ..."
    )
    session.append(ExamplesFound(solved=(solved,)))
    return [(part.name, part.text) for part in divided(prompts.messages(session, plan(session)))]


def test_what_the_library_adds_is_a_part_of_its_own() -> None:
    parts = dict(with_examples("chat"))
    assert parts["library"] == (
        f"{HEADING}\n\n```python\n# Subtract.\n#\n# Of two.\ndef less(): ...\n```\n\n"
    )
    declaration = "".join(text for name, text in with_examples("chat") if name == "declaration")
    assert declaration.startswith("```python\ndef add")
    assert "def less" not in declaration


def test_for_a_model_that_goes_on_they_are_tasks_before_the_last() -> None:
    parts = with_examples("prefill")
    (asked, answered) = [text for name, text in parts if name == "library"]
    assert asked == "Write a Python function `less`.\n\nSubtract.\n\nOf two."
    assert answered == "```python\ndef less(): ...\n```"
    assert [name for name, _ in parts if name == "comments"] == []
