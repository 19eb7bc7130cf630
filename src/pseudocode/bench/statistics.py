"""Intervals by the bootstrap: tasks are drawn anew, and within each task its seeds.

Efron and Tibshirani, An Introduction to the Bootstrap, chapter 13 (percentile intervals). The two
levels are drawn one after the other, since runs of one task are alike. All that is asked of one
`Bootstrap` is computed from the same draws, so that comparisons are paired.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from operator import mul
from typing import NamedTuple

CONFIDENCE = 0.95
TIMES = 2000
Statistic = Callable[[Sequence[float]], float]
"""Takes the sum of each column; not a number where it is not defined."""


class Interval(NamedTuple):
    """A value, and between what it would lie with other tasks and seeds of the same kind."""

    value: float
    low: float
    high: float


class Bootstrap:
    """Draws from observations that come in groups."""

    def __init__(self, sizes: Sequence[int], *, seed: int = 0, times: int = TIMES) -> None:
        """Draw.

        Args:
            sizes: How many observations each group has, in their order.
            seed: Of the draws.
            times: How often.
        """
        source = random.Random(seed)
        starts = [sum(sizes[:index]) for index in range(len(sizes))]
        self._draws = [_draw(source, sizes, starts) for _ in range(times)]

    def interval(self, columns: Sequence[Sequence[float]], statistic: Statistic) -> Interval:
        """The percentile interval of a statistic.

        Args:
            columns: The observations, group after group, one column for each thing observed.
            statistic: Of the sums of the columns.
        """
        value = statistic([sum(column) for column in columns])
        drawn = [statistic([sum(map(mul, draw, c)) for c in columns]) for draw in self._draws]
        known = sorted(number for number in drawn if not math.isnan(number))
        if not known:
            return Interval(value, math.nan, math.nan)
        tail = (1 - CONFIDENCE) / 2
        return Interval(value, _quantile(known, tail), _quantile(known, 1 - tail))


def share(sums: Sequence[float]) -> float:
    """The first sum over the second."""
    return sums[0] / sums[1] if sums[1] else math.nan


def ratio(sums: Sequence[float]) -> float:
    """The first sum over the second, where nothing at all over nothing says nothing."""
    if sums[1]:
        return sums[0] / sums[1]
    return math.inf if sums[0] else math.nan


def _draw(source: random.Random, sizes: Sequence[int], starts: Sequence[int]) -> list[int]:
    """How often each observation was drawn."""
    counts = [0] * sum(sizes)
    uniform = source.random
    for _ in sizes:
        group = int(uniform() * len(sizes))
        size, start = sizes[group], starts[group]
        for _ in range(size):
            counts[start + int(uniform() * size)] += 1
    return counts


def _quantile(ordered: Sequence[float], part: float) -> float:
    """By the nearest rank, so that infinite values need no arithmetic."""
    return ordered[min(len(ordered) - 1, max(0, math.ceil(part * len(ordered)) - 1))]
