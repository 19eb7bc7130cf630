"""A reply becomes code: forgiving about its form, strict about the result."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pseudocode.spec.model import Spec
from pseudocode.spec.parsing import parse

_FENCE = re.compile(
    r"^[ \t]*(```+|~~~+)[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.M | re.S
)
_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.S | re.I)
_KEPT = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
)
_DROPPED = (ast.Expr, ast.Assert)
_CODE = re.compile(r"(def|async def|import|from|class)\b|@")
MAX_CUTS = 50
"""How often prose behind code is cut off until the rest parses."""
MAX_REPLY = 200_000
"""Characters; a longer answer is no function."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """The code of a reply, or the faults for which there is none."""

    code: str = ""
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def extract(text: str, spec: Spec, *, cut: bool = False) -> Extraction:
    """Take from a reply the code that defines the declared function.

    Args:
        text: The whole reply, after the prefilled start, if there was one.
        spec: What was asked for.
        cut: Whether the reply broke off at a token limit or with the connection.

    Returns:
        Code that parses, holds only imports, definitions and constants, and defines the declared
        name with a compatible signature; or else the faults, in words for the model.
    """
    if len(text) > MAX_REPLY:
        return Extraction(faults=("The answer is far too long.",))
    text = _THINKING.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    fault = f"There is no function named {spec.name} in a ```python block."
    for block in _blocks(text):
        try:
            tree = parse(block)
            if _definition(tree, spec.name) is not None:
                return _judge(tree, block, spec)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            if re.search(rf"\bdef\s+{spec.name}\b", block):
                fault = _syntax_fault(error)
    if cut:
        fault = "The answer was cut off before the function was complete. Write a shorter one."
    return Extraction(faults=(fault,))


def _blocks(text: str) -> Iterator[str]:
    """The places where code may stand, best first: the last fence is the model's last word."""
    fenced = [match.group(3) for match in _FENCE.finditer(text)]
    yield from (_dedent(block) for block in reversed(fenced))
    if not fenced:
        yield text
        yield from _bare(text)


def _bare(text: str) -> Iterator[str]:
    """A run of whole lines that parses, from the first that looks like code."""
    lines = text.split("\n")
    first = next((i for i, line in enumerate(lines) if _CODE.match(line)), None)
    if first is None:
        return
    last = len(lines)
    for _ in range(MAX_CUTS):
        block = "\n".join(lines[first:last])
        try:
            parse(block)
        except SyntaxError as error:
            # What parses ends before the line that does not.
            last = min(last - 1, first + (error.lineno or last) - 1)
        except (ValueError, RecursionError, MemoryError):
            return
        else:
            yield block
            return


def _dedent(block: str) -> str:
    lines = block.split("\n")
    first = next((line for line in lines if line.strip()), "")
    margin = first[: len(first) - len(first.lstrip())]
    if margin and all(line.startswith(margin) or not line.strip() for line in lines):
        return "\n".join(line[len(margin) :] for line in lines)
    return block


