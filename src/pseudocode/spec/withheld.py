"""Examples that the model is not shown: code that only repeats what it was shown fails on them.

Holding tests back is the plainest defence against answers that are written down (ImpossibleBench,
arXiv 2510.20270; EvilGenie, arXiv 2511.21654).
"""

from __future__ import annotations

import ast
import builtins
import doctest
import hashlib
import re
from dataclasses import replace

from pseudocode.spec.model import Example
from pseudocode.spec.parsing import parse

FEWEST = 3
"""With fewer examples none is withheld: they are all that a model has to go by."""
SHARE = 3
"""One in so many is withheld."""
_MARK = re.compile(r"#\s*hidden\s*(#\s*doctest:[^'\"]*)?", re.IGNORECASE)
"""The comment by which a person withholds an example; doctest's own may stand behind it."""


def withhold(examples: tuple[Example, ...], name: str) -> tuple[Example, ...]:
    """Mark the examples that the model is not to see; always the same ones.

    Those with the comment `# hidden` are withheld, as the person says. Where they are fewer than
    the usual share, others are too, but only single calls of the declared function: examples that
    build on each other would make no sense without one of them.

    Args:
        examples: All examples of a declaration.
        name: The declared function.
    """
    checking = [example for example in examples if not example.skipped]
    chosen = [example for example in examples if _marked(example.source)]
    if len(checking) >= FEWEST:
        chosen += _share(checking, [e for e in checking if e in chosen], name)
    return tuple(replace(e, hidden=True) if e in chosen else e for e in examples)


def _share(checking: list[Example], marked: list[Example], name: str) -> list[Example]:
    """What is to be withheld beside the marked ones, so that one in so many is."""
    free = [
        example
        for example in checking
        if example not in marked
        and (example.want or example.error)
        and stands_alone(example.source, name)
    ]
    count = min(len(checking) // SHARE - len(marked), len(free) - 1)
    # An expected exception tells of behaviour that prose often leaves out, so it is shown.
    return sorted(free, key=lambda e: (e.error is not None, _order(e.source)))[: max(count, 0)]


def _marked(source: str) -> bool:
    """Whether the last line ends in the mark; there, it can't be a part of a string."""
    last = source.rstrip().rpartition("\n")[2]
    return any(_MARK.fullmatch(last, at) for at, sign in enumerate(last) if sign == "#")


def without_hidden(docstring: str, examples: tuple[Example, ...]) -> str:
    """A docstring without those of its examples that are hidden.

    Args:
        docstring: The text.
        examples: All of its examples in their order, as `withhold` gives them.
    """
    if not any(example.hidden for example in examples):
        return docstring
    lines: list[str | None] = list(docstring.split("\n"))
    # By their places: cleaning a docstring changes white space in the sources.
    found = doctest.DocTestParser().get_examples(docstring)
    for example, known in zip(found, examples, strict=True):
        if known.hidden:
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
