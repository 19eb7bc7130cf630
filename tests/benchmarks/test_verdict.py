"""What a verdict costs, warm and cold, against an interpreter that does nothing."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pseudocode.runner.isolation import Isolation, available
from pseudocode.runner.process import ProcessRunner
from pseudocode.spec.model import Spec
from pseudocode.store.folder import load_specs
from tests.benchmarks.measuring import ratio
from tests.edges.test_runner import spec
from tests.edges.walls import kinds

pytestmark = pytest.mark.benchmark
CODE = "def f(number):\n    return number + 1\n"


def three_examples() -> Spec:
    return spec(">>> f(1)\n2\n>>> f(2)\n3\n>>> f(41)\n42")


def bare_python() -> float:
    """Seconds of an interpreter that does nothing."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-c", "pass"], check=True)  # noqa: TID251 - measured
    return time.perf_counter() - started


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_verdict_of_three_examples(kind: Isolation, loop: asyncio.Runner, warm: bool) -> None:
    wanted = three_examples()

    async def verdict() -> float:
        runner = ProcessRunner(kind)
        if warm:
            runner.prepare(wanted)
            await runner.ready()
        started = time.perf_counter()
        report = await runner.run(wanted, CODE)
        seconds = time.perf_counter() - started
        assert report.all_passed
        await runner.close()
        return seconds

    measured = ratio(lambda: loop.run(verdict()), bare_python)
    assert not warm or measured <= 1


TESTS = """\
import pytest
from sums import f

@pytest.mark.parametrize("n", range(20))
def test_f(n):
    assert f(n) == n + 1
"""


def test_twenty_tests_against_pytest_itself(loop: asyncio.Runner, tmp_path: Path) -> None:
    declared = "from pseudocode import pseudo_function\n\n@pseudo_function\ndef f(number): ...\n"
    specs, plain = tmp_path / "specs", tmp_path / "plain"
    for folder, text in ((specs, declared), (plain, CODE)):
        folder.mkdir()
        (folder / "sums.py").write_text(text)
        (folder / "test_sums.py").write_text(TESTS)
    (wanted,) = load_specs(specs).specs

    async def verdict() -> float:
        runner = ProcessRunner((await asyncio.to_thread(available))[0])
        runner.prepare(wanted)
        await runner.ready()
        started = time.perf_counter()
        report = await runner.run(wanted, CODE)
        seconds = time.perf_counter() - started
        assert report.passed == 20
        await runner.close()
        return seconds

    def pytest_itself() -> float:
        started = time.perf_counter()
        command = [sys.executable, "-m", "pytest", "-q", "test_sums.py"]
        subprocess.run(command, check=True, cwd=plain, capture_output=True)  # noqa: TID251 - measured
        return time.perf_counter() - started

    assert ratio(lambda: loop.run(verdict()), pytest_itself, runs=7) < 0.5


def _resources() -> tuple[int, int, int]:
    """Descriptors, threads and resident pages of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task")), pages


@pytest.mark.skipif(sys.platform != "linux", reason="looks at itself through /proc")
def test_a_thousand_passes_eight_at_once(loop: asyncio.Runner) -> None:
    wanted = three_examples()

    async def soak() -> None:
        runner = ProcessRunner((await asyncio.to_thread(available))[0])

        async def some(count: int) -> None:
            for _ in range(count):
                runner.prepare(wanted)
                assert (await runner.run(wanted, CODE)).all_passed

        await asyncio.gather(*(some(10) for _ in range(8)))
        before = _resources()
        started = time.perf_counter()
        await some(60)
        await asyncio.gather(*(some(55) for _ in range(8)))
        seconds = time.perf_counter() - started
        await runner.close()
        after = _resources()
        print(f"\n1,000 passes (500 verdicts) in {seconds:.0f} s; before {before}, after {after}")
        assert after[0] <= before[0]
        assert after[1] <= before[1] + 8  # those of asyncio's thread pool come as needed
        assert after[2] < before[2] * 1.2

    loop.run(soak())
