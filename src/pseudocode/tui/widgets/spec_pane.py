"""The declaration as the person wrote it, with what it permits."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.highlight import highlight
from textual.widgets import Static

from pseudocode.inert import one_line, visible
from pseudocode.spec.model import Problem, Spec


class SpecPane(VerticalScroll):
    """Shows one spec."""

    HELP = "The declaration: signature, docstring and examples."
    BORDER_TITLE = "1 Specification"

    def compose(self) -> ComposeResult:
        """One text for facts, one for the source."""
        yield Static(id="facts", markup=False)
        yield Static(id="declaration", markup=False)
        yield Static(id="tests", markup=False)

    def show_spec(self, spec: Spec) -> None:
        """Show a declaration."""
        facts = [f"{spec.path}:{spec.line}", *spec.options.permissions, *spec.options.extras]
        if spec.options.review:
            facts.append("review before it is run")
        if spec.suites:
            facts.append(f"tests: {', '.join(suite.title for suite in spec.suites)}")
        if not spec.is_tested:
            facts.append("no examples, no tests: nothing will be checked")
        told = "\n".join(one_line(fact, 1000) for fact in facts)
        self.query_one("#facts", Static).update(Content(told))
        source = highlight(visible(spec.stub), language="python")
        self.query_one("#declaration", Static).update(source)
        tests = "\n\n".join(f"# {suite.title}\n{suite.source}" for suite in spec.suites)
        shown = highlight(visible(tests), language="python") if tests else Content()
        self.query_one("#tests", Static).update(shown)
        self.scroll_home(animate=False)

    def show_problem(self, problem: Problem) -> None:
        """Show what is wrong with a file."""
        self.query_one("#facts", Static).update(Content(visible(str(problem))))
        told = "This cannot be used as it is. Mend the file; the other specs go on."
        self.query_one("#declaration", Static).update(Content(told))
        self.query_one("#tests", Static).update(Content())

    def show_nothing(self, told: str) -> None:
        """Say why there is nothing to show."""
        self.query_one("#facts", Static).update(Content(visible(told)))
        self.query_one("#declaration", Static).update(Content())
        self.query_one("#tests", Static).update(Content())
