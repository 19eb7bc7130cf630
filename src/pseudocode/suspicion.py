"""What a reviewer should look at twice: answers written down, and constructs out of place.

A flag is a warning with a line, never a verdict. Two literals of input and answer in the code as a
sign of hard-coding follow the detectors for benchmark gaming described in EvilGenie (arXiv
2511.21654); constants of a correct solution can look the same.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pseudocode.events import Flag
from pseudocode.spec.model import Example, Spec
from pseudocode.spec.outline import Function, is_stub
from pseudocode.spec.parsing import parse

MIN_EXAMPLES = 2
"""So many examples must show in the code before it counts as hard-coded."""
_TRIVIAL = (None, True, False, 0, 1, -1, 2, 10, "", " ")
"""Constants that any code may hold."""
_OUT_OF_PLACE = {
    "atexit", "builtins", "ctypes", "doctest", "faulthandler", "gc", "importlib", "inspect",
    "marshal", "multiprocessing", "pickle", "pty", "pytest", "resource", "signal", "subprocess",
    "sys", "threading", "traceback", "unittest",
}  # fmt: skip
_NETWORK = {"aiohttp", "ftplib", "http", "httpx", "requests", "smtplib", "socket", "ssl", "urllib"}
_CALLS = {"__import__", "breakpoint", "compile", "eval", "exec", "globals", "input", "open", "vars"}
_OS = {"_exit", "abort", "environ", "execv", "fork", "kill", "remove", "system", "unlink"}
_COMPARISONS = {"__eq__", "__ne__", "__hash__", "__lt__"}


def flags(code: str, spec: Spec) -> tuple[Flag, ...]:
    """List what is remarkable about code that parses, by line.

    Args:
        code: The code as it would be accepted.
        spec: What it was written for; what it permits is not remarkable.
    """
    try:
        tree = parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    found = [*_constructs(tree, spec), *_hard_coded(tree, spec), *_unused(tree, spec)]
    return tuple(sorted(set(found), key=lambda flag: (flag.line, flag.reason)))


def _constructs(tree: ast.Module, spec: Spec) -> Iterator[Flag]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _imports(node, spec)
        elif isinstance(node, ast.expr | ast.stmt) and (reason := _construct(node, spec)):
            yield Flag(line=node.lineno, reason=reason)


def _construct(node: ast.expr | ast.stmt, spec: Spec) -> str:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in _CALLS:
            return "" if name == "open" and spec.options.files else f"calls {name}()"
        case ast.Attribute(value=ast.Name(id="os"), attr=name) if name in _OS:
            return "" if name == "environ" and spec.options.env else f"uses os.{name}"
        case ast.Attribute(attr=name) if name.startswith("__") and name.endswith("__"):
            return f"reaches for {name}"
        case ast.FunctionDef(name=name) if name in _COMPARISONS:
            return f"defines {name}"
    return ""


def _imports(node: ast.Import | ast.ImportFrom, spec: Spec) -> Iterator[Flag]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield from _imported(alias.name, node.lineno, spec)
        return
    yield from _imported(node.module or "", node.lineno, spec)
    if node.module == "os":
        for alias in node.names:
            if alias.name in _OS:
                yield Flag(line=node.lineno, reason=f"uses os.{alias.name}")


def _imported(module: str, line: int, spec: Spec) -> Iterator[Flag]:
    top = module.split(".")[0]
    if top in _OUT_OF_PLACE:
        yield Flag(line=line, reason=f"imports {top}")
    elif top in _NETWORK and module != "urllib.parse" and not spec.options.network:
        yield Flag(line=line, reason=f"imports {top}, and the spec permits no network")


def _hard_coded(tree: ast.Module, spec: Spec) -> Iterator[Flag]:
    lines: dict[object, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and _telling(node.value):
            lines.setdefault(_key(node.value), node.lineno)
    seen = [where for example in spec.examples if (where := _written_down(example, lines))]
    if len(seen) >= MIN_EXAMPLES:
        for line in {line for where in seen for line in where}:
            reason = f"holds inputs and answers of {len(seen)} examples"
            yield Flag(line=line, reason=reason, doubtful=True)


def _unused(tree: ast.Module, spec: Spec) -> Iterator[Flag]:
    """What the declared function is given and never looks at."""
    if spec.kind != "function":
        return
    for node in tree.body:
        if isinstance(node, Function) and node.name == spec.name and not is_stub(node):
            given = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
            names = (n for s in node.body for n in ast.walk(s) if isinstance(n, ast.Name))
            used = {name.id for name in names if isinstance(name.ctx, ast.Load)}
            left = [name for name in given if name not in used and not name.startswith("_")]
            if left and not used & {"locals", "vars"}:
                told = f"does not look at {', '.join(left)}"
                yield Flag(line=node.lineno, reason=told, doubtful=True)


def _written_down(example: Example, lines: dict[object, int]) -> set[int]:
    """The lines that hold an input and the answer of an example; empty unless both do."""
    if example.error is not None:
        return set()
    inputs = {lines[key] for key in _constants(example.source) if key in lines}
    answers = {lines[key] for key in _constants(example.want) if key in lines}
    return inputs | answers if inputs and answers else set()


def _constants(text: str) -> set[object]:
    try:
        tree = parse(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    found = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {_key(value) for value in found if _telling(value)}


def _telling(value: object) -> bool:
    return not any(value == trivial for trivial in _TRIVIAL) and value is not ...


def _key(value: object) -> object:
    return type(value).__name__, value
