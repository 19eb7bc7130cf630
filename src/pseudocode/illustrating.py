"""Accepted code that is near to a declaration, beside it in a prompt."""

from __future__ import annotations

from pseudocode.events import ChatMessage
from pseudocode.rounds import times_asked
from pseudocode.session import Session

HEADING = "Accepted before, for declarations that are near to this one:"


def wanted(session: Session) -> int:
    """How many near entries of the library are to be looked for before the model is asked."""
    if session.started is None or session.examples is not None or times_asked(session.rounds):
        return 0
    return session.started.library_examples


def part(session: Session) -> str:
    """For a conversation: all of them, each under what it was asked to do; empty without any."""
    solved = session.examples.solved if session.examples else ()
    told = "\n\n\n".join(
        "\n".join([*(f"# {line}".rstrip() for line in near.told.splitlines()), near.code.strip()])
        for near in solved
    )
    return f"{HEADING}\n\n```python\n{told}\n```" if solved else ""


def tasks(session: Session) -> tuple[ChatMessage, ...]:
    """For a model that goes on from a start: tasks that are solved, in the form of its own."""
    made: list[ChatMessage] = []
    for near in session.examples.solved if session.examples else ():
        asked = f"Write a Python {near.kind} `{near.name}`.\n\n{near.told}"
        code = f"```python\n{near.code.strip()}\n```"
        made.append(ChatMessage(role="user", content=asked))
        made.append(ChatMessage(role="assistant", content=code))
    return tuple(made)
