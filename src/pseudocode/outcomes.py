"""What became of each test in each round, and which code changed it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pseudocode.events import Case
from pseudocode.rounds import Candidate, Round

Flip = Literal["", "mended", "broken"]
Name = tuple[str, str]
"""The test file, and the test or the call; all that stays the same from round to round."""


@dataclass(frozen=True, slots=True)
class Column:
    """A round, by the candidate that a person would look at."""

    round: int
    reason: str
    candidate: Candidate | None
    """None where no answer came."""

    @property
    def was_run(self) -> bool:
        """Whether tests were run on its code."""
        return self.candidate is not None and self.candidate.report is not None

    @property
    def code(self) -> str:
        """The code of the candidate; empty where it has faults."""
        return self.candidate.code if self.candidate else ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One test in one round."""

    case: Case | None = None
    """None where it was not run."""
    flip: Flip = ""
    """Whether it passes since this round, or no longer does."""
    before: int | None = None
    """The number of the column with which it is compared: the last one in which it was run."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Tests by rounds."""

    columns: tuple[Column, ...]
    names: tuple[Name, ...]
    """The tests, in the order in which they first came up."""
    rows: tuple[tuple[Cell, ...], ...]
    """For each test, one cell for each column."""

    def passed(self, column: int) -> tuple[int, int]:
        """How many tests pass in a round, and how many were run."""
        run = [row[column].case for row in self.rows]
        cases = [case for case in run if case is not None and case.outcome != "skipped"]
        return sum(case.outcome == "passed" for case in cases), len(cases)


def grid(rounds: Iterable[Round]) -> Grid:
    """Put the tests of a session against its rounds."""
    columns = tuple(Column(r.number, r.started.reason, r.best) for r in rounds)
    found = [_cases(column) for column in columns]
    names = tuple(dict.fromkeys(name for cases in found for name in cases))
    return Grid(columns, names, tuple(_row(name, found) for name in names))


def _cases(column: Column) -> dict[Name, Case]:
    report = column.candidate.report if column.candidate else None
    return {(case.file, case.call): case for case in report.cases} if report else {}


def _row(name: Name, found: list[dict[Name, Case]]) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    before: int | None = None
    for number, cases in enumerate(found):
        case = cases.get(name)
        earlier = found[before][name] if before is not None else None
        cells.append(Cell(case, _flip(earlier, case), before))
        before = number if case is not None and case.outcome != "skipped" else before
    return tuple(cells)


def _flip(before: Case | None, case: Case | None) -> Flip:
    if before is None or case is None or case.outcome == "skipped":
        return ""
    if before.went_wrong == case.went_wrong:
        return ""
    return "broken" if case.went_wrong else "mended"
