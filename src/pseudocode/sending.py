"""A request to the model, divided into the parts that it is made of, and put together again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from pseudocode.events import ChatMessage, Role
from pseudocode.illustrating import HEADING
from pseudocode.prompts import SHOT

CHARACTERS_PER_TOKEN = 4
"""A rough count."""
_HEADINGS = (
    ("Its module already holds:", "neighbours"),
    (HEADING, "library"),
    ("You may call:", "neighbours"),
    ("These tests have to pass as well:", "tests"),
    ("These tests get its contents as text, and have to pass:", "tests"),
    ("Examples:", "examples"),
    ("You may use:", "packages"),
    ("Keep in mind:", "comments"),
    ("About line", "comments"),
    ("I changed your answer by hand", "comments"),
    ("Somebody who looked at your answer says:", "diagnosis"),
    ("What is wrong with this answer?", "request"),
    ("It may have to do with this:", "marks"),
    ("Your answer cannot be used:", "faults"),
    (">>> ", "failures"),
)
"""How paragraphs begin, and what they are a part of; others go on with the part before."""
_TALLY = re.compile(r"\d+ of \d+ (examples|tests) pass\.|The run broke off: ")
_TASK = re.compile(r"Write a Python ")
"""How a task begins for a model that goes on from a start; those before the last are solved."""
_DECLARATION = re.compile(r"```python\n")
_EXAMPLES = re.compile(r"^[ \t]*>>> .*(?:\n(?![ \t]*\"\"\"|```).*)*", re.MULTILINE)


class Part(NamedTuple):
    """A piece of one message."""

    message: int
    """Which message, counted from 0."""
    role: Role
    name: str
    """What it is: `declaration`, `examples`, `failures` …"""
    text: str

    @property
    def tokens(self) -> int:
        """About how many it takes."""
        return -(-len(self.text) // CHARACTERS_PER_TOKEN)


def divided(messages: Iterable[ChatMessage]) -> tuple[Part, ...]:
    """The parts of messages, in their order; `joined` makes the same messages of them."""
    found: list[Part] = []
    messages = tuple(messages)
    tasks = [n for n, m in enumerate(messages) if m.role == "user" and _TASK.match(m.content)]
    own = tasks[-1] if tasks else 0
    for number, message in enumerate(messages):
        first = number == own if tasks else not any(p.role == "user" for p in found)
        pieces = list(_pieces(message, first=first)) if number >= own else _before(message)
        for name, group in groupby(pieces, key=lambda piece: piece[0]):
            text = "".join(text for _, text in group)
            found.append(Part(number, message.role, name, text))
    return tuple(found)


def joined(parts: Iterable[Part]) -> tuple[ChatMessage, ...]:
    """Messages made of parts; a message of which nothing is left is left out."""
    made = []
    for (_, role), group in groupby(parts, key=lambda part: (part.message, part.role)):
        if content := "".join(part.text for part in group):
            made.append(ChatMessage(role=role, content=content))
    return tuple(made)


def _before(message: ChatMessage) -> list[tuple[str, str]]:
    """A task that is solved already, for a model that goes on from the start of its answer."""
    return [("request" if message in SHOT else "library", message.content)]


def _pieces(message: ChatMessage, *, first: bool) -> Iterator[tuple[str, str]]:
    """Named pieces of text, which give the message when they are put together."""
    if message.role != "user":
        yield ("system" if message.role == "system" else "answer"), message.content
        return
    name = "request" if first else "comments"
    for paragraph in _paragraphs(message.content):
        name = _name(paragraph, name)
        if first and name == "request" and _DECLARATION.match(paragraph):
            yield from _declaration(paragraph)
        else:
            yield name, paragraph
        if name in ("neighbours", "library", "packages") and paragraph.rstrip().endswith(
            ("```", ".")
        ):
            name = "request"
    if not message.content:
        yield name, ""


def _name(paragraph: str, before: str) -> str:
    if _TALLY.match(paragraph):
        return "failures"
    if paragraph.startswith("Write the complete "):
        return "request"
    return next((name for start, name in _HEADINGS if paragraph.startswith(start)), before)


def _declaration(paragraph: str) -> Iterator[tuple[str, str]]:
    end = 0
    for match in _EXAMPLES.finditer(paragraph):
        yield "declaration", paragraph[end : match.start()]
        yield "examples", match.group()
        end = match.end()
    yield "declaration", paragraph[end:]


def _paragraphs(text: str) -> Iterator[str]:
    """What stands between empty lines, these included; a fenced block is one paragraph."""
    lines = text.splitlines(keepends=True)
    begun: list[str] = []
    fenced = False
    for line in lines:
        if begun and not fenced and not begun[-1].strip() and line.strip():
            yield "".join(begun)
            begun = []
        if line.startswith("```"):
            fenced = not fenced
        begun.append(line)
    if begun:
        yield "".join(begun)
