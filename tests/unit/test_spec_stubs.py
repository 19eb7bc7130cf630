"""Which undecorated modules are declarations, what is left to the tests, and what is put back."""

from __future__ import annotations

import ast
from textwrap import dedent
from typing import Any

import pytest

from pseudocode.extraction import Extraction, extract
from pseudocode.spec.discovery import find_specs
from pseudocode.spec.model import Found, Spec
from pseudocode.spec.stubs import unwritten
from pseudocode.spec.suites import attach
from tests.making import fenced


def found(module: str, tests: str = "from m import *\n") -> Found:
    declared = find_specs("specs/m.py", dedent(module).encode())
    return attach(declared, {"specs/m_test.py": dedent(tests).encode()})


def spec_of(module: str, tests: str = "from m import *\n") -> Spec:
    result = found(module, tests)
    assert not result.problems
    (spec,) = result.specs
    assert spec.kind == "module"
    return spec


def answer(spec: Spec, code: str) -> Extraction:
    return extract(fenced(dedent(code).strip() + "\n"), spec)


STUBS = {
    "pass": "def f(a): pass",
    "dots": "def f(a): ...",
    "docstring": "def f(a):\n    'Do it.'",
    "not implemented": "def f(a):\n    raise NotImplementedError",
    "not implemented, with a reason": "def f(a):\n    raise NotImplementedError('write me')",
    "return None": "def f(a):\n    # TODO: your code\n    return None",
    "docstring and pass": "def f(a):\n    'Do it.'\n    pass",
    "async": "async def f(a): ...",
    "class": "class A:\n    def f(self): pass",
    "bare class": "class A:\n    pass",
    "bare class with a docstring": "class A:\n    'To do.'",
    "enumeration without members": "from enum import Enum\nclass A(Enum):\n    pass",
    "exception": "class A(Exception):\n    'Odd.'\n    def __init__(self, message): pass",
    "bare exception beside": "class A(Exception): pass\ndef f(): pass",
    "constants": "X = None\nY, Z = 1, 2\ndef f(): pass",
    "property": "class A:\n    @property\n    def f(s): pass\n    @f.setter\n    def f(s, v): ...",
    "context manager": "from contextlib import contextmanager\n@contextmanager\ndef f(): pass",
    "imports": "from typing import List\nimport random\ndef f(a: List): pass",
    "imports with a way out": "try:\n    import x\nexcept OSError:\n    x = None\ndef f(): pass",
    "main": "def f(): pass\nif __name__ == '__main__':\n    f()",
    "dataclass": "@dataclass\nclass A:\n    x: int\n    def f(self): ...",
}  # fmt: skip


@pytest.mark.parametrize("module", STUBS.values(), ids=STUBS)
def test_stubs(module: str) -> None:
    assert spec_of(module).source.strip() == module.strip()


USED = """\
    import m

    def test_it():
        thing = m.A(m.LIMIT)
        assert m.f(thing.g()) == thing.h
"""
MIXED = {
    "function": "def g(): return 1\ndef f(): pass",
    "method": "class A:\n    def __init__(self, x): self.x = x\n    def g(self): pass",
    "operator": "class A:\n    def __init__(self, x): self.x = x\n    def __add__(self, o): ...",
    "property": "class B:\n    def z(s): return 1\nclass A:\n    @property\n    def h(s): ...",
    "beside an exception": "class E(Exception): pass\ndef z(): return 1\ndef f(): pass",
    "beside a main guard": "def z(): return 1\ndef f(): pass\nif __name__ == '__main__': z()",
}


@pytest.mark.parametrize("module", MIXED.values(), ids=MIXED)
def test_stubs_beside_given_code(module: str) -> None:
    assert spec_of(module, USED).suites


ORDINARY = {
    "constant": "LIMIT, A, f = 1, 2, 3",
    "function": "def f(): return 1",
    "class": "class A:\n    def g(self): return 1",
    "exception": "class A(Exception): pass",
    "something else is empty": "def f(): return 1\ndef unused(): pass",
    "an end": "class A:\n    def g(self): return 1\n    def __exit__(self, *a): pass",
    "an empty start": "class A:\n    def __init__(self): pass\n    def g(self): return 1",
    "abstract": "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def g(self): ...",
    "protocol": "class A(Protocol):\n    def g(self): ...\ndef f(): return 1",
    "generic protocol": "class A(Protocol[T]):\n    def g(self): ...",
    "base class": (
        "class A:\n    def g(self): raise NotImplementedError\n"
        "class B(A):\n    def g(self): return 1"
    ),
    "overload": "@overload\ndef f(a: int): ...\n@overload\ndef f(a: str): ...\ndef f(a): return a",
    "marker": "class A: pass\ndef f(): return A()",
    "group of commands": "import click\n@click.group()\ndef f(): pass",
    "nested": "def f():\n    def inner(): pass\n    return inner",
    "conditional": "if True:\n    def f(): pass",
    "names of specs": "from pseudocode import pseudo_function\n@pseudo_function\ndef f(): 'x'",
}  # fmt: skip


