"""The declaration as the person wrote it, with what it permits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pseudocode.inert import one_line
from pseudocode.spec.model import Problem, Spec
from pseudocode.tui.widgets.sheet import Line, SheetView, remarks, source


class SpecPane(SheetView):
    """Shows one spec."""

    HELP = "The declaration: signature, docstring and examples."
    BORDER_TITLE = "1 Specification"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._spec: Spec | None = None

    def show_spec(self, spec: Spec) -> None:
        """Show a declaration; where it is shown already, the place is kept."""
        if spec == self._spec:
            return
        before, self._spec = self._spec, spec
        lines = [*_facts(spec), *_plain(spec.stub), *_tests(spec)]
        if before and (before.path, before.name) == (spec.path, spec.name):
            self.show_in_place(lines)
        else:
            self.show(lines)
            self.scroll_home(animate=False)

    def show_problem(self, problem: Problem) -> None:
        """Show what is wrong with a file."""
        told = "This cannot be used as it is. Mend the file; the other specs go on."
        self.show_nothing(f"{problem}\n{told}")

    def show_nothing(self, told: str) -> None:
        """Say why there is nothing to show."""
        self._spec = None
        self.show(remarks(told))


def _facts(spec: Spec) -> list[Line]:
    facts = [f"{spec.path}:{spec.line}", *spec.options.permissions, *spec.options.extras]
    if spec.options.review:
        facts.append("review before it is run")
    if spec.suites:
        facts.append(f"tests: {', '.join(suite.title for suite in spec.suites)}")
    if not spec.is_tested:
        facts.append("no examples, no tests: nothing will be checked")
    return [line for fact in facts for line in remarks(one_line(fact, 1000), "$text-muted")]


def _plain(text: str) -> list[Line]:
    """Source without numbers: it is no whole file."""
    return [replace(line, number=0) for line in source(text.rstrip("\n"))]


def _tests(spec: Spec) -> Iterator[Line]:
    for suite in spec.suites:
        yield Line("")
        yield from _plain(f"# {suite.title}\n{suite.source}")
