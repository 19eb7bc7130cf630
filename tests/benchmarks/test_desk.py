"""Keys while models stream, and folders with thousands of specs, seen from outside."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pseudocode.tui.incoming import Incoming
from pseudocode.tui.work import Arriving
from tests.benchmarks.measuring import ratio
from tests.benchmarks.terminal import Screen, screen, told

pytestmark = pytest.mark.benchmark

STREAMS, TOKENS_A_SECOND = 8, 500
MOVES = 60
IMPORT = "from pseudocode import pseudo_function\n"
SPEC = '''

@pseudo_function
def name{number:04}z(value: int) -> int:
    """Add things up.

    >>> name{number:04}z(1)
    1
    """
'''
QUICK = '''

@pseudo_function(timeout=120)
def quick(n: int) -> int:
    """Run for long.

    >>> quick(1)
    1
    """
'''


def write_specs(folder: Path, count: int, *, in_a_file: int = 10) -> None:
    for first in range(0, count, in_a_file):
        file = folder / "specs" / f"group{first // 200:02}" / f"file{first:04}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        specs = (SPEC.format(number=n) for n in range(first, min(first + in_a_file, count)))
        file.write_text(IMPORT + "".join(specs), encoding="utf-8")


@contextmanager
def pacing() -> Iterator[str]:
    """The URL of a server that streams."""
    command = [sys.executable, "-m", "tests.benchmarks.pacing", str(TOKENS_A_SECOND)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.kill()
        server.communicate()


def moves(shown: Screen, start: int, count: int) -> list[float]:
    """Go up and down between specs, at a person's pace; seconds until each is painted."""
    found = []
    for step in range(count):
        down = step // 6 % 2 == 0
        at = start + (step % 6 + 1 if down else 5 - step % 6)
        shown.rest(0.06 + step % 5 / 100)
        found.append(shown.press("j" if down else "k", f"name{at:04}z"))
    return found


def test_keys_while_eight_models_stream_and_tests_run(tmp_path: Path) -> None:
    write_specs(tmp_path, 20, in_a_file=20)
    file = next((tmp_path / "specs").rglob("*.py"))
    file.write_text(file.read_text() + QUICK)
    with pacing() as url, screen(tmp_path, "--base-url", url, "--model", "m") as shown:
        shown.wait_for("name0000z")
        shown.wait_for("g generates")
        shown.rest(1.5)
        idle, _ = told("at rest", moves(shown, 0, MOVES))
        for number in range(STREAMS):
            shown.child.send("g")
            shown.wait_for("streaming")
            shown.press("j", f"name{number + 1:04}z")
        shown.rest(0.3)
        shown.child.send("/quick\r")
        shown.rest(0.5)
        shown.child.send("g")
        shown.wait_for("testing")
        for key in ("/", "\x1b", "k" * 30):
            shown.child.send(key)
            shown.rest(1.5)
        busy, _ = told("while 8 stream", moves(shown, 0, MOVES))
    assert busy < 4 * idle + 16


def test_a_long_reply_costs_no_more_for_a_token(tmp_path: Path) -> None:
    line = "    total = total + value  # and so on\n"

    def streaming(lines: int) -> float:
        """Seconds for a token, taken up frame by frame as the pane does."""
        incoming, arriving = Incoming(), Arriving()
        arriving.add("```python\n")
        begun, tokens = time.perf_counter(), 0
        for number in range(lines):
            for start in range(0, len(line), 4):
                arriving.add(line[start : start + 4])
                tokens += 1
            if number % 3 == 0:
                incoming.take(arriving)
        return (time.perf_counter() - begun) / tokens

    measured = ratio(lambda: streaming(10_000), lambda: streaming(100), runs=5)
    assert measured < 1.5


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    small, large = tmp_path_factory.mktemp("small"), tmp_path_factory.mktemp("large")
    write_specs(small, 10)
    write_specs(large, 5000)
    return small, large


def test_the_first_paint_of_five_thousand_specs(folders: tuple[Path, Path]) -> None:
    def paint(folder: Path) -> float:
        with screen(folder) as shown:
            return shown.wait_for("name0001z") - shown.begun

    small, large = folders
    assert ratio(lambda: paint(large), lambda: paint(small), runs=5) <= 1.5


def test_moving_and_filtering_in_five_thousand_specs(folders: tuple[Path, Path]) -> None:
    figures = {}
    for count, folder in zip((10, 5000), folders, strict=True):
        name = f"{count} specs"
        with screen(folder) as shown:
            shown.wait_for(f"○{count}")
            shown.rest(2)
            move, _ = told(f"moving in {name}", moves(shown, 0, MOVES))
            shown.child.send("/")
            shown.rest(0.5)
            typed = []
            for _ in range(10):
                typed.append(shown.press("9", "match"))
                shown.rest(0.1)
                typed.append(shown.press("\x7f", "Specs"))
                shown.rest(0.1)
            figures[name] = move, statistics.median(typed) * 1000
            print(f"filtering in {name}: median {figures[name][1]:.1f} ms")
    (small_move, small_filter), (large_move, large_filter) = figures.values()
    assert large_move < 2 * small_move + 10
    assert large_filter < 2 * small_filter + 50
