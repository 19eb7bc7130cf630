from __future__ import annotations

import ast
import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.spec.model import DEFAULT_SECONDS, Example, Found, Options, Problem, Spec
from tests.making import ADD, spec_of


def spec_with(docstring: str) -> Spec:
    return Spec(name="f", module="m", path="m.py", line=1, signature="def f()", docstring=docstring)


def docstring_in(stub: str) -> str:
    function = ast.parse(stub).body[0]
    assert isinstance(function, ast.FunctionDef)
    return ast.get_docstring(function, clean=True) or ""


def test_the_stub_is_the_declaration_with_an_empty_body() -> None:
    assert spec_of().stub == ADD + "    ...\n"


def test_a_stub_without_docstring_has_only_the_signature() -> None:
    assert spec_of("def f(a: int) -> int: ...").stub == "def f(a: int) -> int:\n    ...\n"


@pytest.mark.parametrize(
    "docstring",
    [
        'Say "hi"',
        "Split at \\n, not at a line's end.",
        'Three """ quotes.',
        "One line.\n\n    indented\n\nlast",
        "ends in a backslash \\",
        "'''",
        '"',
    ],
)
def test_the_stub_keeps_the_docstring(docstring: str) -> None:
    assert docstring_in(spec_with(docstring).stub).strip() == docstring


printable = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f"))


@given(st.lists(printable).map("\n".join))
def test_the_stub_is_python_whatever_the_docstring(text: str) -> None:
    docstring = inspect.cleandoc(f"Do it.\n{text}\nDone.")
    assert docstring_in(spec_with(docstring).stub).strip() == docstring


def test_the_id_is_made_of_module_and_name() -> None:
    assert spec_of(path="some/where/sums.py").id == "sums.add"


def test_a_skipped_example_checks_nothing() -> None:
    spec = spec_of(
        'def f():\n    """\n    >>> f()\n    1\n    >>> f()  # doctest: +SKIP\n    """\n'
    )
    assert len(spec.examples) == 2
    assert spec.checks == 1


def test_the_name_of_an_example_is_one_line() -> None:
    assert Example(source="f(\n    1,\n)\n").call == "f( 1, )"


@pytest.mark.parametrize(
    ("options", "phrases"),
    [
        (Options(), ()),
        (Options(network=True), ("may reach any host on any port",)),
        (Options(network=("a.org", "b.org")), ("may reach a.org", "may reach b.org")),
        (Options(network=()), ()),
        (Options(env=("TOKEN",)), ("may read the environment variable TOKEN",)),
        (Options(files=("a", "b")), ("may read a", "may read b")),
    ],
)
def test_permissions_are_said_in_words(options: Options, phrases: tuple[str, ...]) -> None:
    assert options.permissions == phrases


@pytest.mark.parametrize(
    ("options", "phrases"),
    [
        (Options(timeout=DEFAULT_SECONDS, memory_mb=64, network=True), ()),
        (Options(requires=("requests",)), ("uses requests",)),
        (Options(timeout=60), ("runs up to 60 s",)),
        (Options(memory_mb=4096), ("takes up to 4096 MB of memory",)),
    ],
)
def test_what_goes_beyond_the_defaults_is_said(options: Options, phrases: tuple[str, ...]) -> None:
    assert options.extras == phrases


def test_nothing_is_permitted_unless_declared() -> None:
    options = spec_of().options
    assert (options.network, options.env, options.files) == (False, (), ())


def test_a_problem_reads_like_a_compiler_message() -> None:
    assert str(Problem(path="a.py", line=3, reason="odd")) == "a.py:3: odd"


def test_what_two_files_declare_adds_up_in_order() -> None:
    first, second = Problem(path="a", line=1, reason="x"), Problem(path="b", line=1, reason="y")
    both = Found(problems=(first,)) + Found(specs=(spec_of(),), problems=(second,))
    assert both.problems == (first, second)
    assert [spec.name for spec in both.specs] == ["add"]
