"""The examples with what they gave."""

from __future__ import annotations

from rich.text import Text
from textual.message import Message
from textual.widgets import DataTable

from pseudocode.events import Case, SuiteFinished
from pseudocode.inert import one_line
from pseudocode.spec.model import Spec

_SIGNS = {"passed": "✓", "failed": "✗", "error": "✗", "skipped": "-"}
_FIXED = 22
"""Columns that signs, times and gaps take; call and values share the rest."""


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
        self._ran = False

    def on_resize(self) -> None:
        """Use the room there is."""
        self._fill()

    def show_spec(self, spec: Spec) -> None:
        """Show the examples before any has been run."""
        self._cases = tuple(
            Case(call=e.call, outcome="skipped", expected=(e.error or e.want).rstrip("\n"))
            for e in spec.examples
        )
        self._ran = False
        self.border_subtitle = f"{spec.checks} to run" if spec.checks else "no examples"
        self._fill()

    def show_report(self, report: SuiteFinished) -> None:
        """Show what became of them."""
        self._cases = report.cases
        self._ran = True
        passed = f"{report.passed} of {len(report.cases)} pass"
        self.border_subtitle = one_line(
            f"{passed} · {report.error}" if report.error else passed, 60
        )
        self._fill()

    def _fill(self) -> None:
        room = max(self.size.width - _FIXED, 24)
        self.clear()
        for case in self._cases:
            self.add_row(*self._row(case, room // 2, room // 4))

    def _row(self, case: Case, call: int, value: int) -> tuple[Text, ...]:
        style = "green" if case.outcome == "passed" else "red" if self._ran else "dim"
        took = f"{case.seconds * 1000:.1f}" if self._ran else ""
        return (
            Text(_SIGNS[case.outcome] if self._ran else "·", style),
            Text(one_line(case.call, call)),
            Text(one_line(case.expected or "no exception", value)),
            Text(one_line(case.error or case.got, value), style if self._ran else ""),
            Text(took, "dim", justify="right"),
        )

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Ask for the whole of the chosen case."""
        event.stop()
        self.post_message(self.Opened(self._cases[event.cursor_row]))
