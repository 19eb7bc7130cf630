"""Files of declarations changed for the person, who has said what is to be in them."""

from __future__ import annotations

import ast
from pathlib import Path

from pseudocode.errors import SpecError, StoreError
from pseudocode.plain.doctests import with_example
from pseudocode.plain.written_tests import with_test
from pseudocode.spec.discovery import find_specs
from pseudocode.spec.model import Example, Spec
from pseudocode.spec.outline import outline
from pseudocode.spec.parsing import parse
from pseudocode.store.files import write_atomically


def add_example(spec: Spec, example: Example) -> None:
    """Write an example into the docstring of a declaration.

    Args:
        spec: The declaration, as the person has seen it.
        example: What is added; as `plain.doctests.with_example` takes it.

    Raises:
        SpecError: When it cannot be written there as an example.
        StoreError: When the declaration has changed on disk, or the file cannot be written.
    """
    path = Path(spec.path)
    try:
        data = path.read_bytes()
        _see_unchanged(spec, data)
        changed = with_example(data, _home(spec, example), example)
        if path.read_bytes() != data:
            raise StoreError(_CHANGED.format(path))
        write_atomically(path.resolve(), changed)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from None


def add_test(spec: Spec, example: Example, about: str) -> None:
    """Write a test of a declaration into the file of its tests, or into a new one beside it.

    Args:
        spec: The declaration.
        example: What is tested.
        about: What the test shows, in the person's words.

    Raises:
        SpecError: When no test can be made of it.
        StoreError: When the file cannot be read or written.
    """
    if spec.kind not in ("function", "class"):
        raise SpecError(f"{spec.name} is a {spec.kind}; write its tests by hand")
    home = Path(spec.path)
    there = (Path(suite.path) for suite in spec.suites if not suite.names)
    beside = (path for path in there if path.resolve().parent == home.resolve().parent)
    path = next(beside, home.with_name(f"test_{spec.module}.py"))
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        write_atomically(path, with_test(before, spec.module, spec.name, example, about))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StoreError(f"cannot write {path}: {reason}") from None


_CHANGED = "{} has changed on disk; look at it and say again what to add"


def _see_unchanged(spec: Spec, data: bytes) -> None:
    found = find_specs(spec.path, data)
    there = next((s for s in (*found.specs, *found.modules) if s.name == spec.name), None)
    if there is None or (there.kind, there.stub) != (spec.kind, spec.stub):
        raise StoreError(_CHANGED.format(spec.path))


def _home(spec: Spec, example: Example) -> str:
    """Whose docstring an example goes into."""
    if spec.kind == "file":
        raise SpecError(f"{spec.name} is a file, which has no examples; write a test for it")
    if spec.kind != "module":
        return spec.name
    declared = outline(parse(spec.stub).body)
    called = {node.id for node in ast.walk(parse(example.source)) if isinstance(node, ast.Name)}
    names = (*declared.functions, *declared.classes)
    return next((name for name in names if name in called), "")
