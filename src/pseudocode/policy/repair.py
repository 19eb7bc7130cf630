"""Feedback with fresh starts.

The shape follows what is published: most repairs that ever succeed do so within two rounds, after
which a fresh start does better (Debugging Decay Index, arXiv 2506.18403); a repair that changes
nothing is not repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pseudocode.policy.agreement import Agreeing
from pseudocode.policy.plans import Plan, Reason, person_reason, starts

if TYPE_CHECKING:
    from pseudocode.rounds import Round
    from pseudocode.session import Session

MAX_REPAIRS = 2
REPAIR_TEMPERATURE = 0.2
FRESH_TEMPERATURES = (0.2, 0.6, 0.8)
PREFILL_TEMPERATURES = (0.2, 0.5, 0.7, 0.8)


@dataclass(frozen=True, slots=True)
class Repair(Agreeing):
    """An answer, at most some repairs of it, then a fresh start, warmer each time."""

    growing: bool = True
    """Whether a repair goes on with the conversation, or is told of the answer before alone."""
    max_repairs: int = MAX_REPAIRS

    def plan(self, session: Session) -> Plan:
        """Repair where it is likely to help, else start afresh."""
        assert session.started is not None
        reason = self._reason(session)
        return Plan(
            reason=reason,
            candidates=session.started.candidates,
            temperature=_temperature(session, reason),
            form=session.started.style,
            growing=self.growing,
        )

    def _reason(self, session: Session) -> Reason:
        reason = person_reason(session)
        if reason in (None, "comment", "repair"):
            assert session.started is not None
            # A model that only goes on with a text is not told of earlier answers.
            if session.started.style == "prefill":
                return "fresh"
        if reason is not None:
            return reason
        return "repair" if worth_repairing(session.rounds, self.max_repairs) else "fresh"


def worth_repairing(rounds: list[Round], max_repairs: int) -> bool:
    """Whether another repair of the latest answer is likely to help."""
    chain: list[Round] = []
    for past in reversed(rounds):
        chain.append(past)
        if past.started.reason in ("first", "fresh", "library", "edit"):
            break
    repairs = sum(past.started.reason == "repair" for past in chain)
    if repairs >= max_repairs:
        return False
    if len(chain) < 2:
        return True
    now, before = chain[0].best, chain[1].best
    if now is None or before is None:
        return True
    return now.fingerprint != before.fingerprint and now.rank >= before.rank


def _temperature(session: Session, reason: Reason) -> float:
    if reason in ("repair", "comment"):
        return REPAIR_TEMPERATURE
    assert session.started is not None
    ladder = PREFILL_TEMPERATURES if session.started.style == "prefill" else FRESH_TEMPERATURES
    return ladder[min(starts(session), len(ladder) - 1)]