def _syntax_fault(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        where = f" on line {error.lineno}: {(error.text or '').strip()}" if error.lineno else ""
        return f"SyntaxError: {error.msg}{where}"
    return f"The code cannot be parsed: {str(error) or type(error).__name__}"


Function = ast.FunctionDef | ast.AsyncFunctionDef


def _definition(tree: ast.Module, name: str) -> Function | None:
    found = [n for n in tree.body if isinstance(n, Function) and n.name == name]
    return found[-1] if found else None


def _judge(tree: ast.Module, block: str, spec: Spec) -> Extraction:
    if hidden := _hidden_characters(block):
        return Extraction(faults=(f"The code holds invisible or control characters: {hidden}.",))
    faults: list[str] = []
    notes: list[str] = []
    kept: list[ast.stmt] = []
    for statement in tree.body:
        if isinstance(statement, _DROPPED) or _is_main_guard(statement):
            notes.append(f"left out line {statement.lineno}, which only runs code")
        elif _is_ours(statement):
            notes.append(f"left out line {statement.lineno}, an import of pseudocode")
        elif isinstance(statement, _KEPT) or _is_guarded_import(statement):
            kept.append(statement)
        else:
            faults.append(f"Line {statement.lineno} runs code outside of the function.")
    node = _definition(tree, spec.name)
    assert node is not None
    faults += _signature_faults(node, spec)
    if faults:
        return Extraction(faults=tuple(faults))
    return Extraction(code=_source(block, tree, kept), notes=tuple(notes))


def _source(block: str, tree: ast.Module, kept: list[ast.stmt]) -> str:
    """The kept statements as they stand in the block, comments above them included."""
    lines = block.split("\n")
    owners = Counter(n for node in tree.body for n in range(node.lineno, _end(node) + 1))
    parts = []
    for node in kept:
        if owners[node.lineno] > 1 or owners[_end(node)] > 1:
            parts.append(ast.get_source_segment(block, node) or "")
            continue
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        while first > 1 and lines[first - 2].startswith("#"):
            first -= 1
        parts.append("\n".join(_without_ours(lines[first - 1 : _end(node)], node, first)))
    return "\n\n".join(parts) + "\n"


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _without_ours(lines: list[str], node: ast.stmt, first: int) -> list[str]:
    """Drop a decorator of this package that the model copied from the declaration."""
    dropped: set[int] = set()
    for decorator in getattr(node, "decorator_list", []):
        if "pseudo_function" in ast.unparse(decorator):
            dropped |= set(range(decorator.lineno, (decorator.end_lineno or decorator.lineno) + 1))
    return [line for number, line in enumerate(lines, first) if number not in dropped]


def _is_main_guard(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)


def _is_ours(statement: ast.stmt) -> bool:
    match statement:
        case ast.ImportFrom(module=str(module)):
            return module.split(".")[0] == "pseudocode"
        case ast.Import(names=names):
            return any(alias.name.split(".")[0] == "pseudocode" for alias in names)
    return False


def _is_guarded_import(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Try):
        return all(isinstance(inner, _KEPT) for inner in statement.body)
    return isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test)


def _hidden_characters(text: str) -> str:
    found = {
        c
        for c in text
        if c not in "\n\t\r\f" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co")
    }
    return ", ".join(f"U+{ord(c):04X}" for c in sorted(found)[:5])


def _signature_faults(node: Function, spec: Spec) -> list[str]:
    declared = _definition(parse(f"{spec.signature}: ..."), spec.name)
    assert declared is not None
    if isinstance(node, ast.AsyncFunctionDef) != spec.is_async:
        wanted = "async def" if spec.is_async else "def, not async def"
        return [f"{spec.name} must be declared with {wanted}."]
    if _compatible(node.args, declared.args):
        return []
    return [f"The signature must be: {spec.signature}"]


def _compatible(got: ast.arguments, want: ast.arguments) -> bool:
    """Whether every call that fits the declaration fits the code."""
    got_names = [a.arg for a in (*got.posonlyargs, *got.args)]
    want_names = [a.arg for a in (*want.posonlyargs, *want.args)]
    extra = len(got_names) - len(want_names)
    if extra < 0 or len(got.defaults) < extra:
        return False
    free = len(want.posonlyargs)
    if got_names[free : len(want_names)] != want_names[free:] or len(got.posonlyargs) > free:
        return False
    if len(got.defaults) - extra < len(want.defaults):
        return False
    return _same_rest(got, want)


def _same_rest(got: ast.arguments, want: ast.arguments) -> bool:
    if (want.vararg and not got.vararg) or (want.kwarg and not got.kwarg):
        return False
    optional = {a.arg: d is not None for a, d in zip(got.kwonlyargs, got.kw_defaults, strict=True)}
    declared = dict(zip((a.arg for a in want.kwonlyargs), want.kw_defaults, strict=True))
    for name, default in declared.items():
        if name not in optional:
            if not got.kwarg and name not in {a.arg for a in got.args}:
                return False
        elif default is not None and not optional[name]:
            return False
    return all(name in declared or is_optional for name, is_optional in optional.items())
