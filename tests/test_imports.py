"""What starting a part of the package costs: no heavy module comes along uncalled for."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HEAVY = (
    "textual", "rich", "openai", "pydantic", "pytest", "docstring_parser", "httpx", "httpx2",
    "numpy", "pandas",
)  # fmt: skip
STATEMENTS = [
    "import pseudocode",
    "from pseudocode import pseudo_function",
    "from pseudocode import NotGenerated, StaleSpec",
    "import pseudocode.preparing",
    "import pseudocode.loop",
    "import pseudocode.wiring",
    "import pseudocode.settings",
    "import pseudocode.cli.group",
    "import pseudocode.cli.app",
    "import pseudocode.cli.run",
    "import pseudocode.cli.check",
    "import pseudocode.cli.info",
    "import pseudocode.cli.models",
    "import pseudocode.providers.chat",
    "import pseudocode.providers.scripted",
    "import pseudocode.runner.worker",
    "import pseudocode.runner.process",
    "import pseudocode.store.accepted",
    "import pseudocode.store.journal",
]


def loaded(statement: str, among: tuple[str, ...]) -> list[str]:
    """Which of these modules a fresh interpreter has after a statement."""
    code = f"{statement}\nimport sys\nprint(*sorted(set(sys.modules) & set({among!r})))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(  # noqa: TID251
        command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": ""}
    )
    return done.stdout.split()


@pytest.mark.parametrize("statement", STATEMENTS)
def test_no_heavy_module_comes_along(statement: str) -> None:
    assert loaded(statement, HEAVY) == []


def test_the_worker_imports_no_more_than_it_needs() -> None:
    lazy = ("uuid", "asyncio", "pseudocode.runner.arrays", "pseudocode.runner.tables")
    assert loaded("import pseudocode.runner.worker", lazy) == []


LIGHT = (
    "__future__", "ast", "asyncio", "click", "collections", "contextlib", "dataclasses", "doctest",
    "enum", "functools", "hashlib", "importlib", "inspect", "json", "platformdirs", "re", "socket",
    "tomllib", "types", "typing", "unittest", "warnings",
)  # fmt: skip


@pytest.mark.parametrize("name", ["pseudo_class", "pseudo_file", "pseudo_function"])
def test_the_decorators_need_next_to_nothing(name: str) -> None:
    before = set(loaded("", LIGHT))
    assert set(loaded(f"from pseudocode import {name}", LIGHT)) == before


def test_generating_needs_rich_but_not_the_app() -> None:
    found = loaded("import pseudocode.console.generating", ("rich", "textual", "openai", "click"))
    assert found == ["rich"]


def test_reading_specifications_needs_no_front_end() -> None:
    front_ends = ("textual", "rich", "openai", "pydantic", "pytest", "click")
    assert loaded("import pseudocode.store.folder", front_ends) == []
