"""Python source parsed, without its warnings and without a fault of the interpreter."""

from __future__ import annotations

import ast
import threading
import warnings

_TRIES = 5
_one_at_a_time = threading.Lock()


def parse(source: str) -> ast.Module:
    """The syntax tree of source text.

    Raises:
        SyntaxError: When it is not Python.
        ValueError: When it holds a NUL byte, or cannot be parsed for no fault of its own.
        RecursionError: When it is nested too deeply.
        MemoryError: Likewise.
    """
    # Python 3.11 counts the depth of all parsers in one place, so that another thread can upset
    # it (python/cpython#106905); filters of warnings are shared between threads, too.
    for _ in range(_TRIES):
        with _one_at_a_time, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return ast.parse(source)
            except SystemError:
                continue
    raise ValueError("the interpreter's parser failed")


def parse_expression(source: str) -> ast.expr:
    """The syntax tree of the text of one expression.

    Raises:
        SyntaxError: When it is none; and whatever else `parse` raises.
    """
    match parse(source.strip()).body:
        case [ast.Expr(value=expression)]:
            return expression
    raise SyntaxError("not an expression")
