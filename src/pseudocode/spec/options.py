"""The options that a declaration is given, read off its source."""

from __future__ import annotations

import ast
from dataclasses import fields
from typing import Any

from pseudocode.errors import SpecError
from pseudocode.spec.digest import decorator_keywords
from pseudocode.spec.model import Options

_TUPLES = ("tests", "env", "requires", "files")
_KINDS: dict[str, tuple[type, ...]] = {
    "review": (bool,),
    "max_rounds": (int,),
    "candidates": (int,),
    "model": (str,),
    "timeout": (int, float),
    "memory_mb": (int,),
}
_AT_RUN_TIME = ("mode",)


def read_options(decorator: ast.expr, name: str) -> Options:
    """Read the options off a decorator.

    Raises:
        SpecError: For an option that does not exist, or whose value is not of the right kind.
    """
    if isinstance(decorator, ast.Call) and decorator.args:
        raise SpecError(f"{name}: options are given by keyword, as in review=True")
    values: dict[str, Any] = {}
    for keyword in decorator_keywords(decorator):
        if keyword.arg not in _AT_RUN_TIME:
            values[str(keyword.arg)] = _option(keyword, name)
    return Options(**values)


def _option(keyword: ast.keyword, name: str) -> object:
    option = keyword.arg
    if option is None or option not in {f.name for f in fields(Options)}:
        known = ", ".join(f.name for f in fields(Options))
        raise SpecError(f"{name}: no option named {option or '**'}; there are {known}")
    if option == "tests":
        return _tests(keyword.value, name)
    try:
        value = ast.literal_eval(keyword.value)
    except (ValueError, TypeError):
        raise SpecError(f"{name}: {option} must be written out as a literal") from None
    if option == "network" and isinstance(value, bool):
        return value
    if option in _TUPLES or option == "network":
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise SpecError(f"{name}: {option} must be a list of strings")
        return tuple(value)
    return _scalar(option, value, name)


def _scalar(option: str, value: object, name: str) -> object:
    kinds = _KINDS[option]
    is_bool = isinstance(value, bool)
    if not isinstance(value, kinds) or (is_bool and bool not in kinds):
        raise SpecError(f"{name}: {option} must be of type {kinds[-1].__name__}")
    if not is_bool and isinstance(value, int | float) and not 0 < value < 1e9:
        raise SpecError(f"{name}: {option} must be above zero")
    return value


def _tests(value: ast.expr, name: str) -> tuple[str, ...]:
    if not isinstance(value, ast.List | ast.Tuple):
        raise SpecError(f"{name}: tests must be a list of callables or paths")
    for entry in value.elts:
        path = isinstance(entry, ast.Constant) and isinstance(entry.value, str)
        if not path and not isinstance(entry, ast.Name | ast.Attribute):
            raise SpecError(f"{name}: tests: {ast.unparse(entry)} is neither a name nor a path")
    return tuple(ast.unparse(entry) for entry in value.elts)
