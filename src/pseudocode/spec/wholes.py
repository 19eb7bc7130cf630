"""Classes and whole modules as declarations: more than one function, written together."""

from __future__ import annotations

import ast
import doctest
from collections.abc import Iterator
from inspect import cleandoc

from pseudocode.spec.definitions import normal
from pseudocode.spec.digest import Decorators, class_digest, docstring_text, hashed
from pseudocode.spec.docstrings import aligned, parse_docstring, parse_examples
from pseudocode.spec.model import Example, Options, Spec, Suite
from pseudocode.spec.outline import docstrings, outline
from pseudocode.spec.withheld import withhold


def class_spec(
    node: ast.ClassDef,
    decorator: ast.expr,
    *,
    path: str,
    module: str,
    lines: list[str],
    options: Options,
    suites: tuple[Suite, ...],
    context: str,
    module_decorators: Decorators,
) -> Spec:
    """The spec of a class whose methods are stubs.

    Args:
        node: The class.
        decorator: The one of its decorators that makes it a spec.
        path: The file.
        module: Its stem.
        lines: The lines of the file.
        options: What the decorator asks for.
        suites: The callables of `tests=[…]`.
        context: What of its module the class may use.
        module_decorators: The decorators of the file.

    Raises:
        SpecError: When its examples are malformed.
    """
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    ours = range(decorator.lineno, (decorator.end_lineno or decorator.lineno) + 1)
    kept = [n for n in range(first, (node.end_lineno or first) + 1) if n not in ours]
    examples = withhold(_examples(node), node.name)
    return Spec(
        kind="class",
        name=node.name,
        module=module,
        path=path,
        line=node.lineno,
        source=_text(lines, kept),
        shown_source=_text(lines, _without_hidden(node, kept, examples)),
        docstring=docstring_text(node),
        doc=parse_docstring(docstring_text(node)),
        examples=examples,
        options=options,
        suites=suites,
        context=context,
        digest=class_digest(node, decorator, module_decorators),
    )


def module_examples(tree: ast.Module) -> tuple[Example, ...]:
    """The examples in all docstrings of a module.

    Raises:
        SpecError: When one is malformed.
    """
    return withhold(_examples(tree), next(iter(outline(tree.body).functions), ""))


def module_spec(
    tree: ast.Module, *, path: str, module: str, lines: list[str], examples: tuple[Example, ...]
) -> Spec:
    """The spec of a module of stubs.

    Args:
        tree: The module.
        path: Its file.
        module: The stem of that.
        lines: The lines of the file.
        examples: As `module_examples` gives them.
    """
    kept = list(range(1, len(lines) + 1))
    docstring = cleandoc(ast.get_docstring(tree) or "")
    return Spec(
        kind="module",
        name=module,
        module=module,
        path=path,
        line=1,
        source=_text(lines, kept),
        shown_source=_text(lines, _without_hidden(tree, kept, examples)),
        docstring=docstring,
        doc=parse_docstring(docstring),
        examples=examples,
        digest=hashed([normal(tree)]),
    )


def _examples(node: ast.AST) -> tuple[Example, ...]:
    found = [parse_examples(text, name=name, line=line) for name, text, line in docstrings(node)]
    return tuple(sorted((e for examples in found for e in examples), key=lambda e: e.line))


def _without_hidden(node: ast.AST, kept: list[int], examples: tuple[Example, ...]) -> list[int]:
    hidden = {example.line for example in examples if example.hidden}
    if not hidden:
        return kept
    gone = {
        n
        for first, length in _places(node)
        if first in hidden
        for n in range(first, first + length)
    }
    return [number for number in kept if number not in gone]


def _places(node: ast.AST) -> Iterator[tuple[int, int]]:
    """First line in the file and number of lines of each example."""
    for _, text, line in docstrings(node):
        for example in doctest.DocTestParser().get_examples(aligned(text)):
            yield line + example.lineno, example.source.count("\n") + example.want.count("\n")


def _text(lines: list[str], numbers: list[int]) -> str:
    return "\n".join(lines[number - 1] for number in numbers).strip("\n") + "\n"
