"""A request divided into its parts, and put together again."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from pseudocode import prompts
from pseudocode.events import ChatMessage, Commented, Role
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
