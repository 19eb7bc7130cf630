"""What results say: for each policy and round, and policies against each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import NamedTuple

from pseudocode.bench.results import Result
from pseudocode.bench.statistics import TIMES, Bootstrap, Interval, Statistic, ratio, share

POINTS = 60
"""Of a curve."""
MAX_ROUNDS = 8
"""Of which it is told what was solved by then."""
Of = Callable[[Result], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a policy did; shares are of its runs, tokens and the rest are means of a run."""

    policy: str
    runs: int
    solved: Interval
    """Accepted by the visible tests."""
    correct: Interval
    """Passed the hidden ones as well."""
    false_accepts: Interval
    """Share of what was accepted that fails the hidden tests."""
    generated: Interval
    prompted: Interval
    seconds: Interval
    dollars: float | None
    """Of all runs together; nothing where some price is not known."""
    rounds: tuple[Round, ...]
    curve: tuple[Point, ...]


class Round(NamedTuple):
    """What was reached by the end of a round."""

    number: int
    solved: Interval
    correct: Interval
    false_accepts: Interval
    generated: Interval
    seen: int
    """Runs that came so far."""


class Point(NamedTuple):
    """What was reached within so many generated tokens."""

    tokens: int
    solved: float
    correct: float


class Against(NamedTuple):
    """How many times as many correct tasks one policy has as another."""

    policy: str
    other: str
    times: Interval
    runs: int
    """Those that both made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was measured with one suite, model and budget."""

    suite: str
    model: str
    budget: int
    tasks: int
    seeds: int
    hidden: bool
    """Whether there are hidden tests, without which nothing is known to be correct."""
    standings: tuple[Standing, ...]
    ratios: tuple[Against, ...]


def summarise(results: Iterable[Result], times: int = TIMES) -> list[Summary]:
    """One summary for each suite, model and budget, in the order of their names.

    Args:
        results: One for each run.
        times: How often the bootstrap draws.
    """
    ordered = sorted(results, key=_kind)
    return [_summary(list(same), times) for _, same in groupby(ordered, _kind)]


def _kind(result: Result) -> tuple[str, str, int]:
    return result.suite, result.model, result.budget


def _summary(results: Sequence[Result], times: int) -> Summary:
    table = _Table(results, times)
    first = results[0]
    policies = list(dict.fromkeys(result.way for result in results))
    return Summary(
        suite=first.suite,
        model=first.model,
        budget=first.budget,
        tasks=len({result.task for result in results}),
        seeds=len({result.seed for result in results}),
        hidden=any(result.correct is not None for result in results),
        standings=tuple(table.standing(policy) for policy in policies),
        ratios=tuple(table.against(one, two) for two, one in combinations(policies, 2)),
    )


class _Table:
    """Results by task and seed, and one bootstrap for all that is asked of them."""

    def __init__(self, results: Sequence[Result], times: int) -> None:
        self._of = {(r.way, r.task, r.seed): r for r in results}
        self._budget = results[0].budget
        self._cells = sorted({(result.task, result.seed) for result in results})
        sizes = [len(list(same)) for _, same in groupby(self._cells, key=lambda cell: cell[0])]
        self._bootstrap = Bootstrap(sizes, times=times)

    def standing(self, policy: str) -> Standing:
        """What a policy did."""
        made = [r for (name, _, _), r in self._of.items() if name == policy]
        costs = [r.dollars for r in made if r.dollars is not None]
        rounds = range(1, min(MAX_ROUNDS, max((r.rounds for r in made), default=0)) + 1)
        return Standing(
            policy=policy,
            runs=len(made),
            solved=self._mean(policy, _solved),
            correct=self._mean(policy, _correct),
            false_accepts=self._false(policy, _false_accept, _judged),
            generated=self._mean(policy, lambda r: r.generated),
            prompted=self._mean(policy, lambda r: r.prompted),
            seconds=self._mean(policy, lambda r: r.seconds),
            dollars=round(sum(costs), 6) if len(costs) == len(made) else None,
            rounds=tuple(self._round(policy, number, made) for number in rounds),
            curve=tuple(self._point(step, made) for step in range(POINTS + 1)),
        )

    def against(self, policy: str, other: str) -> Against:
        """Correct tasks of one policy over those of another, in the runs that both made."""
        both = [(self._of.get((policy, *c)), self._of.get((other, *c))) for c in self._cells]
        pairs = [(one, two) if one and two else None for one, two in both]
        columns = [
            [_correct(pair[0]) if pair else 0.0 for pair in pairs],
            [_correct(pair[1]) if pair else 0.0 for pair in pairs],
        ]
        times = self._bootstrap.interval(columns, ratio)
        return Against(policy, other, times, sum(pair is not None for pair in pairs))

    def _round(self, policy: str, number: int, made: Sequence[Result]) -> Round:
        def by_then(of: Of) -> Of:
            return lambda result: of(result) if result.rounds <= number else 0.0

        return Round(
            number,
            self._mean(policy, by_then(_solved)),
            self._mean(policy, by_then(_correct)),
            self._false(policy, by_then(_false_accept), by_then(_judged)),
            self._mean(policy, lambda r: r.by_round[:number][-1] if r.by_round else 0),
            sum(result.rounds >= number for result in made),
        )

    def _point(self, step: int, made: Sequence[Result]) -> Point:
        tokens = self._budget * step // POINTS
        # The last answer may pass the budget by a part of it; it was begun within.
        within = [r for r in made if r.generated <= tokens or step == POINTS]
        solved, correct = sum(map(_solved, within)), sum(map(_correct, within))
        return Point(tokens, solved / len(made), correct / len(made))

    def _mean(self, policy: str, of: Of) -> Interval:
        return self._interval(policy, (of, lambda _: 1.0), share)

    def _false(self, policy: str, false: Of, accepted: Of) -> Interval:
        return self._interval(policy, (false, accepted), share)

    def _interval(self, policy: str, of: Sequence[Of], statistic: Statistic) -> Interval:
        own = [self._of.get((policy, *cell)) for cell in self._cells]
        columns = [[float(each(result)) if result else 0.0 for result in own] for each in of]
        return self._bootstrap.interval(columns, statistic)


def _solved(result: Result) -> float:
    return float(result.solved)


def _correct(result: Result) -> float:
    return float(result.correct is True)


def _judged(result: Result) -> float:
    """Accepted, and put before hidden tests."""
    return float(result.solved and result.correct is not None)


def _false_accept(result: Result) -> float:
    return float(result.solved and result.correct is False)


def plain(value: object) -> object:
    """The value for JSON, which knows neither infinite numbers nor those that are none."""
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        named = getattr(value, "_asdict", None)
        return plain(named()) if named else [plain(inner) for inner in value]
    return value
