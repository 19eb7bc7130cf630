"""A reply becomes code: forgiving about its form, strict about the result."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from pseudocode.mending import renamed, without_unfinished_end
from pseudocode.spec.given import is_given, put_back
from pseudocode.spec.model import Spec
from pseudocode.spec.outline import bound_names, is_main_guard, missing, outline
from pseudocode.spec.parsing import parse
from pseudocode.spec.stubs import missing_from

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
_IN_MODULES = (ast.AugAssign, ast.Delete, ast.For, ast.If, ast.Try, ast.With)
"""What a whole module may hold besides, to fill its tables."""
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


def extract(text: str, spec: Spec, *, cut: bool = False, whole: bool = False) -> Extraction:
    """Take from a reply the code that defines the declared function.

    Args:
        text: The whole reply, after the prefilled start, if there was one.
        spec: What was asked for.
        cut: Whether the reply broke off at a token limit or with the connection.
        whole: Whether the text is the code and nothing else.

    Returns:
        Code that parses, holds only imports, definitions and constants, and defines the declared
        name with a compatible signature; or else the faults, in words for the model.
    """
    if len(text) > MAX_REPLY:
        return Extraction(faults=("The answer is far too long.",))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text if whole else _THINKING.sub("", text)
    if spec.kind == "file":
        return _contents(text, spec, cut, whole)
    wanted = _Wanted(spec)
    names = "|".join(map(re.escape, sorted(wanted.names)))
    place = "the code" if whole else "a ```python block"
    fault = f"There is no {spec.kind} named {spec.name} in {place}."
    for block in (text,) if whole else _blocks(text):
        try:
            tree = parse(block)
            if wanted.is_begun_by(tree):
                return _judge(tree, block, wanted)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            if re.search(rf"\b(def|class)\s+({names})\b", block):
                fault = _syntax_fault(error)
    if not whole and (mended := _mended(text, wanted, spec)):
        return mended
    if cut:
        fault = f"The answer was cut off before the {spec.kind} was complete. Write a shorter one."
    return Extraction(faults=(fault,))


def _mended(text: str, wanted: _Wanted, spec: Spec) -> Extraction | None:
    """What comes of an answer whose fault is of a kind that can be mended for certain."""
    for block in _blocks(text):
        for mend, told in (
            (without_unfinished_end, "left out an end that is not finished"),
            (partial(renamed, spec=spec), f"called it {spec.name}, as declared"),
        ):
            try:
                if (better := mend(block)) and wanted.is_begun_by(tree := parse(better)):
                    found = _judge(tree, better, wanted)
                    return replace(found, notes=(told, *found.notes))
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return None


def _contents(text: str, spec: Spec, cut: bool, whole: bool) -> Extraction:
    """What a file is to hold: the longest block, or all of an answer without one."""
    fenced = [] if whole else [match.group(3) for match in _FENCE.finditer(text)]
    found = max(fenced, key=len, default=text).strip("\n")
    if cut:
        fault = "The answer was cut off before the file was complete. Write a shorter one."
        return Extraction(faults=(fault,))
    if not found.strip():
        return Extraction(faults=(f"There are no contents for {spec.name} in a ```` block.",))
    if hidden := _hidden_characters(found):
        return Extraction(faults=(f"The file holds invisible or control characters: {hidden}.",))
    return Extraction(code=found + "\n")


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


class _Wanted:
    """What the code has to define."""

    def __init__(self, spec: Spec) -> None:
        self.tree = parse(spec.source if spec.source else f"{spec.signature}: ...")
        self.is_module = spec.kind == "module"
        self._source = spec.source
        self._imported = frozenset(name for suite in spec.suites for name in suite.imports)
        used = {name for suite in spec.suites for name in suite.uses}
        found = outline(self.tree.body)
        self.names = frozenset({*found.functions, *found.classes, *used} - {"*"})

    def is_begun_by(self, tree: ast.Module) -> bool:
        """Whether a block is the code, and not a part of the prose."""
        found = outline(tree.body)
        defined = bound_names(tree.body) if self.is_module else {*found.functions, *found.classes}
        return bool(self.names & defined)

    def missing(self, tree: ast.Module) -> list[str]:
        """What is not there, in words for the model."""
        if self.is_module:
            return missing_from(tree, self.tree, self._imported)
        return missing(outline(self.tree.body), outline(tree.body))

    def holds(self, statement: ast.stmt) -> bool:
        """Whether the declaration has a statement as it is."""
        return self.is_module and is_given(statement, self.tree)

    def completed(self, code: str) -> tuple[str, tuple[str, ...]]:
        """The code with what the declaration gives, and what that was."""
        return put_back(code, self._source) if self.is_module else (code, ())


def _judge(tree: ast.Module, block: str, wanted: _Wanted) -> Extraction:
    if hidden := _hidden_characters(block):
        return Extraction(faults=(f"The code holds invisible or control characters: {hidden}.",))
    faults: list[str] = []
    notes: list[str] = []
    kept: list[ast.stmt] = []
    for statement in tree.body:
        if wanted.holds(statement):
            kept.append(statement)
        elif isinstance(statement, _DROPPED) or is_main_guard(statement):
            notes.append(f"left out line {statement.lineno}, which only runs code")
        elif _is_ours(statement):
            notes.append(f"left out line {statement.lineno}, an import of pseudocode")
        elif isinstance(statement, _KEPT) or _is_harmless(statement):
            kept.append(statement)
        elif not (wanted.is_module and isinstance(statement, _IN_MODULES)):
            faults.append(f"Line {statement.lineno} runs code outside of a definition.")
        else:
            kept.append(statement)
    code, given = wanted.completed(_source(block, tree, kept))
    notes += [f"put back {name}, which is given" for name in given]
    faults += wanted.missing(parse(code))
    return Extraction(faults=tuple(faults)) if faults else Extraction(code, notes=tuple(notes))


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
        if "pseudo_" in ast.unparse(decorator):
            dropped |= set(range(decorator.lineno, (decorator.end_lineno or decorator.lineno) + 1))
    return [line for number, line in enumerate(lines, first) if number not in dropped]


def _is_ours(statement: ast.stmt) -> bool:
    match statement:
        case ast.ImportFrom(module=str(module)):
            return module.split(".")[0] == "pseudocode"
        case ast.Import(names=names):
            return any(alias.name.split(".")[0] == "pseudocode" for alias in names)
    return False


def _is_harmless(statement: ast.stmt) -> bool:
    """Whether it guards imports, or names a type."""
    if isinstance(statement, ast.Try):
        return all(isinstance(inner, _KEPT) for inner in statement.body)
    guard = isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test)
    return guard or type(statement).__name__ == "TypeAlias"


def _hidden_characters(text: str) -> str:
    found = {
        c
        for c in text
        if c not in "\n\t\r\f" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co")
    }
    return ", ".join(f"U+{ord(c):04X}" for c in sorted(found)[:5])
