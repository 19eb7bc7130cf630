"""Code that is right only at first, or only in one order, does not pass."""

from __future__ import annotations

import pytest

from pseudocode.runner.isolation import LimitsOnly
from pseudocode.runner.process import ProcessRunner
from tests.making import spec_of

ADD = spec_of()
RUNNER = ProcessRunner(LimitsOnly())
TRICKS = {
    "right at the first call of each": (
        "seen = set()\n\n\n"
        "def add(a: int, b: int) -> int:\n"
        "    if (a, b) in seen:\n        return 0\n"
        "    seen.add((a, b))\n    return a + b\n"
    ),
    "counts its calls": (
        "answers = [3, 7, 0]\n\n\n"
        "def add(a: int, b: int) -> int:\n    return answers.pop(0) if answers else 0\n"
    ),
    "remembers the last": (
        "last = [0]\n\n\n"
        "def add(a: int, b: int) -> int:\n"
        "    answer = a + b if a >= last[0] else -1\n    last[0] = a\n    return answer\n"
    ),
}


@pytest.mark.parametrize("code", TRICKS.values(), ids=TRICKS)
async def test_tricks_with_the_order_of_calls_do_not_pass(code: str) -> None:
    report = await RUNNER.run(ADD, code)
    assert not report.all_passed
    assert any("right at first, but not when called again" in c.error for c in report.cases)
    assert [case.call for case in report.cases] == [e.call for e in ADD.examples]


async def test_honest_code_passes_both_times_and_is_reported_once() -> None:
    report = await RUNNER.run(ADD, "def add(a: int, b: int) -> int:\n    return a + b\n")
    assert report.all_passed
    assert len(report.cases) == len(ADD.examples)


async def test_examples_that_count_are_called_in_their_order_only() -> None:
    stub = 'def tick() -> int:\n    """\n    >>> tick()\n    1\n    >>> tick()\n    2\n    """\n'
    code = (
        "from itertools import count\n\nc = count(1)\n\n\ndef tick() -> int:\n    return next(c)\n"
    )
    assert (await RUNNER.run(spec_of(stub), code)).all_passed
