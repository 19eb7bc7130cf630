"""Test files against generated code: real pytest in a judge, the code in a worker."""

from __future__ import annotations

import os
import random
import site
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from textwrap import dedent

import pytest

from pseudocode.events import Case, SuiteFinished
from pseudocode.loop import RunnerError
from pseudocode.runner import isolation, workers
from pseudocode.runner.isolation import Isolation, Seccomp
from pseudocode.runner.process import ProcessRunner
from pseudocode.spec.model import Spec
from pseudocode.store.folder import load_specs
from tests.edges.processes import MARK
from tests.edges.walls import Place, kinds

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

DECLARED = """\
from dataclasses import dataclass
from enum import Enum
from pseudocode import pseudo_function

class Colour(Enum):
    RED = 1

@dataclass
class Point:
    x: int
    y: int

class Odd(ValueError):
    pass

@pseudo_function(env=["PSEUDOCODE_TEST_MARK"], timeout=4)
def f(*args, **kwargs): ...
"""
RIGHT = "def f(*args, **kwargs):\n    return sum(args)\n"


class Bench:
    """A folder with a declaration and its tests."""

    def __init__(self, place: Place, kind: Isolation) -> None:
        self.place = place
        self.specs = place.root / "judged" / "specs"
        self.specs.mkdir(parents=True)
        self.runner = ProcessRunner(kind, {**os.environ, MARK: place.mark})

    def write(self, name: str, text: str) -> None:
        path = self.specs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")

    def spec(self, tests: str, *, declared: str = DECLARED) -> Spec:
        self.write("sums.py", declared)
        self.write("test_sums.py", tests)
        found = load_specs(self.specs)
        assert not found.problems, found.problems
        return found.specs[0]

    async def run(
        self, tests: str, code: str = RIGHT, *, declared: str = DECLARED
    ) -> SuiteFinished:
        spec = self.spec(tests, declared=declared)
        return await self.runner.run(spec, dedent(code))

    async def case(self, tests: str, code: str) -> Case:
        """What became of the only test."""
        (case,) = (await self.run(tests, code)).cases
        return case


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    made = Place.make(tmp_path / "place")
    yield made
    await made.assert_nobody_left()


@pytest.fixture
async def bench(place: Place) -> AsyncIterator[Bench]:
    made = Bench(place, isolation.available()[0])
    yield made
    await made.runner.close()


ORDINARY = """
    import pytest, unittest
    from sums import f

    @pytest.fixture(scope="module")
    def numbers():
        return [1, 2, 3]

    @pytest.mark.parametrize(("given", "wanted"), [((1, 2), 3), ((), 0)], ids=["two", "none"])
    def test_sum(given, wanted):
        assert f(*given) == wanted

    def test_fixture(numbers, capsys):
        assert f(*numbers) == pytest.approx(6.0)

    class TestMore:
        def test_wrong_type(self):
            with pytest.raises(TypeError, match="unsupported operand"):
                f("a")

    class Cases(unittest.TestCase):
        def setUp(self):
            self.number = 4

        def test_one(self):
            self.assertEqual(f(self.number), 4)

    @pytest.mark.skip(reason="not today")
    def test_skipped():
        raise AssertionError

    @pytest.mark.xfail(strict=True)
    def test_expected_to_fail():
        assert f(1) == 2

    async def test_async():
        assert f(5) == 5
"""


@pytest.mark.parametrize("kind", kinds())
async def test_tests_of_the_usual_kinds(kind: Isolation, place: Place) -> None:
    bench = Bench(place, kind)
    report = await bench.run(ORDINARY)
    assert report.all_passed, report
    outcomes = {case.call: case.outcome for case in report.cases}
    assert outcomes == {
        "test_sum[two]": "passed",
        "test_sum[none]": "passed",
        "test_fixture": "passed",
        "TestMore::test_wrong_type": "passed",
        "Cases::test_one": "passed",
        "test_skipped": "skipped",
        "test_expected_to_fail": "skipped",
        "test_async": "passed",
    }
    assert {case.file for case in report.cases} == {"test_sums.py"}
    assert not any(case.beside for case in report.cases)
    assert "shared process" not in report.isolation
    await bench.runner.close()


