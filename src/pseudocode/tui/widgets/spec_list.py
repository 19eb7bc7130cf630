"""The list of specs with their states."""

from __future__ import annotations

from pathlib import PurePath

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from pseudocode.inert import one_line
from pseudocode.spec.model import Problem
from pseudocode.tui.work import SIGNS, Work

_STYLES = {
    "accepted": "$text-success",
    "failed": "$text-error",
    "needs you": "bold $text-warning",
    "not allowed": "$text-warning",
    "generating": "$text-accent",
    "testing": "$text-accent",
    "stale": "$text-warning",
    "to re-test": "$text-warning",
    "waiting": "$text-accent",
}


class SpecList(OptionList):
    """All specs, by file; broken files and declarations stand among them."""

    HELP = "Specs and their states. Up and down choose, `g` generates the chosen one."
    BORDER_TITLE = "Specs"

    def fill(self, works: list[Work], problems: tuple[Problem, ...], chosen: str | None) -> None:
        """Show these, with the cursor on the one that is named."""
        self.clear_options()
        for path in dict.fromkeys([w.spec.path for w in works] + [p.path for p in problems]):
            name = Content(one_line(PurePath(path).name)).stylize("dim")
            self.add_option(Option(name, disabled=True))
            self.add_options(
                Option(_label(work), id=work.key) for work in works if work.spec.path == path
            )
            self.add_options(
                Option(_problem(problem), id=f"problem:{problem}")
                for problem in problems
                if problem.path == path
            )
        keys = [work.key for work in works]
        if chosen in keys or keys:
            self.highlighted = self.get_option_index(chosen if chosen in keys else keys[0])

    def choose(self, work: Work) -> None:
        """Put the cursor on a spec."""
        self.highlighted = self.get_option_index(work.key)

    def refresh_work(self, work: Work) -> None:
        """Show the state that a spec has now."""
        self.replace_option_prompt(work.key, _label(work))


def _label(work: Work) -> Content:
    state = work.state
    told = f"  {SIGNS[state]} {work.spec.name}"
    style = _STYLES.get(state, "$text")
    suffix = "" if state in ("new", "accepted") else f" {state}"
    return Content.assemble((told, style), (suffix, "dim"))


def _problem(problem: Problem) -> Content:
    return Content.assemble(
        ("  ! ", "$text-error"),
        (f"line {problem.line}: ", "$text-error"),
        one_line(problem.reason),
    )
