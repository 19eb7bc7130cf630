"""Tests run once more on code that is shown, at the person's wish and beside the loop."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from pseudocode.events import Case, SuiteFinished
from pseudocode.spec.model import Spec, Suite


@dataclass(frozen=True, slots=True)
class Rerun:
    """What the tests said of code the last time that they were run on it."""

    code: str
    digest: str
    """Of the declaration that they belong to."""
    report: SuiteFinished

    def is_of(self, spec: Spec, code: str) -> bool:
        """Whether it still tells about this code."""
        return (self.code, self.digest) == (code, spec.digest)


def narrowed(spec: Spec, case: Case) -> Spec:
    """A spec with no more to pass than one of its cases needs.

    An example may build on those before it, so they are run as well.
    """
    if not case.file:
        examples = spec.examples
        last = next((n for n, e in enumerate(examples) if is_of(case, e.line, e.call)), None)
        return replace(spec, examples=examples[: None if last is None else last + 1], suites=())
    suites = tuple(one for suite in spec.suites for one in _narrowed(suite, spec, case))
    return replace(spec, examples=(), suites=suites or spec.suites)


def is_of(case: Case, line: int, call: str) -> bool:
    """Whether a case is that of an example; where lines are not known, by what it says."""
    return case.call == call and (not case.line or case.line == line)


def _narrowed(suite: Suite, spec: Spec, case: Case) -> list[Suite]:
    if suite.names:  # callables of the file itself, which pytest finds elsewhere
        names = tuple(name for name in suite.names if _begins(case.call, name))
        return [replace(suite, names=names)] if names else []
    home = Path(spec.path).resolve().parent
    if os.path.relpath(Path(suite.path).resolve(), home) != case.file:
        return []
    return [replace(suite, only=(case.call,))]


def _begins(call: str, name: str) -> bool:
    return call.partition("[")[0].partition("::")[0] == name.rpartition(".")[2]


def merged(before: SuiteFinished | None, case: Case, again: SuiteFinished) -> SuiteFinished:
    """A report in which one case is told anew.

    Args:
        before: What was known until now.
        case: The case that was run again.
        again: What came of it, perhaps among others.
    """
    new = next((c for c in again.cases if _name(c) == _name(case)), None)
    if new is None:
        new = replace(case, outcome="error", error=again.error or "not run")
    if before is None:
        return replace(again, cases=(new,))
    return replace(before, cases=tuple(new if _name(c) == _name(new) else c for c in before.cases))


def _name(case: Case) -> tuple[str, str, int]:
    return case.file, case.call, 0 if case.file else case.line
