from __future__ import annotations

import ast
import gc
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pseudocode.extraction import MAX_REPLY, extract
from pseudocode.spec.model import Spec
from tests.making import RIGHT, fenced, spec_of

SPEC = spec_of()
KEPT = (
    ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef,
    ast.Assign, ast.AnnAssign, ast.Try, ast.If,
)  # fmt: skip


def code_of(text: str, spec: Spec = SPEC) -> str:
    extraction = extract(text, spec)
    assert not extraction.faults, extraction.faults
    return extraction.code


def fault_of(text: str, spec: Spec = SPEC, *, cut: bool = False) -> str:
    extraction = extract(text, spec, cut=cut)
    assert not extraction.code
    return "\n".join(extraction.faults)


OTHER = "def helper() -> int:\n    return 0\n"
FORMS = {
    "a fence": fenced(RIGHT),
    "a fence without language": f"```\n{RIGHT}```",
    "a fence in another case": f"```Python3\n{RIGHT}```",
    "a fence with a title": f"```python title=add.py\n{RIGHT}```",
    "a tilde fence": f"~~~python\n{RIGHT}~~~",
    "a longer fence": f"````python\n{RIGHT}````",
    "no fence": RIGHT,
    "no fence, prose around": f"Sure, this adds:\n\n{RIGHT}\nThat is all.",
    "an unclosed fence": f"```python\n{RIGHT}",
    "an indented fence": "1. Do this:\n\n   ```python\n"
    + "".join(f"   {line}\n" for line in RIGHT.splitlines())
    + "   ```\n",
    "the last of several": fenced(RIGHT.replace("+", "-")) + "No, wait:\n" + fenced(RIGHT),
    "the one with the name": fenced(RIGHT) + "Used so:\n" + fenced("print(add(1, 2))\n"),
    "after thinking": f"<think>\n{fenced(RIGHT.replace('+', '-'))}</think>\n{fenced(RIGHT)}",
    "windows lines": fenced(RIGHT).replace("\n", "\r\n"),
    "a call below": fenced(RIGHT + "\nprint(add(1, 2))\n"),
    "a guarded call": fenced(RIGHT + "\nif __name__ == '__main__':\n    print(add(1, 2))\n"),
    "an assertion": fenced(RIGHT + "\nassert add(1, 2) == 3\n"),
    "a module docstring": fenced(f'"""Adds."""\n\n{RIGHT}'),
    "our decorator": fenced(f"from pseudocode import pseudo_function\n\n@pseudo_function\n{RIGHT}"),
    "our decorator, called": fenced(f"@pseudo_function(\n    review=True\n)\n{RIGHT}"),
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_the_code_is_found_in_any_form_of_answer(text: str) -> None:
    code = code_of(text)
    assert ast.unparse(ast.parse(code)) == ast.unparse(ast.parse(RIGHT))


def test_imports_helpers_constants_and_comments_are_kept() -> None:
    block = f"import os\n\nLIMIT: int = 3\n\n\n# Helps.\n{OTHER}\n\n{RIGHT}"
    code = code_of(fenced(block))
    assert [type(node).__name__ for node in ast.parse(code).body] == [
        "Import", "AnnAssign", "FunctionDef", "FunctionDef",
    ]  # fmt: skip
    assert "# Helps." in code


def test_what_was_left_out_is_told() -> None:
    extraction = extract(fenced(RIGHT + "print(add(1, 2))\n"), SPEC)
    assert extraction.notes == ("left out line 3, which only runs code",)


@pytest.mark.parametrize(
    "line", ["X = 1; print(X)", "import os; os.getcwd()", "print(1); X = 1", "X = 1; Y = 2"]
)
def test_statements_that_share_a_line_are_told_apart(line: str) -> None:
    tree = ast.parse(code_of(fenced(f"{line}\n\n\n{RIGHT}")))
    assert not [node for node in tree.body if isinstance(node, ast.Expr)]
    texts = [ast.unparse(node) for node in tree.body]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("newline", ["\r", "\r\n"])
def test_any_kind_of_line_end_will_do(newline: str) -> None:
    block = f"import os\n\n\n{RIGHT}".replace("\n", newline)
    for text in (block, f"```python\n{block}\n```"):
        tree = ast.parse(code_of(text))
        assert [type(node).__name__ for node in tree.body] == ["Import", "FunctionDef"]


FAULTS = {
    "nothing": ("", "no function named add"),
    "prose": ("I cannot do that.", "no function named add"),
    "another name": (fenced(OTHER), "no function named add"),
    "a method only": (
        fenced("class A:\n    def add(self, a, b):\n        return 1\n"),
        "no function named add",
    ),
    "a lambda": (fenced("add = lambda a, b: a + b\n"), "no function named add"),
    "syntax": (fenced("def add(a: int, b: int) -> int:\n    return a +\n"), "SyntaxError"),
    "a loop outside": (fenced(f"{RIGHT}\nfor n in range(3):\n    add(n, n)\n"), "Line 4 runs code"),
    "too few parameters": (fenced("def add(a): return a\n"), "signature must be: def add("),
    "renamed parameter": (fenced("def add(a, c): return a\n"), "signature must be: def add("),
    "async": (fenced("async def add(a, b): return a\n"), "def, not async def"),
    "hidden text": (fenced("def add(a, b):\n    return '\u202e'\n"), "U+202E"),
    "an escape": (fenced("def add(a, b):\n    return '\x1b[31m'\n"), "U+001B"),
    "only thought of": (f"<think>{fenced(RIGHT)}", "no function named add"),
    "far too long": ("x" * (MAX_REPLY + 1), "too long"),
    "deep": (fenced("def add(a, b):\n    return " + "-" * 90_000 + "1\n"), "cannot be parsed"),
}


@pytest.mark.parametrize(("text", "told"), FAULTS.values(), ids=FAULTS.keys())
def test_what_is_no_answer_is_a_fault_in_words(text: str, told: str) -> None:
    assert told in fault_of(text)


def test_a_cut_answer_is_told_to_be_shorter() -> None:
    assert "cut off" in fault_of("```python\ndef add(a: int, b: in", cut=True)
    assert "cut off" in fault_of("", cut=True)


def test_a_cut_answer_whose_function_is_whole_counts() -> None:
    assert extract(fenced(RIGHT) + "And so", SPEC, cut=True).code == RIGHT


def test_a_syntax_error_names_its_line() -> None:
    fault = fault_of(fenced("def add(a: int, b: int) -> int:\n    return a +\n"))
    assert "on line 2: return a +" in fault


COMPATIBLE = [
    ("def f(a, b)", "def f(a, b)"),
    ("def f(a: int) -> int", "def f(a)"),
    ("def f(a)", "def f(a, _memo=None)"),
    ("def f(a, b=1)", "def f(a, b=2)"),
    ("def f(a, b)", "def f(a, b=2)"),
    ("def f(a, /)", "def f(x, /)"),
    ("def f(a, /)", "def f(a)"),
    ("def f(*, k)", "def f(*, k)"),
    ("def f(*, k=1)", "def f(*, k=1, extra=2)"),
    ("def f(a, *, k)", "def f(a, k=None)"),
    ("def f(*rest, **more)", "def f(*others, **named)"),
    ("async def f(a)", "async def f(a)"),
]
INCOMPATIBLE = [
    ("def f(a, b)", "def f(b, a)"),
    ("def f(a)", "def f(a, b)"),
    ("def f(a, b=1)", "def f(a, b)"),
    ("def f(a)", "def f(a, /)"),
    ("def f(a)", "def f(*, a)"),
    ("def f(*, k=1)", "def f(*, k)"),
    ("def f(*, k)", "def f()"),
    ("def f()", "def f(*, k)"),
    ("def f(*rest)", "def f()"),
    ("def f(**more)", "def f()"),
    ("async def f(a)", "def f(a)"),
    ("def f(a)", "async def f(a)"),
]


@pytest.mark.parametrize(("declared", "written"), COMPATIBLE)
def test_every_signature_that_takes_the_declared_calls_will_do(declared: str, written: str) -> None:
    code_of(fenced(f"{written}:\n    return 1\n"), spec_of(f"{declared}: ..."))


@pytest.mark.parametrize(("declared", "written"), INCOMPATIBLE)
def test_a_signature_that_refuses_a_declared_call_is_a_fault(declared: str, written: str) -> None:
    fault = fault_of(fenced(f"{written}:\n    return 1\n"), spec_of(f"{declared}: ..."))
    assert "must be" in fault


names = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6)


