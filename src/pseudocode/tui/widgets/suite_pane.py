"""The examples with what they gave."""

from __future__ import annotations

from rich.text import Text
from textual.message import Message
from textual.widgets import DataTable

from pseudocode.events import Case, SuiteFinished
from pseudocode.inert import one_line
from pseudocode.spec.model import Spec

_SIGNS = {"passed": "✓", "failed": "✗", "error": "✗", "skipped": "-"}
_CALL, _VALUE = 38, 24
_WIDE_CALL, _WIDE_VALUE = 60, 48
"""Characters of a call and of a value that are shown in a row."""


class SuitePane(DataTable[Text]):
    """One row for each example: call, expected, got, time."""

    HELP = (
        "The examples. Enter opens one: all of what was expected, what came, and where it failed."
    )
    BORDER_TITLE = "3 Tests"

    class Opened(Message):
        """The person wants to see a case whole."""

        def __init__(self, case: Case) -> None:
            super().__init__()
            self.case = case

    def on_mount(self) -> None:
        """Make the columns."""
        self.cursor_type = "row"
        self.zebra_stripes = True
        self.add_columns("", "call", "expected", "got", "ms")
        self._cases: tuple[Case, ...] = ()

    def show_spec(self, spec: Spec) -> None:
        """Show the examples before any has been run."""
        cases = [
            Case(call=e.call, outcome="skipped", expected=(e.error or e.want).rstrip("\n"))
            for e in spec.examples
        ]
        self._fill(tuple(cases), ran=False)
        self.border_subtitle = f"{spec.checks} to run" if spec.checks else "no examples"

    def show_report(self, report: SuiteFinished) -> None:
        """Show what became of them."""
        self._fill(report.cases, ran=True)
        passed = f"{report.passed} of {len(report.cases)} pass"
        self.border_subtitle = one_line(
            f"{passed} · {report.error}" if report.error else passed, 60
        )

    def _fill(self, cases: tuple[Case, ...], *, ran: bool) -> None:
        self._cases = cases
        self.clear()
        wide = self.app.size.width >= 160
        call, value = (_WIDE_CALL, _WIDE_VALUE) if wide else (_CALL, _VALUE)
        for case in cases:
            style = "green" if case.outcome == "passed" else "red" if ran else "dim"
            took = f"{case.seconds * 1000:.1f}" if ran else ""
            self.add_row(
                Text(_SIGNS[case.outcome] if ran else "·", style),
                Text(one_line(case.call, call)),
                Text(one_line(case.expected or "no exception", value)),
                Text(one_line(case.error or case.got, value), style if ran else ""),
                Text(took, "dim", justify="right"),
            )

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Ask for the whole of the chosen case."""
        event.stop()
        self.post_message(self.Opened(self._cases[event.cursor_row]))
