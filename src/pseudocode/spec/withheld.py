"""Examples that the model is not shown: code that only repeats what it was shown fails on them.

Holding tests back is the plainest defence against answers that are written down (ImpossibleBench,
arXiv 2510.20270; EvilGenie, arXiv 2511.21654).
"""

from __future__ import annotations

import ast
import builtins
import doctest
import hashlib
from collections.abc import Iterable
from dataclasses import replace

from pseudocode.spec.model import Example
from pseudocode.spec.parsing import parse

FEWEST = 3
"""With fewer examples none is withheld: they are all that a model has to go by."""
SHARE = 3
"""One in so many is withheld."""


def withhold(examples: tuple[Example, ...], name: str) -> tuple[Example, ...]:
    """Mark the share of the examples that the model is not to see; always the same ones.

    Only single calls of the declared function are withheld: examples that build on each other
    would make no sense without one of them.

    Args:
        examples: All examples of a declaration.
        name: The declared function.
    """
    checking = [example for example in examples if not example.skipped]
    if len(checking) < FEWEST:
        return examples
    free = [e for e in checking if (e.want or e.error) and stands_alone(e.source, name)]
    count = min(len(checking) // SHARE, len(free) - 1)
    # An expected exception tells of behaviour that prose often leaves out, so it is shown.
    chosen = sorted(free, key=lambda e: (e.error is not None, _order(e.source)))[: max(count, 0)]
    return tuple(replace(e, hidden=True) if e in chosen else e for e in examples)


def without_hidden(docstring: str, hidden: Iterable[str]) -> str:
    """A docstring without the examples of these sources."""
    gone = set(hidden)
    lines: list[str | None] = list(docstring.split("\n"))
    for example in doctest.DocTestParser().get_examples(docstring):
        if example.source in gone:
            length = example.source.count("\n") + example.want.count("\n")
            for number in range(example.lineno, example.lineno + length):
                lines[number] = None
    return "\n".join(line for line in lines if line is not None).rstrip()


def stands_alone(source: str, name: str) -> bool:
    """Whether an example is one call of the declared function that needs nothing before it."""
    try:
        tree = parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    one = len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr)
    return one and name in used and all(n == name or hasattr(builtins, n) for n in used)


def _order(source: str) -> str:
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()
