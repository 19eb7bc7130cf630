"""Spans from a start to an end: a class of the module, and tests in a file of their own."""

from dataclasses import dataclass

from pseudocode import pseudo_function


@dataclass(frozen=True)
class Interval:
    """From a start up to an end."""

    start: int
    end: int


@pseudo_function
def merged(intervals: list[Interval]) -> list[Interval]:
    """Merge the intervals that overlap or touch.

    The answer is in the order of the starts; the list that is given stays as it was.

    >>> merged([Interval(2, 5), Interval(1, 3)])
    [Interval(start=1, end=5)]
    """
