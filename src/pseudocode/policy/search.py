"""Policies that spend the budget on what promises most, and accept what candidates agree on."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pseudocode.policy.agreement import Agreeing
from pseudocode.policy.plans import Plan, Reason, person_reason, starts
from pseudocode.policy.repair import REPAIR_TEMPERATURE

if TYPE_CHECKING:
    from pseudocode.rounds import Candidate
    from pseudocode.session import Session

CHAT_TEMPERATURES = (0.2, 0.6, 0.8, 1.0)
PREFILL_TEMPERATURES = (0.2, 0.4, 0.6)
WEIGHT = 5.0
"""How much the share of examples that pass counts against chance."""


@dataclass(frozen=True, slots=True)
class Rank(Agreeing):
    """Rounds of several independent answers, all of them tested before one is chosen."""

    candidates: int = 5

    def plan(self, session: Session) -> Plan:
        """Ask afresh, for several answers at once."""
        assert session.started is not None
        return Plan(
            reason=_fresh_reason(session),
            candidates=max(self.candidates, session.started.candidates),
            temperature=ladder_temperature(session),
            form=session.started.style,
            shot=starts(session) % 2 == 1,
        )

    def wanted(self, session: Session) -> int:
        """Where several answers are there anyway, two at least have to agree."""
        return max(2, Agreeing.wanted(self, session))

    def chosen(self, session: Session) -> Candidate | None:
        """As soon as the round is complete."""
        if session.round is None or session.round.missing:
            return None
        return Agreeing.chosen(self, session)


@dataclass(frozen=True, slots=True)
class Search(Agreeing):
    """Thompson sampling over fresh starts and the repair of each attempt (REx, arXiv 2405.17503).

    An attempt that passes the share h of the examples and was repaired n times in vain is drawn
    from Beta(1 + C h, 1 + C (1 - h) + n). A fresh start stands for the mean of all that there were,
    with as many tries in vain as there were fresh starts.
    """

    def plan(self, session: Session) -> Plan:
        """Repair the attempt that was drawn, or start afresh."""
        assert session.started is not None
        reason = _fresh_reason(session)
        base = None
        if reason == "fresh" and session.started.style == "chat":
            base = None if session.pending or session.fresh_wanted else _drawn(session)
        if base is not None:
            reason = "repair"
        repaired = reason in ("repair", "comment")
        return Plan(
            reason=reason,
            candidates=session.started.candidates,
            temperature=REPAIR_TEMPERATURE if repaired else ladder_temperature(session),
            form=session.started.style,
            base=base.sha256 if base else "",
            shot=starts(session) % 2 == 1,
            growing=reason == "comment",
        )


def _fresh_reason(session: Session) -> Reason:
    assert session.started is not None
    reason = person_reason(session) or "fresh"
    return "fresh" if reason == "comment" and session.started.style == "prefill" else reason


def ladder_temperature(session: Session) -> float:
    """Warmer with each fresh start; a model that only goes on with a text begins again cool."""
    assert session.started is not None
    prefilled = session.started.style == "prefill"
    ladder = PREFILL_TEMPERATURES if prefilled else CHAT_TEMPERATURES
    step = starts(session)
    return ladder[step % len(ladder) if prefilled else min(step, len(ladder) - 1)]


def _drawn(session: Session) -> Candidate | None:
    """The attempt to repair; nothing for a fresh start."""
    rounds = session.rounds[session.since :]
    pool: dict[str, Candidate] = {}
    for past in rounds:
        for candidate in past.candidates.values():
            if candidate.code and candidate.report is not None:
                pool.setdefault(candidate.fingerprint, candidate)
    if not pool:
        # What cannot even be read is told so once.
        again = session.round is None or session.round.started.reason == "repair"
        return None if again else session.best
    repaired = [past.started.base for past in rounds]
    shares = [_share(candidate) for candidate in pool.values()]
    fresh = sum(past.started.reason in ("first", "fresh") for past in rounds)
    draw = _dice(session)
    mean = sum(shares) / len(shares)
    best = draw.betavariate(1 + WEIGHT * mean, 1 + WEIGHT * (1 - mean) + fresh)
    chosen = None
    for candidate, share in zip(pool.values(), shares, strict=True):
        tried = repaired.count(candidate.sha256)
        drawn = draw.betavariate(1 + WEIGHT * share, 1 + WEIGHT * (1 - share) + tried)
        if drawn > best and not session.passes(candidate):
            best, chosen = drawn, candidate
    return chosen


def _share(candidate: Candidate) -> float:
    """The share of examples that pass, of those that ran."""
    report = candidate.report
    counted = [c for c in report.cases if c.outcome != "skipped"] if report else []
    return sum(c.outcome == "passed" for c in counted) / len(counted) if counted else 0.0


def _dice(session: Session) -> random.Random:
    """The same throws for the same facts."""
    assert session.started is not None
    seen = [c.fingerprint for past in session.rounds for c in past.candidates.values()]
    told = "|".join([session.started.digest, str(len(session.rounds)), *seen])
    return random.Random(hashlib.sha256(told.encode()).digest())
