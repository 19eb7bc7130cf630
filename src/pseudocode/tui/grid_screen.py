"""Tests by rounds: which flipped where, what each gave, and the change of the code that did it."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import DataTable, Static

from pseudocode.inert import one_line, visible
from pseudocode.outcomes import Cell, Column, Grid, grid
from pseudocode.tui.closing import Closing
from pseudocode.tui.colouring import language_of
from pseudocode.tui.contrast import contrasted, without_frames
from pseudocode.tui.differences import difference
from pseudocode.tui.widgets.key_line import KeyLine
from pseudocode.tui.widgets.sheet import Line, SheetView, remarks
from pseudocode.tui.work import Work
from pseudocode.tui.wrapping import call_in

LOOK_SECONDS = 0.5
"""Between two looks at whether the session went on."""
_SIGNS = {"passed": "✓", "failed": "✗", "error": "!", "skipped": "-"}
_FLIPS = {"": " ", "mended": "▲", "broken": "▼"}
_STYLES = {"passed": "green", "failed": "red", "error": "red", "skipped": "dim"}
_LEGEND = "✓ passes  ✗ fails  ! raises  - left out  · not run  ▲ mended  ▼ broken"
_REASONS = {
    "repair": "after failures",
    "fresh": "a fresh start",
    "comment": "your comment",
    "library": "out of the library",
    "edit": "your edit",
}


class GridScreen(Closing[None]):
    """A table of signs, and below it what the cell under the cursor is about."""

    HELP = "Each test in each round. Arrows move, tab goes to the text below, escape leaves."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,T", "leave", "Back", tooltip="To the desk", id="grid.leave"),
        Binding("n", "flip(1)", "Next flip", tooltip="Next that flipped", id="grid.next"),
        Binding("p", "flip(-1)", "Previous flip", id="grid.previous"),
        Binding("tab", "app.focus_next", "Table/text", id="grid.other"),
        Binding("h", "move('left')", show=False, id="grid.left"),
        Binding("j", "move('down')", show=False, id="grid.down"),
        Binding("k", "move('up')", show=False, id="grid.up"),
        Binding("l", "move('right')", show=False, id="grid.right"),
    ]

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work = work
        self._grid = Grid((), (), ())
        self._shown: object = None

    def compose(self) -> ComposeResult:
        """The table over the text."""
        yield DataTable[Text](id="grid")
        yield SheetView(id="cell")
        yield Static(_LEGEND, id="legend", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin at the last round, on what fails in it."""
        table = self.query_one("#grid", DataTable)
        table.border_title = f"Tests × rounds of {one_line(self._work.spec.name, 40)}"
        table.zebra_stripes, table.fixed_columns = True, 1
        self._show()
        self._begin()
        table.focus()
        self.set_interval(LOOK_SECONDS, self._show)

    def _begin(self) -> None:
        last = len(self._grid.columns)
        wrong = (n for n, row in enumerate(self._grid.rows) if row and _wrong(row[-1]))
        self._go(next(wrong, 0), last)

    def _show(self) -> None:
        """Fill the table, if there is something new; the cursor stays."""
        session = self._work.session or self._work.outdated
        seen = (id(session), len(session.events) if session else 0)
        if seen == self._shown:
            return
        self._shown = seen
        self._grid = grid(session.rounds if session else ())
        table = self.query_one("#grid", DataTable)
        at = table.cursor_coordinate
        table.clear(columns=True)
        room = max(self.size.width // 3, 16)
        longest = max((len(call) for _, call in self._grid.names), default=0)
        table.add_column("test", width=min(longest, room))
        for number, column in enumerate(self._grid.columns):
            table.add_column(self._heading(number, column))
        for (_, call), row in zip(self._grid.names, self._grid.rows, strict=True):
            table.add_row(Text(call_in(call, room)), *map(_sign, row))
        table.cursor_coordinate = at
        told = _counted(len(self._grid.names), len(self._grid.columns))
        table.border_subtitle = told if self._grid.columns else "nothing has been run yet"
        self._tell()

    def _heading(self, number: int, column: Column) -> Text:
        passed, run = self._grid.passed(number)
        count = f"{passed}/{run}" if column.was_run else "faults" if column.candidate else "…"
        return Text(f"{column.round or 'library'}: {count}")

    @on(DataTable.CellHighlighted, "#grid")
    def _tell(self) -> None:
        """Show what the cell under the cursor is about."""
        text = self.query_one("#cell", SheetView)
        row, place = self.query_one("#grid", DataTable).cursor_coordinate
        column = max(place - 1, 0)
        if row >= len(self._grid.rows) or column >= len(self._grid.columns):
            text.show([])
            return
        found, cell = self._grid.columns[column], self._grid.rows[row][column]
        reason = _REASONS.get(found.reason, found.reason)
        text.border_title = f"round {found.round}, {reason}"
        text.border_subtitle = one_line(self._grid.names[row][1], 60)
        text.show([*_about(cell, found), *self._before(row, cell), *self._cause(cell, found)])

    def _before(self, row: int, cell: Cell) -> list[Line]:
        """What a test gave that passes by now."""
        if cell.flip != "mended" or cell.before is None:
            return []
        case = self._grid.rows[row][cell.before].case
        told = (without_frames(case.error)[0] or case.got) if case else ""
        return _shown("before", Content(visible(told))) if told else []

    def _cause(self, cell: Cell, column: Column) -> list[Line]:
        """How the code differs from that of the last round in which the test was run."""
        if cell.before is None or not column.code:
            return []
        before = self._grid.columns[cell.before]
        spec = self._work.spec
        language = language_of(spec.name, column.code) if spec.kind == "file" else "python"
        changed = difference(before.code, column.code, language)
        told = f"the code since round {before.round}:" if changed else "the code is the same"
        return [Line(""), Line(told, "$text-muted"), *changed]

    def _go(self, row: int, column: int) -> None:
        table = self.query_one("#grid", DataTable)
        table.move_cursor(row=row, column=column, animate=False)

    def action_move(self, way: str) -> None:
        """As the arrows do."""
        getattr(self.query_one("#grid", DataTable), f"action_cursor_{way}")()

    def action_flip(self, by: int) -> None:
        """To the next test that flipped, round by round."""
        rows = self._grid.rows
        flips = sorted(
            (column, row)
            for row, cells in enumerate(rows)
            for column, cell in enumerate(cells)
            if cell.flip
        )
        at = self.query_one("#grid", DataTable).cursor_coordinate
        here = (at.column - 1, at.row)
        ahead = [f for f in flips if f > here] if by > 0 else [f for f in flips if f < here][::-1]
        if ahead:
            column, row = ahead[0]
            self._go(row, column + 1)

    def action_leave(self) -> None:
        """Back to the desk."""
        self.dismiss()


def _sign(cell: Cell) -> Text:
    if cell.case is None:
        return Text("  ·", "dim")
    sign, style = _SIGNS[cell.case.outcome], _STYLES[cell.case.outcome]
    return Text(f"{_FLIPS[cell.flip]} {sign}", f"bold {style}" if cell.flip else style)


def _wrong(cell: Cell) -> bool:
    return cell.case is not None and cell.case.went_wrong


def _about(cell: Cell, column: Column) -> list[Line]:
    """What was expected and what came."""
    case = cell.case
    if case is None:
        checked = column.candidate.checked if column.candidate else None
        faults = checked.faults if checked else ()
        told = [line for fault in faults for line in remarks(f"✗ {fault}", "$text-error")]
        return told or remarks("not run in this round", "dim")
    flip = {"mended": "passes since this round", "broken": "no longer passes"}.get(cell.flip, "")
    lines = [Line(" · ".join(filter(None, (case.outcome, flip))), "bold")]
    error, frames = without_frames(case.error)
    if case.outcome == "failed" and case.expected and (case.got or error) and not case.file:
        expected, got = contrasted(case.expected, case.got or error)
        lines += [*_shown("expected", expected), *_shown("got", got)]
    else:
        lines += _shown("expected", Content(visible(case.expected))) if case.expected else []
        lines += _shown("got", Content(visible(case.got))) if case.got else []
        lines += remarks(error, "$text-error") if error else []
    return [*lines, *(remarks(frames) if frames else [])]


def _shown(name: str, value: Content) -> list[Line]:
    """A value under its name, in its marks."""
    heads = [f"{name:<10}", *[" " * 10] * value.plain.count("\n")]
    parts = zip(heads, value.split("\n", allow_blank=True), strict=False)
    found = [Content.assemble((head, "dim"), part) for head, part in parts]
    return [Line(content.plain, content=content) for content in found]


def _counted(tests: int, rounds: int) -> str:
    told = (
        f"{n} {word if n == 1 else word + 's'}" for n, word in ((tests, "test"), (rounds, "round"))
    )
    return ", ".join(told)
