"""What `merged` has to do, as tests of the usual kind."""

import pytest
from intervals import Interval, merged


@pytest.fixture
def scattered():
    return [Interval(8, 9), Interval(1, 2), Interval(4, 6)]


def test_nothing():
    assert merged([]) == []


def test_scattered_ones_are_only_sorted(scattered):
    assert merged(scattered) == [Interval(1, 2), Interval(4, 6), Interval(8, 9)]


def test_the_given_list_is_left_alone(scattered):
    merged(scattered)
    assert scattered[0] == Interval(8, 9)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (Interval(3, 4), [Interval(1, 4)]),
        (Interval(2, 3), [Interval(1, 3)]),
        (Interval(1, 2), [Interval(1, 3)]),
        (Interval(4, 5), [Interval(1, 3), Interval(4, 5)]),
    ],
    ids=["touching", "overlapping", "inside", "apart"],
)
def test_two(second, expected):
    assert merged([Interval(1, 3), second]) == expected


@pytest.mark.hidden
def test_one_holds_all_the_others():
    assert merged([Interval(n, n + 1) for n in range(5)] + [Interval(0, 9)]) == [Interval(0, 9)]
