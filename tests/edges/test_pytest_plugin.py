"""Plain pytest in a project with specs: accepted code is checked as tests of its own."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pseudocode.rounds import code_hash
from pseudocode.store.accepted import accepted_path, render
from pseudocode.store.supply import used_facts
from pseudocode.wiring import load_specs

pytest_plugins = ["pytester"]

SUMS = '''
from pseudocode import pseudo_function


@pseudo_function
def double(x: int) -> int:
    """Twice.

    >>> double(2)
    4
    """


@pseudo_function
def triple(x: int) -> int:
    """Three times.

    >>> triple(2)
    6
    """
'''
DOUBLE = "def double(x):\n    return 2 * x\n"
TRIPLE = "def triple(x):\n    return 3 * x\n"
INI = """
[pytest]
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""


class Project:
    """A project of pytester's with specs."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.root = pytester.path
        self.write("pytest.ini", INI)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def accept(self, file: str, **codes: str) -> None:
        path = self.root / file
        for spec in load_specs(path).specs:
            if spec.name in codes:
                kept = Path(accepted_path(str(path), spec.module, spec.name))
                kept.parent.mkdir(exist_ok=True)
                code = codes[spec.name]
                facts = {**used_facts(spec, code), "sha256": code_hash(code)}
                text = render(code, declared_in=file, digest=spec.digest, facts=facts)
                kept.write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> pytest.RunResult:
        return self._pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)


def with_options(options: str) -> str:
    return SUMS.replace("@pseudo_function", f"@pseudo_function({options})", 1)


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    return Project(pytester)


@pytest.fixture
def sums(project: Project) -> Project:
    project.write("specs/sums.py", SUMS)
    project.accept("specs/sums.py", double=DOUBLE, triple=TRIPLE)
    return project


def test_accepted_code_is_a_test_of_each_spec(sums: Project) -> None:
    told = sums.run("-v")
    told.assert_outcomes(passed=2)
    told.stdout.fnmatch_lines(["specs/sums.py::double PASSED*", "specs/sums.py::triple PASSED*"])


def test_wrong_code_fails_readably(sums: Project) -> None:
    sums.accept("specs/sums.py", double="def double(x):\n    return x + 3\n")
    told = sums.run()
    told.assert_outcomes(passed=1, failed=1)
    told.stdout.fnmatch_lines(
        [
            "*_ accepted code of sums.double _*",
            "0 of 1 examples pass",
            "line 9: double(2)",
            "    expected: 4",
            "    got:      5",
            "FAILED specs/sums.py::double*",
        ]
    )
    told.stdout.no_fnmatch_line("*checkup.py*")


def test_missing_code_is_skipped_and_stale_code_fails(sums: Project) -> None:
    sums.accept("specs/sums.py", double=DOUBLE)
    (sums.root / "specs/__pseudocode__/sums.triple.py").unlink()
    sums.write("specs/sums.py", SUMS.replace("Twice", "Two times"))
    told = sums.run("-rs")
    told.assert_outcomes(skipped=1, failed=1)
    told.stdout.fnmatch_lines(
        [
            "stale: the declaration changed*; pseudocode-tui run specs/sums.py --only double",
            "SKIPPED*no accepted code; pseudocode-tui run specs/sums.py --only triple",
        ]
    )


def test_code_that_was_edited_is_told(sums: Project) -> None:
    kept = sums.root / "specs/__pseudocode__/sums.double.py"
    kept.write_text(kept.read_text() + "# mine\n")
    told = sums.run("-rP")
    told.assert_outcomes(passed=2)
    told.stdout.fnmatch_lines(["accepted, fresh, passing; edited since accepted"])


def test_code_that_needs_a_grant_is_skipped(sums: Project) -> None:
    sums.write("specs/sums.py", with_options('env=["KEY"]'))
    sums.accept("specs/sums.py", double="raise SystemExit\n", triple=TRIPLE)
    told = sums.run("-rs")
    told.assert_outcomes(passed=1, skipped=1)
    told.stdout.fnmatch_lines(
        ["*not run: needs permission: may read the environment variable KEY; grant it with*"]
    )


def test_a_package_that_is_missing_is_named(sums: Project) -> None:
    sums.write("specs/sums.py", with_options('requires=["no-such-thing"]'))
    sums.accept("specs/sums.py", double=DOUBLE, triple=TRIPLE)
    told = sums.run()
    told.assert_outcomes(passed=1, failed=1)
    told.stdout.fnmatch_lines(
        ["needs no-such-thing, which is not installed: pip install no-such-thing"]
    )


def test_test_files_run_once_as_pytest_has_them_and_once_in_the_check(sums: Project) -> None:
    sums.write("conftest.py", "")
    sums.write(
        "specs/test_sums.py",
        "from sums import double\n\ndef test_double():\n    assert double(4) == 8\n",
    )
    sums.accept("specs/sums.py", double=DOUBLE)
    told = sums.run("-v")
    told.assert_outcomes(passed=3)
    sums.accept("specs/sums.py", double="def double(x):\n    return 4\n")
    told = sums.run()
    told.assert_outcomes(passed=1, failed=2)
    told.stdout.fnmatch_lines(["1 of 2 tests pass", "test_sums.py::test_double"])


def test_a_declaration_that_cannot_be_used_fails_alone(sums: Project) -> None:
    sums.write("specs/sums.py", SUMS + "\n@pseudo_function(nonsense=1)\ndef other(): ...\n")
    told = sums.run()
    told.assert_outcomes(passed=2, failed=1)
    told.stdout.fnmatch_lines(["specs/sums.py:23: other: no option named nonsense*"])


def test_stub_modules_classes_and_files(project: Project) -> None:
    project.write("specs/two_fer.py", "def two_fer(name='you'):\n    pass\n")
    test = "from two_fer import two_fer\n\ndef test_it():\n    assert two_fer('x') == 'x'\n"
    project.write("specs/two_fer_test.py", test)
    project.accept("specs/two_fer.py", two_fer="def two_fer(name='you'):\n    return name\n")
    project.write(
        "specs/stack.py",
        "from pseudocode import pseudo_class\n\n\n@pseudo_class\nclass Stack:\n"
        '    """A stack.\n\n    >>> Stack().size()\n    0\n    """\n\n'
        "    def size(self) -> int: ...\n",
    )
    project.accept("specs/stack.py", Stack="class Stack:\n    def size(self):\n        return 0\n")
    told = project.run("-v", "-m", "pseudocode")
    told.stdout.fnmatch_lines_random(["*::Stack PASSED*", "*two_fer.py::two_fer PASSED*"])


@pytest.mark.parametrize("off", ["flag", "ini", "plugin"])
def test_it_can_be_left_out(sums: Project, off: str) -> None:
    sums.write("test_own.py", "def test_own(): pass\n")
    if off == "ini":
        sums.write("pytest.ini", INI + "pseudocode = false\n")
    arguments = {"flag": ["--pseudocode-off"], "plugin": ["-p", "no:pseudocode"]}.get(off, [])
    sums.run(*arguments).assert_outcomes(passed=1)


def test_selecting_and_listing(sums: Project) -> None:
    sums.run("-k", "double").assert_outcomes(passed=1, deselected=1)
    sums.run("-m", "not pseudocode").assert_outcomes(deselected=2)
    sums.run("specs/sums.py::triple").assert_outcomes(passed=1)
    told = sums.run("--collect-only", "-q")
    told.stdout.fnmatch_lines(["specs/sums.py::double", "specs/sums.py::triple"])


def test_nothing_is_executed_at_collection(sums: Project) -> None:
    sums.write("specs/sums.py", SUMS + "\nopen('executed', 'w').close()\n")
    sums.accept("specs/sums.py", double=DOUBLE + "\nopen('executed', 'w').close()\n")
    sums.run("--collect-only").stdout.fnmatch_lines(["*SpecItem double*"])
    assert not (sums.root / "executed").exists()


def test_plain_pytest_with_testpaths_looks_at_specs_too(sums: Project) -> None:
    sums.write("pytest.ini", INI + "testpaths = tests\n")
    sums.write("tests/test_own.py", "def test_own(): pass\n")
    sums.run().assert_outcomes(passed=3)
    sums.run("tests").assert_outcomes(passed=1)
    sums.run("specs", "tests").assert_outcomes(passed=3)


def test_paths_can_be_named(sums: Project) -> None:
    sums.write("pytest.ini", INI + "testpaths = tests\npseudocode_paths = other\n")
    sums.write("tests/test_own.py", "def test_own(): pass\n")
    sums.write("other/more.py", SUMS)
    sums.accept("other/more.py", double=DOUBLE)
    sums.run().assert_outcomes(passed=2, skipped=1)
    sums.run("specs", "tests").assert_outcomes(passed=1)


def test_parallel_workers(sums: Project) -> None:
    sums.run("-n", "2").assert_outcomes(passed=2)


def test_junit(sums: Project) -> None:
    sums.accept("specs/sums.py", double="def double(x):\n    return 5\n")
    sums.run("--junitxml=told.xml")
    cases = ElementTree.parse(sums.root / "told.xml").findall(".//testcase")
    assert [(c.get("classname"), c.get("name")) for c in cases] == [
        ("specs.sums", "double"),
        ("specs.sums", "triple"),
    ]
    (failure,) = (found for case in cases if (found := case.find("failure")) is not None)
    assert "expected: 4" in (failure.text or "")


def test_accepted_code_is_never_collected_as_tests(project: Project) -> None:
    declared = SUMS.replace("double", "run_test")
    project.write("specs/sums.py", declared)
    code = "def run_test(x):\n    return 2 * x\n\n\ndef test_nothing():\n    assert False\n"
    project.accept("specs/sums.py", run_test=code, triple=TRIPLE)
    project.run().assert_outcomes(passed=2)


def test_projects_without_specs_pay_nothing(project: Project) -> None:
    project.write("sources.py", "x = 1\n")
    project.write(
        "test_own.py",
        "import sys\n\ndef test_own():\n"
        "    names = [n for n in sys.modules if n.startswith('pseudocode')]\n"
        "    assert sorted(names) == ['pseudocode', 'pseudocode.pytest_plugin']\n",
    )
    told = project.run("-v")
    told.assert_outcomes(passed=1)
    assert not re.search("sources", told.stdout.str())
