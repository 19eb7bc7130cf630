"""What to try next within the budget: policies, chosen by name.

Each is small and pure: the facts of a session go in, a plan comes out. Which suits a kind of model
best, `bench` can measure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pseudocode.policy import agreement
from pseudocode.policy.plain import Classic, Resample
from pseudocode.policy.plans import Form, Plan, Policy, Reason, wants_diagnosis
from pseudocode.policy.repair import Repair
from pseudocode.policy.search import Rank, Search

if TYPE_CHECKING:
    from pseudocode.events import SessionStarted, Style
    from pseudocode.rounds import Candidate
    from pseudocode.session import Session

__all__ = [
    "POLICIES",
    "Form",
    "Plan",
    "Policy",
    "Reason",
    "chosen",
    "default_policy",
    "last_resort",
    "plan",
    "policy_of",
    "unobserved",
]

POLICIES: dict[str, Policy] = {
    "classic": Classic(),
    "resample": Resample(),
    "repair": Repair(),
    "rank": Rank(),
    "search": Search(),
}
"""All of them, by their names."""
COMPARED_TEMPERATURE = 0.6


def default_policy(style: Style) -> str:
    """The name of the policy that a kind of model is asked by unless another is named."""
    return {"chat": "repair", "prefill": "search"}[style]


def policy_of(started: SessionStarted) -> Policy:
    """What decides in a session; recordings without a known name take today's default."""
    return POLICIES.get(started.policy) or POLICIES[default_policy(started.style)]


def _decides(session: Session) -> Policy | None:
    """What decides over candidates; nothing where a person does, who is shown the first at once."""
    current = session.round
    persons = current is not None and current.is_the_persons
    if session.started is None or session.started.approval == "person" or persons:
        return None
    return policy_of(session.started)


def chosen(session: Session) -> Candidate | None:
    """The candidate with which the work can end."""
    policy = _decides(session)
    return policy.chosen(session) if policy else session.first_passing


def unobserved(session: Session) -> Candidate | None:
    """A candidate that passes and has to be compared with others before it is chosen, if any."""
    policy = _decides(session)
    return agreement.unobserved(session) if policy and policy.observes(session) else None


def last_resort(session: Session) -> Candidate | None:
    """The candidate to accept where no more can be tried, if any."""
    policy = _decides(session)
    return policy.last_resort(session) if policy else None


def plan(session: Session) -> Plan:
    """Decide how the next round is asked."""
    assert session.started is not None
    chosen = session.started.temperature
    policy = policy_of(session.started)
    decided = policy.plan(session)
    if session.to_compare:
        # Answers that are alike are not worth comparing.
        warm = max(decided.temperature, COMPARED_TEMPERATURE)
        decided = replace(decided, candidates=session.to_compare, temperature=warm)
    temperature = decided.temperature if chosen is None else chosen
    diagnosed = decided.reason == "repair" and policy.diagnoses and wants_diagnosis(session)
    counted = not session.pending
    return replace(decided, temperature=temperature, counted=counted, diagnosed=diagnosed)
