"""Whether code that was written for one declaration may serve another, and how it then reads.

What comes out is only likely to fit; the tests of the other declaration tell.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from pseudocode.spec.model import Spec
from pseudocode.spec.outline import Function, Outline, outline
from pseudocode.spec.parsing import parse, parse_expression

_BROKEN = (SyntaxError, ValueError, RecursionError, MemoryError)
_ALIKE = (
    {"int", "float", "complex", "Number", "Real", "Decimal", "Fraction"},
    {"list", "tuple", "Sequence", "Iterable", "Collection", "Iterator", "Generator"},
    {"dict", "defaultdict", "Counter", "OrderedDict", "Mapping", "MutableMapping"},
    {"set", "frozenset", "Set", "AbstractSet", "Iterable", "Collection"},
    {"str", "Sequence", "Iterable"},
)
"""Types of which one is often named where another would do as well."""
_ANY = {"Any", "object", "T"}


def shape(stub: str) -> str:
    """How a declaration is called: names apart, equal shapes take the same calls.

    Args:
        stub: The declaration as source text.

    Returns:
        Kinds of the parameters; of a class or module, its methods and functions with theirs.
        Empty where the text declares nothing.
    """
    try:
        declared = outline(parse(stub).body)
    except _BROKEN:
        return ""
    if len(declared.functions) == 1 and not declared.classes:
        return _function_shape(next(iter(declared.functions.values())))
    classes = list(declared.classes.values())
    if len(classes) == 1 and not declared.functions:
        return f"class {_members(outline(classes[0].body))}"
    return f"module {_members(declared)}"


def fitted(code: str, stub: str, context: str, spec: Spec) -> str | None:
    """Code that was written for another declaration, under the names of this one.

    Args:
        code: What was accepted for the other one.
        stub: The other declaration as source text.
        context: What the module of the other one holds: its imports may be needed.
        spec: What is wanted.

    Returns:
        The text as it was, where nothing had to be renamed; nothing where it cannot fit.
    """
    try:
        old, new = (outline(parse(text).body) for text in (stub, _text(spec)))
        if shape(stub) != shape(_text(spec)) or not _agree(old, new):
            return None
        tree = parse(code)
        imports = _wanted_imports(tree, context, spec.context)
        names, parameters = _renamings(old, new)
        if names or parameters:
            if not _renamed(tree, names, parameters):
                return None
            code = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    except _BROKEN:
        return None
    return "\n".join(imports) + "\n\n" * bool(imports) + code


def _text(spec: Spec) -> str:
    return spec.source or f"{spec.signature}: ..."


def _members(found: Outline) -> str:
    told = [f"{name}({_function_shape(node)})" for name, node in found.functions.items()]
    told += [f"{name}[{_members(outline(node.body))}]" for name, node in found.classes.items()]
    return " ".join(sorted(told))


def _function_shape(node: Function) -> str:
    arguments = node.args
    kinds = "o" * len(arguments.posonlyargs) + "p" * len(arguments.args)
    kinds += "*" * bool(arguments.vararg)
    named = "".join(f" {name}" for name in sorted(a.arg for a in arguments.kwonlyargs))
    start = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    return f"{start}def {kinds}{named}{' **' * bool(arguments.kwarg)}".strip()


# -- annotations


def _agree(old: Outline, new: Outline) -> bool:
    """Whether annotations could mean the same, where both declarations have them."""
    if len(old.functions) != 1 or old.classes:
        return True
    pair = [next(iter(found.functions.values())) for found in (old, new)]
    ours, theirs = ([*_annotations(node)] for node in pair)
    return all(_alike(a, b) for a, b in zip(ours, theirs, strict=True) if a and b)


def _annotations(node: Function) -> Iterator[ast.expr | None]:
    arguments = node.args
    for argument in (*arguments.posonlyargs, *arguments.args):
        yield argument.annotation
    for argument in sorted(arguments.kwonlyargs, key=lambda a: a.arg):
        yield argument.annotation
    yield node.returns


def _alike(one: ast.expr, other: ast.expr) -> bool:
    ours, theirs = _heads(one), _heads(other)
    if ours & theirs or (ours | theirs) & _ANY:
        return True
    return any(ours & alike and theirs & alike for alike in _ALIKE)


def _heads(annotation: ast.expr) -> set[str]:
    """The outermost types that an annotation names."""
    match annotation:
        case ast.BinOp(left=left, right=right):
            return _heads(left) | _heads(right)
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            return _heads(inner) | {"None"}
        case ast.Subscript(value=ast.Name(id="Union"), slice=ast.Tuple(elts=members)):
            return set().union(*map(_heads, members))
        case ast.Subscript(value=value):
            return _heads(value)
        case ast.Constant(value=str(text)):
            return _heads(parse_expression(text))
        case ast.Name(id=name) | ast.Attribute(attr=name):
            plain = name.lower()
            return {plain if plain in ("list", "tuple", "dict") else name}
    return {ast.unparse(annotation)}


# -- names


def _renamings(old: Outline, new: Outline) -> tuple[dict[str, str], dict[str, str]]:
    """What the code has to call otherwise: the declared name itself, and parameters."""
    if old.functions.keys() | old.classes.keys() == new.functions.keys() | new.classes.keys():
        names = {}
    else:
        before = next(iter(old.functions or old.classes))
        names = {before: next(iter(new.functions or new.classes))}
    if len(old.functions) != 1 or old.classes:
        return names, {}
    pair = (_parameters(next(iter(found.functions.values()))) for found in (old, new))
    return names, {a: b for a, b in zip(*pair, strict=True) if a != b}


def _parameters(node: Function) -> list[str]:
    rest = (node.args.vararg, node.args.kwarg)
    found = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
    return found + [a.arg for a in rest if a]


def _renamed(tree: ast.Module, names: dict[str, str], parameters: dict[str, str]) -> bool:
    """Rename in place; false where that could change what the code means."""
    (before, after) = next(iter(names.items()), ("", ""))
    if names and not _may_rename(tree, names):
        return False
    if parameters:
        found = outline(tree.body).functions
        wanted = before or next(iter(found))
        if wanted not in found or not _may_rename(found[wanted], parameters):
            return False
        _rename_parameters(tree, found[wanted], parameters)
    if names:
        _Renaming(names).visit(tree)
        top = (*outline(tree.body).functions.values(), *outline(tree.body).classes.values())
        next(node for node in top if node.name == before).name = after
    return True


def _may_rename(scope: ast.AST, names: dict[str, str]) -> bool:
    """Whether each old name is bound in one place only, and no new one is known yet."""
    bound = Counter(_bindings(scope))
    used = set(bound) | {n.id for n in ast.walk(scope) if isinstance(n, ast.Name)}
    once = all(bound[name] == 1 for name in names)
    return once and not (used - names.keys()) & set(names.values())


def _bindings(scope: ast.AST) -> Iterator[str]:
    """Every name that something below is given, once for each place beside assignments.

    Assigning to a parameter leaves it one variable, so that counts for no other place.
    """
    for node in ast.walk(scope):
        match node:
            case ast.arg(arg=name):
                yield name
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.alias(name=name, asname=asname):
                yield asname or name.split(".")[0]
            case ast.Global(names=found) | ast.Nonlocal(names=found):
                # Twice, so that it is never renamed: it would have to be in several scopes.
                yield from (*found, *found)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield name
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name


def _rename_parameters(tree: ast.Module, node: Function, names: dict[str, str]) -> None:
    for argument in ast.walk(node.args):
        if isinstance(argument, ast.arg):
            argument.arg = names.get(argument.arg, argument.arg)
    for statement in node.body:
        _Renaming(names).visit(statement)
    for call in ast.walk(tree):
        match call:
            case ast.Call(func=ast.Name(id=name)) if name == node.name:
                for keyword in call.keywords:
                    keyword.arg = names.get(keyword.arg or "", keyword.arg)


class _Renaming(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._names.get(node.id, node.id)
        return node


# -- imports


def _wanted_imports(tree: ast.Module, context: str, known: str) -> list[str]:
    """The imports of the old module that the code needs and the new one lacks."""
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    there = {*_bindings(tree), *_bindings(parse(known)), *outline(tree.body).constants}
    lines = []
    for statement in parse(context).body:
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        wanted = [
            alias
            for alias in statement.names
            if (alias.asname or alias.name.split(".")[0]) in used - there
        ]
        if wanted and not getattr(statement, "level", 0):
            statement.names = wanted
            lines.append(ast.unparse(statement))
    return lines
