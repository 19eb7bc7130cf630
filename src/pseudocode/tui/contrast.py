"""Where two texts differ, character by character, and where in the code a failure came from."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from textual.content import Content

from pseudocode.events import Case
from pseudocode.inert import visible

Span = tuple[int, int]
MAX_COMPARED = 1_000
"""Characters of a text that are compared one by one; from there on, it is compared as a whole."""
_FRAME = re.compile(r"\bline (\d+), in [^\n:]+: (.*)")
_BESIDE = re.compile(r"<generated>:(\d+)\b")
CHANGED = "bold underline"
"""How differing characters look beside their colour, so that they are seen without it."""


def differing(one: str, other: str) -> tuple[list[Span], list[Span]]:
    """The parts of two texts that are not in the other one."""
    if max(len(one), len(other)) > MAX_COMPARED:
        start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
        start = min(len(one), len(other)) if start is None else start
        return [(start, len(one))], [(start, len(other))]
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    found = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    ours = [(start, end) for _, start, end, _, _ in found if end > start]
    theirs = [(start, end) for _, _, _, start, end in found if end > start]
    return ours, theirs


def contrasted(expected: str, got: str) -> tuple[Content, Content]:
    """Both texts, made inert, with what differs marked; white space in there is made visible."""
    texts = visible(expected), visible(got)
    spans = differing(*texts)
    pairs = zip(texts, spans, ("$text-success", "$text-error"), strict=True)
    first, second = (_marked(text, where, style) for text, where, style in pairs)
    return first, second


def _marked(text: str, spans: list[Span], style: str) -> Content:
    shown = list(text)
    for start, end in spans:
        shown[start:end] = ["·" if c == " " else c for c in text[start:end]]
    content = Content("".join(shown))
    for start, end in spans:
        content = content.stylize(f"{CHANGED} {style}", start, end)
    return content


def candidate_line(case: Case, code: str) -> int:
    """The line of the code that a failure came from, counted from 1; 0 where none is named.

    Args:
        case: The failure, with the frames of the candidate that were seen.
        code: The code that was tested.
    """
    lines = code.split("\n")
    told = f"{case.error}\n{case.traceback}"
    for number, text in reversed(_FRAME.findall(told)):
        at = int(number)
        if 0 < at <= len(lines) and lines[at - 1].strip() == text.strip():
            return at
    beside = [int(number) for number in _BESIDE.findall(told) if int(number) <= len(lines)]
    return beside[-1] if beside else 0


def without_frames(error: str) -> tuple[str, str]:
    """An exception as doctest knows it, and the lines of the candidate that it came through."""
    lines = error.split("\n")
    first = next((n for n, line in enumerate(lines) if _FRAME.match(line)), len(lines))
    return "\n".join(lines[:first]), "\n".join(lines[first:])
