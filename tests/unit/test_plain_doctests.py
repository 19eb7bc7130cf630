"""An example is added to a docstring however that is written, and nothing else changes."""

from __future__ import annotations

import ast
import doctest
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pseudocode.errors import SpecError
from pseudocode.plain.doctests import with_example
from pseudocode.spec.discovery import find_specs
from pseudocode.spec.model import Example

ADDED = Example(source="f(3)\n", want="6\n")
HEAD = "from pseudocode import pseudo_function\n\n\n@pseudo_function\n"


def added(source: str, example: Example = ADDED, name: str = "f") -> str:
    return with_example(source.encode(), name, example).decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('    """Twice."""\n', '    """Twice.\n\n    >>> f(3)\n    6\n    """\n'),
        (
            '    """Twice.\n\n    >>> f(1)\n    2\n    """\n    ...\n',
            '    """Twice.\n\n    >>> f(1)\n    2\n    >>> f(3)\n    6\n    """\n    ...\n',
        ),
        (
            '    """Twice.\n\n    >>> f(1)\n    2"""\n',
            '    """Twice.\n\n    >>> f(1)\n    2\n    >>> f(3)\n    6\n    """\n',
        ),
        (
            "  '''Twice.\n\n  Examples:\n      >>> f(1)\n      2\n\n  Note:\n      So.\n  '''\n",
            "  '''Twice.\n\n  Examples:\n      >>> f(1)\n      2\n      >>> f(3)\n      6\n\n"
            "  Note:\n      So.\n  '''\n",
        ),
        (
            "    '''>>> f(1)\n    2\n    '''\n",
            "    '''>>> f(1)\n    2\n    >>> f(3)\n    6\n    '''\n",
        ),
        (
            '    """Twice.\n\n    Returns:\n        It.\n    """\n',
            '    """Twice.\n\n    Returns:\n        It.\n\n    >>> f(3)\n    6\n    """\n',
        ),
        (
            "    'It\\'s \"twice\".'  # so\n",
            "    '''It\\'s \"twice\".\n\n    >>> f(3)\n    6\n    '''  # so\n",
        ),
        ("\t# soon\n\tpass\n", '\t# soon\n\t"""\n\t>>> f(3)\n\t6\n\t"""\n\tpass\n'),
        (
            "    ('It is '\n'twice.')\n",
            "    ('It is '\n'''twice.\n\n    >>> f(3)\n    6\n    ''')\n",
        ),
        ('    ""\n', '    """\n    >>> f(3)\n    6\n    """\n'),
        ('    u"""\\\n    Twice.\n    """\n', None),
        ("    r'''\\d\\'''' r\"\"\"\n\"\"\"\n", None),
    ],
)
def test_docstrings_of_all_forms(before: str, after: str | None) -> None:
    head = f"{HEAD}def f(x: int) -> int:\n"
    result = added(head + before)
    if after is not None:
        assert result == head + after
    (spec,) = find_specs("a.py", result.encode()).specs
    assert (spec.examples[-1].source, spec.examples[-1].want) == ("f(3)\n", "6\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(x): ...", 'def f(x):\n    """\n    >>> f(3)\n    6\n    """\n    ...'),
        ("def f(x): \\\n  pass\n", 'def f(x):\n  """\n  >>> f(3)\n  6\n  """\n  pass\n'),
        ("def f(x): 'twice'; pass", "def f(x): '''twice\n\n    >>> f(3)\n    6\n    '''; pass"),
    ],
)
def test_a_body_on_the_line_of_its_head(before: str, after: str) -> None:
    assert added(before) == after


def test_methods_modules_and_declarations_below_their_overloads() -> None:
    method = 'class C:\n    def f(self):\n        """Do."""\n'
    assert '        """Do.\n\n        >>> C().f()\n' in added(
        method, Example(source="C().f()\n"), "C.f"
    )
    module = added("#!/usr/bin/python\n# -*- coding: utf-8 -*-\nimport re\n", ADDED, "")
    start = '#!/usr/bin/python\n# -*- coding: utf-8 -*-\n"""\n>>> f(3)\n6\n"""\n\nimport re\n'
    assert module == start
    overloads = "@overload\ndef f(x: int) -> int: ...\n" + HEAD + 'def f(x):\n    """Do."""\n'
    assert added(overloads).startswith("@overload\ndef f(x: int) -> int: ...\n")


def test_line_ends_byte_order_mark_and_encoding_stay() -> None:
    crlf = b'\xef\xbb\xbfdef f(x):\r\n    """Twice.\r\n    """\r\nx = 1\n'
    assert with_example(crlf, "f", ADDED) == crlf.replace(
        b"Twice.\r\n", b"Twice.\r\n\r\n    >>> f(3)\r\n    6\r\n"
    )
    latin = '# coding: latin-1\ndef f(x):\n    """é"""\n'.encode("latin-1")
    result = with_example(latin, "f", Example(source="f('é€')\n"))
    assert "é\n\n    >>> f('é\\u20ac')\n".encode("latin-1") in result


