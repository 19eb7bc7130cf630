"""A declaration and its accepted code become one definition.

What is declared gives signature, annotations, decorators and docstring; what was accepted gives
the body.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from textwrap import indent

from pseudocode.plain.names import parameters
from pseudocode.plain.source import Definition, Source, has_docstring, span
from pseudocode.spec.digest import Declaration, signature_text

STEP = 4
"""Columns of one indentation, where the code itself does not show it."""


def fits(got: ast.arguments, want: ast.arguments) -> bool:
    """Whether a body written under one signature can stand under another.

    Args:
        got: Of the accepted code.
        want: Of the declaration, with which it is compatible.
    """
    stars = [(got.vararg, want.vararg), (got.kwarg, want.kwarg)]
    if any(mine and (theirs is None or mine.arg != theirs.arg) for mine, theirs in stars):
        return False
    mine, theirs = ([a.arg for a in (*x.posonlyargs, *x.args)] for x in (got, want))
    return mine[: len(theirs)] == theirs and _plain(got) <= _plain(want)


def other_defaults(got: ast.arguments, want: ast.arguments) -> list[str]:
    """The parameters whose default is another one in the code than in the declaration."""
    mine, theirs = defaults(got), defaults(want)
    return [
        name
        for name, default in theirs.items()
        if name in mine and not _open(default) and ast.dump(mine[name]) != ast.dump(default)
    ]


def same_defaults(want: ast.stmt, got: ast.stmt) -> bool:
    """Whether two definitions of a name are of a kind, and no parameter has another default."""
    if type(want) is not type(got):
        return False
    if isinstance(want, ast.ClassDef) and isinstance(got, ast.ClassDef):
        methods = {m.name: m for m in want.body if isinstance(m, Declaration)}
        return all(
            same_defaults(methods[m.name], m)
            for m in got.body
            if isinstance(m, Declaration) and m.name in methods
        )
    if isinstance(want, Declaration) and isinstance(got, Declaration):
        mine, theirs = (defaults(node.args) for node in (want, got))
        return {n: ast.dump(d) for n, d in mine.items()} == {
            n: ast.dump(d) for n, d in theirs.items()
        }
    return True


def defaults(args: ast.arguments) -> dict[str, ast.expr]:
    """The default values by the names of their parameters."""
    positional = [*args.posonlyargs, *args.args]
    last = positional[len(positional) - len(args.defaults) :]
    found = {arg.arg: default for arg, default in zip(last, args.defaults, strict=True)}
    keyword_only = zip(args.kwonlyargs, args.kw_defaults, strict=True)
    return found | {arg.arg: default for arg, default in keyword_only if default}


def with_defaults(want: Declaration, got: Declaration) -> Declaration:
    """A declaration with the code's defaults where its own are `...`."""
    mine, changed = defaults(got.args), copy.deepcopy(want)
    args = changed.args
    positional = [*args.posonlyargs, *args.args]
    last = positional[len(positional) - len(args.defaults) :]
    args.defaults = [
        mine.get(arg.arg, default) if _open(default) else default
        for arg, default in zip(last, args.defaults, strict=True)
    ]
    args.kw_defaults = [
        mine.get(arg.arg, default) if default and _open(default) else default
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)
    ]
    return changed


def declared_header(source: Source, want: Declaration, got: Declaration) -> str:
    """The declared signature as it is written, with the code's defaults where it has `...`."""
    whole = with_defaults(want, got)
    as_written = ast.dump(whole) == ast.dump(want)
    return source.header(want).text if as_written else f"{signature_text(whole)}:"


def merged(
    declared: Source, want: Definition, accepted: Source, got: Definition, ours: ast.expr | None
) -> str:
    """The text of one definition out of two.

    Args:
        declared: The file of the declaration.
        want: The declaration.
        accepted: The accepted code.
        got: What it defines under that name.
        ours: The decorator of this package, which is left out.

    Returns:
        Whole lines, indented as the accepted code is.
    """
    margin = " " * got.col_offset
    decorators = _decorators(declared, want, accepted, got, ours)
    header = accepted.header(got).text
    if isinstance(want, Declaration) and isinstance(got, Declaration) and fits(got.args, want.args):
        header = declared_header(declared, want, got)
    if isinstance(want, ast.ClassDef) and isinstance(got, ast.ClassDef):
        body = _class_body(declared, want, accepted, got)
    else:
        body = body_text(accepted, got)
    lines = [*(f"{margin}@{decorator}" for decorator in decorators), margin + header]
    inner = margin + " " * STEP if _on_one_line(accepted, got) else " " * got.body[0].col_offset
    if docstring := declared.docstring(want):
        lines.append(inner + docstring)
    if body.strip():
        lines.append(body)
    if not docstring and not _without_docstring(got):
        lines.append(f"{inner}pass")
    return "\n".join(lines)


