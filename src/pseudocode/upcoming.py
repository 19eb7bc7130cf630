"""What goes to the model next, told before it goes."""

from __future__ import annotations

from typing import NamedTuple

from pseudocode.events import Event, PromptReleased
from pseudocode.prompts import diagnosing, messages
from pseudocode.session import Session
from pseudocode.steps import Ask, Begin, Diagnose


class Due(NamedTuple):
    """The next request."""

    request: PromptReleased
    """What would let it go as it is."""
    answers: int
    """How many are asked for with it."""


def upcoming(session: Session, *events: Event) -> Due | None:
    """The next request, before it goes.

    Args:
        session: As it stands; it is left as it is.
        events: What the person would say or decide before.

    Returns:
        It; nothing where something else comes first, on which it depends.
    """
    ahead = session.snapshot()
    if ahead.halt and ahead.halt.reason == "request":
        ahead.halt = None
    for event in events:
        ahead.append(event)
    match ahead.next_step:
        case Diagnose(plan):
            due = PromptReleased(messages=diagnosing(ahead, plan), diagnosis=True)
            return Due(ahead.released or due, 1)
        case Begin(plan):
            due = ahead.released or PromptReleased(messages=messages(ahead, plan))
            return Due(due, plan.candidates)
        case Ask(candidates) if ahead.round:
            return Due(PromptReleased(messages=ahead.round.messages), len(candidates))
    return None
