"""Packages that code imports, against what there is: nothing is imported or installed here."""

from __future__ import annotations

import ast
import difflib
import importlib.metadata
import importlib.util
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from pseudocode.events import Flag
from pseudocode.spec.model import Spec
from pseudocode.spec.parsing import parse

MAX_PARENTS = 4
"""How many folders above a spec may hold modules that it imports."""


def missing(requires: tuple[str, ...]) -> str:
    """Which required packages are not here, and how to get them, on one line; or nothing.

    Args:
        requires: Names of distributions, or of modules, with versions or without.
    """
    absent = [text for text in requires if not _installed_version(text) and not _module(text)]
    if absent:
        verb = "is" if len(absent) == 1 else "are"
        return f"needs {' and '.join(absent)}, which {verb} not installed: {_pip(absent)}"
    for text in requires:
        version = _installed_version(text)
        if version and not _fits(text, version):
            return f"needs {text}, and version {version} is installed: {_pip([text])}"
    return ""


def look_at_imports(spec: Spec, code: str) -> tuple[tuple[str, ...], tuple[Flag, ...]]:
    """What is wrong with the imports of code, and what a reviewer should look at.

    Args:
        spec: What the code is for.
        code: It parses.

    Returns:
        Faults, in words for the model, and flags.
    """
    declared = spec.source if spec.kind == "module" else spec.context
    known = {top for top, _ in _imported(parse(declared))} | _local(spec)
    faults, flags = [], []
    for top, line in _imported(parse(code)):
        if top in sys.stdlib_module_names or top in known or top == "__future__":
            continue
        if not _there(top):
            faults.append(f"line {line}: {_absent(top, spec.options.requires)}")
        elif not _is_required(top, spec.options.requires):
            reason = f"imports {top}, which is installed but not in requires"
            flags.append(Flag(line=line, reason=reason))
    return tuple(faults), tuple(flags)


def _absent(top: str, requires: tuple[str, ...]) -> str:
    if told := missing(requires):
        return told
    own = [_name(text) for text in requires]
    usable = ["the standard library", *own]
    near = difflib.get_close_matches(top, [*own, *sys.stdlib_module_names], 1)
    meant = f"; did you mean {near[0]}?" if near else ""
    return f"there is no module named {top} here; use {' or '.join(usable)}{meant}"


def _imported(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Top-level names of the modules that are imported for certain, with lines."""
    for node in _certain(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.partition(".")[0], node.lineno
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0], node.lineno


def _certain(node: ast.AST) -> Iterator[ast.AST]:
    """All parts, but those that are there for the case that something is missing, or for types."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Try) and child.handlers:
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield from _certain(child)


def _local(spec: Spec) -> set[str]:
    """What may be imported from the folder of the spec, and from those around it."""
    found = {spec.module}
    folder = Path(spec.path).resolve().parent
    for place in (folder, *folder.parents[:MAX_PARENTS]):
        found |= {path.stem for path in place.glob("*.py")}
        found |= (
            {path.name for path in place.iterdir() if path.is_dir()} if place == folder else set()
        )
        if any((place / mark).exists() for mark in ("pyproject.toml", ".git", ".pseudocode")):
            found |= {path.name for path in place.iterdir() if path.is_dir()}
            break
    return found


def _there(top: str) -> bool:
    if top in _distributions():
        return True
    try:
        return importlib.util.find_spec(top) is not None
    except (ImportError, ValueError, AttributeError):
        return False


def _is_required(top: str, requires: tuple[str, ...]) -> bool:
    names = {canonicalize_name(name) for name in (top, *_distributions().get(top, ()))}
    return any(canonicalize_name(_name(text)) in names for text in requires)


@cache
def _distributions() -> dict[str, list[str]]:
    """The distributions that each importable name comes from."""
    return dict(importlib.metadata.packages_distributions())


def _module(text: str) -> bool:
    """Whether a requirement is met by a module that no distribution is known for."""
    name = _name(text).replace("-", "_")
    return name in sys.stdlib_module_names or (name.isidentifier() and _there(name))


def _installed_version(text: str) -> str:
    try:
        return importlib.metadata.version(_name(text))
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return ""


def _fits(text: str, version: str) -> bool:
    try:
        return Requirement(text).specifier.contains(version, prereleases=True)
    except InvalidRequirement:
        return True


def _name(text: str) -> str:
    """The name in a requirement, however it is written."""
    try:
        return Requirement(text).name
    except InvalidRequirement:
        return re.split(r"[^\w.-]", text.strip(), maxsplit=1)[0]


def _pip(requirements: list[str]) -> str:
    quoted = [text if re.fullmatch(r"[\w.-]+", text) else f"'{text}'" for text in requirements]
    return f"pip install {' '.join(quoted)}"
