"""What to try next within the budget: repair, fresh start, how many candidates, how warm.

The shape follows what is published: most repairs that ever succeed do so within two rounds, after
which a fresh start does better (Debugging Decay Index, arXiv 2506.18403); a repair that changes
nothing is not repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pseudocode.cost import NOTHING, Cost

if TYPE_CHECKING:
    from pseudocode.events import SessionStarted
    from pseudocode.rounds import Round
    from pseudocode.session import Session

MAX_REPAIRS = 2
REPAIR_TEMPERATURE = 0.2
FRESH_TEMPERATURES = (0.2, 0.6, 0.8)
PREFILL_TEMPERATURES = (0.2, 0.5, 0.7, 0.8)
"""A small model repairs hardly anything: it is sampled afresh, warmer each time."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the next round is asked."""

    reason: Literal["first", "repair", "fresh", "comment"]
    candidates: int
    temperature: float
    counted: bool


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


def plan(session: Session) -> Plan:
    """Decide how the next round is asked."""
    assert session.started is not None
    reason = _reason(session)
    chosen = session.started.temperature
    return Plan(
        reason=reason,
        candidates=session.started.candidates,
        temperature=_temperature(session, reason) if chosen is None else chosen,
        counted=not session.pending,
    )


def _reason(session: Session) -> Literal["first", "repair", "fresh", "comment"]:
    asked = any(not past.recalled for past in session.rounds)
    if session.round is None or not (asked or session.remarks):
        return "first"
    prefilled = session.started is not None and session.started.style == "prefill"
    if prefilled or session.round.closed:
        return "fresh"
    if session.remarks:
        return "comment"
    if session.pending or session.fresh_wanted or not _worth_repairing(session.rounds):
        return "fresh"
    return "repair"


def _worth_repairing(rounds: list[Round]) -> bool:
    """Whether another repair in the running conversation is likely to help."""
    chain: list[Round] = []
    for past in reversed(rounds):
        chain.append(past)
        if past.started.reason in ("first", "fresh", "library"):
            break
    repairs = sum(past.started.reason == "repair" for past in chain)
    if repairs >= MAX_REPAIRS:
        return False
    if len(chain) < 2:
        return True
    now, before = chain[0].best, chain[1].best
    if now is None or before is None:
        return True
    return now.code != before.code and now.rank >= before.rank


def _temperature(session: Session, reason: str) -> float:
    if reason in ("repair", "comment"):
        return REPAIR_TEMPERATURE
    assert session.started is not None
    ladder = PREFILL_TEMPERATURES if session.started.style == "prefill" else FRESH_TEMPERATURES
    starts = sum(past.started.reason in ("first", "fresh") for past in session.rounds)
    return ladder[min(starts, len(ladder) - 1)]
