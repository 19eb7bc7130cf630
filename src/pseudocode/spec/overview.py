"""What a spec may use, told to the model in few words and within a budget."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pseudocode.spec.definitions import Definitions, Function, bound_by, free_names, names_in
from pseudocode.spec.digest import docstring_text, first_paragraph, signature_text
from pseudocode.spec.model import Spec
from pseudocode.spec.parsing import parse
from pseudocode.spec.surroundings import ACCEPTED, Import
from pseudocode.spec.templates import imports_for

MAX_TOKENS = 1500
"""What the model is told of the surroundings at most; what is nearest to the spec comes first."""
CHARACTERS_PER_TOKEN = 4
MAX_BODY = 300
"""Characters of a function by hand that is shown whole; of longer ones, what they are for."""
MAX_PREFILLED = 3
"""So many specs are named to a model that reads little."""
_BROKEN = (SyntaxError, ValueError, RecursionError, MemoryError)


class _Part(NamedTuple):
    """One thing that may be used."""

    rank: tuple[int, int]
    """How far it is from the spec, and where it stands."""
    text: str


def overview(spec: Spec) -> str:
    """The imports, types, helpers and specs that a spec may use, as shortened source.

    Types are shown whole, functions and specs by signature and first paragraph. No example of
    another spec is in it.
    """
    tree = _tree(spec.context)
    if tree is None:
        return spec.context[: MAX_TOKENS * CHARACTERS_PER_TOKEN]
    definitions = Definitions(tree, _is_stub)
    near = _distances(spec, definitions)
    parts = [
        _Part((_rank(statement, near), place), text)
        for place, statement in enumerate(tree.body)
        if (text := _shown(statement, spec))
    ]
    imported = _imported(spec, tree, near)
    parts += [_Part((rank, len(tree.body) + place), t) for place, (rank, t) in enumerate(imported)]
    return _within_budget(parts)


def callable_specs(spec: Spec) -> list[str]:
    """The signatures of the specs that a spec needs, for a model that reads little."""
    named = {used.name for used in spec.around.needs} - {used.name for used in spec.around.missing}
    sources = [spec.context, *(module.source for module in spec.around.modules)]
    trees = [tree for source in sources if (tree := _tree(source)) is not None]
    found = [
        f"`{signature_text(statement).removeprefix('def ')}`"
        for tree in trees
        for statement in tree.body
        if isinstance(statement, ast.FunctionDef) and statement.name in named
    ]
    return list(dict.fromkeys(found))[:MAX_PREFILLED]


def _within_budget(parts: list[_Part]) -> str:
    """As many parts as fit, the nearest first, shown in their order."""
    left = MAX_TOKENS * CHARACTERS_PER_TOKEN
    kept: list[_Part] = []
    for part in sorted(parts):
        if len(part.text) > left:
            kept.append(_Part((0, len(parts) + 1_000_000), "# …"))
            break
        kept.append(part)
        left -= len(part.text)
    return "\n".join(part.text for part in sorted(kept, key=lambda part: part.rank[1]))


def _distances(spec: Spec, definitions: Definitions) -> dict[str, int]:
    """In how many steps names are reached from a declaration; those it does not lead to are far."""
    names = {used.name for used in spec.around.uses}
    tree = _tree(spec.stub)
    if tree is not None:
        names |= names_in(tree)
    names = names.union(*(free_names(example.source) for example in spec.examples))
    return {name: place for place, name in enumerate(definitions.reach(names))}


def _rank(statement: ast.stmt, near: dict[str, int]) -> int:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return -1
    name = getattr(statement, "name", None)
    targets = names_in(statement) if name is None else {name}
    return min((near[target] for target in targets if target in near), default=len(near) + 1)


def _shown(statement: ast.stmt, spec: Spec) -> str:
    """How a part of the module is told; empty where it must not be used."""
    if isinstance(statement, Function | ast.ClassDef) and statement.name == spec.name:
        return ""
    if _is_stub(statement):
        usable = getattr(statement, "name", "") not in spec.around.unusable
        return _brief(statement) if usable else ""
    return _brief(statement)


def _imported(spec: Spec, tree: ast.Module, near: dict[str, int]) -> Iterator[tuple[int, str]]:
    """What the names mean that come from other modules of the project."""
    modules = {module.name: module for module in spec.around.modules}
    told: set[tuple[str, str]] = set()
    for statement in tree.body:
        for alias in getattr(statement, "names", ()):
            bound = (alias.asname or alias.name).partition(".")[0]
            for wanted in imports_for(statement, bound):
                home = _home(wanted, spec.around.package)
                if home not in modules:
                    continue
                source = _tree(modules[home].source)
                served = {name for name, _ in modules[home].served}
                for text, name in _exported(source, wanted.name, served):
                    if (home, name) not in told:
                        told.add((home, name))
                        yield near.get(bound, len(near)), f"# in {home}:\n{text}"


def _exported(
    tree: ast.Module | None, wanted: str, served: Iterable[str]
) -> Iterator[tuple[str, str]]:
    for statement in tree.body if tree else ():
        if isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        name = next(bound_by(statement), "")
        if not name or (name.startswith("_") and name != wanted):
            continue
        usable = not _is_stub(statement) or name in served
        if usable and wanted in ("", "*", name):
            yield _brief(statement), name


def _home(wanted: Import, package: str) -> str:
    if not wanted.level:
        return wanted.module
    parts = package.split(".")
    parts = parts[: len(parts) - wanted.level + 1]
    return ".".join([*parts, *([wanted.module] if wanted.module else [])])


def _brief(statement: ast.stmt) -> str:
    if isinstance(statement, ast.ClassDef):
        kept = [d for d in statement.decorator_list if not _is_mark(d)]
        statement.decorator_list = kept
        return ast.unparse(statement)
    if not isinstance(statement, Function):
        return ast.unparse(statement)
    whole = ast.unparse(statement)
    stub = _is_stub(statement)
    return whole if len(whole) <= MAX_BODY and not stub else ast.unparse(_without_body(statement))


def _without_body(node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt:
    text = first_paragraph(docstring_text(node))
    doc = [ast.Expr(ast.Constant(text))] if text else []
    kind = type(node)
    fields = dict(ast.iter_fields(node))
    fields["decorator_list"] = [d for d in node.decorator_list if not _is_mark(d)]
    fields["body"] = [*doc, ast.Expr(ast.Constant(...))]
    return ast.copy_location(kind(**fields), node)


def _is_stub(statement: ast.stmt) -> bool:
    return any(map(_is_mark, getattr(statement, "decorator_list", ())))


def _is_mark(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Name) and decorator.id == ACCEPTED


def _tree(source: str) -> ast.Module | None:
    try:
        return parse(source)
    except _BROKEN:
        return None