def delegating(declared: Source, want: Declaration, got: Declaration, target: str) -> str:
    """A definition under the declared signature that calls another function.

    Args:
        declared: The file of the declaration.
        want: The declaration.
        got: The accepted function, whose signature is another.
        target: The name that it goes by.
    """
    args = want.args
    passed = [arg.arg for arg in (*args.posonlyargs, *args.args)]
    passed += [f"*{args.vararg.arg}"] if args.vararg else []
    passed += [f"{arg.arg}={arg.arg}" for arg in args.kwonlyargs]
    passed += [f"**{args.kwarg.arg}"] if args.kwarg else []
    call = f"{target}({', '.join(passed)})"
    docstring = declared.docstring(want)
    lines = [declared_header(declared, want, got), *([" " * STEP + docstring] if docstring else [])]
    if not isinstance(want, ast.AsyncFunctionDef):
        lines.append(f"    return {call}")
    elif _yields(got):
        lines += [f"    async for item in {call}:", "        yield item"]
    else:
        lines.append(f"    return await {call}")
    return "\n".join(lines)


def body_text(source: Source, node: Definition) -> str:
    """The body without its docstring, as whole lines with their comments."""
    statements = _without_docstring(node)
    if not statements:
        return ""
    if _on_one_line(source, node) or not all(map(source.stands_alone, node.body)):
        parsed = "\n".join(map(ast.unparse, statements))
        return indent(parsed, " " * (node.col_offset + STEP))
    first = source.header(node).end + 1
    last = node.end_lineno or first
    if not has_docstring(node):
        return source.lines(first, last)
    opening, closing = span(node.body[0])
    comments = source.lines(first, opening - 1) + "\n" if opening > first else ""
    return comments + source.lines(closing + 1, last)


def _class_body(declared: Source, want: ast.ClassDef, accepted: Source, got: ast.ClassDef) -> str:
    """The body of a class, with the signatures and docstrings of the declared methods."""
    statements = _without_docstring(got)
    if _on_one_line(accepted, got) or not all(map(accepted.stands_alone, got.body)):
        return body_text(accepted, got)
    wanted = dict(members(want.body))
    parts: list[str] = []
    line = accepted.header(got).end + 1
    if has_docstring(got):
        line = span(got.body[0])[1] + 1
    for key, node in members(statements):
        if key not in wanted or type(wanted[key]) is not type(node):
            continue
        first, last = span(node)
        parts += [accepted.lines(line, first - 1)] if first > line else []
        parts.append(merged(declared, wanted[key], accepted, node, None))
        line = last + 1
    if (end := got.end_lineno or line) >= line:
        parts.append(accepted.lines(line, end))
    return "\n".join(parts)


def members(body: list[ast.stmt]) -> Iterator[tuple[tuple[str, str], Definition]]:
    """Methods and inner classes; a property is told from its setter, overloads are left out."""
    for node in body:
        if not isinstance(node, Definition):
            continue
        told = [ast.unparse(decorator) for decorator in node.decorator_list]
        if any(text.rpartition(".")[2] == "overload" for text in told):
            continue
        own = f"{node.name}."
        yield (node.name, next((text for text in told if text.startswith(own)), "")), node


def _decorators(
    declared: Source, want: Definition, accepted: Source, got: Definition, ours: ast.expr | None
) -> list[str]:
    """Those of the declaration, and those that only the accepted code has, which are nearer."""
    mine = [d for d in want.decorator_list if d is not ours]
    told = {ast.dump(decorator) for decorator in mine}
    theirs = [d for d in got.decorator_list if ast.dump(d) not in told]
    return [*map(declared.segment, mine), *map(accepted.segment, theirs)]


def _plain(args: ast.arguments) -> set[str]:
    stars = {args.vararg, args.kwarg}
    return {arg.arg for arg in parameters(args) if arg not in stars}


def _open(default: ast.expr) -> bool:
    return isinstance(default, ast.Constant) and default.value is ...


def _without_docstring(node: Definition) -> list[ast.stmt]:
    return node.body[1:] if has_docstring(node) else node.body


def _on_one_line(source: Source, node: Definition) -> bool:
    return node.body[0].lineno <= source.header(node).end


def _yields(node: ast.AST) -> bool:
    """Whether a function is a generator."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(child, Definition | ast.Lambda) and _yields(child):
            return True
    return False
