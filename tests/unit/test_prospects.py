from __future__ import annotations

import pytest

from pseudocode.events import ChatMessage
from pseudocode.prospects import LONGEST_LINE, RAMBLING, hopeless, watch
from tests.making import RIGHT, fenced, spec_of

START = "```python\ndef add(a: int, b: int) -> int:\n"
FEASIBLE = [
    "    return a + b\n",
    "    if a:\n",
    "    for x in range(a):\n        if x:\n",
    "    try:\n        x = a\n",
    "    if a:\n        b += 1\n    else:\n        b += 1\n",
    "    while a:\n        a -= 1\n        a -= 1\n",
]


@pytest.mark.parametrize("text", ["", *FEASIBLE])
def test_code_that_may_become_something_is_waited_for(text: str) -> None:
    assert hopeless(START, text) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("    x = = 1\n", "no Python"),
        ("    return a if b\n", "no Python"),
        ("    total = a + b\n" * 2, "repeats"),
        ("    total = a + b\n    b = total\n" * 4, "repeats"),
        (f"    x = {'1 + ' * LONGEST_LINE}1\n", "does not end"),
    ],
)
def test_code_that_leads_nowhere_is_told_apart(text: str, why: str) -> None:
    assert why in hopeless(START, text)


def ended_at(text: str, *messages: ChatMessage) -> tuple[str | None, str]:
    look = watch(messages, spec_of())
    for length in range(1, len(text) + 1):
        if finish := look(text[length - 1 : length]):
            return finish, text[:length]
    return None, text


def test_a_text_that_is_gone_on_with_ends_with_the_line_that_spoils_it() -> None:
    start = ChatMessage(role="assistant", content=START)
    assert ended_at("    x = = 1\n    return x\n", start) == ("hopeless", "    x = = 1\n")
    assert ended_at("    return a + b\n", start)[0] is None
    finish, text = ended_at(f"    x = {'9' * 999}", start)
    assert (finish, len(text)) == ("hopeless", LONGEST_LINE + 1)


def test_a_conversations_answer_ends_with_the_fence_behind_what_was_asked_for() -> None:
    asked = ChatMessage(role="user", content="write add")
    answer = "First:\n\n```sh\npip install x\n```\n\n" + fenced(RIGHT)
    assert ended_at(f"{answer}\nIt adds the numbers.", asked)[0] is None
    finish, text = ended_at(f"{answer}\n{'It adds the numbers. ' * 99}", asked)
    assert finish == "stop"
    assert len(text) < len(answer) + 2 * RAMBLING
