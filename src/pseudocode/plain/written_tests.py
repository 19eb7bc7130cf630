"""A test written into a file of tests, with all else left as it is."""

from __future__ import annotations

import ast
import builtins
import re

from pseudocode.errors import SpecError
from pseudocode.spec.model import Example
from pseudocode.spec.parsing import parse, parse_expression

LONGEST_NAME = 60
_INSTEAD = "write it as an example, or by hand"


def with_test(text: str, module: str, name: str, example: Example, about: str) -> str:
    """Add a test of one call to a file.

    Args:
        text: The file; empty where there is none yet.
        module: What the file imports the declaration from.
        name: The declaration.
        example: The call as its `source`, with `want` or `error`.
        about: What it shows, in the person's words; it gives the test its name.

    Returns:
        The file with the test, and with the imports that it needs.

    Raises:
        SpecError: When the file is not valid Python, or the call or its answer make no test.
    """
    try:
        tree = parse(text)
    except (SyntaxError, ValueError) as error:
        raise SpecError(f"the file of tests is not valid Python: {error}") from None
    body = _body(example)
    title = _title(tree, name, about)
    told = "".join(f"    # {line}\n" for line in about.strip().split("\n") if line.strip())
    wanted = [f"from {module} import {name}"]
    if "pytest." in body:
        wanted.insert(0, "import pytest")
    missing = [line for line in wanted if not _has(tree, line)]
    lines = text.split("\n")
    place = _after_imports(tree)
    lines[place:place] = missing
    whole = "\n".join(lines).strip("\n")
    return f"{whole}\n\n\ndef {title}() -> None:\n{told}    {body}\n"


def _body(example: Example) -> str:
    try:
        call = ast.unparse(parse_expression(example.source))
    except SyntaxError:
        raise SpecError(f"only a single call makes a test; {_INSTEAD}") from None
    if call.startswith("await "):
        raise SpecError(f"a call that is awaited makes no plain test; {_INSTEAD}")
    if example.error is not None:
        kind = example.error.partition(":")[0].strip()
        if not isinstance(getattr(builtins, kind, None), type):
            raise SpecError(f"{kind} is no exception of Python's own; {_INSTEAD}")
        return f"with pytest.raises({kind}):\n        {call}"
    if not example.want.strip():
        return f"assert {call} is None"
    try:
        value = ast.literal_eval(example.want.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise SpecError(f"its answer cannot be written as Python; {_INSTEAD}") from None
    operator = "is" if value is True or value is False else "=="
    return f"assert {call} {operator} {value!r}"


def _title(tree: ast.Module, name: str, about: str) -> str:
    """A name that says what it is about, and that no other test has."""
    words = re.sub(r"\W+", "_", about.lower(), flags=re.ASCII).strip("_") or "example"
    title = f"test_{name}_{words}"[:LONGEST_NAME].rstrip("_")
    taken = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    names = (title if number == 1 else f"{title}_{number}" for number in range(1, len(taken) + 2))
    return next(found for found in names if found not in taken)


def _has(tree: ast.Module, line: str) -> bool:
    (wanted,) = parse(line).body
    return any(_imports(node, wanted) for node in tree.body)


def _imports(node: ast.stmt, wanted: ast.stmt) -> bool:
    """Whether a statement brings the name that another one does."""
    if isinstance(node, ast.ImportFrom | ast.Import):
        names = {alias.asname or alias.name for alias in node.names}
        assert isinstance(wanted, ast.ImportFrom | ast.Import)
        return wanted.names[0].name in names
    return False


def _after_imports(tree: ast.Module) -> int:
    """The line, counted from 0, that the first import is written before."""
    last = 0
    for number, node in enumerate(tree.body):
        docstring = number == 0 and isinstance(node, ast.Expr)
        if isinstance(node, ast.Import | ast.ImportFrom) or docstring:
            last = node.end_lineno or last
    return last
