"""The list of specs: a tree of folders and files with the states of what is in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content

from pseudocode.inert import one_line
from pseudocode.spec.model import Problem
from pseudocode.tui.rows import ORDER, Listing, Row
from pseudocode.tui.widgets.lines_view import LinesView
from pseudocode.tui.work import SIGNS, StateName, Work

STYLES: dict[StateName, str] = {
    "accepted": "$text-success",
    "failed": "$text-error",
    "broken": "$text-error",
    "needs you": "bold $text-warning",
    "not allowed": "$text-warning",
    "generating": "$text-accent",
    "testing": "$text-accent",
    "stale": "$text-warning",
    "to re-test": "$text-warning",
    "waiting": "$text-accent",
}
_LEAST_NAME = 12


class SpecList(LinesView):
    """All specs with their states; broken files and declarations stand among them."""

    HELP = (
        "Specs and their states. Up and down choose, left and right fold, `/` filters, `o` puts "
        "what needs you first, `w` goes to the next that waits for you."
    )
    BORDER_TITLE = "Specs"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "fold(True)", "Fold", show=False, id="list.fold"),
        Binding("right", "fold(False)", "Unfold", show=False, id="list.unfold"),
    ]
    wraps = False
    always_shows_cursor = True

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._listing = Listing((), ())
        self._rows_shown: list[Row] = []
        self._lines: dict[str, int] = {}
        self._folded: frozenset[str] = frozenset()
        self._counts: Counter[StateName] = Counter()
        self._title = Content()
        self.words = ""
        """What is filtered by."""
        self.by_state = False
        """Whether what needs the person comes first."""

    # -- what it shows

    def fill(
        self, works: Sequence[Work], problems: tuple[Problem, ...], chosen: str | None = None
    ) -> None:
        """Show these; the cursor stays on what it was on, unless another spec is named."""
        self._listing = Listing(works, problems)
        self._counts = Counter(row.state for row in self._listing.leaves.values())
        self._show(chosen)

    def filter(self, words: str) -> None:
        """Show only specs that have each of these words in their path, name or state."""
        self.words = words
        self._show()

    def sort(self, by_state: bool) -> None:
        """Put what needs the person first, or go back to folders and files."""
        self.by_state = by_state
        self._show()

    def choose(self, work: Work) -> None:
        """Put the cursor on a spec, wherever it is."""
        if work.key not in self._lines:
            self.words, self._folded = "", frozenset()
            self._show()
        self.move_to(self._lines[work.key])

    def refresh_work(self, work: Work) -> None:
        """Show the state that a spec has now."""
        row = self._listing.leaves.get(work.key)
        if row is None:
            return
        before, row.state = row.state, work.state
        if before != row.state:
            self._counts[before] -= 1
            self._counts[row.state] += 1
            self._tell_counts()
        line = self._lines.get(work.key)
        if before != row.state and (self.by_state or self.words):
            self._show()
        elif line is not None:
            self.line_changed(line)

    @property
    def rows(self) -> list[Row]:
        """What shows, line by line."""
        return self._rows_shown

    @property
    def chosen(self) -> Row | None:
        """The row that the cursor is on."""
        return self._rows_shown[self.cursor] if self.cursor < len(self._rows_shown) else None

    @property
    def works(self) -> list[Work]:
        """The specs that show, in their order."""
        return [row.work for row in self._rows_shown if row.work]

    def step(self, by: int) -> None:
        """To the next or previous spec, past what is no spec."""
        line = self.cursor + by
        while 0 <= line < len(self._rows_shown):
            if self._rows_shown[line].work:
                self.move_to(line)
                return
            line += by

    def _show(self, chosen: str | None = None) -> None:
        before = self.chosen
        wanted = chosen or (before.key if before else None)
        self._rows_shown = self._listing.rows(
            words=self.words, by_state=self.by_state, folded=self._folded
        )
        self._lines = {row.key: line for line, row in enumerate(self._rows_shown)}
        self.lines_changed()
        line = self._lines.get(wanted or "")
        if line is None:
            specs = (n for n, row in enumerate(self._rows_shown) if row.work)
            line = self.cursor if before and self.cursor else next(specs, 0)
        if self._rows_shown:
            self.move_to(line)
        self._tell_counts()

    def _tell_counts(self) -> None:
        found = [(state, self._counts[state]) for state in ORDER if self._counts[state]]
        told = [("Specs", "")]
        together: dict[str, tuple[int, str]] = {}
        for state, number in found:
            before, style = together.get(SIGNS[state], (0, STYLES.get(state, "")))
            together[SIGNS[state]] = before + number, style
        told += [(f" {sign}{number}", style) for sign, (number, style) in together.items()]
        if self.words:
            told.append((f" · {len(self.works)} match", "$text-accent"))
        title = Content.assemble(*told)
        if title != self._title:
            self._title = title
            self.border_title = title.markup

    # -- what LinesView asks

    def count_lines(self) -> int:
        """Rows."""
        return len(self._rows_shown)

    def text_at(self, line: int) -> str:
        """The row in words."""
        return str(self.content_at(line))

    def stops_at(self, line: int) -> bool:
        """Headings are passed over, unless they hide what is below them."""
        row = self._rows_shown[line]
        return row.folded or not row.heads

    def content_at(self, line: int) -> Content:
        """The row, with the word for its state at the right."""
        row = self._rows_shown[line]
        width = max(self.scrollable_content_region.width - 1, 10)
        indent = "  " * self._depth(row)
        if row.heads:
            sign = "▸ " if row.folded else ""
            named = f"{SIGNS[row.state]} {row.told}" if row.kind == "state" else row.told
            told = f" {row.count}" if row.folded or row.kind == "state" else ""
            head = one_line(f"{sign}{named}", max(width - len(indent) - len(told), 4))
            return Content.assemble((f"{indent}{head}", "$text-muted"), (told, "$text-muted"))
        style = STYLES.get(row.state, "$text")
        word = row.work.progress if row.work and row.work.busy else row.state
        if width - cell_len(word) < _LEAST_NAME + len(indent):
            word = ""
        lead = f"{indent}{SIGNS[row.state]} "
        room = width - len(lead) - cell_len(word) - (1 if word else 0)
        name = Content(one_line(row.told, 300)).truncate(max(room, 1), ellipsis=True)
        gap = " " * (room - name.cell_length + 1) if word else ""
        return Content.assemble((lead, style), name.stylize(style), (f"{gap}{word}", "$text-muted"))

    def _depth(self, row: Row) -> int:
        return row.depth if row.heads or not self.by_state else 1

    # -- keys and mouse

    def action_fold(self, fold: bool) -> None:
        """Hide what is beside the cursor below its heading, or show what a heading hides."""
        row = self.chosen
        if row is None:
            return
        if not fold:
            self._unfold(row)
            return
        depth = self._depth(row)
        for line in range(self.cursor - 1, -1, -1):
            head = self._rows_shown[line]
            if head.heads and head.depth < depth:
                self._folded |= {head.key}
                self._show(head.key)
                return

    def action_open(self) -> None:
        """Unfold, or tell that the person wants more of a spec."""
        row = self.chosen
        if row is not None and row.heads:
            self._unfold(row)
        else:
            super().action_open()

    def _unfold(self, row: Row) -> None:
        if row.key in self._folded:
            self._folded -= {row.key}
            line = self._lines[row.key]
            self._show()
            self.move_to(line + 1)
