"""Files of any format as declarations: `pseudo_file(name, description, [tests])`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import PurePosixPath

from pseudocode.errors import SpecError
from pseudocode.spec.definitions import plain
from pseudocode.spec.digest import hashed
from pseudocode.spec.model import Docstring, Options, Spec, Suite

_PARAMETERS = ("name", "description", "tests")
_NEVER = {".git", ".hg", ".svn", "__pseudocode__", "__pycache__", ".pseudocode", ".venv"}
"""Folders whose files decide over other programs, or are ours."""
_RUN_BY_OTHERS = {"conftest.py", "sitecustomize.py", "usercustomize.py", "setup.py", "noxfile.py"}
"""Files that tools run unasked."""


def file_arguments(call: ast.Call) -> dict[str, ast.expr]:
    """The arguments of a declaration by their names.

    Raises:
        SpecError: When there are too many, one is given twice, or the first two are missing.
    """
    if len(call.args) > len(_PARAMETERS) or any(isinstance(a, ast.Starred) for a in call.args):
        raise SpecError("pseudo_file takes a name, a description and a list of tests")
    found = dict(zip(_PARAMETERS, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg in found or keyword.arg is None:
            raise SpecError(f"pseudo_file: {keyword.arg or '**'} cannot be given here")
        found[keyword.arg] = keyword.value
    for name in _PARAMETERS[:2]:
        if name not in found:
            raise SpecError(f"pseudo_file: the {name} is missing")
    return found


def file_spec(
    arguments: Mapping[str, ast.expr],
    *,
    path: str,
    module: str,
    line: int,
    options: Options,
    suites: tuple[Suite, ...],
    tests: list[str],
) -> Spec:
    """The spec of a file.

    Args:
        arguments: Those of the declaration, as `file_arguments` gives them.
        path: The file that declares it.
        module: Its stem.
        line: Where it does.
        options: Those beside name, description and tests.
        suites: The tests, which get the contents as text.
        tests: What these mean, as normalised text.

    Raises:
        SpecError: When name or description is no text, or the name leads elsewhere.
    """
    name, description = (_text(arguments[key], key) for key in _PARAMETERS[:2])
    if fault := target_fault(name):
        raise SpecError(f"pseudo_file({name!r}): {fault}")
    summary, _, rest = description.strip().partition("\n")
    told = [name, plain(description), *(key for suite in suites for key in suite.names), *tests]
    return Spec(
        kind="file",
        name=str(PurePosixPath(name)),
        module=module,
        path=path,
        line=line,
        source=f"{name}\n\n{description}\n",
        docstring=description,
        doc=Docstring(summary=summary, description=rest.strip()),
        options=options,
        suites=suites,
        digest=hashed(told),
    )


def target_fault(name: str) -> str:
    """Why a file of this name must not be written; empty where it may."""
    target = PurePosixPath(name)
    if not target.name or name.endswith("/") or any(c in name for c in "\0\\\n\r"):
        return "this is no name of a file"
    if target.is_absolute() or name.startswith("~") or ".." in target.parts or ":" in name:
        return "the name must be relative, and stay inside the project"
    if _NEVER & set(target.parts[:-1]) or target.parts[0] in _NEVER:
        return "files in this folder are not written"
    if target.name in _RUN_BY_OTHERS or name.endswith(".pth"):
        return "other programs run this file unasked; it is not written"
    return ""


def _text(node: ast.expr, name: str) -> str:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        value = None
    if not isinstance(value, str) or not value.strip():
        raise SpecError(f"pseudo_file: the {name} must be written out as text")
    return value
