from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.errors import SpecError
from pseudocode.spec.discovery import MAX_SOURCE_BYTES, find_specs, read_source
from pseudocode.spec.model import Found, Spec
from tests.making import IMPORT, found_in, spec_of

STUB = '@pseudo_function\ndef f(a: int) -> int:\n    """Doc.\n\n    >>> f(1)\n    1\n    """\n'


def problem_in(found: Found) -> tuple[int, str]:
    """Line and reason of the only problem."""
    (problem,) = found.problems
    return problem.line, problem.reason


def only(found: Found) -> Spec:
    assert not found.problems, found.problems
    (spec,) = found.specs
    return spec


def test_a_declaration_is_found_with_all_that_it_says() -> None:
    spec = only(found_in("import math\n\n" + STUB, "specs/sums.py"))
    assert (spec.name, spec.module, spec.path) == ("f", "sums", "specs/sums.py")
    assert spec.signature == "def f(a: int) -> int"
    assert (spec.doc.summary, spec.docstring) == ("Doc.", "Doc.\n\n>>> f(1)\n1")
    assert spec.context == "import math"
    assert not spec.is_async


def test_lines_are_those_of_the_file() -> None:
    spec = only(found_in(STUB))
    text = (IMPORT + STUB).split("\n")
    assert text[spec.line - 1].startswith("def f")
    assert text[spec.examples[0].line - 1].strip() == ">>> f(1)"


@pytest.mark.parametrize(
    "head",
    [
        "from pseudocode import pseudo_function as wanted\n@wanted\n",
        "import pseudocode\n@pseudocode.pseudo_function\n",
        "import pseudocode as p\n@p.pseudo_function()\n",
        "import pseudocode as p\n@p.pseudo_function(review=True)\n",
        "from pseudocode import *\n@pseudo_function\n",
        "from pseudocode.functions import pseudo_function\n@pseudo_function\n",
        "if True:\n    from pseudocode import pseudo_function\n@pseudo_function\n",
    ],
)
def test_the_decorator_is_known_however_it_was_imported(head: str) -> None:
    assert only(find_specs("a.py", f"{head}def f(): ...\n".encode())).name == "f"


@pytest.mark.parametrize(
    "head",
    [
        "def pseudo_function(f): return f\n@pseudo_function\n",
        "from elsewhere import pseudo_function\n@pseudo_function\n",
        "import elsewhere\n@elsewhere.pseudo_function\n",
    ],
)
def test_what_only_looks_like_a_declaration_is_none(head: str) -> None:
    assert find_specs("a.py", f"{head}def f(): ...\n".encode()) == Found()


def test_code_of_the_file_is_never_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    touch = f"open({str(mark)!r}, 'w')"
    spec = only(
        found_in(f"{touch}\nX = {touch}\n@pseudo_function\n@{touch}\ndef f(a={touch}): ...\n")
    )
    assert not mark.exists()
    assert touch in spec.signature


def test_the_context_holds_what_the_code_may_use_and_no_more() -> None:
    head = (
        '"""Module."""\nimport os\nLIMIT = 3\nclass A: pass\ndef helper(): return 1\n'
        "try:\n    import fast\nexcept ImportError:\n    fast = None\n"
        "print('hello')\nif __name__ == '__main__':\n    helper()\n"
    )
    found = found_in(head + "@pseudo_function\ndef other(): ...\n" + STUB)
    kept = [ast.unparse(statement) for statement in ast.parse(found.specs[0].context).body]
    assert [text.split("\n")[0] for text in kept] == [
        "import os",
        "LIMIT = 3",
        "class A:",
        "def helper():",
        "try:",
        "@__accepted__",
    ]
    assert kept[-1].endswith("""def f(a: int) -> int:\n    \"\"\"Doc.\"\"\"\n    ...""")


def test_the_context_names_nothing_of_this_package() -> None:
    head = "@pseudo_function\nclass A: ...\ng = pseudo_function(lambda a: a)\n"
    (spec,) = found_in(head + STUB).specs
    assert "pseudo_function" not in spec.context


