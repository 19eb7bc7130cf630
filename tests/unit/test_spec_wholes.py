from __future__ import annotations

from textwrap import dedent

import pytest

from pseudocode.spec.discovery import find_specs
from pseudocode.spec.model import Found, Spec
from pseudocode.spec.suites import attach

STACK = '''\
from dataclasses import dataclass
from pseudocode import pseudo_class

LIMIT = 3

@pseudo_class{options}
@dataclass
class Stack:
    """Last in, first out.

    >>> Stack().pop()
    Traceback (most recent call last):
    IndexError: empty
    """

    # the things
    items: list[int]

    def push(self, item: int) -> None:
        """Put one on top.

        >>> stack = Stack([1])
        >>> stack.push(2)
        >>> stack.items  # hidden
        [1, 2]
        """

    def pop(self) -> int: ...
'''


def found(text: str, path: str = "specs/stacks.py") -> Found:
    return find_specs(path, dedent(text).encode())


def stack(options: str = "", **changes: str) -> Spec:
    text = STACK.format(options=options)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    result = found(text)
    assert not result.problems
    (spec,) = result.specs
    return spec


def test_a_class_is_a_spec() -> None:
    spec = stack("(max_rounds=2)")
    assert (spec.kind, spec.name, spec.id, spec.line) == ("class", "Stack", "stacks.Stack", 8)
    assert spec.source.startswith("@dataclass\nclass Stack:")
    assert "# the things" in spec.source
    assert spec.options.max_rounds == 2
    assert spec.context == "from dataclasses import dataclass\nLIMIT = 3"
    assert spec.doc.summary == "Last in, first out."


def test_the_examples_of_all_its_docstrings_count() -> None:
    spec = stack()
    assert [example.call for example in spec.examples] == [
        "Stack().pop()",
        "stack = Stack([1])",
        "stack.push(2)",
        "stack.items # hidden",
    ]
    assert [example.line for example in spec.examples] == [11, 22, 23, 24]


def test_hidden_examples_are_not_shown() -> None:
    spec = stack()
    assert "# hidden" in spec.stub
    assert "# hidden" not in spec.shown_stub
    assert "[1, 2]" not in spec.shown_stub
    assert "stack.push(2)" in spec.shown_stub


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("item: int", "item: str"),
        ("Last in", "First in"),
        ("items: list[int]", "items: list[str]"),
        ("Put one on top", "Put it on top"),
        ("@dataclass\nclass", "@dataclass()\nclass"),
        ("class Stack:", "class Stack(list):"),
        ("def pop(self)", "async def pop(self)"),
    ],
)
def test_a_change_of_meaning_changes_the_digest(old: str, new: str) -> None:
    assert stack(**{old: new}).digest != stack().digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    # the things\n", ""),
        ("    items: list[int]\n", "\n\n    items:   list[int]\n\n"),
        ("LIMIT = 3\n", "LIMIT = 3\n\n\n\n"),
        ("def pop(self) -> int: ...", "def pop(\n        self,\n    ) -> int:\n        ..."),
    ],
)
def test_formatting_and_moving_do_not(old: str, new: str) -> None:
    assert stack(**{old: new}).digest == stack().digest


def test_options_count_where_they_mean_something() -> None:
    assert stack("(network=True)").digest != stack().digest
    assert stack("(max_rounds=3)").digest == stack().digest


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("@pseudo_class\ndef f(): ...", "only a function declared with def, or a class"),
        ("@pseudo_function\nclass A: ...", "only a function declared with def, or a class"),
        ("@pseudo_class\nclass A: ...\n@pseudo_class\nclass A: ...", "declared twice"),
        ("@pseudo_class(reviwe=True)\nclass A: ...", "no option named reviwe"),
        ("@pseudo_class\nclass A:\n    '''\n    >>> f(\n    '''", "malformed example"),
    ],
)
def test_what_cannot_be_a_spec_is_told(text: str, told: str) -> None:
    problems = found(f"from pseudocode import pseudo_class, pseudo_function\n{text}").problems
    assert told in problems[0].reason
    assert problems[0].line > 1


TWO_FER = '''\
"""Two for one."""

def two_fer(name="you"):
    """Share.

    >>> two_fer()
    'One for you, one for me.'
    """
'''
TEST = b"import unittest\nfrom two_fer import two_fer\n\nclass TwoFerTest(unittest.TestCase): ...\n"


def test_a_module_of_stubs_is_a_spec_where_there_are_tests() -> None:
    declared = found(TWO_FER, "specs/two_fer.py")
    assert declared.specs == ()
    (spec,) = attach(declared, {"specs/two_fer_test.py": TEST}).specs
    assert (spec.kind, spec.name, spec.source) == ("module", "two_fer", TWO_FER)
    assert [suite.path for suite in spec.suites] == ["specs/two_fer_test.py"]
    assert spec.examples[0].want == "'One for you, one for me.'\n"


def test_without_tests_it_is_only_a_module() -> None:
    declared = found(TWO_FER, "specs/two_fer.py")
    assert attach(declared, {}) == Found()
    assert attach(declared, {"specs/other_test.py": b"import other\n"}).specs == ()


def test_a_module_that_declares_specs_is_none_itself() -> None:
    text = "from pseudocode import pseudo_function\n@pseudo_function\ndef f(): ...\ndef g(): ...\n"
    assert [spec.kind for spec in found(text).specs] == ["function"]
    assert found(text).modules == ()
