"""Faults of code that can be mended for certain, before they cost a test pass or a round."""

from __future__ import annotations

import ast
import builtins
import re

from pseudocode.spec.model import Spec
from pseudocode.spec.outline import Function, bound_names
from pseudocode.spec.parsing import parse

_TYPING = (
    "Any", "Callable", "Deque", "Dict", "FrozenSet", "Generator", "Iterable", "Iterator", "List",
    "Literal", "Mapping", "NamedTuple", "Optional", "Sequence", "Set", "Tuple", "Type", "TypeVar",
    "Union",
)  # fmt: skip
_MODULES = (
    "bisect", "collections", "copy", "datetime", "decimal", "fractions", "functools", "hashlib",
    "heapq", "itertools", "json", "math", "operator", "re", "statistics", "string", "typing",
    "unicodedata",
)  # fmt: skip
_OUT_OF = {
    "collections": ("ChainMap", "Counter", "OrderedDict", "defaultdict", "deque", "namedtuple"),
    "dataclasses": ("dataclass",),
    "datetime": ("timedelta", "timezone"),
    "decimal": ("Decimal",),
    "enum": ("Enum",),
    "fractions": ("Fraction",),
    "functools": ("lru_cache", "reduce"),
    "itertools": ("combinations", "groupby", "permutations", "zip_longest"),
    "math": ("ceil", "factorial", "floor", "gcd", "sqrt"),
    "typing": _TYPING,
}
"""Names that stand for one thing of the standard library wherever they are used without import."""
_IMPORTS = {
    **{name: f"import {name}" for name in _MODULES},
    **{name: f"from {module} import {name}" for module, names in _OUT_OF.items() for name in names},
}


def mend(code: str, spec: Spec) -> tuple[str, tuple[str, ...]]:
    """Add imports of the standard library that were forgotten.

    Args:
        code: Code that parses.
        spec: What it was written for; what its module binds is never imported.

    Returns:
        The code, and what was done to it, in words.
    """
    try:
        tree, around = parse(code), parse(spec.context)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return code, ()
    there = bound_names(around.body) | _bound(tree) | set(dir(builtins))
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    lines = sorted(_IMPORTS[name] for name in used - there if name in _IMPORTS)
    # An import from there has to be the first.
    if not lines or "*" in there or "__future__" in code:
        return code, ()
    return "\n".join(lines) + f"\n\n\n{code}", tuple(f"added {line}" for line in lines)


def _bound(tree: ast.Module) -> set[str]:
    """Every name that is bound anywhere."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found.add((other or name).partition(".")[0])
            case ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found |= set(names)
        if isinstance(node, Function):
            found.add(node.name)
    return found


def without_unfinished_end(block: str) -> str:
    """The block up to its last statement, where an answer broke off within that one; else empty.

    What stands before another statement of the module is complete.
    """
    lines = block.split("\n")
    starts = [n for n, line in enumerate(lines) if line[:1].strip() and line[0] not in ")]}#"]
    return "\n".join(lines[: starts[-1]]) if len(starts) > 1 else ""


def renamed(block: str, spec: Spec) -> str:
    """The block with its only function under the declared name; empty where that is not certain."""
    if spec.kind != "function":
        return ""
    tree = parse(block)
    definitions = [n for n in tree.body if isinstance(n, Function | ast.ClassDef)]
    (declared,) = parse(f"{spec.signature}: ...").body
    match definitions, declared:
        case [(ast.FunctionDef() | ast.AsyncFunctionDef()) as only], (
            ast.FunctionDef() | ast.AsyncFunctionDef()
        ):
            word = re.compile(rf"\b{re.escape(only.name)}\b")
            uses = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == only.name]
            alike = [a.arg for a in only.args.args] == [a.arg for a in declared.args.args]
            if alike and len(word.findall(block)) == len(uses) + 1:
                return word.sub(spec.name, block)
    return ""
