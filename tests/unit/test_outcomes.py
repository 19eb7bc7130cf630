"""Tests by rounds: flips against the last round in which a test was run."""

from __future__ import annotations

from pseudocode.events import (
    CandidateChecked,
    Case,
    Outcome,
    ReplyReceived,
    RoundStarted,
    SuiteFinished,
)
from pseudocode.outcomes import Grid, grid
from pseudocode.rounds import Candidate, Round


def turn(number: int, outcomes: dict[str, Outcome] | None) -> Round:
    started = RoundStarted(round=number, reason="repair", candidates=1, temperature=0.0)
    made = Round(started)
    if outcomes is not None:
        reply = ReplyReceived(candidate=0, text="", finish="stop")
        checked = CandidateChecked(candidate=0, code=f"x = {number}")
        cases = tuple(Case(call=call, outcome=outcome) for call, outcome in outcomes.items())
        report = SuiteFinished(candidate=0, cases=cases) if outcomes else None
        made.candidates[0] = Candidate(0, reply, checked, report)
    return made


def signs(found: Grid) -> dict[str, list[str]]:
    return {
        call: [f"{cell.flip[:1]}{cell.case.outcome[:1] if cell.case else '·'}" for cell in row]
        for (_, call), row in zip(found.names, found.rows, strict=True)
    }


def test_a_test_flips_against_the_last_round_in_which_it_was_run() -> None:
    found = grid(
        [
            turn(1, {"f(1)": "failed", "f(2)": "passed"}),
            turn(2, {}),  # faults: not run
            turn(3, {"f(1)": "passed", "f(2)": "error", "f(3)": "failed"}),
            turn(4, {"f(1)": "skipped", "f(2)": "failed", "f(3)": "failed"}),
            turn(5, {"f(1)": "failed", "f(2)": "passed", "f(3)": "failed"}),
        ]
    )
    assert signs(found) == {
        "f(1)": ["f", "·", "mp", "s", "bf"],
        "f(2)": ["p", "·", "be", "f", "mp"],
        "f(3)": ["·", "·", "f", "f", "f"],
    }
    assert found.rows[0][2].before == 0
    assert found.rows[0][4].before == 2  # where it was skipped it was not run
    assert [found.passed(n) for n in range(5)] == [(1, 2), (0, 0), (1, 3), (0, 2), (1, 3)]
    assert [column.was_run for column in found.columns] == [True, False, True, True, True]


def test_nothing_yet() -> None:
    assert grid([]) == Grid((), (), ())
    assert grid([turn(1, None)]).columns[0].candidate is None
