from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given, settings
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


TYPED = """
from dataclasses import dataclass
LIMIT = 3
@dataclass
class Point:
    '''A place.'''
    x: int = LIMIT
class Other:
    y = 1
def check():
    assert helper() == f(1)
def helper():
    return 4
@pseudo_class
class Box:
    '''A box.'''
    def size(self) -> int: ...
@pseudo_function(tests=[check])
def f(a: Point, b: "list[Box]" = []) -> int:
    '''Say it.'''
""".replace("\nfrom data", "\nfrom pseudocode import pseudo_class\nfrom data")

MADE_OF = {
    "a type in an annotation": ("x: int = LIMIT", "x: str = LIMIT"),
    "what such a type is made of": ("LIMIT = 3", "LIMIT = 4"),
    "what a type's docstring says": ("A place.", "A point."),
    "where a type comes from": ("from dataclasses import", "from dataclass import"),
    "a test": ("== f(1)", "== f(2)"),
    "what a test is made of": ("return 4", "return 5"),
    "the methods of another spec": ("def size(self) -> int", "def size(self) -> float"),
}
NOT_MADE_OF = {
    "what it does not lead to": ("y = 1", "y = 2"),
    "what another spec's docstring says": ("A box.", "A crate."),
    "comments in a test": ("def helper():\n", "def helper():\n    # why\n\n"),
    "quotes and blanks": ("x: int = LIMIT", "x : int=(LIMIT)"),
    "layout of a type's docstring": ("'''A place.'''", "'''  A place.   \n\n    '''"),
}


@pytest.mark.parametrize(("old", "new"), MADE_OF.values(), ids=MADE_OF.keys())
def test_what_a_declaration_is_made_of_counts(old: str, new: str) -> None:
    assert old in TYPED
    assert digest_of(TYPED.replace(old, new)) != digest_of(TYPED)


@pytest.mark.parametrize(("old", "new"), NOT_MADE_OF.values(), ids=NOT_MADE_OF.keys())
def test_what_it_is_not_made_of_does_not(old: str, new: str) -> None:
    assert old in TYPED
    assert digest_of(TYPED.replace(old, new)) == digest_of(TYPED)


def test_definitions_may_be_moved() -> None:
    lines = TYPED.replace("LIMIT = 3\n", "")
    first = "class Other:\n    y = 1\n"
    moved = lines.replace(first, "").replace("@pseudo_class", first + "@pseudo_class")
    assert digest_of(moved) == digest_of(lines)


def test_the_decorator_knows_the_same_digest(tmp_path: Path) -> None:
    from pseudocode.preparing import Declarations

    path = tmp_path / "sums.py"
    path.write_text(IMPORT + TYPED)
    assert Declarations(str(path)).digests["f"] == digest_of(TYPED)


def test_the_same_declaration_under_another_name_differs() -> None:
    first, second = found_in(BASE + BASE.replace("def f", "def g")).specs
    assert first.digest != second.digest


def test_a_digest_is_sixteen_hexadecimal_digits() -> None:
    digest = digest_of(BASE)
    assert len(digest) == 16
    assert int(digest, 16) >= 0


def test_the_digest_is_the_same_on_every_machine() -> None:
    assert digest_of("@pseudo_function\ndef f(a: int) -> int:\n    '''Doc.'''\n") == (
        "1baadd2786455ba5"
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


def ruff_format(path: Path) -> None:
    beside = Path(sysconfig.get_path("scripts")) / "ruff"
    ruff = str(beside) if beside.exists() else shutil.which("ruff")
    if ruff is None:
        pytest.skip("ruff is not installed")
    command = [ruff, "format", "--isolated", "--no-cache", str(path)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: TID251


def digests_of(path: Path) -> dict[str, str]:
    return {spec.name: spec.digest for spec in find_specs(str(path), path.read_bytes()).specs}


def test_formatting_with_ruff_changes_nothing(tmp_path: Path) -> None:
    messy = BASE.replace("a: int, b", "a:int,b").replace("Twice.\n", "Twice.   \n\t\n")
    messy = messy.replace('"""Say it.', "'''  Say it.").replace('    """\n', "    '''\n")
    path = tmp_path / "sums.py"
    path.write_text(IMPORT + messy)
    before = digests_of(path)
    ruff_format(path)
    assert path.read_text() != IMPORT + messy
    assert digests_of(path) == before


signs = st.characters(categories=["L", "N", "P", "Zs"], exclude_characters="\\")
docs = st.lists(st.text(signs | st.just("\t"), max_size=20), max_size=4).map("\n    ".join)
expressions = st.sampled_from(
    [
        "u'x'",
        "( 1 )",
        "[1,2 , 3,]",
        "{'a':1}",
        "lambda x :x",
        "-1",
        "0XFF",
        "1E5",
        "f'{1 }'",
        "'a' 'b'",
    ]
)
bodies = st.sampled_from(
    ["return( {} )", "x = {} ; return x", "del(x , y)", "return [{} for x in (1,2)]"]
)


@st.composite
def modules(draw: st.DrawFn) -> str:
    """Many declarations, badly laid out, with types, defaults and tests of their own."""
    parts = [IMPORT + "from pseudocode import pseudo_class\n"]
    for n in range(draw(st.integers(1, 8))):
        doc = "    " + repr(draw(docs))[1:-1].replace('"', "").replace("\\n", "\n").replace(
            "\\t", "\t"
        )
        body = draw(bodies).format(draw(expressions))
        parts.append(f"class T{n}( object ):\n  a : int={draw(expressions)}\n")
        parts.append(f'def check{n}( ):\n  """{doc} """\n  {body}\n')
        head = f"@pseudo_function( tests = [check{n},], timeout=3 )\n"
        parts.append(
            f"{head}def f{n}( a:T{n} , b={draw(expressions)},*,c : {draw(types)}=None ):\n"
            f'  """{doc} """\n'
        )
        parts.append(f'@pseudo_class\nclass C{n} :\n  """{doc} """\n  def m(self):"""{doc} """\n')
    return "\n".join(parts)


@settings(max_examples=25)
@given(text=modules())
def test_formatting_anything_with_ruff_changes_no_digest(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("any") / "sums.py"
    path.write_text(text)
    before = digests_of(path)
    assert before
    ruff_format(path)
    assert digests_of(path) == before


def test_tabs_inside_of_docstrings_stand_where_they_stood(tmp_path: Path) -> None:
    path = tmp_path / "sums.py"
    path.write_text(IMPORT + '@pseudo_function\ndef f( ):\n  """    0\t0 """\n')
    before = digests_of(path)
    ruff_format(path)
    assert digests_of(path) == before


@given(names, names, types, types, defaults)
def test_a_change_of_any_part_changes_the_digest(
    name: str, other: str, kind: str, another: str, default: str
) -> None:
    first = digest_of(f"@pseudo_function\ndef f({name}: {kind} = {default}): ...\n")
    second = digest_of(f"@pseudo_function\ndef f({other}: {another} = {default}): ...\n")
    same = (name, ast.dump(ast.parse(kind))) == (other, ast.dump(ast.parse(another)))
    assert (first == second) is same


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs type parameters")
def test_type_parameters_count() -> None:
    generic = "@pseudo_function\ndef f[T](a: T) -> T: ...\n"
    assert digest_of(generic) != digest_of(generic.replace("[T]", "[T: int]"))
