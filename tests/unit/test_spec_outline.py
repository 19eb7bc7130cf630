from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from pseudocode.spec.outline import missing, outline


def faults(declared: str, code: str) -> list[str]:
    wanted, found = (outline(ast.parse(dedent(text)).body) for text in (declared, code))
    return missing(wanted, found)


STACK = """\
    class Stack(Exception):
        size: int = 0

        def push(self, item): ...

        @property
        def top(self): pass

        @staticmethod
        def of(*items): raise NotImplementedError
    """
WHOLE = """\
    class Stack(Exception):
        def push(self, item): self.x = item

        @property
        def top(self): return self.x

        @staticmethod
        def of(*items): return Stack()
    """


def test_code_that_defines_everything_has_no_faults() -> None:
    assert faults(STACK, WHOLE) == []
    assert (
        faults("ONE = None\ndef f(a): ...", "ONE = 1\ndef f(a, b=2): return a\ndef g(): pass") == []
    )


@pytest.mark.parametrize(
    ("declared", "code", "told"),
    [
        ("def f(a): ...", "def g(a): ...", "The function f is missing."),
        ("def f(a): ...", "def f(b): ...", "The signature must be: def f(a)"),
        ("async def f(): ...", "def f(): ...", "f must be declared with async def."),
        ("class A: ...", "def A(): ...", "The class A is missing."),
        ("ONE = 1", "TWO = 2", "The constant ONE is missing."),
        (STACK, WHOLE.replace("(Exception)", ""), "The class Stack must derive from Exception."),
        (STACK, WHOLE.replace("push", "pop"), "The method Stack.push is missing."),
        (STACK, WHOLE.replace(", item", ""), "The signature of Stack.push must be"),
        (STACK, WHOLE.replace("@property\n", "\n"), "Stack.top must be property."),
        (STACK, WHOLE.replace("static", "class"), "Stack.of must be staticmethod."),
        (
            "class A:\n    class B:\n        def f(self): ...",
            "class A:\n    class B: ...",
            "The method A.B.f is missing.",
        ),
    ],
)  # fmt: skip
def test_what_is_missing_is_told(declared: str, code: str, told: str) -> None:
    assert told in "\n".join(faults(declared, code))


def test_what_a_decorator_writes_need_not_be_written() -> None:
    declared = "class P:\n    def __init__(self, x): ...\n    def __eq__(self, other): ..."
    assert faults(declared, "@dataclass\nclass P:\n    x: int") == []
    assert faults(declared, "class P:\n    x: int") != []
