"""The examples and tests with what they gave."""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message

from pseudocode.events import Case, SuiteFinished
from pseudocode.inert import one_line
from pseudocode.spec.model import Spec
from pseudocode.tui.contrast import CHANGED, differing, without_frames
from pseudocode.tui.widgets.lines_view import LinesView
from pseudocode.tui.wrapping import call_in

_SIGNS = {"passed": "✓", "failed": "✗", "error": "✗", "skipped": "-"}
_HEADINGS = ("", "call", "expected", "got", "ms")
_GAP = "  "
_TIME = 6
_FIXED = 1 + _TIME + 4 * len(_GAP)
"""Cells that signs, times and gaps take; call and values share the rest."""
_MOST = 400
"""Characters of a value that are looked at for one row."""
Wish = Literal["open", "code", "again"]


class _Widths(NamedTuple):
    """Cells of the columns."""

    sign: int
    call: int
    expected: int
    got: int
    time: int


class SuitePane(LinesView):
    """One row for each example and test: call, expected, got, time."""

    HELP = (
        "The examples and tests. Enter opens one: what was expected, what came, where it failed. "
        "`i` goes to the line of the code that it failed in, `R` runs it again, `t` all of them, "
        "`+` adds an example."
    )
    BORDER_TITLE = "3 Tests"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "wish('code')", "To the code", tooltip="Where it failed", id="suite.code"),
        Binding("R", "wish('again')", "Run again", tooltip="This one", id="suite.again"),
        Binding("plus", "screen.add_example", "Example", tooltip="Add one", id="suite.example"),
        Binding("T", "screen.grid", "Rounds", tooltip="Tests by rounds", id="suite.grid"),
    ]

    class Wished(Message):
        """The person wants to see a case whole, to see its line of the code, or to run it again."""

        def __init__(self, wish: Wish, at: int) -> None:
            super().__init__()
            self.wish: Wish = wish
            self.at = at

    wraps = False
    always_shows_cursor = True

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.cases: tuple[Case, ...] = ()
        """Those that are shown, one a line below the headings."""
        self._ran = False
        self._widths: _Widths | None = None

    @property
    def at(self) -> int:
        """Which case the cursor is on, from 0."""
        return max(self.cursor - 1, 0)

    @property
    def rows(self) -> list[list[str]]:
        """What stands in the columns, case by case."""
        return [[str(cell) for cell in self._cells(case)] for case in self.cases]

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
        at = self.at
        same = [_name(case) for case in cases] == [_name(case) for case in self.cases]
        if not same or (ran and not self._ran):
            at = next((n for n, case in enumerate(cases) if ran and case.went_wrong), 0)
        if (cases, ran) != (self.cases, self._ran):
            top = self.scroll_offset.y if same else 0
            self.cases, self._ran, self._widths = cases, ran, None
            self.lines_changed()
            self.scroll_to(y=top, animate=False, force=True)
            self.move_to(at + 1, tell=False)

    # -- what LinesView asks

    def count_lines(self) -> int:
        """The headings, and the cases."""
        return len(self.cases) + 1 if self.cases else 0

    def stops_at(self, line: int) -> bool:
        """At the cases."""
        return line > 0

    def text_at(self, line: int) -> str:
        """The line in words."""
        return str(self.content_at(line))

    def content_at(self, line: int) -> Content:
        """The columns of a case, or their headings."""
        widths = self._width_of_columns()
        if line == 0:
            cells = [Content.styled(heading, "$text-muted") for heading in _HEADINGS]
        else:
            cells = self._cells(self.cases[line - 1])
        *left, time = (
            cell.truncate(width, ellipsis=True, pad=True)
            for cell, width in zip(cells, widths, strict=True)
        )
        return Content(_GAP).join([*left, time.rstrip().pad_left(_TIME - len(time.plain.rstrip()))])

    def _cells(self, case: Case) -> list[Content]:
        style = "$text-success" if case.outcome == "passed" else "$text-error"
        style = style if self._ran else "$text-muted"
        took = f"{case.seconds * 1000:.1f}" if self._ran else ""
        widths = self._width_of_columns()
        return [
            Content.styled(_SIGNS[case.outcome] if self._ran else "·", style),
            Content.styled(call_in(case.call, widths.call), "italic" if case.hidden else ""),
            Content(one_line(_wanted(case), _MOST)),
            _given(case, widths.got, style if self._ran else ""),
            Content.styled(took, "$text-muted"),
        ]

    def _width_of_columns(self) -> _Widths:
        """What the values need, up to a third of the room each; the calls get the rest."""
        room = max(self.scrollable_content_region.width - 1 - _FIXED, 24)
        if self._widths is None or sum(self._widths) != room + 1 + _TIME:
            expected = max([len("expected"), *(len(_wanted(case)) for case in self.cases)])
            got = max([len("got"), *(len(case.error or case.got) for case in self.cases)])
            expected, got = min(expected, room // 3), min(got, room // 3)
            self._widths = _Widths(1, room - expected - got, expected, got, _TIME)
        return self._widths

    # -- keys and mouse

    def action_open(self) -> None:
        """Ask for the whole of the chosen case."""
        self.action_wish("open")

    def on_click(self, event: Click) -> None:
        """A click on a case opens it."""
        super().on_click(event)
        inside = event.get_content_offset(self)
        if inside is not None and 0 < inside.y + self.scroll_offset.y <= len(self.cases):
            self.action_open()

    def action_wish(self, wish: Wish) -> None:
        """Say what the person wants of the case under the cursor."""
        if self.cases:
            self.post_message(self.Wished(wish, self.at))


def _given(case: Case, width: int, style: str) -> Content:
    """What came, with what of it was not expected marked."""
    told = one_line(case.error or case.got, _MOST)
    shown = Content.styled(told if len(told) <= width else f"{told[: width - 1]}…", style)
    if case.outcome == "failed" and case.expected and not case.file:
        came = one_line(without_frames(case.error)[0] or case.got, _MOST)
        for start, end in differing(one_line(case.expected, _MOST), came)[1]:
            shown = shown.stylize(CHANGED, min(start, width), min(end, width))
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