def test_several_specs_come_in_the_order_of_the_file() -> None:
    found = found_in("@pseudo_function\ndef b(): ...\n@pseudo_function\ndef a(): ...\n")
    assert [spec.name for spec in found.specs] == ["b", "a"]


OPTIONS = {
    "review=True": ("review", True),
    "max_rounds=3": ("max_rounds", 3),
    "candidates=2": ("candidates", 2),
    "model='gpt'": ("model", "gpt"),
    "network=True": ("network", True),
    "network=['a.org']": ("network", ("a.org",)),
    "env=('A', 'B')": ("env", ("A", "B")),
    "requires=['x']": ("requires", ("x",)),
    "files=['a.txt']": ("files", ("a.txt",)),
    "timeout=1.5": ("timeout", 1.5),
    "timeout=2": ("timeout", 2),
    "memory_mb=64": ("memory_mb", 64),
}


@pytest.mark.parametrize("text", OPTIONS)
def test_options_are_read(text: str) -> None:
    name, value = OPTIONS[text]
    assert getattr(spec_of("def f(): ...", options=text).options, name) == value


BAD_OPTIONS = {
    "reviev=True": "no option named reviev",
    "**more": r"no option named \*\*",
    "True": "given by keyword",
    "max_rounds=limit": "written out as a literal",
    "max_rounds=0": "above zero",
    "max_rounds=-1": "above zero",
    "timeout=1e400": "above zero",
    "max_rounds=True": "of type int",
    "max_rounds='3'": "of type int",
    "review=1": "of type bool",
    "model=None": "of type str",
    "env='TOKEN'": "list of strings",
    "network=[1]": "list of strings",
    "env={'A'}": "list of strings",
    "tests=check": "list of callables or paths",
    "tests=[check]": "not defined in this file",
    "review={[]: 1}": "written out as a literal",
    "review={[]}": "written out as a literal",
}


@pytest.mark.parametrize("text", BAD_OPTIONS)
def test_a_bad_option_is_a_problem_at_its_declaration(text: str) -> None:
    line, reason = problem_in(found_in(f"\n@pseudo_function({text})\ndef f(): ...\n"))
    assert line == 5
    assert re.search(BAD_OPTIONS[text], reason)
    assert reason.startswith("f")


def test_a_bad_declaration_does_not_hide_a_good_one() -> None:
    found = found_in("@pseudo_function(odd=1)\ndef bad(): ...\n" + STUB)
    assert [spec.name for spec in found.specs] == ["f"]
    assert len(found.problems) == 1


# C1 to C18: what a specs folder can hold that is no good specification.


def test_c1_a_syntax_error_is_named_with_its_line() -> None:
    line, reason = problem_in(find_specs("a.py", b"x = 1\n\ndef f(:\n"))
    assert line == 3
    assert "not valid Python" in reason


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + (IMPORT + STUB).encode(),
        (IMPORT + STUB).replace("\n", "\r\n").encode(),
        (IMPORT + STUB).replace("\n", "\r").encode(),
        (IMPORT + STUB).replace("@pseudo", "\f@pseudo").encode(),
        (IMPORT + STUB).rstrip("\n").encode(),
    ],
    ids=["bom", "crlf", "cr", "form feed", "no newline at the end"],
)
def test_c2_line_endings_and_marks_change_nothing(data: bytes) -> None:
    spec = only(find_specs("a.py", data))
    assert (spec.line, spec.examples[0].line) == (4, 7)
    assert spec.examples[0].want == "1\n"
    assert spec.digest == only(found_in(STUB)).digest


LATIN = STUB.replace("Doc.", "D\xe9j\xe0.")


def test_c3_a_declared_encoding_is_obeyed() -> None:
    data = ("# -*- coding: latin-1 -*-\n" + IMPORT + LATIN).encode("latin-1")
    assert only(find_specs("a.py", data)).doc.summary == "D\xe9j\xe0."