async def test_a_failure_says_what_and_where(bench: Bench) -> None:
    tests = """
        import pytest
        from sums import f

        @pytest.mark.parametrize("n", [1, 2])
        def test_double(n):
            print("looking at", n)
            assert f(n) == 2
    """
    report = await bench.run(tests)
    wrong, right = report.cases
    assert (wrong.call, wrong.outcome, right.outcome) == ("test_double[1]", "failed", "passed")
    assert wrong.error.startswith("assert 1 == 2")
    assert "looking at 1" in wrong.output
    assert wrong.line == 5  # of its first decorator
    assert "judge.py" not in wrong.traceback
    assert "assert f(n) == 2" in wrong.traceback


async def test_an_exception_brings_the_line_of_the_code(bench: Bench) -> None:
    tests = "from sums import f\n\ndef test_it():\n    f(1)\n"
    case = await bench.case(tests, "def f(*args):\n    return args[3]\n")
    assert "IndexError: tuple index out of range" in case.error
    assert "line 2, in f: return args[3]" in case.error


CROSSING = {
    "dataclass": ("assert f(Point(1, 2)) == Point(2, 2)", "return Point(args[0].x + 1, 2)"),
    "enum": ("assert f() is Colour.RED", "return Colour.RED"),
    "exception": (
        "with pytest.raises(Odd, match='three'):\n        f()",
        "raise Odd('three')",
    ),
    "in place": (
        "numbers = [3, 1]\n    assert f(numbers) is None\n    assert numbers == [1, 3]",
        "args[0].sort()",
    ),
    "identity": ("numbers = [1]\n    assert f(numbers) is numbers", "return args[0]"),
    "keywords": ("assert f(a=1) == {'a': 1}", "return kwargs"),
    "output": ("f()\n    assert capsys.readouterr().out == 'hello\\n'", "print('hello')"),
    "warning": (
        "with pytest.warns(DeprecationWarning, match='old'):\n        f()",
        "import warnings; warnings.warn('old', DeprecationWarning)",
    ),
    "exit": ("with pytest.raises(SystemExit):\n        f()", "raise SystemExit(2)"),
}


@pytest.mark.parametrize(("test", "body"), CROSSING.values(), ids=CROSSING)
async def test_what_crosses_between_test_and_code(bench: Bench, test: str, body: str) -> None:
    capsys = "capsys" if "capsys" in test else ""
    head = "import pytest\nfrom sums import *\nfrom sums import f\n"
    tests = f"{head}\ndef test_it({capsys}):\n    {test}\n"
    case = await bench.case(tests, f"def f(*args, **kwargs):\n    {body}\n")
    assert case.outcome == "passed", case
    assert not case.beside


BESIDE = {
    "a folder of the test's own": (
        "def test_it(tmp_path):\n    (tmp_path / 'a').write_text('hi')\n"
        "    assert f(tmp_path / 'a') == 'hi'",
        "return open(args[0]).read()",
    ),
    "a patch": (
        "def test_it(monkeypatch):\n    import time\n"
        "    monkeypatch.setattr(time, 'time', lambda: 5)\n    assert f() == 5",
        "import time; return time.time()",
    ),
    "a generator": (
        "def test_it():\n    assert next(f()) == 1",
        "return iter([1])",
    ),
    "a function as argument": ("def test_it():\n    assert f(len) == 2", "return args[0]('ab')"),
}


@pytest.mark.parametrize(("test", "body"), BESIDE.values(), ids=BESIDE)
async def test_what_needs_the_code_beside_it(bench: Bench, test: str, body: str) -> None:
    report = await bench.run(f"from sums import f\n\n{test}\n", f"def f(*args):\n    {body}\n")
    assert report.all_passed, report
    assert report.cases[0].beside
    assert report.isolation.endswith("shared process")
    wrong = await bench.run(f"from sums import f\n\n{test}\n", "def f(*args):\n    return 0\n")
    assert not wrong.all_passed


