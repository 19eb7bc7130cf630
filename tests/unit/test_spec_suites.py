from __future__ import annotations

from textwrap import dedent

import pytest

from pseudocode.spec.discovery import find_specs
from pseudocode.spec.model import Found, Spec, Suite
from pseudocode.spec.suites import attach, is_test_file, named_files

DECLARED = """\
from pseudocode import pseudo_function

@pseudo_function
def add(a, b): ...

@pseudo_function
def twice(a): ...
"""


def declared(text: str = DECLARED, path: str = "specs/sums.py") -> Found:
    return find_specs(path, dedent(text).encode())


def suites(tests: str, path: str = "specs/test_sums.py") -> dict[str, tuple[Suite, ...]]:
    found = attach(declared(), {path: dedent(tests).encode()})
    assert not found.problems
    return {spec.name: spec.suites for spec in found.specs}


@pytest.mark.parametrize(
    "head",
    [
        "from sums import add",
        "from specs.sums import add",
        "from .sums import add",
        "from sums import add as plus",
        "from sums import *",
        "import sums",
        "import specs.sums",
        "from specs import sums",
        "import sums as s",
    ],
)
def test_a_file_belongs_to_what_it_imports(head: str) -> None:
    used = "plus" if " as plus" in head else "add"
    used = used if head.startswith("from") and "import sums" not in head else "sums.add"
    found = suites(f"{head}\n\ndef test_it():\n    assert {used}(1, 2) == 3\n")
    assert [len(found[name]) for name in ("add", "twice")] == [1, 0]


@pytest.mark.parametrize(
    "path", ["specs/sums_test.py", "specs/tests/test_sums.py", "specs/test/test_x.py"]
)
def test_it_may_stand_beside_or_in_a_folder_for_tests(path: str) -> None:
    assert suites("from sums import add\ndef test_it(): add(1, 2)", path)["add"]


@pytest.mark.parametrize("path", ["test_sums.py", "tests/test_sums.py", "specs/a/test_sums.py"])
def test_files_elsewhere_are_of_no_interest(path: str) -> None:
    assert not suites("from sums import add\ndef test_it(): add(1, 2)", path)["add"]


MIXED = """\
    import pytest
    from sums import add, twice

    @pytest.fixture
    def four():
        return twice(2)

    def helper(n):
        return add(n, n)

    def test_add():
        assert add(1, 1) == 2

    def test_helper():
        assert helper(2) == 4

    def test_fixture(four):
        assert four == 4

    class TestBoth:
        def test_it(self):
            assert add(1, 1) == twice(1)

    def test_neither():
        assert True
"""


def test_tests_of_other_specs_are_left_out() -> None:
    found = suites(MIXED)
    (add,), (twice,) = found["add"], found["twice"]
    assert add.left_out == ("test_fixture",)
    assert twice.left_out == ("test_add", "test_helper")
    assert "def test_fixture" not in add.source
    assert "def test_helper" in add.source


def test_hidden_tests_are_not_shown() -> None:
    tests = """
        import pytest
        from sums import add

        @pytest.mark.hidden
        def test_secret():
            assert add(40, 2) == 42

        @pytest.mark.hidden
        class TestSecret:
            def test_it(self): add(8, 9)

        def test_open():
            assert add(1, 2) == 3
    """
    ((suite,), _) = suites(tests).values()
    assert suite.hidden == ("test_secret", "TestSecret")
    assert "42" not in suite.source
    assert "TestSecret" not in suite.source
    assert "def test_open" in suite.source


def test_a_broken_test_file_is_a_problem_at_its_line() -> None:
    (problem,) = attach(declared(), {"specs/test_sums.py": b"\ndef test_it(:\n"}).problems
    assert (problem.path, problem.line) == ("specs/test_sums.py", 2)


def only(text: str) -> Spec:
    found = declared(text)
    assert not found.problems, found.problems
    return found.specs[0]


NAMED = """\
    import checks
    from pseudocode import pseudo_function

    def check_add():
        assert add(1, 2) == 3

    @pseudo_function(tests=[check_add, checks.more, "extra/more.py"])
    def add(a, b): ...
"""


def test_callables_and_paths_are_named() -> None:
    spec = only(NAMED)
    (suite,) = spec.suites
    assert suite.names == ("check_add", "checks.more")
    assert "assert add(1, 2) == 3" in suite.source
    assert named_files(spec) == ("specs/extra/more.py",)


def test_a_test_is_none_of_the_codes_business() -> None:
    assert "check_add" not in only(NAMED).context


def test_a_named_file_belongs_whatever_it_imports() -> None:
    found = attach(declared(NAMED), {"specs/extra/more.py": b"def test_it(): ...\n"})
    assert [suite.path for suite in found.specs[0].suites] == [
        "specs/sums.py",
        "specs/extra/more.py",
    ]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("test_a.py", True), ("a_test.py", True), ("atest.py", False), ("test_a.txt", False)],
)
def test_names_of_test_files(name: str, is_one: bool) -> None:
    assert is_test_file(name) is is_one
