"""Answers that ended before they were complete, and how the model goes on with them."""

from __future__ import annotations

from pseudocode.events import ChatMessage, ReplyReceived

MOST_PARTS = 3
"""How often an answer is asked for until it has to do as it is."""
MOST_TEXT = 100_000
"""Characters; an answer that is longer does not get better."""
GO_ON = (
    "Your answer was cut off there. Go on exactly where it ends, in the middle of the line if need "
    "be, and repeat nothing."
)
_SHORTEST_OVERLAP = 12
"""Characters; what is shorter may be repeated by chance."""
_LONGEST_OVERLAP = 400
_TELLING = 40
"""By so many characters it shows that an answer begins anew."""


def ended_early(reply: ReplyReceived, messages: tuple[ChatMessage, ...]) -> bool:
    """Whether an answer is worth going on with, as far as its end tells.

    Args:
        reply: The answer.
        messages: What it answers.
    """
    if len(reply.text) > MOST_TEXT:
        return False
    if reply.finish == "length":
        # Where a small model was given a bound, it was given enough; and where it goes on from the
        # start of an answer, it is held to a form that begins there.
        return bool(reply.text) and not (reply.bounded or _begun_for_it(messages))
    return reply.finish == "cut" and bool(reply.text or reply.reasoning)


def going_on(
    messages: tuple[ChatMessage, ...], reply: ReplyReceived | None
) -> tuple[ChatMessage, ...]:
    """What the model is asked, once an answer of it ended early.

    What was cut by the network is asked for anew: where the connection broke says nothing of the
    text. What became too long is gone on with.

    Args:
        messages: What was asked in the first place.
        reply: What came; nothing if there was nothing yet.
    """
    if reply is None or reply.finish != "length":
        return messages
    came = ChatMessage(role="assistant", content=reply.text)
    return (*messages, came, ChatMessage(role="user", content=GO_ON))


def put_together(before: ReplyReceived, after: str) -> str:
    """The text of an answer with what came when the model was to go on.

    Models open a fence anew, repeat the last line, or begin from the start, whatever they are told.
    """
    if not after:
        return before.text
    if before.finish != "length":
        return after
    first = before.text
    if _start(first) == _start(after):
        return after
    if repeated := _overlap(first, after):
        return first + after[repeated:]
    if first.count("```") % 2 and after.lstrip().startswith("```"):
        after = after.lstrip().partition("\n")[2]
    return first + after[_overlap(first, after) :]


def _overlap(first: str, after: str) -> int:
    """How many characters of the end the beginning repeats."""
    sizes = range(min(_LONGEST_OVERLAP, len(after)), _SHORTEST_OVERLAP - 1, -1)
    return next((size for size in sizes if first.endswith(after[:size])), 0)


def _begun_for_it(messages: tuple[ChatMessage, ...]) -> bool:
    return bool(messages) and messages[-1].role == "assistant"


def _start(text: str) -> str:
    return "".join(text.split())[:_TELLING]