APART = """\
from sums import f

def test_one():
    assert f(1) == 2

def test_two():
    assert f(2) == 4
"""
TOGETHER = APART.replace("test_one()", "test_one(tmp_path)").replace(
    "test_two()", "test_two(tmp_path)"
)
CHEATS = {
    "exits at import": "import os\nos._exit(0)\ndef f(*a): ...",
    "exits in the call": "import os\ndef f(*a):\n    os._exit(0)",
    "raises SystemExit": "def f(*a):\n    raise SystemExit(0)",
    "prints a summary": "import os\nprint('2 passed in 0.01s')\ndef f(*a):\n    os._exit(0)",
    "equals everything": (
        "class E:\n    def __eq__(self, other): return True\n"
        "    def __hash__(self): return 0\ndef f(*a):\n    return E()"
    ),
    "skips by unittest": "import unittest\ndef f(*a):\n    raise unittest.SkipTest('no')",
    "skips by pytest": (
        "def f(*a):\n    try:\n        import pytest\n    except ImportError:\n        return 0\n"
        "    pytest.skip('no')"
    ),
    "patches reports": (
        "def f(*a):\n    import _pytest.reports as r\n    was = r.TestReport.from_item_and_call\n"
        "    def always(item, call):\n        made = was(item, call)\n"
        "        made.outcome = 'passed'\n        return made\n"
        "    r.TestReport.from_item_and_call = staticmethod(always)\n    return 0"
    ),
    "patches calls": (
        "import _pytest.runner as r\nclass Never(r.CallInfo):\n    pass\n"
        "was = r.CallInfo.from_call.__func__\n"
        "def quiet(cls, func, when, reraise=None):\n"
        "    return was(cls, lambda: None, when, reraise)\n"
        "r.CallInfo.from_call = classmethod(quiet)\ndef f(*a):\n    return 0"
    ),
    "first call only": (
        "seen = []\ndef f(n):\n    seen.append(n)\n    return 2 * n if len(seen) == 1 else 0"
    ),
    "waits for ever": "def f(*a):\n    while True: pass",
}  # fmt: skip


@pytest.mark.parametrize("tests", [APART, TOGETHER], ids=["apart", "beside"])
@pytest.mark.parametrize("code", CHEATS.values(), ids=CHEATS)
async def test_cheats_do_not_pass(bench: Bench, tests: str, code: str) -> None:
    report = await bench.run(tests, code)
    assert not report.all_passed, report


async def test_meddling_shows_wherever_the_canaries_are_drawn(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random.SystemRandom, "randrange", lambda *_: 0)  # all before the tests
    report = await bench.run(TOGETHER, CHEATS["patches reports"])
    assert "meddled" in report.error, report


async def test_tests_may_be_named_like_those_that_are_mixed_in(bench: Bench) -> None:
    more = [f"def test_one_{n}(tmp_path):\n    assert f({n}) == {n * 2}\n" for n in range(2, 7)]
    report = await bench.run("\n\n".join([TOGETHER, *more]), "def f(n):\n    return n * 2")
    assert report.all_passed, report
    assert report.passed == 7


BROKEN = {
    "syntax": ("def test_it(:\n", "not valid Python"),
    "import": ("import no_such_module\nfrom sums import f\ndef test_it(): f()", "no_such_module"),
    "exit": (
        "import os\nfrom sums import f\nos._exit(7)\ndef test_it(): f()",
        "ended their own process: the code ended the test process, exit code 7",
    ),
    "breaks off": (
        "import pytest\nfrom sums import f\ndef test_it(): f(pytest.exit('no licence', 3))",
        "pytest broke off with exit code 3: .*no licence",
    ),
    "none": ("from sums import f\nclass Nothing:\n    x = f", "finds no tests"),
}


