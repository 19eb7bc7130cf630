"""Examples are found in docstrings of every style, wherever a declaration has docstrings."""

from __future__ import annotations

import textwrap

import pytest

from pseudocode.spec.discovery import find_specs

EXAMPLE = ">>> f(1)\n2\n\nThen again, with more prose between:\n\n>>> f(2)\n4\n"
INDENTED = textwrap.indent(EXAMPLE, "    ")
STYLES = {
    "plain": f"Double it.\n\n{EXAMPLE}",
    "in the middle": f"Double it.\n\n{EXAMPLE}\nAnd some words at the end.\n",
    "at the start": f"{EXAMPLE}\nDouble it.",
    "indented": f"Double it.\n\nFor example::\n\n{INDENTED}",
    "NumPy": (
        "Double it.\n\nParameters\n----------\nn : int\n    Any.\n\n"
        "Returns\n-------\nint\n    Twice.\n\n"
        f"Examples\n--------\n{EXAMPLE}\nNotes\n-----\nNone.\n"
    ),
    "Google": (
        "Double it.\n\nArgs:\n    n (int): Any.\n\nReturns:\n    int: Twice.\n\n"
        f"Examples:\n{INDENTED}\nNote:\n    None.\n"
    ),
    "Google, one": f"Double it.\n\nExample:\n{INDENTED}",
    "reST": (
        "Double it.\n\n:param int n: Any.\n:returns: Twice.\n:rtype: int\n\n"
        f".. rubric:: Examples\n\n{EXAMPLE}"
    ),
    "reST, directive": f"Double it.\n\n.. doctest::\n\n{INDENTED}\n:param n: Any.\n",
    "epydoc": f"Double it.\n\n@param n: Any.\n@type n: int\n@return: Twice.\n\n{EXAMPLE}",
    "Markdown": f"Double it.\n\n## Examples\n\n{EXAMPLE}",
}  # fmt: skip
KINDS = {
    "function": "@pseudo_function\ndef f(n):\n    {doc}\n",
    "coroutine": "@pseudo_function\nasync def f(n):\n    {doc}\n",
    "class": "@pseudo_class\nclass f:\n    {doc}\n    def g(self): ...\n",
    "method": "@pseudo_class\nclass f:\n    def g(self):\n        {doc}\n",
}


def literal(doc: str, margin: int) -> str:
    return f'"""{textwrap.indent(doc, " " * margin).strip()}\n{" " * margin}"""'


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("style", STYLES)
def test_examples_are_found(style: str, kind: str) -> None:
    doc = STYLES[style].replace(">>> f", ">>> await f" if kind == "coroutine" else ">>> f")
    margin = 8 if kind == "method" else 4
    declared = KINDS[kind].replace("{doc}", literal(doc, margin))
    head = "from pseudocode import pseudo_class, pseudo_function\n"
    found = find_specs("specs/m.py", f"{head}{declared}".encode())
    assert not found.problems
    (spec,) = found.specs
    assert [(e.call.removeprefix("await "), e.want) for e in spec.examples] == [
        ("f(1)", "2\n"),
        ("f(2)", "4\n"),
    ]
    if kind == "function":
        assert style == "at the start" or spec.doc.summary == "Double it."
        assert ">>>" not in spec.doc.description
        described = dict(spec.doc.parameters)
        assert not described or described == {"n": "Any."}
        assert bool(described) is (
            style in ("NumPy", "Google", "reST", "reST, directive", "epydoc")
        )


@pytest.mark.parametrize("call", ["f(1)", "print(f(1))", "[f(1)]"])
def test_a_call_that_nobody_awaits_is_a_problem_at_its_line(call: str) -> None:
    text = (
        "from pseudocode import pseudo_function\n@pseudo_function\nasync def f(n):\n"
        f'    """Do it.\n\n    >>> {call}\n    """\n'
    )
    (problem,) = find_specs("specs/m.py", text.encode()).problems
    assert problem.line == 6
    assert "f is a coroutine function; write await f(…)" in problem.reason


@pytest.mark.parametrize(
    "call",
    [
        "await f(1)",
        "import asyncio; asyncio.run(f(1))",
        "[n async for n in f(1)]",
        "f.__name__",
        "isinstance(1, int)",
    ],
)
def test_other_examples_of_coroutines_are_fine(call: str) -> None:
    text = (
        "from pseudocode import pseudo_function\n@pseudo_function\nasync def f(n):\n"
        f'    """Do it.\n\n    >>> {call}\n    1\n    """\n'
    )
    assert not find_specs("specs/m.py", text.encode()).problems
