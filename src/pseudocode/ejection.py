"""Accepted code leaves: specs become plain Python that needs nothing of this package."""

from __future__ import annotations

import doctest
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pseudocode.checkup import Finding, kept_code
from pseudocode.errors import SpecError, StoreError
from pseudocode.plain.module import Plain, plain_module, plain_stubs
from pseudocode.plain.ours import PACKAGE, plain_tests
from pseudocode.spec.discovery import read_source
from pseudocode.spec.model import Problem, Spec
from pseudocode.spec.outline import docstrings
from pseudocode.spec.parsing import parse
from pseudocode.wiring import load_specs
from pseudocode.wiring_code import formatted, gather, reachable, write_tree

_OURS = (PACKAGE.encode(), b"mark.hidden")
_COOKIE = re.compile(r"^([ \t\f]*#.*?coding[:=][ \t]*)[-\w.]+")


@dataclass(slots=True)
class Ejected:
    """What became of a folder."""

    specs: tuple[Spec, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    """Declarations and files that cannot be used."""
    faults: list[tuple[Spec, str]] = field(default_factory=list)
    """Specs without code that could go, and why."""
    notes: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    """What was written, by the path below the new folder."""

    @property
    def requires(self) -> list[str]:
        """The packages that the code is meant to use."""
        return sorted({name for spec in self.specs for name in spec.options.requires})


def eject(path: Path, folder: Path, *, force: bool) -> Ejected:
    """Write what a folder or a file declares as plain Python, all of it or nothing.

    Args:
        path: The folder or file.
        folder: Where to.
        force: Whether files of the same names may be replaced there.

    Raises:
        StoreError: When the specs cannot be read, or something is in the way.
    """
    found = load_specs(path)
    done = Ejected(found.specs, list(found.problems))
    codes: dict[Spec, str] = {}
    for spec in found.specs:
        _keep(spec, codes, done)
    if done.problems or done.faults or not codes:
        return done
    home = path if path.is_dir() else path.parent
    if any(Path(s.path).resolve().is_relative_to(folder.resolve()) for s in codes):
        raise StoreError(f"{folder} holds the specs themselves; name another folder")
    files = gather(home, folder)
    if not path.is_dir():
        tests = {_below(home, suite.path) for spec in codes for suite in spec.suites}
        files = reachable(files, {path.name, *tests})
        done.specs, codes = _with_others(home, files, codes, done)
    texts = _modules(home, files, codes, done)
    done.files = {**files, **_encoded(texts), **_beside(home, codes, files, done)}
    if not done.problems and not done.faults:
        write_tree(folder, done.files, force=force)
    return done


def _keep(spec: Spec, codes: dict[Spec, str], done: Ejected) -> None:
    kept = kept_code(spec)
    if isinstance(kept, Finding):
        done.faults.append((spec, kept.told))
    else:
        assert kept.accepted is not None
        codes[spec] = kept.accepted.code


def _with_others(
    home: Path, files: dict[str, bytes], codes: dict[Spec, str], done: Ejected
) -> tuple[tuple[Spec, ...], dict[Spec, str]]:
    """The specs of other files, too, that a file imports."""
    paths = {spec.path for spec in codes}
    for name, data in files.items():
        if PACKAGE.encode() not in data or str(home / name) in paths:
            continue
        found = load_specs(home / name)
        for spec in found.specs:
            _keep(spec, codes, done)
    return tuple(codes), codes


def _modules(
    home: Path, files: dict[str, bytes], codes: dict[Spec, str], done: Ejected
) -> dict[str, str]:
    """The Python files that are not as they were."""
    declared = {_below(home, spec.path) for spec in codes}
    texts: dict[str, str] = {}
    for name, data in files.items():
        ours = name.endswith(".py") and any(word in data for word in _OURS)
        if not ours and name not in declared:
            continue
        mine = {s.name: (s, c) for s, c in codes.items() if _below(home, s.path) == name}
        try:
            text = read_source(data)
            made = _plain(text, mine)
            texts[name] = _checked(_as_utf8(made.text))
            done.notes += [f"{home / name}: {note}" for note in made.notes]
        except (SpecError, SyntaxError, ValueError) as error:
            line = getattr(error, "line", 0) or 1
            reason = f"cannot be ejected: {error}"
            done.problems.append(Problem(path=str(home / name), line=line, reason=reason))
    pretty = formatted({str(home / name): texts[name] for name in texts if name in declared})
    for name in texts.keys() & declared:
        # Formatting a docstring must not touch what its examples print.
        if _examples(better := pretty[str(home / name)]) == _examples(texts[name]):
            texts[name] = better
    return texts


def _plain(text: str, mine: dict[str, tuple[Spec, str]]) -> Plain:
    for spec, code in mine.values():
        if spec.kind == "module":
            return plain_stubs(text, code)
    if mine:
        return plain_module(text, {n: code for n, (s, code) in mine.items() if s.kind != "file"})
    return Plain(plain_tests(text))


def _beside(
    home: Path, codes: dict[Spec, str], files: dict[str, bytes], done: Ejected
) -> dict[str, bytes]:
    """Generated files, and those that the code may read."""
    found: dict[str, bytes] = {}
    for spec, code in codes.items():
        if spec.kind == "file":
            if spec.name in {*files, *found}:
                done.faults.append((spec, "there is another file of this name"))
            found[spec.name] = code.encode()
        for name in spec.options.files:
            path = Path(spec.path).parent / name
            if not path.resolve().is_relative_to(Path(spec.path).parent.resolve()):
                done.faults.append((spec, f"files: {name!r} is not inside the folder of the spec"))
            elif path.is_file():
                found[_below(home, str(path))] = path.read_bytes()
    return found


def _encoded(texts: dict[str, str]) -> dict[str, bytes]:
    return {name: text.encode("utf-8") for name, text in texts.items()}


def _as_utf8(text: str) -> str:
    """The text with the encoding that it is written in, where it names one."""
    lines = text.split("\n", 2)
    return "\n".join([*(_COOKIE.sub(r"\1utf-8", line) for line in lines[:2]), *lines[2:]])


def _checked(text: str) -> str:
    parse(text)
    return text


def _examples(text: str) -> list[tuple[str, str]]:
    parser = doctest.DocTestParser()
    found: Iterable[doctest.Example] = (
        example for _, doc, _ in docstrings(parse(text)) for example in parser.get_examples(doc)
    )
    return [(example.source, example.want) for example in found]


def _below(home: Path, path: str) -> str:
    return Path(os.path.relpath(path, home)).as_posix()