@pytest.mark.parametrize(("tests", "told"), BROKEN.values(), ids=BROKEN)
async def test_broken_tests_are_no_fault_of_the_code(bench: Bench, tests: str, told: str) -> None:
    bench.write("sums.py", DECLARED)
    bench.write("test_sums.py", tests)
    found = load_specs(bench.specs)
    if found.problems:
        assert told in str(found.problems[0])
        return
    with pytest.raises(RunnerError, match=told):
        await bench.runner.run(found.specs[0], RIGHT)


async def test_the_judge_sees_the_specs_and_nothing_else(bench: Bench, place: Place) -> None:
    tests = f"""
        import os, socket, pytest
        from sums import f

        @pytest.mark.parametrize("path", {[*place.secrets, str(place.root), "/etc/passwd"]!r})
        def test_files(path):
            with pytest.raises(OSError):
                os.listdir(path) if os.path.isdir(path) else open(path).read()
                open(path, "a")
            f()

        def test_network():
            with pytest.raises(OSError):
                socket.create_connection(("127.0.0.1", 9), 1)
            assert "OPENAI_API_KEY" not in os.environ
            f()
    """
    before = place.state
    report = await bench.run(tests)
    shown = [case for case in report.cases if case.went_wrong and str(place.root) not in case.call]
    assert not shown
    assert {k: v for k, v in place.state.items() if "judged" not in k} == {
        k: v for k, v in before.items() if "judged" not in k
    }


async def test_other_names_of_the_module_lead_to_the_code_too(bench: Bench) -> None:
    bench.write(
        "tests/test_package.py",
        """
        import specs.sums
        from judged.specs.sums import f as other

        def test_both():
            assert specs.sums.f(1) == other(1) == 1
    """,
    )
    report = await bench.run("from sums import f\n\ndef test_it():\n    assert f(1) == 1\n")
    assert report.all_passed, report
    assert [case.call for case in report.cases] == ["test_it", "test_both"]


PLUGINS = {
    "finds_pthread": "import ctypes.util\n\nFOUND = ctypes.util.find_library('pthread')\n",
    "keeps_a_file": (
        "import os\nimport pytest\n\nopen(os.environ['TMPDIR'] + '/kept', 'w').close()\n\n"
        "@pytest.fixture\ndef kept():\n    return True\n"
    ),
}
"""The first does what trio does as it is imported; the second cannot do without a file."""


def python_with(plugins: dict[str, str], folder: Path) -> Path:
    """This Python, with more plugins for pytest than it has."""
    (folder / "bin").mkdir(parents=True)
    python = folder / "bin/python"
    python.symlink_to(os.path.realpath(sys.executable))
    (folder / "pyvenv.cfg").write_text(f"home = {Path(os.path.realpath(sys.executable)).parent}\n")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    packages.mkdir(parents=True)
    known = "; ".join(f"site.addsitedir({path!r})" for path in site.getsitepackages())
    (packages / "known.pth").write_text(f"import site; {known}\n")
    for name, source in plugins.items():
        (packages / f"{name}.py").write_text(source)
        (packages / f"{name}-1.dist-info").mkdir()
        (packages / f"{name}-1.dist-info/METADATA").write_text(f"Name: {name}\nVersion: 1\n")
        entry = f"[pytest11]\n{name} = {name}\n"
        (packages / f"{name}-1.dist-info/entry_points.txt").write_text(entry)
    return python


async def test_a_plugin_that_has_to_write_is_left_out_where_nothing_can_be_written(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = python_with(PLUGINS, tmp_path / "venv")
    monkeypatch.setattr(workers, "interpreter", lambda: str(python))
    bench = Bench(place, Seccomp())
    tests = "from sums import f\nimport finds_pthread\n\ndef test_it():\n    assert f(1, 2) == 3\n"
    assert (await bench.run(tests)).all_passed
    needs_it = "from sums import f\n\ndef test_it(kept):\n    assert f(1, 2) == 3\n"
    with pytest.raises(RunnerError, match="'kept' not found; pytest's plugin keeps_a_file cannot"):
        await bench.run(needs_it)
    await bench.runner.close()
