"""Workers that are started ahead: each is used once, and none outlives its owner."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from pseudocode.loop import RunnerError
from pseudocode.runner.confine import Rules
from pseudocode.runner.isolation import Isolation, LimitsOnly
from pseudocode.runner.process import ProcessRunner
from tests.edges import processes
from tests.edges.processes import MARK, until
from tests.edges.test_runner import spec
from tests.edges.walls import Place, kinds

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

OWN_PROCESS = """
    >>> isinstance(f(), int)
    True
"""
CODE = "import os\n\ndef f():\n    return os.getpid()\n"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    made = Place.make(tmp_path / "place")
    yield made
    await made.assert_nobody_left()


@pytest.fixture
async def runner(place: Place) -> AsyncIterator[ProcessRunner]:
    made = ProcessRunner(LimitsOnly(), {**os.environ, MARK: place.mark})
    yield made
    await made.close()


@pytest.mark.parametrize("kind", kinds())
async def test_what_was_prepared_is_used_and_then_gone(kind: Isolation, place: Place) -> None:
    runner = ProcessRunner(kind, {**os.environ, MARK: place.mark})
    wanted = spec(OWN_PROCESS, mark=True)
    for _ in range(3):
        runner.prepare(wanted)
        await until(lambda: bool(place.processes))
        assert (await runner.run(wanted, CODE)).all_passed
        await place.assert_nobody_left()
    await runner.close()


async def test_the_module_of_the_spec_is_loaded_ahead(
    runner: ProcessRunner, place: Place, tmp_path: Path
) -> None:
    trace = tmp_path / "loaded"
    context = f"import pathlib\nDONE = pathlib.Path({str(trace)!r}).touch()\nN = 3"
    wanted = spec(">>> f()\n3", context=context, mark=True)
    runner.prepare(wanted)
    await until(trace.exists)
    assert (await runner.run(wanted, "def f():\n    return N\n")).all_passed


async def test_a_module_that_cannot_be_loaded_fails_the_pass(runner: ProcessRunner) -> None:
    wanted = spec(">>> f()\n3", context="import no_such_module", mark=True)
    runner.prepare(wanted)
    report = await runner.run(wanted, "def f():\n    return 3\n")
    assert "No module named 'no_such_module'" in report.error
    assert not report.all_passed
    await runner.close()


async def test_one_that_was_killed_while_it_waited_is_replaced(
    runner: ProcessRunner, place: Place
) -> None:
    wanted = spec(OWN_PROCESS, mark=True)
    runner.prepare(wanted)
    await until(lambda: len(place.processes) == 4)  # two workers under two supervisors
    processes.end(place.processes)
    await until(lambda: not place.processes)
    assert (await runner.run(wanted, CODE)).all_passed


async def test_other_specs_make_the_oldest_go(runner: ProcessRunner, place: Place) -> None:
    for number in range(10):
        runner.prepare(spec(OWN_PROCESS, context=f"N = {number}", mark=True))
    await until(lambda: len(place.processes) == 16)
    await runner.close()


async def test_another_spec_gets_nothing_of_the_first_one(runner: ProcessRunner) -> None:
    runner.prepare(spec(">>> f()\n1", context="N = 1", mark=True))
    other = spec(">>> f()\n2", context="N = 2", mark=True)
    assert (await runner.run(other, "def f():\n    return N\n")).all_passed


async def test_a_cancelled_run_leaves_nobody(runner: ProcessRunner, place: Place) -> None:
    wanted = spec(">>> f()\n3", mark=True)
    task = asyncio.ensure_future(runner.run(wanted, "def f():\n    while True: pass\n"))
    await until(lambda: len(place.processes) == 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await place.assert_nobody_left()


@pytest.mark.parametrize("turns", range(8))
async def test_a_run_that_is_cancelled_as_it_begins_leaves_nobody(
    runner: ProcessRunner, place: Place, turns: int
) -> None:
    wanted = spec(">>> f()\n3", mark=True)
    runner.prepare(wanted)
    await runner.ready()
    task = asyncio.ensure_future(runner.run(wanted, "def f():\n    while True: pass\n"))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await runner.close()
    await place.assert_nobody_left()


@pytest.mark.parametrize("kind", kinds())
async def test_those_that_wait_end_with_an_app_that_is_killed(
    kind: Isolation, place: Place
) -> None:
    program = (
        "import asyncio, os\n"
        "from pseudocode.runner.isolation import available\n"
        "from pseudocode.runner.process import ProcessRunner\n"
        "from tests.edges.test_workers import OWN_PROCESS, spec\n"
        f"kind = next(k for k in available() if k.name == {kind.name!r})\n"
        "async def main():\n"
        f"    runner = ProcessRunner(kind, {{**os.environ, {MARK!r}: {place.mark!r}}})\n"
        "    runner.prepare(spec(OWN_PROCESS, mark=True))\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    checkout = str(Path(__file__).parents[2])
    env = {"PYTHONPATH": checkout, "TMPDIR": str(place.root)}
    async with processes.started(sys.executable, "-c", program, cwd=Path(checkout), env=env) as app:
        await until(lambda: len(place.processes) >= 4)
        app.kill()
        await app.wait()
        await place.assert_nobody_left()


async def test_many_passes_leave_nothing_behind(runner: ProcessRunner, place: Place) -> None:
    wanted = spec(OWN_PROCESS, mark=True)

    async def some(count: int) -> None:
        for _ in range(count):
            runner.prepare(wanted)
            assert (await runner.run(wanted, CODE)).all_passed

    await some(3)
    descriptors = len(os.listdir("/proc/self/fd"))
    await asyncio.gather(*(some(3) for _ in range(8)))
    await runner.close()
    assert len(os.listdir("/proc/self/fd")) <= descriptors


class Ends(LimitsOnly):
    """Starts something that ends at once."""

    def command(self, worker: Sequence[str], rules: Rules) -> list[str]:
        return [sys.executable, "-c", "pass"]


async def test_what_always_ends_at_once_is_not_started_for_ever() -> None:
    runner = ProcessRunner(Ends())
    with pytest.raises(RunnerError, match="as soon as it is started"):
        await runner.run(spec(">>> f()\n3"), "def f():\n    return 3\n")
    await runner.close()


async def test_an_interpreter_that_was_named_by_a_relative_path(tmp_path: Path) -> None:
    text = "from pseudocode.runner.isolation import available; print(available()[0].name)"
    relative = os.path.relpath(sys.executable, tmp_path)
    names = []
    for program in (sys.executable, relative):
        process = await asyncio.create_subprocess_exec(
            *(program, "-c", text), cwd=tmp_path, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
        names.append(out.decode())
    assert names[0]
    assert names[0] == names[1]
