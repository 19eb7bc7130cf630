from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.bench.statistics import Bootstrap, ratio, share

FEW = 200
groups = st.lists(
    st.lists(st.floats(0, 1), min_size=1, max_size=4),
    min_size=1,
    max_size=8,
)


def mean_of(values: list[list[float]], **given: int) -> tuple[float, float, float]:
    flat = [value for group in values for value in group]
    bootstrap = Bootstrap([len(group) for group in values], times=FEW, **given)
    return bootstrap.interval([flat, [1.0] * len(flat)], share)


@given(groups, st.integers(0, 5))
def test_an_interval_lies_within_what_was_observed(values: list[list[float]], seed: int) -> None:
    value, low, high = mean_of(values, seed=seed)
    flat = [number for group in values for number in group]
    slack = 1e-9
    assert min(flat) - slack <= low <= high <= max(flat) + slack
    assert value == pytest.approx(sum(flat) / len(flat))


@given(groups)
def test_the_same_draws_give_the_same_interval(values: list[list[float]]) -> None:
    assert mean_of(values, seed=3) == mean_of(values, seed=3)


@given(st.floats(0.1, 1), st.integers(1, 6), st.integers(1, 3))
def test_what_is_always_the_same_has_no_width(value: float, tasks: int, seeds: int) -> None:
    assert mean_of([[value] * seeds] * tasks) == pytest.approx((value, value, value))


@given(groups)
def test_a_ratio_to_itself_is_one_in_every_draw(values: list[list[float]]) -> None:
    flat = [number + 0.1 for group in values for number in group]
    bootstrap = Bootstrap([len(group) for group in values], times=FEW)
    assert bootstrap.interval([flat, flat], ratio) == (1.0, 1.0, 1.0)


def test_more_than_nothing_is_infinitely_many_times_as_much() -> None:
    assert ratio([3.0, 0.0]) == math.inf
    assert math.isnan(ratio([0.0, 0.0]))
    interval = Bootstrap([1, 1, 1], times=FEW).interval([[1, 1, 0], [0, 0, 1]], ratio)
    assert interval.value == 2.0
    assert interval.high == math.inf


def test_what_is_never_defined_has_no_interval() -> None:
    interval = Bootstrap([2], times=FEW).interval([[0, 0], [0, 0]], share)
    assert all(map(math.isnan, interval))


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Simulated suites, in which tasks are unequally hard: 40 tasks with 3 seeds each."""
    source, held, suites = random.Random(1), 0, 200
    for number in range(suites):
        hard = [source.random() for _ in range(40)]
        values = [[float(source.random() < p) for _ in range(3)] for p in hard]
        _, low, high = mean_of(values, seed=number)
        held += low <= 0.5 <= high
    assert held / suites > 0.9
    # Seeds of a task are alike: drawn as if they were tasks, they would promise too much.
    wide = mean_of([[1.0] * 3, [0.0] * 3] * 10)
    narrow = mean_of([[1.0], [0.0]] * 30)
    assert wide[2] - wide[1] > narrow[2] - narrow[1]
