"""All sources of tests: modules of stubs, named tests, subtests, and tests that are broken."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from textwrap import dedent

import pytest

from pseudocode.events import SuiteFinished
from pseudocode.loop import RunnerError
from pseudocode.runner import isolation
from pseudocode.runner.process import ProcessRunner
from pseudocode.spec.model import Spec
from pseudocode.store.folder import load_specs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs links")


class Bench:
    """A folder with one spec and its tests, and what runs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.runner = ProcessRunner(isolation.available()[0])

    def spec(self, **files: str) -> Spec:
        for name, text in files.items():
            (self.folder / f"{name}.py").write_text(dedent(text), encoding="utf-8")
        found = load_specs(self.folder)
        assert not found.problems, found.problems
        (spec,) = found.specs
        return spec

    async def run(self, code: str, **files: str) -> SuiteFinished:
        return await self.runner.run(self.spec(**files), dedent(code))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path / "specs")
    yield made
    await made.runner.close()


FUNCTION = """
    from pseudocode import pseudo_function

    @pseudo_function{options}
    def f(n: int) -> int: ...
"""
DOUBLE = "def f(n):\n    return 2 * n\n"


def function(options: str = "") -> str:
    return FUNCTION.format(options=options)


async def test_single_tests_are_named(bench: Bench) -> None:
    tests = """
        import pytest
        from m import f

        def test_one(): assert f(1) == 2
        def test_two(): assert f(2) == 5

        class TestMore:
            def test_three(self): assert f(3) == 6
            def test_four(self): assert f(4) == 9

        @pytest.mark.parametrize("n", [5, 6])
        def test_five(n): assert f(n) == 10
    """
    named = ("checks.py::test_one", "checks.py::TestMore::test_three", "checks.py::test_five[5]")
    spec = bench.spec(m=function(f"(tests={[*named]})"), checks=tests)
    assert "f(2)" not in spec.suites[0].source
    report = await bench.runner.run(spec, DOUBLE)
    assert report.all_passed, report
    assert [c.call for c in report.cases] == ["test_one", "TestMore::test_three", "test_five[5]"]


def test_a_named_test_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "checks.py").write_text("def test_one(): ...\n")
    declared = dedent(function("(tests=['checks.py::test_two'])"))
    (tmp_path / "m.py").write_text(declared)
    (problem,) = load_specs(tmp_path).problems
    assert problem.reason == "f: tests: there is no test_two in checks.py"
    assert problem.line == 5


BROKEN = {
    "fixture": (
        "from m import f\ndef test_it(number): f(1)",
        "test_it: fixture 'number' not found",
    ),
    "async": ("from m import f\nasync def test_it(): f(1)", "test_it is a coroutine function"),
    "import": ("import no_such\nfrom m import f\ndef test_it(): f(1)", "No module named 'no_such'"),
}
DECLARED = {
    "function": (function(), DOUBLE),
    "class": (
        "from pseudocode import pseudo_class\n@pseudo_class\nclass f:\n    def g(self): ...\n",
        "class f:\n    def __init__(self, n): ...\n    def g(self): return 1\n",
    ),
}
NO_PLUGIN = 'def pytest_configure(config):\n    config.pluginmanager.unregister(name="asyncio")\n'


@pytest.mark.parametrize(("declared", "code"), DECLARED.values(), ids=DECLARED)
@pytest.mark.parametrize(("tests", "told"), BROKEN.values(), ids=BROKEN)
async def test_broken_tests_are_no_fault_of_the_code(
    bench: Bench, declared: str, code: str, tests: str, told: str
) -> None:
    with pytest.raises(RunnerError, match=told):
        await bench.run(code, m=declared, test_m=tests, conftest=NO_PLUGIN)


async def test_a_subtest_that_fails_is_named(bench: Bench) -> None:
    tests = """
        import unittest
        from m import f

        class Cases(unittest.TestCase):
            def test_all(self):
                for n, wanted in [(1, 2), (2, 5), (3, 7)]:
                    with self.subTest("doubled", n=n):
                        self.assertEqual(f(n), wanted)
    """
    report = await bench.run(DOUBLE, m=function(), test_m=tests)
    (wrong,) = report.cases
    assert (wrong.call, wrong.outcome) == ("Cases::test_all", "failed")
    assert wrong.error.startswith("subTest [doubled] n=2: AssertionError: 4 != 5")


async def test_what_an_exception_says_is_not_added_to(bench: Bench) -> None:
    tests = """
        import pytest
        from m import f

        def test_it():
            with pytest.raises(ValueError, match="^odd$") as caught:
                f(1)
            assert not getattr(caught.value, "__notes__", [])
    """
    report = await bench.run("def f(n):\n    raise ValueError('odd')\n", m=function(), test_m=tests)
    assert report.all_passed, report
    assert not report.cases[0].beside


STUB = "LIMIT = None\n\ndef f(n):\n    pass\n"
USING = """
    import pytest
    from m import LIMIT, f, helper

    @pytest.mark.parametrize("n", [LIMIT, helper(1)])
    def test_it(n):
        assert f(n) == 2 * n
"""


async def test_what_code_lacks_is_its_fault(bench: Bench) -> None:
    spec = bench.spec(m=STUB, test_m=USING)
    whole = "LIMIT = 3\n\ndef helper(n):\n    return n + 1\n\n" + DOUBLE
    report = await bench.runner.run(spec, whole)
    assert report.all_passed, report
    assert [case.call for case in report.cases] == ["test_it[3]", "test_it[2]"]
    for code, told in {
        whole.replace("helper", "other"): "cannot import name 'helper' from 'm'",
        whole.replace("n + 1", "n / 0"): "ZeroDivisionError: division by zero",
        whole.replace("LIMIT = 3", "LIMIT = nowhere"): "loading the code failed: NameError",
        "raise SystemExit(0)\n": "loading the code failed: SystemExit",
        "import os\nos._exit(0)\n": "the code ended the test process",
        f"import sys\ndel sys.modules['test_m'].test_it\n{whole}": "",
    }.items():
        report = await bench.runner.run(spec, code)
        assert not report.all_passed
        assert told in report.error


async def test_functions_of_a_module_stay_in_a_process_of_their_own(bench: Bench) -> None:
    tests = "from m import f, helper\ndef test_it(): assert f(helper(1)) == 4\n"
    code = f"LIMIT = 3\n\ndef helper(n):\n    return n + 1\n\n{DOUBLE}"
    report = await bench.run(code, m=STUB, test_m=tests)
    assert report.all_passed, report
    assert not report.cases[0].beside
    assert "shared process" not in report.isolation


async def test_tests_that_patch_have_the_code_beside_them(bench: Bench) -> None:
    tests = """
        from unittest import mock
        from m import f

        @mock.patch("time.time", return_value=5)
        def test_it(asked):
            assert f(1) == 6
            asked.assert_called_once_with()
    """
    code = "import time\n\ndef f(n):\n    return n + time.time()\n"
    report = await bench.run(code, m=function(), test_m=tests)
    assert report.all_passed, report
    assert report.cases[0].beside


async def test_a_test_that_vanishes_is_missed(bench: Bench) -> None:
    declared, right = DECLARED["class"]
    tests = "import m\n\ndef test_g(): assert m.f(1).g() == 2\n\ndef test_other(): assert m.f(1)\n"
    hiding = (
        "import gc\nfor thing in gc.get_objects():\n"
        "    if isinstance(thing, dict) and 'test_g' in thing:\n        del thing['test_g']\n"
    )
    report = await bench.run(hiding + right, m=declared, test_m=tests)
    assert not report.all_passed, report
