"""Many specs at once against the least that it could take, and the memory meanwhile."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pseudocode.checks.by_kind import KindChecker
from pseudocode.runner.isolation import available
from pseudocode.runner.process import ProcessRunner
from pseudocode.store.folder import load_specs
from tests.edges.processes import COMMAND, environment

pytestmark = pytest.mark.benchmark
SPECS, JOBS, REPLY_SECONDS = 500, 16, 0.2
SAMPLE = 40
"""Specs whose checks and tests are measured alone."""
SPEC = '''
@pseudo_function
def add_{0}(x: int) -> int:
    """Add {0} to a number.

    >>> add_{0}(1)
    {1}
    >>> add_{0}(10)
    {2}
    """

'''


def declare(folder: Path, count: int) -> None:
    folder.mkdir()
    for start in range(0, count, 20):
        text = "from pseudocode import pseudo_function\n\n"
        text += "".join(SPEC.format(n, n + 1, n + 10) for n in range(start, start + 20))
        (folder / f"sums_{start}.py").write_text(text)


@contextmanager
def served(seconds: float) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.benchmarks.waiting_server", str(seconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        told, _ = server.communicate()
        print(f"{int(told)} requests")


def resident(pid: int) -> int:
    """Bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def seconds_of_work(folder: Path) -> float:
    """How long checks and tests of all specs take, as many at once as there are processors."""
    specs = load_specs(folder).specs[:SAMPLE]

    async def work() -> float:
        runner = ProcessRunner((await asyncio.to_thread(available))[0])
        checker = KindChecker("off")
        waiting = iter(specs)

        async def some() -> None:
            for spec in waiting:
                number = spec.name.removeprefix("add_")
                code = f"def {spec.name}(x: int) -> int:\n    return x + {number}\n"
                assert (await runner.run(spec, (await checker.check(spec, code)).code)).all_passed

        started = time.perf_counter()
        await asyncio.gather(*(some() for _ in range(os.cpu_count() or 1)))
        taken = time.perf_counter() - started
        await runner.close()
        return taken * SPECS / len(specs)

    return asyncio.run(work())


@pytest.mark.skipif(sys.platform != "linux", reason="looks at memory through /proc")
def test_hundreds_of_specs_against_the_ideal(tmp_path: Path) -> None:
    """The ideal is whichever is longer: the answers, or the checks and tests on all processors.

    Both go on at the same time at best; the answers alone take SPECS / JOBS * REPLY_SECONDS.
    """
    folder = tmp_path / "specs"
    declare(folder, SPECS)
    answers, before = SPECS / JOBS * REPLY_SECONDS, seconds_of_work(folder)
    options = ["--jobs", str(JOBS), "--type-check", "off", "--library", "off", "--model", "tiny"]
    memory: list[int] = []
    with served(REPLY_SECONDS) as url:
        command = [*COMMAND, "run", str(folder), *options]
        env = environment({"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": url})
        started = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=env, cwd=tmp_path) as run:
            assert run.stdout is not None
            for number, line in enumerate(run.stdout):
                last = line
                if number % 20 == 19:
                    memory.append(resident(run.pid))
            seconds = time.perf_counter() - started
    assert last.decode().startswith(f"accepted {SPECS} of {SPECS}")
    # The machine may be busier at one time than at another.
    work = (before + seconds_of_work(folder)) / 2
    early, late = memory[len(memory) // 4], memory[-1]
    print(
        f"{seconds:.1f} s; answers alone {answers:.1f} s, checks and tests alone {work:.1f} s: "
        f"{seconds / max(answers, work):.2f}; memory {early >> 20} MB after a quarter, "
        f"{late >> 20} MB at the end"
    )
    assert seconds < 1.15 * max(answers, work)
    assert late < 1.2 * early
