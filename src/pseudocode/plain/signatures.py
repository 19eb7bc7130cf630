"""Code under the signatures that were declared, line for line."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pseudocode.plain.merge import fits, members, with_defaults
from pseudocode.plain.source import Source
from pseudocode.spec.digest import Declaration, signature_text
from pseudocode.spec.model import Spec
from pseudocode.spec.parsing import parse


def under_declaration(spec: Spec, code: str) -> str:
    """The code with the declared signatures, on as many lines as before.

    Args:
        spec: What is declared.
        code: Code that fits it.
    """
    source = Source(code)
    lines = code.split("\n")
    declared = parse(spec.source or f"{spec.signature}: ...")
    for want, got in _pairs(declared.body, source.tree.body):
        first, last = got.lineno, source.header(got).end
        if not fits(got.args, want.args) or got.body[0].lineno <= last:
            continue
        text = f"{' ' * got.col_offset}{signature_text(with_defaults(want, got))}:"
        padded = text.replace("(", "(" + "\n" * (last - first), 1)
        lines[first - 1 : last] = padded.split("\n")
    return "\n".join(lines)


def _pairs(
    wanted: list[ast.stmt], found: list[ast.stmt]
) -> Iterator[tuple[Declaration, Declaration]]:
    declared = dict(members(wanted))
    for key, got in members(found):
        want = declared.get(key)
        if isinstance(want, Declaration) and isinstance(got, Declaration):
            yield want, got
        elif isinstance(want, ast.ClassDef) and isinstance(got, ast.ClassDef):
            yield from _pairs(want.body, got.body)
