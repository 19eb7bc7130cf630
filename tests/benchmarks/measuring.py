"""Ratios of medians, measured in turn."""

from __future__ import annotations

import statistics
from collections.abc import Callable

RUNS = 11


def ratio(measured: Callable[[], float], baseline: Callable[[], float], runs: int = RUNS) -> float:
    """Median of one against the median of the other, run in turn after one warm-up each."""
    measured(), baseline()
    pairs = [(measured(), baseline()) for _ in range(runs)]
    ours, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"\n{ours * 1000:.1f} ms against {theirs * 1000:.1f} ms: {ours / theirs:.2f}")
    return float(ours / theirs)
