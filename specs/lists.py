"""Working with lists: from a warm-up to a small puzzle."""

from collections.abc import Sequence

from pseudocode import pseudo_function


@pseudo_function
def squares_of_evens(numbers: list[int]) -> list[int]:
    """Return the squares of the even numbers, in their order.

    >>> squares_of_evens([1, 2, 3, 4])
    [4, 16]
    >>> squares_of_evens([1, 3])
    []
    """


@pseudo_function
def fibonacci(n: int) -> list[int]:
    """Return the first n Fibonacci numbers, starting with 0 and 1.

    >>> fibonacci(6)
    [0, 1, 1, 2, 3, 5]
    >>> fibonacci(1)
    [0]
    >>> fibonacci(0)
    []
    """


@pseudo_function
def unique(items: list[int]) -> list[int]:
    """Remove repeated numbers; the first of each stays where it is.

    >>> unique([3, 1, 3, 2, 1])
    [3, 1, 2]
    >>> unique([])
    []
    >>> unique([5, 5, 5])
    [5]
    """


@pseudo_function
def chunk(items: Sequence[int], size: int) -> list[list[int]]:
    """Split items into lists of the given size; the last one may be shorter.

    Args:
        items: What to split.
        size: How many items go into each list, at least 1.

    Returns:
        The lists, in the order of the items.

    Raises:
        ValueError: If size is less than 1.

    Examples:
        >>> chunk([1, 2, 3, 4, 5], 2)
        [[1, 2], [3, 4], [5]]
        >>> chunk([], 3)
        []
        >>> chunk([1, 2], 0)
        Traceback (most recent call last):
        ValueError: size must be at least 1
    """


@pseudo_function
def merge_intervals(intervals: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join closed intervals that overlap or touch in a point, and return them sorted.

    >>> merge_intervals([(1, 3), (2, 6), (8, 10)])
    [(1, 6), (8, 10)]
    >>> merge_intervals([(5, 8), (1, 5)])
    [(1, 8)]
    >>> merge_intervals([(1, 10), (2, 3)])
    [(1, 10)]
    >>> merge_intervals([])
    []
    """