@given(names, st.lists(st.integers(0, 6), min_size=3, max_size=3).map(sorted), st.integers(0, 6))
def test_the_declared_signature_itself_always_will_do(
    parameters: list[str], cuts: list[int], required: int
) -> None:
    parts = [p if n < required else f"{p}=0" for n, p in enumerate(parameters)]
    parts.insert(min(cuts[2], len(parts)), "*rest")
    if 0 < cuts[0] < parts.index("*rest"):
        parts.insert(cuts[0], "/")
    signature = f"def f({', '.join(parts)}, **more)"
    code_of(fenced(f"{signature}:\n    return 1\n"), spec_of(f"{signature}: ..."))


scraps = st.sampled_from(
    ["```python\n", "```", "~~~\n", "def add(a, b):", "\n", "    return a + b\n", "<think>",
     "</think>", "import os", ";", " ", "    ", "@pseudo_function", "(", ")", "#", "'''", "\\",
     "\r", "\r\n", "\x0c", "\0", "\ud800", "X = 1", "print(1)", "class A: pass", "async ", "from ",
     RIGHT, fenced(RIGHT), "if x:\n", "try:\n", "def add(", "\x1b", "é", "\u2028"]
)  # fmt: skip


@given(st.lists(scraps | st.text(max_size=5), max_size=20).map("".join), st.booleans())
@example("import os\r\rdef add(a, b):\r    return a\r", False)
@example("@x(" + "+".join("1" * 600) + ")\ndef add(a, b): return a\n", False)
@example("if " + "+".join("1" * 600) + ":\n    import os\ndef add(a, b): return a\n", False)
def test_any_answer_gives_usable_code_or_faults(text: str, cut: bool) -> None:
    extraction = extract(text, SPEC, cut=cut)
    assert bool(extraction.code) != bool(extraction.faults)
    if extraction.code:
        body = ast.parse(extraction.code).body
        assert "add" in [n.name for n in body if isinstance(n, ast.FunctionDef)]
        assert all(isinstance(node, KEPT) for node in body)
        assert extract(fenced(extraction.code), SPEC).code


@pytest.mark.parametrize(
    "line", ["All work and no play makes a dull tale.\n", "```\n", "<think>\n", "    x = 1\n"]
)
def test_a_rambling_answer_takes_time_as_its_length_does(line: str) -> None:
    def best(length: int) -> float:
        text = "def other():\n" + "    x = 1\n" * 300 + line * (length // len(line))
        times = []
        gc.disable()  # it looks at whatever other tests have left, too
        try:
            for _ in range(3):
                started = time.process_time()
                fault_of(text)
                times.append(time.process_time() - started)
        finally:
            gc.enable()
        return min(times)

    assert best(160_000) < 10 * max(best(40_000), 0.005)  # 16 times, were it quadratic
