"""What an answer that is still arriving will come to, so that no tokens are spent for nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from pseudocode.events import ChatMessage, Finish
from pseudocode.spec.model import Spec
from pseudocode.spec.parsing import parse

LONGEST_LINE = 240
"""Characters; what a small model writes on a longer one does not come to an end."""
MOST_EQUAL = 3
"""How often a line may stand in one answer, unless it is as short as `else:` or `i += 1`."""
RAMBLING = 120
"""Characters behind the code of an answer that has more to say."""
SHORT = 10
"""Characters of such a line."""
_FENCE = re.compile(r"^[ \t]*(```+|~~~+)[^\n`]*\n(.*?)^[ \t]*\1[ \t]*$", re.M | re.S)
_DEFINED = re.compile(r"\b(?:def|class)\s+(\w+)")

Watch = Callable[[str], Finish | None]
"""Told what more has arrived of an answer; how it is to be ended, or nothing."""


def watch(messages: tuple[ChatMessage, ...], spec: Spec, begun: str = "") -> Watch:
    """What looks at the answer to a prompt while it arrives.

    Args:
        messages: The prompt; a last message of the model's own is the start of its answer.
        spec: What is asked for.
        begun: What arrived of the answer earlier, and is gone on with.
    """
    start = messages[-1].content if messages and messages[-1].role == "assistant" else ""
    parts = [begun]
    tail = begun.rpartition("\n")[2]
    fences = _count_fences(begun)

    def look(piece: str) -> Finish | None:
        nonlocal tail, fences
        parts.append(piece)
        _, ended, rest = piece.rpartition("\n")
        # All of it is put together only where that may tell something.
        fences += _count_fences(f"{tail[-2:]}{piece}")
        tail = rest if ended else tail + rest
        if len(tail) > LONGEST_LINE and start:
            return "hopeless"
        if not start:
            may_be_closed = fences > 1 and (tail == "" or len(tail) > RAMBLING)
            return _closed("".join(parts), spec.name) if may_be_closed else None
        if not ended:
            return None
        complete = "".join(parts)[: -len(tail) or None]
        return "hopeless" if hopeless(start, complete) else None

    return look


def _count_fences(text: str) -> int:
    return text.count("```") + text.count("~~~")


def hopeless(start: str, text: str) -> str:
    """Why code cannot become any good, whatever is added to it; empty where it may.

    Args:
        start: What it goes on from, with its fence.
        text: Whole lines, each a statement or the head of a block.
    """
    written = [line for line in text.split("\n") if line.strip()]
    for line in written:
        if len(line) > LONGEST_LINE:
            return "a line does not end"
    repeated = Counter(line for line in written if len(line.strip()) > SHORT)
    if repeated and max(repeated.values()) > MOST_EQUAL:
        return "it repeats itself"
    if any(one == two and len(one.strip()) > SHORT for one, two in pairwise(written)):
        return "it repeats itself"
    code = (start + text).partition("\n")[2] if start.startswith("```") else start + text
    return "" if not written or _parses(code) else "a line is no Python"


def _parses(code: str) -> bool:
    """Whether code, perhaps with more behind it, can be parsed."""
    last = code.rstrip().rpartition("\n")[2]
    inside = " " * (len(last) - len(last.lstrip()) + 4)
    ends = ("", f"{inside}pass\n", "    pass\n", f"{inside[4:]}except Exception:\n{inside}pass\n")
    for end in ends:
        try:
            parse(code.rstrip("\n") + "\n" + end)
        except (SyntaxError, RecursionError, MemoryError, ValueError):
            continue
        return True
    return "try:" in code  # a block that is open since long ago has too many ends to try


def _closed(text: str, name: str) -> Finish | None:
    """A conversation's answer ends with the fence behind what was asked for.

    What is about to end by itself is left to: only then does a server count its tokens.
    """
    blocks = _FENCE.finditer(text)
    ends = [block.end() for block in blocks if name in _DEFINED.findall(block.group(2))]
    return "stop" if ends and len(text) - ends[0] > RAMBLING else None
