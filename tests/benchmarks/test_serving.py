"""What accepted code costs a program, against the same code in one plain module."""

from __future__ import annotations

import subprocess
import sys
import timeit
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.measuring import ratio
from tests.declaring import Declaring, declaring

pytestmark = pytest.mark.benchmark
resource = pytest.importorskip("resource", reason="it tells the time of the processor")
FUNCTIONS = 200
HEAD = '''\
def f{0}(a: int, b: int = {0}) -> int:
    """Work out number {0}.

    >>> f{0}(0)
    {1}
    """
'''
BODY = """\
    total = 0
    for step in range(2):
        total += a * {0} + b if step else a
    return total + b - a
"""
EXTRA_NANOSECONDS = 100
ALL = f"\nfor number in range({FUNCTIONS}): getattr(m, f'f{{number}}')(1)"
TIMED = """
from time import process_time
import pseudocode.functions
began = process_time()
import {0} as m{1}
print(process_time() - began)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Declaring]:
    """The modules `declares` and `plain`, both as after their first use."""
    with declaring(tmp_path_factory.mktemp("serving")) as made:
        numbers = range(FUNCTIONS)
        heads = [HEAD.format(number, number * 2) for number in numbers]
        bodies = [BODY.format(number) for number in numbers]
        plain = "\n\n".join(head + body for head, body in zip(heads, bodies, strict=True))
        stubs = "\n\n".join(f"@pseudo_function\n{head}" for head in heads)
        made.write("plain", plain)
        codes = {f"f{n}": heads[n].split("\n")[0] + "\n" + bodies[n] for n in numbers}
        made.write("declares", f"from pseudocode import pseudo_function\n\n\n{stubs}", **codes)
        for module in ("plain", "declares"):
            run(made, f"import {module} as m{ALL}")
        yield made


def run(home: Declaring, code: str) -> str:
    """What a fresh interpreter says; it may cache what it compiles."""
    command = [sys.executable, "-c", f"import sys; sys.dont_write_bytecode = False\n{code}"]
    done = subprocess.run(  # noqa: TID251 - it is measured
        command, check=True, cwd=home.folder, capture_output=True, text=True
    )
    return done.stdout


def seconds(home: Declaring, code: str) -> float:
    """Of the processor, which do not depend on what else the machine does."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(home, code)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return float(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


@pytest.mark.parametrize("then", ["", ALL], ids=["import", "import and call each"])
def test_a_program_that_uses_two_hundred_functions(home: Declaring, then: str) -> None:
    measured = ratio(
        lambda: seconds(home, f"import declares as m{then}"),
        lambda: seconds(home, f"import plain as m{then}"),
        runs=21,
    )
    assert measured <= 1.5


@pytest.mark.parametrize("then", ["", ALL], ids=["import", "import and call each"])
def test_the_same_without_the_start_of_interpreter_and_package(home: Declaring, then: str) -> None:
    """Only told: it is a matter of microseconds for each function."""
    ratio(
        lambda: float(run(home, TIMED.format("declares", then))),
        lambda: float(run(home, TIMED.format("plain", then))),
        runs=21,
    )


def extra_nanoseconds(ours: Callable[..., object], theirs: Callable[..., object]) -> float:
    """By how much a call of one takes longer than of the other, each at its quickest.

    Whatever else the machine does makes a call take longer, never shorter.
    """
    best = {ours: 1.0, theirs: 1.0}
    for _ in range(60):
        for function in best:
            taken = timeit.timeit("f(1)", globals={"f": function}, number=5_000) / 5_000
            best[function] = min(best[function], taken)
    print(f"\na call takes {best[ours] * 1e9:.0f} ns against {best[theirs] * 1e9:.0f} ns")
    return (best[ours] - best[theirs]) * 1e9


def test_a_call_costs_what_it_costs_without_us(home: Declaring) -> None:
    ours, theirs = home.load("declares").f7, home.load("plain").f7
    assert extra_nanoseconds(ours, theirs) <= EXTRA_NANOSECONDS


ADAPTED = "def f(a, b=2, _memo=None):\n    return a\n"


def test_a_call_whose_arguments_are_passed_on_is_nearly_as_quick(home: Declaring) -> None:
    text = "from pseudocode import pseudo_function\n\n@pseudo_function\ndef f(a, b=2): ...\n"
    home.write("adapts", text, f=ADAPTED)
    names: dict[str, Any] = {}
    exec(ADAPTED, names)
    assert extra_nanoseconds(home.load("adapts").f, names["f"]) <= EXTRA_NANOSECONDS


def test_where_nothing_is_kept_an_import_alone_costs_no_more(
    home: Declaring, tmp_path: Path
) -> None:
    """As in a folder that cannot be written: only what is called is made ready."""

    def cold(module: str) -> float:
        code = f"sys.pycache_prefix = {str(tmp_path)!r}; sys.dont_write_bytecode = True"
        return seconds(home, f"{code}\nimport {module}")

    assert ratio(lambda: cold("declares"), lambda: cold("plain")) <= 1.5
