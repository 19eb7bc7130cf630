"""What is found out once for a state of the files: whether accepted code is fresh, and compiled.

The slow half of `serving`: it parses the declaring file and compiles what was accepted for it, and
puts both into a cache where that is allowed.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import marshal
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING

from pseudocode import serving, wiring
from pseudocode.errors import NotGenerated, PseudocodeError, SpecError, StaleSpec, StoreError
from pseudocode.spec.digest import Decorators, class_digest, digest

if TYPE_CHECKING:
    from pseudocode.serving import Prepared, Stamp
    from pseudocode.store.accepted import Accepted

KINDS = 0x20 | 0x80 | 0x200
"""The bits of `co_flags` that tell generators, coroutines and asynchronous generators."""
Declared = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_parsed: dict[str, tuple[Stamp, Declarations]] = {}


def prepare(path: str, name: str, *, generate: bool = False) -> Prepared:
    """Make the accepted code of a declaration ready, and that of its file where it can be kept.

    Args:
        path: The file that declares it.
        name: The declared name.
        generate: Whether code that is missing or stale is to be generated.

    Raises:
        NotGenerated: When no code was accepted yet.
        StaleSpec: When the declaration changed since.
        PseudocodeError: When files cannot be read, or no code can be generated.
    """
    found: Prepared | None = None
    try:
        found = _prepared(path, name)
    except (NotGenerated, StaleSpec):
        if not generate:
            raise
    if found is None:  # outside of the handler, so that what fails now is told alone
        from pseudocode.console import generating

        generating.generate(path, name)
        found = _prepared(path, name)
    known = serving.entries(path)[1]
    known[name] = found
    _keep(path)
    return found


def prepare_all(path: str) -> dict[str, Prepared]:
    """Make ready all the accepted code of a file that is fresh and sound.

    Raises:
        SpecError: When the declaring file cannot be read.
    """
    known = serving.entries(path)[1]
    for name in declarations(path).digests:
        if name not in known or serving.stamp_of(known[name][0]) != known[name][1]:
            with suppress(PseudocodeError):
                known[name] = _prepared(path, name)
    return known


def prepare_file(path: str, name: str) -> None:
    """Have a declared file written if it is missing or stale.

    Args:
        path: The file that declares it.
        name: Its path in the project.

    Raises:
        PseudocodeError: When it cannot be generated.
    """
    from pseudocode.console import generating

    generating.generate(path, Path(name).as_posix())


class Declarations:
    """A parsed file that declares something."""

    def __init__(self, path: str) -> None:
        """Parse it.

        Raises:
            OSError: When it cannot be read.
            SyntaxError: When it is not Python any more.
            ValueError: Likewise.
        """
        with open(path, "rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._tree = ast.parse(stream.read())
        self._decorators = Decorators(self._tree)

    @cached_property
    def digests(self) -> dict[str, str]:
        """The digest of every declared function and class by its name."""
        found: dict[str, str] = {}
        for node in self._tree.body:
            if not isinstance(node, Declared) or (ours := self._decorators.of(node)) is None:
                continue
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, class_digest(node, ours, self._decorators))
            else:
                found.setdefault(node.name, digest(node, ours, self._decorators))
        return found

    def other_decorators(self, name: str) -> frozenset[str]:
        """The decorators beside ours that what is served gets from its declaration.

        Those above ours are applied to what we return; to a function those below as well.
        """
        for node in self._tree.body:
            if isinstance(node, Declared) and node.name == name:
                ours = self._decorators.of(node)
                if ours is None:
                    continue
                above = node.decorator_list
                if isinstance(node, ast.ClassDef):
                    above = above[: above.index(ours)]
                return frozenset(called(d) for d in above if d is not ours)
        return frozenset()

    @cached_property
    def rebound(self) -> frozenset[str]:
        """The names that functions of the module bind anew."""
        found = (n.names for n in ast.walk(self._tree) if isinstance(n, ast.Global))
        return frozenset(name for names in found for name in names)

    @cached_property
    def bound(self) -> frozenset[str]:
        """The names that statements at the top of the module may bind."""
        return _bound(self._tree.body)

    @cached_property
    def postponed(self) -> bool:
        """Whether annotations are not evaluated."""
        return any(
            isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and any(alias.name == "annotations" for alias in node.names)
            for node in self._tree.body
        )


def declarations(path: str) -> Declarations:
    """The parsed file; one parse serves all its declarations until it changes.

    Raises:
        SpecError: When it cannot be read.
    """
    stamp = serving.stamp_of(path)
    known = _parsed.get(path)
    if known is None or stamp is None or known[0] != stamp:
        try:
            parsed = Declarations(path)
        except (OSError, SyntaxError, ValueError) as error:
            raise SpecError(f"{path}: the declaration cannot be read: {error}") from None
        known = _parsed[path] = stamp or (0, 0), parsed
    return known[1]


def called(decorator: ast.expr) -> str:
    """The last part of the name of a decorator."""
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(function).rpartition(".")[2]


def _prepared(path: str, name: str) -> Prepared:
    module = os.path.splitext(os.path.basename(path))[0]
    try:
        accepted = wiring.load_accepted(path, module, name)
    except OSError as error:
        raise StoreError(
            f"accepted code cannot be read: {error.filename}: {error.strerror}"
        ) from None
    mend = f"run: pseudocode-tui run {_shown(path)} --only {name}"
    if accepted is None:
        raise NotGenerated(f"no accepted code for {module}.{name}; {mend}")
    declared = declarations(path)
    if name not in declared.digests:
        raise SpecError(f"{path}: {name} is not declared at module level")
    if accepted.digest != declared.digests[name]:
        raise StaleSpec(f"{module}.{name} was changed after its code was accepted; {mend}")
    return _compiled(accepted, name, declared)


def _compiled(accepted: Accepted, name: str, declared: Declarations) -> Prepared:
    flags = __future__.annotations.compiler_flag if declared.postponed else 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(accepted.code)
            # Tracebacks count the lines of the header.
            ast.increment_lineno(tree, accepted.first_line - 1)
            for node in _definitions(tree.body, name):
                again = declared.other_decorators(name)
                node.decorator_list = [d for d in node.decorator_list if called(d) not in again]
            code = compile(tree, accepted.path, "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise StoreError(f"{accepted.path}: the accepted code is damaged: {error}") from None
    own = _bound(tree.body)
    if name not in own:
        raise StoreError(f"{accepted.path}: the accepted code is damaged: it defines no {name}")
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    mentioned = {node.id for node in names}
    its_own = {node.id for node in names if isinstance(node.ctx, ast.Store)} | set(dir(builtins))
    its_own |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return (
        accepted.path,
        accepted.stamp,
        marshal.dumps(code),
        _kind(tree, code, name),
        tuple(sorted(mentioned & declared.bound | mentioned - its_own)),
        tuple(sorted(mentioned & declared.rebound - own)),
        tuple(sorted(mentioned & declared.bound - own)),
        tuple(n.name for n in tree.body if isinstance(n, ast.ClassDef) and n.name != name),
    )


def _definitions(body: list[ast.stmt], name: str) -> Iterator[Declared]:
    """The definitions of a name at the top of a module, under conditions as well."""
    for statement in body:
        if isinstance(statement, Declared):
            if statement.name == name:
                yield statement
            continue
        for part in ("body", "orelse", "finalbody"):
            yield from _definitions(getattr(statement, part, []), name)


def _kind(tree: ast.Module, code: CodeType, name: str) -> int:
    """Of a function as it is called; a decorator can make anything of one that is no coroutine."""
    found = [c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == name]
    flags = found[-1].co_flags & KINDS if found else 0
    decorated = any(node.decorator_list for node in _definitions(tree.body, name))
    return flags & 0x80 if decorated else flags


def _bound(body: list[ast.stmt]) -> frozenset[str]:
    found: set[str] = set()
    for statement in body:
        if isinstance(statement, Declared):
            found.add(statement.name)
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.alias):
                found.add((node.asname or node.name).partition(".")[0])
            elif isinstance(node, Declared):
                found.add(node.name)
    return frozenset(found)


def _keep(path: str) -> None:
    """Put into the cache what is known of a file; all of it, so that it is done once."""
    if sys.dont_write_bytecode:
        return
    with suppress(OSError, NotImplementedError, ValueError, PseudocodeError):
        cache = serving.cache_path(path)
        folder = os.path.dirname(cache)
        os.makedirs(folder, exist_ok=True)
        if not os.access(folder, os.W_OK):
            return
        prepare_all(path)
        data = serving.packed(path, *serving.entries(path))
        temporary = f"{cache}.{os.getpid()}.{id(data)}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with open(descriptor, "wb") as stream:
                stream.write(data)
            os.replace(temporary, cache)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise


def _shown(path: str) -> str:
    """A path as a person would type it here."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative
