"""The policies that others are measured against: the article's loop, and plain sampling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pseudocode.policy.plans import FirstPassing, Plan, person_reason

if TYPE_CHECKING:
    from pseudocode.session import Session

CLASSIC_TEMPERATURE = 1.0
"""What the service that the article used takes when it is told none."""
SAMPLING_TEMPERATURE = 0.8
"""Independent samples are of use only if they differ."""


@dataclass(frozen=True, slots=True)
class Classic(FirstPassing):
    """One conversation that grows: one answer, its first failure told, and so on to the end."""

    def plan(self, session: Session) -> Plan:
        """Repair, until the rounds are used up."""
        return Plan(
            reason=person_reason(session) or "repair",
            candidates=1,
            temperature=CLASSIC_TEMPERATURE,
            form="classic",
        )


@dataclass(frozen=True, slots=True)
class Resample(FirstPassing):
    """The first prompt again and again; what failed is told to nobody."""

    def plan(self, session: Session) -> Plan:
        """Ask afresh."""
        assert session.started is not None
        reason = person_reason(session) or "fresh"
        told = reason in ("comment", "repair") and session.started.style == "prefill"
        return Plan(
            reason="fresh" if told else reason,
            candidates=session.started.candidates,
            temperature=SAMPLING_TEMPERATURE,
            form=session.started.style,
        )
