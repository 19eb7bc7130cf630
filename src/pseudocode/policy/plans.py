"""What a policy decides, and the bounds within which it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from pseudocode.cost import NOTHING, Cost

if TYPE_CHECKING:
    from pseudocode.events import SessionStarted
    from pseudocode.session import Session

Reason = Literal["first", "repair", "fresh", "comment"]
Form = Literal["chat", "prefill", "classic"]
"""In whose words the model is asked: ours in a conversation, the start of an answer that the model
goes on with, or those of the article that the project began with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the next round is asked."""

    reason: Reason
    candidates: int
    temperature: float
    counted: bool = True
    """Whether it uses up one of the rounds of the budget."""
    form: Form = "chat"
    base: str = ""
    """The SHA-256 of the code that is to be repaired; empty for the best of the latest round."""
    growing: bool = True
    """Whether a repair goes on with the whole conversation, or is told of its base alone."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a session has used up."""

    rounds: int = 0
    tokens: int = 0
    seconds: float = 0.0
    generated: int = 0
    """Of the tokens, those of answers."""
    cost: Cost = NOTHING

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            rounds=self.rounds + other.rounds,
            tokens=self.tokens + other.tokens,
            seconds=self.seconds + other.seconds,
            generated=self.generated + other.generated,
            cost=self.cost + other.cost,
        )


def limit_reached(started: SessionStarted, spent: Spent) -> str:
    """Which bound of the session stands in the way of another round, in words; or nothing."""
    if spent.rounds >= started.max_rounds:
        return f"no solution in {spent.rounds} round{'' if spent.rounds == 1 else 's'}"
    if spent.tokens >= started.max_tokens:
        return f"the limit of {started.max_tokens:,} tokens is reached"
    if 0 < started.max_generated <= spent.generated:
        return f"the limit of {started.max_generated:,} generated tokens is reached"
    if spent.seconds >= started.max_seconds:
        return f"the limit of {started.max_seconds:.0f} seconds is reached"
    return ""


class Policy(Protocol):
    """Decides what is tried next; knows nothing but the facts of the session."""

    def plan(self, session: Session) -> Plan:
        """How the next round is asked; the temperature that a person fixed is put in later."""
        ...


def person_reason(session: Session) -> Reason | None:
    """What the person's own word makes of the next round; nothing where they said none."""
    asked = any(not past.recalled for past in session.rounds)
    if session.round is None or not (asked or session.remarks):
        return "first"
    if session.round.closed:
        return "fresh"
    if session.remarks:
        return "comment"
    if session.round.released:  # what the person wrote or picked is not thrown away
        return "repair"
    return "fresh" if session.pending or session.fresh_wanted else None


def starts(session: Session) -> int:
    """How often the model was asked without a word about earlier answers."""
    return sum(past.started.reason in ("first", "fresh") for past in session.rounds)
