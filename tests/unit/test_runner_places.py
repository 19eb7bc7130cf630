"""What workers can read of ours."""

from __future__ import annotations

import ast
from pathlib import Path

import pseudocode.runner
from pseudocode.runner.places import library

RUNNER = Path(pseudocode.runner.__file__).parent
PREFIX = "pseudocode.runner."


def imported(name: str) -> set[str]:
    """The modules of the runner that one of them imports, wherever it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((RUNNER / f"{name}.py").read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            told = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {t.removeprefix(PREFIX).split(".")[0] for t in told if t.startswith(PREFIX)}
    return found


def test_a_worker_can_read_each_module_that_it_imports() -> None:
    needed, waiting = set[str](), {"worker"}
    while waiting:
        needed |= waiting
        waiting = {name for each in waiting for name in imported(each)} - needed
    missing = {
        name
        for name in needed
        if not any((RUNNER / f"{name}.py").is_relative_to(path) for path in library())
    }
    assert not missing