@pytest.mark.parametrize("module", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_code_is_no_declaration(module: str) -> None:
    assert not [spec for spec in found(module, USED).specs if spec.kind == "module"]


@pytest.mark.parametrize("module", ["", "# To do.\n", '"""To do."""\n', "import math\nX = 1\n"])
def test_a_module_without_code_is_one_if_tests_import_what_is_not_there(module: str) -> None:
    spec = spec_of(module, "from m import f\n\ndef test_it(): f()\n")
    assert answer(spec, "def f(): return 1").code
    assert not answer(spec, "def g(): return 1").code
    assert found(module, "import m\n").specs == ()


def test_what_tests_import_has_to_be_there() -> None:
    spec = spec_of("def f(): pass", "from m import f, helper\n\ndef test_it(): f(helper())\n")
    assert answer(spec, "def f(): return 1").faults == (
        "The tests import helper, which is not defined.",
    )
    assert answer(spec, "def f(): return 1\nhelper = f\n").code


def test_a_malformed_example_counts_only_where_the_module_is_a_declaration() -> None:
    text = "def f():\n    '''\n    >>> f(\n    1\n    '''\n"
    (problem,) = found(text).problems
    assert "malformed example" in problem.reason
    assert found(text, "import other\n") == Found()
    assert found(f"{text}    return 1\n") == Found()


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ("def f(name): pass", "def f(called='you'): return called"),
        ("def f(): pass", "def f(a, b): return a"),
        ("def f(a, b): pass", "def f(*rest): return rest"),
        ("def f(*args, **kwargs): pass", "def f(a, b=1): return a"),
        ("def f(a): pass", "f = len"),
        ("class A:\n    def __init__(self, x): pass", "A = print"),
        ("class A:\n    def __init__(self): pass\n    def g(self): pass", "class A:\n    g = len"),
        ("class A:\n    def __init__(self, m): pass", "class A(Exception):\n    'x'"),
        ("class A:\n    def v(self): pass", "class A:\n    @property\n    def v(self): return 1"),
        (
            "class B: ...\nclass A(B):\n    def g(self): pass",
            "class B:\n    def g(self): return 1\nclass A(B): 'x'",
        ),
        ("A, B = None, None\ndef f(): pass", "A, B = range(2)\ndef f(): return A"),
        (
            "X = {}\ndef f(): pass",
            "X = {}\nfor i in range(3):\n    X[i] = i\ndef f(): return X",
        ),
    ],
)
def test_how_it_is_written_is_left_to_the_tests(declared: str, code: str) -> None:
    assert answer(spec_of(declared), code).faults == ()


@pytest.mark.parametrize(
    ("declared", "code", "told"),
    [
        ("def f(a): pass\ndef g(): pass", "def f(a): return 1", "The function g is missing."),
        (
            "class A:\n    def g(self): pass",
            "class A:\n    def h(self): return 1",
            "The method A.g is missing",
        ),
        ("X = None\ndef f(a): pass", "def f(a): return 1", "The constant X is missing."),
        ("def f(a): pass", "def f(a, b): return 1", "must be: def f(a)"),
        ("def f(a, b): pass", "def f(a): return 1", "must be: def f(a, b)"),
        ("async def f(a): pass", "def f(a): return 1", "declared with async def"),
        (
            "class A(list):\n    def g(self): ...",
            "class A:\n    def g(self): return 1",
            "must derive from list",
        ),
        (
            "def f(a): pass",
            "while True:\n    pass\ndef f(a): return 1",
            "outside of a definition",
        ),
    ],
)
def test_what_is_missing_is_told(declared: str, code: str, told: str) -> None:
    (fault,) = answer(spec_of(declared), code).faults
    assert told in fault


GIVEN = '''
    from __future__ import annotations
    import math

    LIMIT = 10
    CHOSEN = None


    def helper(x):
        """Round."""
        # up
        return math.ceil(x)


    class Node:
        def __init__(self, value):
            self.value = value

        def __str__(self):
            return f"<{self.value}>"

        def add(self, other):
            pass


    def f(x):
        pass
'''
BARE = """
    CHOSEN = 2

    class Node:
      def add(self, other):
        return 1

    def f(x):
        return helper(x)
"""


def completed(code: str) -> str:
    result = answer(spec_of(GIVEN, "from m import f, Node\n\ndef test(): f(Node(1))\n"), code)
    assert not result.faults
    ast.parse(result.code)
    return result.code


def test_what_is_given_is_put_back_where_it_is_missing() -> None:
    code = completed(BARE)
    assert code.startswith("from __future__ import annotations\nimport math\n")
    assert "LIMIT = 10" in code
    assert "CHOSEN = None" not in code
    assert "    # up\n    return math.ceil(x)" in code
    assert code.index("def helper") < code.index("class Node") < code.index("def f(x)")
    names: dict[str, Any] = {}
    exec(code, names)
    node = names["Node"](3)
    assert (str(node), node.add(1), names["f"](1.5)) == ("<3>", 1, 2)


def test_what_was_changed_is_put_back_but_for_what_a_class_keeps() -> None:
    changed = dedent(GIVEN).replace("pass", "return self.extra", 1).replace("pass", "return x")
    code = completed(
        changed.replace("math.ceil(x)", "0")
        .replace("<{", "[{")
        .replace("self.value = value\n", "self.value = value\n        self.extra = 1\n")
    )
    assert "math.ceil(x)" in code
    assert "<{self.value}>" in code
    assert "self.extra = 1" in code


def test_what_is_there_stays_as_it_was_written() -> None:
    code = dedent(GIVEN).replace("pass", "return 1").replace("# up", "# upwards").strip()
    assert completed(code).split() == code.split()


def test_a_bare_yield_is_a_stub_where_no_decorator_makes_something_of_it() -> None:
    generator = 'def numbers():\n    """Yield numbers."""\n    yield\n'
    assert "numbers" in unwritten(ast.parse(generator))
    complete = f"from contextlib import contextmanager\n@contextmanager\n{generator}"
    assert "numbers" not in unwritten(ast.parse(complete))