@pytest.mark.parametrize(
    "data",
    [
        (IMPORT + LATIN).encode("latin-1"),
        (IMPORT + STUB).encode("utf-16"),
        (IMPORT + STUB).encode("utf-32"),
        *(
            f"# coding: {name}\n{IMPORT}{STUB}".encode()
            for name in ("nonesuch", "rot13", "hex", "undefined", "punycode", "utf-16", "utf-32")
        ),
        b"\xef\xbb\xbf# coding: latin-1\n",
    ],
)
def test_c3_text_in_no_known_encoding_is_a_problem(data: bytes) -> None:
    found = find_specs("a.py", data)
    assert not found.specs
    line, reason = problem_in(found)
    assert line == 1
    assert "not readable as" in reason or "not valid Python" in reason


@pytest.mark.parametrize("mark", ["\0", "\x1a"])
def test_c4_control_characters_are_a_problem(mark: str) -> None:
    found = found_in(f"x = 1{mark}\n" + STUB)
    assert not found.specs
    assert len(found.problems) == 1


def test_c5_a_file_above_the_limit_is_refused_unparsed() -> None:
    line, reason = problem_in(find_specs("a.py", b"(" * (MAX_SOURCE_BYTES + 1)))
    assert (line, "larger than 1024 KiB" in reason) == (1, True)


def test_c5_a_file_at_the_limit_is_read() -> None:
    head = (IMPORT + STUB).encode()
    padding = b"#" * (MAX_SOURCE_BYTES - len(head))
    assert only(find_specs("a.py", head + padding)).name == "f"


DEEP = {
    "additions": "+".join(["1"] * 100_000),
    "a few hundred additions": "+".join(["1"] * 600),
    "signs": "-" * 100_000 + "1",
    "attributes": "a" + ".a" * 100_000,
    "a few hundred attributes": "a" + ".a" * 600,
    "parentheses": "(" * 10_000 + ")" * 10_000,
    "a few hundred calls": "f" + "()" * 600,
    "lists": "[" * 150 + "]" * 150,
}


@pytest.mark.parametrize("expression", DEEP.values(), ids=DEEP.keys())
@pytest.mark.parametrize("place", ["X = {}\n", "@pseudo_function\ndef g(a={}): ...\n"])
def test_c6_deep_expressions_never_break_the_reader(expression: str, place: str) -> None:
    found = found_in(place.format(expression) + STUB)
    assert found.problems or found.specs
    assert all("too deep" in p.reason or "not valid" in p.reason for p in found.problems)


def test_c10_the_path_is_taken_as_it_is() -> None:
    path = "specs/\x1b[31m[red]'\"\udcff\n.py"
    spec = only(found_in(STUB, path))
    assert (spec.path, spec.module) == (path, "\x1b[31m[red]'\"\udcff\n")


def test_c12_a_name_declared_twice_is_told() -> None:
    found = found_in(STUB + STUB.replace("Doc.", "Other."))
    assert [spec.doc.summary for spec in found.specs] == ["Doc."]
    line, reason = problem_in(found)
    assert line > found.specs[0].line
    assert "f is declared twice" in reason


def test_c13_coroutines_and_generators_are_functions_too() -> None:
    spec = only(found_in("@pseudo_function\nasync def f(a: int) -> int: ...\n"))
    assert spec.is_async
    assert spec.signature == "async def f(a: int) -> int"


C14 = {
    "class": "@pseudo_function\nclass A: ...\n",
    "method": "class A:\n    @pseudo_function\n    def f(self): ...\n",
    "property": "class A:\n    @property\n    @pseudo_function\n    def f(self): ...\n",
    "nested": "def outer():\n    @pseudo_function\n    def f(): ...\n",
    "conditional": "if True:\n    @pseudo_function\n    def f(): ...\n",
    "lambda": "f = pseudo_function(lambda a: a)\n",
}


