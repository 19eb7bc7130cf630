"""How quickly things start, as ratios against a baseline in the same run."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.benchmarks.measuring import ratio

pytestmark = pytest.mark.benchmark
pexpect = pytest.importorskip("pexpect", reason="pexpect drives a pseudo terminal")

EMPTY_APP = """
from textual.app import App
from textual.widgets import Static

class Empty(App):
    def compose(self):
        yield Static("ready")

Empty().run()
"""


def python(code: str) -> float:
    """Seconds that a fresh interpreter takes for some code."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: TID251 - it is measured
    return time.perf_counter() - started


def first_paint(arguments: list[str], text: str, folder: Path) -> float:
    """Seconds until a text shows in a terminal of 80×24."""
    started = time.perf_counter()
    child = pexpect.spawn(
        sys.executable, arguments, cwd=str(folder), dimensions=(24, 80), timeout=30
    )
    try:
        child.expect_exact(text)
        return time.perf_counter() - started
    finally:
        child.close(force=True)


@pytest.mark.parametrize(
    "statement", ["import pseudocode", "from pseudocode import pseudo_function"]
)
def test_importing_costs_less_than_twice_the_baseline(statement: str) -> None:
    assert ratio(lambda: python(statement), lambda: python("import dataclasses, ast")) < 2


def test_first_paint_is_near_that_of_an_empty_app(tmp_path: Path) -> None:
    specs = str(Path(__file__).parents[2] / "specs")
    app = ["-m", "pseudocode", specs]
    empty = ["-c", EMPTY_APP]
    measured = ratio(
        lambda: first_paint(app, "pseudocode", tmp_path),
        lambda: first_paint(empty, "ready", tmp_path),
    )
    assert measured <= 1.3