def test_exceptions_empty_lines_and_what_the_quotes_would_end() -> None:
    source = '''def f(x):\n    """Twice."""\n'''
    told = added(source, Example(source="f(-1)\n", error="ValueError: no\n\nnever"))
    assert "Traceback (most recent call last):\n        ...\n    ValueError: no\n    <BLANK" in told
    told = added(source, Example(source='f("""\\n""")\n', want="\\\n\n'\"'\n"))
    assert '>>> f(\\"\\"\\"\\\\n\\"\\"\\")\n    \\\\\n    <BLANKLINE>\n    \'"\'\n' in told


@pytest.mark.parametrize(
    "example",
    [
        Example(source="f(1)\n", want=">>> 3\n"),
        Example(source="f('a\tb')\n"),
        Example(source="f(1)\n", want="Traceback (most recent call last):\nValueError: x\n"),
        Example(source="f(1)\nf(2)\n"),
        Example(source="f(\n"),
    ],
)
def test_what_doctest_would_read_otherwise_is_refused(example: Example) -> None:
    with pytest.raises(SpecError):
        added('def f(x):\n    """Twice."""\n', example)


def test_a_raw_docstring_says_what_it_cannot_hold() -> None:
    raw = 'def f(x):\n    r"""Twice \\d."""\n'
    assert ">>> f('\\\\')\n" in added(raw, Example(source="f('\\\\')\n"))
    with pytest.raises(SpecError, match="raw string"):
        added(raw, Example(source='f("""a""")\n'))


def test_a_declaration_that_is_gone_or_a_broken_file() -> None:
    with pytest.raises(SpecError, match="not declared in the file any more"):
        added("def g(): ...\n")
    with pytest.raises(SpecError, match="not valid Python"):
        added("def f(:\n")


LINES = st.sampled_from(
    [
        "",
        "Twice.",
        "  Deeper.",
        ">>> f(1)",
        "2",
        "... ",
        "\\n",
        "'",
        '"',
        "é\\",
        "Note:",
        "\\\\",
        "\f",
    ]
)
VALUES = st.recursive(
    st.integers() | st.text(max_size=5) | st.booleans() | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.tuples(inner),
    max_leaves=4,
)


@given(
    lines=st.lists(LINES, max_size=6),
    prefix=st.sampled_from(["", "r", "u", "R"]),
    quote=st.sampled_from(['"""', "'''", '"', "'"]),
    indent=st.sampled_from(["    ", "  ", "\t"]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    after=st.sampled_from(["", "    ...", "x = 'f'  # é"]),
    argument=VALUES,
    answer=VALUES,
)
def test_any_docstring_keeps_all_but_the_example(
    lines: list[str],
    prefix: str,
    quote: str,
    indent: str,
    newline: str,
    after: str,
    argument: object,
    answer: object,
) -> None:
    joint = f"\n{indent}" if len(quote) == 3 else "\\\n"
    body = joint.join(lines)
    assume(quote not in body)
    text = f"def f(x):\n{indent}{prefix}{quote}{body}{quote}\n{after.lstrip()}\n"
    example = Example(source=f"f({argument!r})\n", want=f"{answer!r}\n")
    try:
        before = examples_of(text)
    except (SyntaxError, ValueError):  # no docstring, or one that doctest cannot read
        return
    old = text.replace("\n", newline).encode()
    new, refused = outcome(old, example)
    if refused:
        raw = "r" in prefix.lower()
        assert (raw and "raw string" in refused) or "malformed" in refused or odd(lines)
        return
    now = examples_of(new.decode().replace(newline, "\n"))
    one = (example.source, example.want)
    assert any([*before[:n], one, *before[n:]] == now for n in range(len(now)))
    tripled = text.replace(f"{quote}{body}{quote}", f"{quote[0] * 3}{body}{quote[0] * 3}", 1)
    whole = tripled.replace("\n", newline).encode()
    assert shared(whole, new) + shared(whole[::-1], new[::-1]) >= len(whole)


def outcome(data: bytes, example: Example) -> tuple[bytes, str]:
    try:
        return with_example(data, "f", example), ""
    except SpecError as error:
        return b"", str(error)


def odd(lines: list[str]) -> bool:
    """Whether prompts stand where the new example could run into them."""
    return any(line.lstrip().startswith((">>>", "...")) for line in lines)


def shared(one: bytes, other: bytes) -> int:
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def examples_of(text: str) -> list[tuple[str, str]]:
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.FunctionDef)
    docstring = ast.get_docstring(node, clean=False)
    if docstring is None:
        raise ValueError
    found = doctest.DocTestParser().get_examples(docstring)
    return [(example.source, example.want) for example in found]


SPECS = sorted((Path(__file__).parents[2] / "specs").rglob("*.py"))


@pytest.mark.parametrize("path", SPECS, ids=[path.name for path in SPECS])
def test_every_bundled_spec_takes_an_example(path: Path) -> None:
    data = path.read_bytes()
    for spec in find_specs(str(path), data).specs:
        if spec.kind != "function":
            continue
        new = with_example(data, spec.name, Example(source=f"{spec.name}\n"))
        again = {s.name: s for s in find_specs(str(path), new).specs}
        assert len(again[spec.name].examples) == len(spec.examples) + 1
        assert again[spec.name].digest != spec.digest
        others = [s.digest for s in find_specs(str(path), data).specs if s.name != spec.name]
        assert [s.digest for s in again.values() if s.name != spec.name] == others
