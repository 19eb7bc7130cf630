"""Plain Python out of accepted code: renaming by scopes, merging by places, on real source."""

from __future__ import annotations

import ast
import importlib.util
import symtable
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.errors import SpecError
from pseudocode.plain.module import plain_module, plain_stubs
from pseudocode.plain.names import bound, renamed
from pseudocode.plain.signatures import under_declaration
from pseudocode.spec.discovery import find_specs

MODULES = ["calendar", "fractions", "graphlib", "heapq", "numbers", "shlex", "textwrap"]


def source_of(module: str) -> str:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


def global_scopes(table: symtable.SymbolTable, name: str, path: str = "") -> Iterator[str]:
    """Where the interpreter takes a name for one of the module."""
    for number, inner in enumerate(table.get_children()):
        here = f"{path}/{number}"
        if name in inner.get_identifiers() and inner.lookup(name).is_global():
            yield here
        yield from global_scopes(inner, name, here)


@pytest.mark.parametrize("module", MODULES)
def test_names_are_renamed_in_just_the_scopes_that_mean_them(module: str) -> None:
    text = source_of(module)
    table = symtable.symtable(text, module, "exec")
    for name in sorted(bound(ast.parse(text).body) - {"*"}):
        new = f"_new_{name.strip('_')}"
        try:
            changed = ast.unparse(renamed(ast.parse(text), {name: new}))
        except SpecError:
            continue
        after = symtable.symtable(changed, module, "exec")
        if name.startswith("__"):  # the interpreter reads them otherwise within classes
            continue
        assert [*global_scopes(after, name)] == [], name
        assert [*global_scopes(after, new)] == [*global_scopes(table, name)], name


@pytest.mark.parametrize("module", MODULES)
def test_definitions_of_the_library_survive(module: str) -> None:
    """Each function as a declaration, its own body as the accepted code."""
    text = source_of(module)
    lines = text.split("\n")
    for node in ast.parse(text).body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.decorator_list:
            continue
        whole = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        first = node.body[0]
        docstring = ast.get_docstring(node, clean=False) is not None
        if first.lineno == node.lineno or (docstring and len(node.body) == 1):
            continue
        end = first.end_lineno if docstring else first.lineno - 1
        header = "\n".join(lines[node.lineno - 1 : end])
        declared = (
            f"from pseudocode import pseudo_function\n\n@pseudo_function\n{header}\n    ...\n"
        )
        bare = ast.unparse(_without_docstring(ast.parse(whole)))
        plain = plain_module(declared, {node.name: bare}).text
        assert ast.dump(ast.parse(plain)) == ast.dump(ast.parse(whole)), node.name


def _without_docstring(tree: ast.Module) -> ast.Module:
    (node,) = tree.body
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    if ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:] or [ast.Pass()]
    return tree


NAMES = st.sampled_from(["helper", "LIMIT", "math", "total", "f", "values"])


@given(own=NAMES, theirs=NAMES, inner=NAMES, mine=st.integers(0, 9))
def test_whatever_names_are_used_the_answer_is_the_same(
    own: str, theirs: str, inner: str, mine: int
) -> None:
    """The accepted code runs in a copy of its module's names; as plain Python it has to share."""
    if own == "f" or theirs == "f":
        return
    declared = f"from pseudocode import pseudo_function\n{own} = {mine}\n\n@pseudo_function\n"
    declared += f"def f(n): ...\n\ndef other():\n    return {own}\n"
    code = (
        f"{theirs} = 20\n\ndef f(n):\n    def g({inner}):\n        return {inner} + {theirs}\n"
        f"    return [{inner} for {inner} in range(n)], g(n), "
        f"(lambda {inner}: {theirs})(n), {theirs}\n"
    )
    apart: dict[str, object] = {own: mine}
    exec(code, apart)
    together: dict[str, object] = {}
    exec(plain_module(declared, {"f": code}).text, together)
    for number in (0, 3):
        assert apart["f"](number) == together["f"](number)  # type: ignore[operator]
    assert together["other"]() == mine  # type: ignore[operator]


def test_a_class_that_uses_a_name_in_two_ways_is_left_to_the_person() -> None:
    code = "def helper(): ...\n\nclass A:\n    helper = staticmethod(helper)\n\ndef f(): ...\n"
    declared = (
        "from pseudocode import pseudo_function\nhelper = 1\n@pseudo_function\ndef f(): ...\n"
    )
    with pytest.raises(SpecError, match="its class A has a helper"):
        plain_module(declared, {"f": code})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import os; from pseudocode import pseudo_function\n", "import os; pass\n"),
        ("import pseudocode, os\n", "import os\n"),
        ("import pseudocode as p\n", ""),
        (
            "try:\n    from pseudocode import pseudo_function\nexcept ImportError:\n    pass\n",
            "try:\n    pass\nexcept ImportError:\n    pass\n",
        ),
    ],
)
def test_imports_of_ours_go(before: str, after: str) -> None:
    names = {"import pseudocode, os\n": "pseudocode.", "import pseudocode as p\n": "p."}
    decorator = f"@{names.get(before, '')}pseudo_function"
    text = f"{before}\n\n{decorator}\ndef f(): ...\n"
    plain = plain_module(text, {"f": "def f(): return 1\n"}).text
    assert ast.dump(ast.parse(plain)) == ast.dump(ast.parse(f"{after}\ndef f():\n    return 1\n"))


def test_defaults_of_the_declaration_win_and_open_ones_are_filled() -> None:
    text = "from pseudocode import pseudo_function\n@pseudo_function\ndef f(a=..., b=1, c=2): ...\n"
    plain, notes = plain_module(text, {"f": "def f(a=5, b=2, c=2):\n    return a\n"})
    assert "def f(a=5, b=1, c=2):" in plain
    assert notes == (
        "f: b has another default in the accepted code; that of the declaration is written",
    )


def test_stub_modules_keep_their_imports_and_future() -> None:
    text = '"""Doc."""\nfrom __future__ import annotations\nimport math\n\n'
    text += "def f(x: Late) -> int: ...\n"
    code = "import re\n\ndef f(x):\n    return math.floor(x) + len(re.findall('a', 'a'))\n"
    namespace: dict[str, object] = {}
    exec(plain_stubs(text, code).text, namespace)
    assert namespace["f"](1.5) == 2  # type: ignore[operator]
    assert namespace["__doc__"] == "Doc."


def test_code_under_declared_signatures_keeps_its_lines() -> None:
    declared = b"from pseudocode import pseudo_function\n@pseudo_function\n"
    declared += b"def f(a: int, *, b: str = 'x') -> int: ...\n"
    (spec,) = find_specs("specs/x.py", declared).specs
    code = dedent(
        """\
        def f(
            a,
            *,
            b="y",
        ):
            return a
        """
    )
    text = under_declaration(spec, code)
    assert text.count("\n") == code.count("\n")
    (node,) = ast.parse(text).body
    assert ast.unparse(node).startswith("def f(a: int, *, b: str='x') -> int:")