@pytest.mark.parametrize("text", C14.values(), ids=C14.keys())
def test_c14_what_cannot_be_declared_is_told(text: str) -> None:
    found = found_in(text)
    assert not found.specs
    line, _ = problem_in(found)
    assert line > 2


def test_c14_overloads_are_not_taken_for_the_declaration() -> None:
    text = (
        "from typing import overload\n@overload\n@pseudo_function\ndef f(a: int) -> int: ...\n"
        "@overload\n@pseudo_function\ndef f(a: str) -> str: ...\n"
    )
    assert found_in(text + STUB).problems


@pytest.mark.parametrize("body", ["...", "pass", '"""Only prose."""'])
def test_c15_a_declaration_without_examples_has_nothing_to_check(body: str) -> None:
    spec = spec_of(f"def f():\n    {body}\n")
    assert (spec.examples, spec.checks) == ((), 0)


C16 = {
    "no blank after the prompt": (">>>f()", 3),
    "answer indented less": (">>> f()\n  1", 4),
    "unknown flag": (">>> f()\n    1\n    >>> f()  # doctest: +NO_SUCH", 5),
    "no Python": (">>> f()\n    1\n    >>> f(\n    1", 5),
}


@pytest.mark.parametrize(("example", "offset"), C16.values(), ids=C16.keys())
def test_c16_a_malformed_example_is_a_problem_at_its_line(example: str, offset: int) -> None:
    found = found_in(f'@pseudo_function\ndef f():\n    """Doc.\n\n    {example}\n    """\n')
    assert not found.specs
    line, reason = problem_in(found)
    assert "malformed example" in reason
    assert line == 4 + offset


def test_c17_skipped_examples_are_kept_but_check_nothing() -> None:
    spec = spec_of('def f():\n    """\n    >>> f()  # doctest: +SKIP\n    1\n    """\n')
    assert [example.skipped for example in spec.examples] == [True]
    assert spec.checks == 0


@pytest.mark.parametrize(
    "signature",
    [
        "def f(a, /, b, *, c)",
        "def f(a: int=1, *rest: str, key: bool=True, **more: object) -> None",
        "def f(*, a, b=2)",
        "def f(a: 'Later') -> list['Later']",
        "def f(a=(1, [2], {'x': 3}))",
        "def f(a: int | None=None) -> tuple[int, ...]",
        "async def f()",
    ],
)
def test_c18_the_signature_is_kept_exactly(signature: str) -> None:
    assert spec_of(f"{signature}: ...").signature == signature


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="is valid there")
def test_c18_newer_syntax_is_a_problem_at_its_line() -> None:
    line, _ = problem_in(found_in("@pseudo_function\ndef f[T](a: T) -> T: ...\n"))
    assert line == 4


def test_c19_a_default_with_side_effects_stays_text() -> None:
    spec = spec_of("def f(a=__import__('os').abort()): ...")
    assert spec.signature == "def f(a=__import__('os').abort())"


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    found = find_specs("a.py", data)
    assert not found.specs
    assert all(problem.line >= 1 and problem.reason for problem in found.problems)


pieces = st.sampled_from(
    [IMPORT, "@pseudo_function\n", "@pseudo_function(", "review=True", "env=", "[", ")", "\n",
     "def f(", "a: int", "*", "/", "=", "):", '"""', ">>> f()", "    ", "  ", "...", "class A:\n",
     "async ", "# coding: utf-7\n", "\r", "\0", "\x0c", "\\", "'", "1", "é", "\ud800", "lambda: "]
)  # fmt: skip


@given(st.lists(pieces | st.text(max_size=5), max_size=25).map("".join))
def test_arbitrary_scraps_of_python_are_read_or_refused(text: str) -> None:
    found = found_in(text.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    for spec in found.specs:
        ast.parse(spec.stub)
        ast.parse(spec.context)
        assert len(spec.digest) == 16


@given(st.binary(max_size=200))
def test_reading_gives_text_or_says_why_not(data: bytes) -> None:
    try:
        text = read_source(data)
    except SpecError as error:
        text = str(error)
    assert "\r" not in text
