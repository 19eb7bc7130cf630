"""Harder ones, where a small model has to try and a large one has to think."""

from pseudocode import pseudo_function


@pseudo_function
def parse_duration(text: str) -> int:
    """Return the seconds that a duration such as "1h30m" stands for.

    Units are d, h, m and s, each at most once and in this order; white space between the
    parts is ignored.

    >>> parse_duration("90s")
    90
    >>> parse_duration("1h30m")
    5400
    >>> parse_duration("2d 4h")
    187200
    >>> parse_duration("soon")
    Traceback (most recent call last):
    ValueError: not a duration: 'soon'
    """


@pseudo_function
def evaluate(expression: str) -> float:
    """Evaluate an arithmetic expression with + - * / and parentheses, without eval().

    The usual precedence holds and operators of one level group from the left. A minus sign
    may stand before a number or a parenthesis.

    >>> evaluate("2 + 3 * 4")
    14.0
    >>> evaluate("(2 + 3) * 4")
    20.0
    >>> evaluate("8 / 4 / 2")
    1.0
    >>> evaluate("-(1.5 + 2.5)")
    -4.0
    """


@pseudo_function
def build_order(needs: dict[str, list[str]]) -> list[str]:
    """Order tasks so that each comes after all that it needs.

    Where several are possible next, the alphabetically first one goes first. Tasks that only
    appear as a need are tasks too.

    >>> build_order({"app": ["lib", "log"], "lib": ["log"]})
    ['log', 'lib', 'app']
    >>> build_order({"b": [], "a": []})
    ['a', 'b']
    >>> build_order({})
    []
    >>> build_order({"x": ["y"], "y": ["x"]})
    Traceback (most recent call last):
    ValueError: cycle
    """
