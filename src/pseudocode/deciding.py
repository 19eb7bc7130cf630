"""What comes of a round once its answers are in: whose turn it is, and about which of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pseudocode import policy
from pseudocode.access import permitted
from pseudocode.bounds import limit_reached
from pseudocode.events import Reach, SuiteFinished
from pseudocode.probes import calls_for
from pseudocode.rounds import Candidate, Round, best_so_far, holding
from pseudocode.steps import Accept, Begin, Check, Diagnose, Examine, Observe, Wait

if TYPE_CHECKING:
    from pseudocode.session import Session


def begin(session: Session) -> Begin | Diagnose | Accept | Wait:
    """What comes before the next round, or that there is none: a bound of the budget is reached."""
    assert session.started is not None
    released = session.released
    person = bool(session.pending or session.fresh_wanted or released)
    if not person and (limit := limit_reached(session.started, session.spent)):
        last = policy.last_resort(session)
        best = best_so_far(session.rounds[session.since :])
        return accept_or_wait(last, session) if last else Wait("limit", limit, best)
    plan = policy.plan(session)
    diagnosed = released.diagnosis if released else plan.diagnosed
    return Diagnose(plan) if diagnosed else Begin(plan)


def to_ask(session: Session) -> tuple[int, ...]:
    """The candidates of the latest round that the model has to give, or to go on with."""
    current, started = session.round, session.started
    if current is None or started is None or session.is_settled:
        return ()
    over = limit_reached(started, replace(session.spent, rounds=0))
    return current.missing + (() if over else current.ended_early)


def arrived(current: Round, session: Session) -> Check | Examine | Observe | None:
    """What can be done with the answers of a round that are in."""
    for candidate in current.candidates.values():
        if candidate.checked is None:
            return Check(candidate)
        if _runnable(candidate, session):
            return Examine(candidate)
    unlike = None if session.pending else policy.unobserved(session)
    return Observe(unlike, calls_for(session.spec)) if unlike else None


def _runnable(candidate: Candidate, session: Session) -> bool:
    if not candidate.code or candidate.report is not None or session.pending:
        return False
    return session.permitted and reviewed(candidate, session)


def judge(current: Round, session: Session) -> Accept | Wait | None:
    """What is to be done with the answers of a round; nothing where the model is asked again."""
    if passing := session.passing:
        return accept_or_wait(passing, session)
    waiting = [c for c in current.candidates.values() if c.code and c.report is None]
    waiting.sort(key=lambda candidate: candidate.index != current.picked)
    if found := next((c for c in waiting if reviewed(c, session)), None):
        return Wait("permission", "; ".join(session.spec.options.permissions), found)
    if waiting:
        return Wait("review", "not run yet", waiting[0])
    if current.is_the_persons:
        return Wait("choice", _tally(current.best), current.best)
    return None


def reviewed(candidate: Candidate, session: Session) -> bool:
    """Whether nobody has to look at code before it is run, or somebody did."""
    started = session.started
    return candidate.sha256 in session.approved or not (started and started.review)


def failing(session: Session) -> SuiteFinished | None:
    """What the tests say of the answer that is due, where it fails them and nobody stopped it."""
    due = session.shown if not session.halt else None
    report = due.report if due else None
    return report if report and report.needs_work else None


def passes(report: SuiteFinished, session: Session) -> bool:
    """Whether a report is all that is asked of code."""
    return report.all_passed or (not session.spec.is_tested and not report.error)


def wider(candidate: Candidate, session: Session) -> tuple[Reach, ...]:
    """What code gets hold of that the accepted code did not; nothing where there was none."""
    started = session.started
    if candidate.checked is None or started is None or not started.kept:
        return ()
    return tuple(r for r in candidate.checked.reaches if r not in started.kept_reaches)


def wants_more(reaches: tuple[Reach, ...]) -> str:
    """What a regeneration gets hold of that the accepted code did not, in words."""
    return f"wants {', '.join(reaches)} now, which the accepted code did not"


def accept_or_wait(candidate: Candidate, session: Session) -> Accept | Wait:
    """Whether passing code is accepted, or a person has to say so."""
    if candidate.sha256 in session.approved:
        return Accept(candidate)
    if not session.spec.is_tested:
        return Wait("approval", "no examples or tests to check", candidate)
    if session.started and session.started.approval == "person":
        found = "found in your library, " if candidate.reply.source == "library" else ""
        return Wait("approval", f"{found}all pass", candidate)
    allowed = permitted(session.spec.options) if session.permitted else frozenset()
    if more := tuple(reach for reach in wider(candidate, session) if reach not in allowed):
        return Wait("approval", f"{wants_more(more)}; a person has to approve it", candidate)
    return Accept(candidate)


def told_best(session: Session) -> str:
    """How far the answer that is due got, and in which round: `best: 3 of 4 examples, round 2`."""
    due = session.shown
    past = holding(session.rounds, due)
    if due is None or past is None or due.report is None:
        return ""
    return f"best: {due.report.share}, round {past.number}"


def _tally(best: Candidate | None) -> str:
    if best is None or not best.code:
        return "cannot be used as it is"
    return best.report.tally if best.report else "not run"
