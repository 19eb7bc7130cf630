"""How quickly statistics open again, against reading all the journals."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pseudocode.figures import Overview, overview
from tests.benchmarks.measuring import ratio
from tests.unit.test_figures import written

pytestmark = pytest.mark.benchmark
JOURNALS = 1000


def test_a_second_look_reads_no_journal(tmp_path: Path) -> None:
    for number in range(JOURNALS):
        written(tmp_path, f"{number:04}", accepted=True)
    found: list[Overview] = []

    def look() -> float:
        started = time.perf_counter()
        found.append(overview(tmp_path))
        return time.perf_counter() - started

    def first() -> float:
        for file in (tmp_path / ".pseudocode").glob("pseudocode.db*"):
            file.unlink()
        return look()

    def second() -> float:
        overview(tmp_path)
        return look()

    assert ratio(second, first, runs=3) < 0.25
    assert {one.total.sessions for one in found} == {JOURNALS}
