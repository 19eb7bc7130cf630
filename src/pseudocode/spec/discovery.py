"""Specs found in source text, without running any of it."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import PurePath

from pseudocode.errors import SpecError
from pseudocode.spec.digest import (
    DECORATORS,
    FILE,
    Declaration,
    Decorators,
    digest,
    docstring_text,
    signature_text,
)
from pseudocode.spec.docstrings import parse_docstring, parse_examples
from pseudocode.spec.files import file_arguments, file_spec
from pseudocode.spec.model import Example, Found, Options, Problem, Spec, Suite
from pseudocode.spec.options import read_options
from pseudocode.spec.outline import bound_names
from pseudocode.spec.parsing import parse
from pseudocode.spec.stubs import may_be_stubs
from pseudocode.spec.templates import Template
from pseudocode.spec.uses import with_siblings
from pseudocode.spec.wholes import class_spec, module_examples, module_spec
from pseudocode.spec.withheld import withhold, without_hidden

MAX_SOURCE_BYTES = 1 << 20
"""Larger files are refused: parsing takes about a hundred bytes of memory for each byte."""


def read_source(data: bytes) -> str:
    """Decode a Python file as the interpreter would, with universal newlines.

    Raises:
        SpecError: When it is too large or not text in its declared encoding.
    """
    if len(data) > MAX_SOURCE_BYTES:
        raise SpecError(f"larger than {MAX_SOURCE_BYTES // 1024} KiB; split the file")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return io.TextIOWrapper(io.BytesIO(data), encoding).read()
    except (SyntaxError, UnicodeError, LookupError) as error:
        raise SpecError(f"not readable as text: {error}; save it as UTF-8") from None


def find_specs(path: str, data: bytes) -> Found:
    """List the specs that a file declares, and what is wrong with it.

    Args:
        path: The file's path, for messages and names.
        data: Its contents.
    """
    try:
        source = read_source(data)
        tree = parse_source(source)
    except SpecError as error:
        return Found(problems=(Problem(path=path, line=error.line or 1, reason=str(error)),))
    try:
        return _FileReader(path, source, tree).found()
    except RecursionError:
        return Found(problems=(Problem(path=path, line=1, reason="nested too deeply"),))


def parse_source(source: str) -> ast.Module:
    """Parse a Python file.

    Raises:
        SpecError: With the line, when it is not valid.
    """
    try:
        return parse(source)
    except SyntaxError as error:
        raise SpecError(f"not valid Python: {error.msg}", error.lineno or 1) from None
    except (ValueError, RecursionError, MemoryError) as error:
        deep = not isinstance(error, ValueError)
        reason = "nested too deeply" if deep else f"not readable as Python: {error}"
        raise SpecError(reason, 1) from None


class _FileReader:
    def __init__(self, path: str, source: str, tree: ast.Module) -> None:
        self._path = path
        self._lines = source.split("\n")
        self._tree = tree
        self._decorators = Decorators(tree)
        self._template = Template(tree, self._decorators)
        self._problems: list[Problem] = []

    def found(self) -> Found:
        specs: dict[str, Spec] = {}
        for statement in self._tree.body:
            if self._is_misuse(statement):
                reason = "only a function declared with def, or a class, can be a spec"
                problem = Problem(path=self._path, line=statement.lineno, reason=reason)
                self._problems.append(problem)
        for node, nested in _functions(self._tree):
            decorator = self._decorators.of(node)
            if decorator is None:
                continue
            try:
                if nested:
                    raise SpecError(f"{node.name}: only functions at module level can be specs")
                if node.name in specs:
                    raise SpecError(f"{node.name} is declared twice; only the first is used")
                specs[node.name] = self._spec(node, decorator)
            except SpecError as error:
                line = error.line or node.lineno
                self._problems.append(Problem(path=self._path, line=line, reason=str(error)))
        self._add_classes(specs)
        self._add_files(specs)
        in_order = sorted(specs.values(), key=lambda spec: spec.line)
        surrounded = with_siblings(in_order, self._template)
        declared = Found(specs=surrounded, problems=tuple(self._problems))
        return declared if specs or self._problems else self._as_a_whole()

    def _add_classes(self, specs: dict[str, Spec]) -> None:
        for node in self._tree.body:
            decorator = self._decorators.of(node) if isinstance(node, ast.ClassDef) else None
            if decorator is None or not isinstance(node, ast.ClassDef):
                continue
            try:
                if node.name in specs:
                    raise SpecError(f"{node.name} is declared twice; only the first is used")
                specs[node.name] = self._class_spec(node, decorator)
            except SpecError as error:
                line = error.line or node.lineno
                self._problems.append(Problem(path=self._path, line=line, reason=str(error)))

    def _add_files(self, specs: dict[str, Spec]) -> None:
        for statement in self._tree.body:
            call = self._file_call(statement)
            if call is None:
                continue
            try:
                spec = self._file_spec(call)
                if spec.name in specs:
                    raise SpecError(f"{spec.name} is declared twice; only the first is used")
                specs[spec.name] = spec
            except SpecError as error:
                line = error.line or call.lineno
                self._problems.append(Problem(path=self._path, line=line, reason=str(error)))

    def _file_spec(self, call: ast.Call) -> Spec:
        arguments = file_arguments(call)
        keywords = [
            ast.keyword(k, v) for k, v in arguments.items() if k not in ("name", "description")
        ]
        options = read_options(ast.Call(call.func, [], keywords), FILE)
        return file_spec(
            arguments,
            path=self._path,
            module=PurePath(self._path).stem,
            line=call.lineno,
            options=options,
            suites=self._suites(options, FILE),
            tests=[t for name in options.tests for t in self._meaning(name)],
        )

    def _class_spec(self, node: ast.ClassDef, decorator: ast.expr) -> Spec:
        options = read_options(decorator, node.name)
        return class_spec(
            node,
            decorator,
            path=self._path,
            module=PurePath(self._path).stem,
            lines=self._lines,
            options=options,
            suites=self._suites(options, node.name),
            context=self._template.context(node.name),
            module_decorators=self._decorators,
        )

    def _as_a_whole(self) -> Found:
        """The file itself, where something in it is yet to be written."""
        module = PurePath(self._path).stem
        if module.startswith("__") or not may_be_stubs(self._tree):
            return Found()
        doubts: tuple[Problem, ...] = ()
        examples: tuple[Example, ...] = ()
        try:
            examples = module_examples(self._tree)
        except SpecError as error:
            doubts = (Problem(path=self._path, line=error.line or 1, reason=str(error)),)
        spec = module_spec(
            self._tree, path=self._path, module=module, lines=self._lines, examples=examples
        )
        return Found(modules=with_siblings((spec,), self._template), doubts=doubts)

    def _is_misuse(self, statement: ast.stmt) -> bool:
        """Whether a decorator of ours is used on the wrong thing, or called on something."""
        if isinstance(statement, ast.ClassDef | Declaration):
            wrong = DECORATORS["function" if isinstance(statement, ast.ClassDef) else "class"]
            named = map(self._decorators.named, map(_called, statement.decorator_list))
            return wrong in named
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr):
            return self._decorators.used_in(statement) and self._file_call(statement) is None
        return False

    def _file_call(self, statement: ast.stmt) -> ast.Call | None:
        """The declaration of a file that a statement is, if it is one."""
        value = getattr(statement, "value", None)
        called = isinstance(value, ast.Call) and self._decorators.named(value.func) == FILE
        return value if called and isinstance(value, ast.Call) else None

    def _spec(self, node: Declaration, decorator: ast.expr) -> Spec:
        docstring = docstring_text(node)
        options = read_options(decorator, node.name)
        examples = withhold(self._examples(node), node.name)
        return Spec(
            name=node.name,
            module=PurePath(self._path).stem,
            path=self._path,
            line=node.lineno,
            signature=signature_text(node),
            is_async=isinstance(node, ast.AsyncFunctionDef),
            docstring=docstring,
            shown_docstring=without_hidden(docstring, examples),
            doc=parse_docstring(docstring),
            examples=examples,
            suites=self._suites(options, node.name),
            options=options,
            context=self._template.context(node.name),
            digest=digest(node, decorator, self._decorators),
        )

    def _meaning(self, test: str) -> list[str]:
        """What a test of the file means, and all that it is made of."""
        names = self._decorators.definitions.reach([test.partition(".")[0]])
        return [text for name in names for text in self._decorators.definitions.told(name)]

    def _examples(self, node: Declaration) -> tuple[Example, ...]:
        text = ast.get_docstring(node, clean=False)
        if text is None:
            return ()
        found = parse_examples(text, name=node.name, line=node.body[0].lineno)
        if isinstance(node, ast.AsyncFunctionDef):
            for example in found:
                _check_awaited(example, node.name)
        return found

    def _suites(self, options: Options, declared: str) -> tuple[Suite, ...]:
        """The callables of `tests=[…]`; test files by their paths are found with the others."""
        names = tuple(entry for entry in options.tests if not entry.startswith(("'", '"')))
        if not names:
            return ()
        known = bound_names(self._tree.body)
        for name in names:
            if name.partition(".")[0] not in known:
                raise SpecError(f"{declared}: tests: {name} is not defined in this file")
        parts = [s for s in self._tree.body if getattr(s, "name", None) in names]
        source = "\n\n\n".join(map(ast.unparse, parts))
        return (Suite(path=self._path, source=source, names=names),)


def _check_awaited(example: Example, name: str) -> None:
    """A call that nobody awaits runs nothing: as an example it would pass with any code."""
    if re.search(r"\b(await|async|asyncio|anyio)\b", example.source):
        return
    calls = (n.func for n in ast.walk(parse(example.source)) if isinstance(n, ast.Call))
    if any(isinstance(called, ast.Name) and called.id == name for called in calls):
        told = f"malformed example: {name} is a coroutine function; write await {name}(…)"
        raise SpecError(told, example.line)


def _called(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator


def _functions(tree: ast.Module) -> Iterator[tuple[Declaration, bool]]:
    top = {id(node) for node in tree.body}
    found = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    for node in sorted(found, key=lambda n: n.lineno):
        yield node, id(node) not in top
