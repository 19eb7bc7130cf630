"""The examples and tests with what they gave."""

from __future__ import annotations

from typing import ClassVar, Literal

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from pseudocode.events import Case, SuiteFinished
from pseudocode.inert import one_line
from pseudocode.spec.model import Spec
from pseudocode.tui.contrast import CHANGED, differing, without_frames

_SIGNS = {"passed": "✓", "failed": "✗", "error": "✗", "skipped": "-"}
_FIXED = 18
"""Columns that signs, times and gaps take; call and values share the rest."""
_MOST = 400
"""Characters of a value that are looked at for one row."""
Wish = Literal["open", "code", "again"]


class SuitePane(DataTable[Text]):
    """One row for each example and test: call, expected, got, time."""

    HELP = (
        "The examples and tests. Enter opens one: what was expected, what came, where it failed. "
        "`i` goes to the line of the code that it failed in, `.` runs it again, `t` all of them, "
        "`+` adds an example."
    )
    BORDER_TITLE = "3 Tests"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "wish('code')", "To the code", tooltip="Where it failed", id="suite.code"),
        Binding("full_stop", "wish('again')", "Run again", tooltip="This one", id="suite.again"),
        Binding("plus", "screen.add_example", "Example", tooltip="Add one", id="suite.example"),
        Binding("T", "screen.grid", "Rounds", tooltip="Tests by rounds", id="suite.grid"),
    ]

    class Wished(Message):
        """The person wants to see a case whole, to see its line of the code, or to run it again."""

        def __init__(self, wish: Wish, at: int) -> None:
            super().__init__()
            self.wish: Wish = wish
            self.at = at

    def on_mount(self) -> None:
        """Begin empty."""
        self.cursor_type = "row"
        self.zebra_stripes = True
        self.cases: tuple[Case, ...] = ()
        """Those that are shown."""
        self._ran = False

    def on_resize(self) -> None:
        """Use the room there is."""
        self._fill(self.cursor_row)

    def show_spec(self, spec: Spec) -> None:
        """Show the examples before any has been run."""
        cases = _before_any_run(spec)
        hidden = sum(case.hidden for case in cases)
        told = f"{len(cases)} to run" if cases else "no examples, no tests"
        self._show(
            cases, f"{told}, {hidden} withheld from the model" if hidden else told, ran=False
        )

    def show_report(self, report: SuiteFinished, note: str = "") -> None:
        """Show what became of them.

        Args:
            report: What the tests said.
            note: What is to be known of the whole, in a few words.
        """
        why = "fits only the shown examples" if report.fits_only_the_shown else report.error
        told = " · ".join(part for part in (report.tally, note, why) if part)
        self._show(report.cases, one_line(told, 60), ran=True)

    def _show(self, cases: tuple[Case, ...], told: str, *, ran: bool) -> None:
        """Show other cases; where they are the same ones, the cursor stays on its own."""
        self.border_subtitle = told
        row = self.cursor_row
        same = [_name(case) for case in cases] == [_name(case) for case in self.cases]
        if not same or (ran and not self._ran):
            row = next((n for n, case in enumerate(cases) if ran and case.went_wrong), 0)
        if (cases, ran) != (self.cases, self._ran):
            self.cases, self._ran = cases, ran
            self._fill(row)

    def _fill(self, row: int) -> None:
        top = self.scroll_offset.y
        self.clear(columns=True)
        call, expected, got = self._widths()
        self.add_column("", width=1)
        self.add_column("call", width=call)
        self.add_column("expected", width=expected)
        self.add_column("got", width=got)
        self.add_column("ms", width=6)
        for case in self.cases:
            self.add_row(*self._row(case, call, expected, got))
        self.scroll_to(y=top, animate=False, force=True)
        self.move_cursor(row=row)

    def _widths(self) -> tuple[int, int, int]:
        """What the values need, up to a third of the room each; the calls get the rest."""
        room = max(self.scrollable_content_region.width - _FIXED, 24)
        expected = max([len("expected"), *(len(_wanted(case)) for case in self.cases)])
        got = max([len("got"), *(len(case.error or case.got) for case in self.cases)])
        expected, got = min(expected, room // 3), min(got, room // 3)
        return room - expected - got, expected, got

    def _row(self, case: Case, call: int, expected: int, got: int) -> tuple[Text, ...]:
        style = "green" if case.outcome == "passed" else "red" if self._ran else "dim"
        took = f"{case.seconds * 1000:.1f}" if self._ran else ""
        return (
            Text(_SIGNS[case.outcome] if self._ran else "·", style),
            Text(one_line(case.call, call), "italic" if case.hidden else ""),
            Text(one_line(_wanted(case), expected)),
            _given(case, got, style if self._ran else ""),
            Text(took, "dim", justify="right"),
        )

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Ask for the whole of the chosen case."""
        event.stop()
        self.action_wish("open")

    def action_wish(self, wish: Wish) -> None:
        """Say what the person wants of the case under the cursor."""
        if self.cases:
            self.post_message(self.Wished(wish, self.cursor_row))


def _given(case: Case, width: int, style: str) -> Text:
    """What came, with what of it was not expected marked."""
    told = one_line(case.error or case.got, _MOST)
    shown = Text(told if len(told) <= width else f"{told[: width - 1]}…", style)
    if case.outcome == "failed" and case.expected and not case.file:
        came = one_line(without_frames(case.error)[0] or case.got, _MOST)
        for start, end in differing(one_line(case.expected, _MOST), came)[1]:
            shown.stylize(CHANGED, min(start, width), min(end, width))
    return shown


def _name(case: Case) -> tuple[str, str, int]:
    return case.file, case.call, case.line


def _before_any_run(spec: Spec) -> tuple[Case, ...]:
    examples = [
        Case(
            call=example.call,
            outcome="skipped",
            expected=(example.error or example.want).rstrip("\n"),
            line=example.line,
            hidden=example.hidden,
        )
        for example in spec.examples
    ]
    files = [Case(call=suite.title, outcome="skipped", file=suite.path) for suite in spec.suites]
    return (*examples, *files)


def _wanted(case: Case) -> str:
    return "" if case.file else case.expected or "no exception"
