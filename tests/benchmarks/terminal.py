"""The app in a pseudo terminal, measured from outside: from a key to what it paints."""

from __future__ import annotations

import os
import signal
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pexpect = pytest.importorskip("pexpect", reason="pexpect drives a pseudo terminal")

DEADLINE_SECONDS = 60.0


class Screen:
    """What comes out of the terminal that the app runs in."""

    def __init__(self, folder: Path, arguments: list[str]) -> None:
        self.begun = time.perf_counter()
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "pseudocode", "specs", *arguments],
            cwd=str(folder),
            env={**os.environ, "TERM": "xterm-256color", "PSEUDOCODE_TYPE_CHECK": "off"},
            dimensions=(40, 120),
        )
        # By itself it waits 50 ms before each key.
        self.child.delaybeforesend = None

    def wait_for(self, text: str, *, seconds: float = DEADLINE_SECONDS) -> float:
        """The moment at which a text has been painted that was not asked for before."""
        end, received = time.perf_counter() + seconds, b""
        while text.encode() not in received:
            assert time.perf_counter() < end, f"{text!r} never came"
            try:
                received = received[-200:] + self.child.read_nonblocking(1 << 16, timeout=1)
            except pexpect.TIMEOUT:
                continue
        return time.perf_counter()

    def rest(self, seconds: float) -> None:
        """Read on for a while: the pace of a person's fingers, and time for what lags behind."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            try:
                self.child.read_nonblocking(1 << 16, timeout=left)
            except pexpect.TIMEOUT:
                return

    def press(self, key: str, paints: str) -> float:
        """Seconds from a key to a text that it paints."""
        begun = time.perf_counter()
        self.child.send(key)
        return self.wait_for(paints) - begun


@contextmanager
def screen(folder: Path, *arguments: str) -> Iterator[Screen]:
    """The app over the `specs` in a folder, killed at the end."""
    opened = Screen(folder, list(arguments))
    try:
        yield opened
    finally:
        opened.child.kill(signal.SIGKILL)
        opened.child.wait()


def told(name: str, seconds: list[float]) -> tuple[float, float]:
    """Print and return the median and the 99th percentile, in milliseconds."""
    ordered = sorted(seconds)
    median = statistics.median(ordered) * 1000
    late = ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)] * 1000
    print(f"\n{name}: median {median:.1f} ms, 99th percentile {late:.1f} ms of {len(ordered)}")
    return median, late
