"""The examples and tests with what they gave."""

from __future__ import annotations

from rich.text import Text
from textual.message import Message
from textual.widgets import DataTable

from pseudocode.events import Case, SuiteFinished
from pseudocode.inert import one_line
from pseudocode.spec.model import Spec

_SIGNS = {"passed": "✓", "failed": "✗", "error": "✗", "skipped": "-"}
_FIXED = 18
"""Columns that signs, times and gaps take; call and values share the rest."""


class SuitePane(DataTable[Text]):
    """One row for each example and test: call, expected, got, time."""

    HELP = "The examples and tests. Enter opens one: what was expected, what came, where it failed."
    BORDER_TITLE = "3 Tests"

    class Opened(Message):
        """The person wants to see a case whole."""

        def __init__(self, case: Case) -> None:
            super().__init__()
            self.case = case

    def on_mount(self) -> None:
        """Begin empty."""
        self.cursor_type = "row"
        self.zebra_stripes = True
        self._cases: tuple[Case, ...] = ()
        self._ran = False

    def on_resize(self) -> None:
        """Use the room there is."""
        self._fill()

    def show_spec(self, spec: Spec) -> None:
        """Show the examples before any has been run."""
        self._cases = _before_any_run(spec)
        self._ran = False
        hidden = sum(case.hidden for case in self._cases)
        told = f"{len(self._cases)} to run" if self._cases else "no examples, no tests"
        self.border_subtitle = f"{told}, {hidden} withheld from the model" if hidden else told
        self._fill()

    def show_report(self, report: SuiteFinished) -> None:
        """Show what became of them."""
        self._cases = report.cases
        self._ran = True
        why = "fits only the shown examples" if report.fits_only_the_shown else report.error
        passed = report.tally
        self.border_subtitle = one_line(f"{passed} · {why}" if why else passed, 60)
        self._fill()

    def _fill(self) -> None:
        row = self.cursor_row
        self.clear(columns=True)
        call, expected, got = self._widths()
        self.add_column("", width=1)
        self.add_column("call", width=call)
        self.add_column("expected", width=expected)
        self.add_column("got", width=got)
        self.add_column("ms", width=6)
        for case in self._cases:
            self.add_row(*self._row(case, call, expected, got))
        self.move_cursor(row=row)

    def _widths(self) -> tuple[int, int, int]:
        """What the values need, up to a third of the room each; the calls get the rest."""
        room = max(self.size.width - _FIXED, 30)
        expected = max([len("expected"), *(len(_wanted(case)) for case in self._cases)])
        got = max([len("got"), *(len(case.error or case.got) for case in self._cases)])
        expected, got = min(expected, room // 3), min(got, room // 3)
        return room - expected - got, expected, got

    def _row(self, case: Case, call: int, expected: int, got: int) -> tuple[Text, ...]:
        style = "green" if case.outcome == "passed" else "red" if self._ran else "dim"
        took = f"{case.seconds * 1000:.1f}" if self._ran else ""
        return (
            Text(_SIGNS[case.outcome] if self._ran else "·", style),
            Text(one_line(case.call, call), "italic" if case.hidden else ""),
            Text(one_line(_wanted(case), expected)),
            Text(one_line(case.error or case.got, got), style if self._ran else ""),
            Text(took, "dim", justify="right"),
        )

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Ask for the whole of the chosen case."""
        event.stop()
        self.post_message(self.Opened(self._cases[event.cursor_row]))


def _before_any_run(spec: Spec) -> tuple[Case, ...]:
    examples = [
        Case(
            call=example.call,
            outcome="skipped",
            expected=(example.error or example.want).rstrip("\n"),
            hidden=example.hidden,
        )
        for example in spec.examples
    ]
    files = [Case(call=suite.title, outcome="skipped", file=suite.path) for suite in spec.suites]
    return (*examples, *files)


def _wanted(case: Case) -> str:
    return "" if case.file else case.expected or "no exception"
