"""Parsing by several threads at once, which upsets the interpreter's own parser."""

from __future__ import annotations

import ast
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from pseudocode.spec.parsing import parse

DEEP = "x = " + "(" * 60 + "1" + ")" * 60 + "\n" + "y = [1, [2, [3, {4: 5}]]]\n" * 50


def test_threads_do_not_upset_each_other() -> None:
    with ThreadPoolExecutor(8) as threads:
        trees = list(threads.map(parse, [DEEP] * 80))
    assert {len(tree.body) for tree in trees} == {51}


def test_warnings_of_the_parser_are_nobody_s_business() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(parse("x = '\\d'\n1 is 1\n"), ast.Module)


@pytest.mark.parametrize("source", ["def f(:", "x = 1\0"])
def test_what_is_no_python_is_an_error(source: str) -> None:
    with pytest.raises((SyntaxError, ValueError)):
        parse(source)
