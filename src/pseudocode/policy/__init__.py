"""What to try next within the budget: policies, chosen by name.

Each is small and pure: the facts of a session go in, a plan comes out. Which suits a kind of model
best was measured by `bench`; the README holds the figures.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pseudocode.policy.plain import Classic, Resample
from pseudocode.policy.plans import Form, Plan, Policy, Reason
from pseudocode.policy.repair import Repair

if TYPE_CHECKING:
    from pseudocode.events import SessionStarted, Style
    from pseudocode.session import Session

__all__ = [
    "POLICIES",
    "Form",
    "Plan",
    "Policy",
    "Reason",
    "default_policy",
    "plan",
    "policy_of",
]

POLICIES: dict[str, Policy] = {
    "classic": Classic(),
    "resample": Resample(),
    "repair": Repair(),
}
"""All of them, by their names."""
COMPARED_TEMPERATURE = 0.6


def default_policy(style: Style) -> str:
    """The name of the policy that measured best for a kind of model."""
    return {"chat": "repair", "prefill": "repair"}[style]


def policy_of(started: SessionStarted) -> Policy:
    """What decides in a session; recordings without a known name take today's default."""
    return POLICIES.get(started.policy) or POLICIES[default_policy(started.style)]


def plan(session: Session) -> Plan:
    """Decide how the next round is asked."""
    assert session.started is not None
    chosen = session.started.temperature
    decided = policy_of(session.started).plan(session)
    if session.to_compare:
        # Answers that are alike are not worth comparing.
        warm = max(decided.temperature, COMPARED_TEMPERATURE)
        decided = replace(decided, candidates=session.to_compare, temperature=warm)
    temperature = decided.temperature if chosen is None else chosen
    return replace(decided, temperature=temperature, counted=not session.pending)
