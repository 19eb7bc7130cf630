"""What to do next about a spec, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pseudocode.deciding import failing, told_best
from pseudocode.steps import Examine, WaitReason

if TYPE_CHECKING:
    from pseudocode.tui.work import Work


def advice(work: Work) -> str:
    """How things stand while nothing is under way, and what to press."""
    if work.viewed is not None:
        return _looking(work)
    return _advice(work)


def _looking(work: Work) -> str:
    current, shown = work.shown_round, work.shown
    assert current is not None
    assert shown is not None
    several = f", answer {shown.index + 1} of {len(current.candidates)}"
    told = several if len(current.candidates) > 1 else ""
    return f"round {current.number}{told}, an earlier one · ] shows later ones, f goes on from it"


def _first_advice(work: Work) -> str:
    if work.outdated:
        return "the declaration changed since this conversation · g starts anew"
    match work.kept:
        case "fresh":
            return "accepted · g writes it anew"
        case "stale":
            return f"{work.reason} · g writes it anew"
        case "to re-test":
            return f"{work.reason} · g tests it again"
    return f"{'needs the network · ' if work.spec.options.network else ''}g generates"


_WHAT_TO_PRESS: dict[WaitReason, str] = {
    "request": "x shows it and sends it",
    "denied": "y allows it after all",
    "choice": "e edits it, g lets the model go on from it",
    "approval": "a accepts",
}
"""After what it waits for, in words."""


def _advice(work: Work) -> str:
    wait = work.wait
    if keys := _WHAT_TO_PRESS.get(wait.reason):
        return f"{wait.detail} · {keys}{_several(work)}"
    match wait.reason:
        case "start":
            return _first_advice(work)
        case "review":
            return "not run yet · a approves, r rejects"
        case "permission":
            return "asks for permission · y allows, d does not"
        case "done" if work.kept in ("stale", "to re-test"):
            return _first_advice(work)
        case "done":
            return "accepted · n goes on"
        case "stopped" if work.session and isinstance(work.session.next_step, Examine):
            return "not tested as things are now · g tests it"
        case "stopped":
            return f"{_why_stopped(work)} · g goes on"
    if wait.reason == "limit" and work.session and (best := told_best(work.session)):
        return f"{wait.detail} · {best} · g gives it more, e edits, c comments"
    key = "a approves" if wait.candidate and wait.reason == "failure" else "g tries"
    return f"{wait.detail} · {key} again"


def _why_stopped(work: Work) -> str:
    report = failing(work.session) if work.session else None
    if report is not None:
        return f"{report.tally} by now"
    return "stopped" if work.session and work.session.halt else "broken off"


def _several(work: Work) -> str:
    current = work.session.round if work.session else None
    return ", V compares" if current and current.started.compared else ""
