from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.spec.discovery import find_specs
from tests.making import IMPORT, found_in

BASE = '''
@pseudo_function(network=["a.org"], requires=['requests'])
def f(a: int, b: str = "x", *rest: int, key: bool = False) -> list[tuple[int, str]]:
    """Say it.

    Twice.

    >>> f(1)
    [(1, 'x')]
    """
'''


def digest_of(text: str) -> str:
    found = found_in(text)
    assert not found.problems, found.problems
    return next(spec.digest for spec in found.specs if spec.name == "f")


SAME = {
    "a comment above": "# why\n" + BASE,
    "a comment inside": BASE.replace('    """\n', '    """\n    # later\n    ...\n'),
    "other quotes": BASE.replace('"a.org"', "'a.org'").replace('"x"', "'x'"),
    "spaces": BASE.replace("a: int, b", "a:int,b").replace("key: bool = False", "key: bool=False"),
    "one parameter a line": BASE.replace("a: int, ", "a: int,\n    ").replace(
        "False)", "False,\n)"
    ),
    "options in another order": BASE.replace(
        "network=[\"a.org\"], requires=['requests']", "requires=['requests'], network=['a.org']"
    ),
    "moved down": "import os\n\n\ndef g(): ...\n\n\n" + BASE,
    "a body": BASE + "    raise NotImplementedError\n",
    "another decorator": BASE.replace("@pseudo", "@print\n@pseudo", 1),
    "how it is found": BASE.replace("(network", "(max_rounds=9, model='m', candidates=2, network"),
    "reviewed": BASE.replace("(network", "(review=True, network"),
    "deeper docstring": BASE.replace("\n    Twice", "\n        Twice")
    .replace("\n    >>>", "\n        >>>")
    .replace("\n    [(", "\n        [("),
    "blanks at a docstring line's end": BASE.replace("Twice.\n", "Twice.  \n"),
    "blanks at the docstring's ends": BASE.replace('"""Say', '"""  Say'),
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME.keys())
def test_what_means_the_same_has_the_same_digest(text: str) -> None:
    assert digest_of(text) == digest_of(BASE)


DIFFERENT = {
    "name of a parameter": BASE.replace("a: int", "c: int"),
    "annotation": BASE.replace("a: int", "a: float"),
    "no annotation": BASE.replace("a: int", "a"),
    "default": BASE.replace('"x"', '"y"'),
    "kind of a parameter": BASE.replace("*rest: int", "*, rest: int"),
    "order": BASE.replace("a: int", "z: int").replace("key: bool", "a: bool"),
    "return": BASE.replace("list[tuple[int, str]]", "list[int]"),
    "async": BASE.replace("def f", "async def f").replace(">>> f", ">>> await f"),
    "prose": BASE.replace("Say it", "Shout it"),
    "an example's call": BASE.replace("f(1)", "f(2)"),
    "an example's answer": BASE.replace("[(1, 'x')]", "[(1, 'y')]"),
    "indentation within the docstring": BASE.replace("\n    Twice", "\n      Twice"),
    "a host": BASE.replace("a.org", "b.org"),
    "a package": BASE.replace("'requests'", "'httpx'"),
    "a variable": BASE.replace("(network", "(env=['TOKEN'], network"),
    "a file": BASE.replace("(network", "(files=['a.txt'], network"),
    "no options": BASE.replace("(network=[\"a.org\"], requires=['requests'])", ""),
}


@pytest.mark.parametrize("text", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_what_means_something_else_has_another_digest(text: str) -> None:
    assert text != BASE
    assert digest_of(text) != digest_of(BASE)


def test_the_same_declaration_under_another_name_differs() -> None:
    first, second = found_in(BASE + BASE.replace("def f", "def g")).specs
    assert first.digest != second.digest


def test_a_digest_is_sixteen_hexadecimal_digits() -> None:
    digest = digest_of(BASE)
    assert len(digest) == 16
    assert int(digest, 16) >= 0


def test_the_digest_is_the_same_on_every_machine() -> None:
    assert digest_of("@pseudo_function\ndef f(a: int) -> int:\n    '''Doc.'''\n") == (
        "affd02369d6961ca"
    )


names = st.sampled_from(["a", "b", "long_name", "x1", "é"])
types = st.sampled_from(["int", "list[str]", "'Later'", "int | None", "dict[str, (int)]"])
defaults = st.sampled_from(["1", "'x'", '"x"', "(1, 2)", "None", "-1", "1_000", "0x10", "[]"])
lines = st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=20)


@st.composite
def declarations(draw: st.DrawFn) -> str:
    parameters = ", ".join(
        f"{name}: {draw(types)} = {draw(defaults)}" for name in draw(st.lists(names, unique=True))
    )
    prose = [line.strip() for line in draw(st.lists(lines, max_size=4))]
    doc = "\n    ".join(prose).strip()
    return f"@pseudo_function(env=['A'])\ndef f({parameters}):\n    {doc!r}\n"


@given(declarations())
def test_a_round_trip_through_the_syntax_tree_changes_nothing(text: str) -> None:
    again = ast.unparse(ast.parse(IMPORT + text))
    (before,) = found_in(text).specs
    (after,) = find_specs("specs/sums.py", again.encode()).specs
    assert before.digest == after.digest
    assert before.signature == after.signature


def test_formatting_with_ruff_changes_nothing(tmp_path: Path) -> None:
    beside = Path(sysconfig.get_path("scripts")) / "ruff"
    ruff = str(beside) if beside.exists() else shutil.which("ruff")
    if ruff is None:
        pytest.skip("ruff is not installed")
    messy = BASE.replace("a: int, b", "a:int,b").replace("Twice.\n", "Twice.   \n\t\n")
    messy = messy.replace('"""Say it.', "'''  Say it.").replace('    """\n', "    '''\n")
    path = tmp_path / "sums.py"
    path.write_text(IMPORT + messy)
    (before,) = find_specs(str(path), path.read_bytes()).specs
    command = [ruff, "format", "--isolated", "--no-cache", str(path)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: TID251
    assert path.read_text() != IMPORT + messy
    (after,) = find_specs(str(path), path.read_bytes()).specs
    assert before.digest == after.digest


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs type parameters")
def test_type_parameters_count() -> None:
    generic = "@pseudo_function\ndef f[T](a: T) -> T: ...\n"
    assert digest_of(generic) != digest_of(generic.replace("[T]", "[T: int]"))
