"""One example or test whole: what was asked, expected and given, and where it failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Collapsible, Static

from pseudocode.events import Case
from pseudocode.inert import one_line, visible
from pseudocode.tui.closing import Dialog
from pseudocode.tui.contrast import candidate_line, contrasted, without_frames

Wish = Literal["code", "again"]
"""To see the line of the code that it failed in; to have it run once more."""


class CaseDetail(Dialog[tuple[Wish, Case] | None]):
    """One case of several, each part under a heading; what is long is folded."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "Close", id="detail.close"),
        Binding("n,right", "move(1)", "Next", id="detail.next"),
        Binding("p,left", "move(-1)", "Previous", id="detail.previous"),
        Binding("space", "fold", "Traceback", id="detail.fold"),
        Binding("i", "wish('code')", "To the code", id="detail.code"),
        Binding("R", "wish('again')", "Run again", id="detail.again"),
        Binding("j,down", "scroll(1)", show=False, id="detail.down"),
        Binding("k,up", "scroll(-1)", show=False, id="detail.up"),
    ]

    def __init__(
        self, cases: tuple[Case, ...], at: int, code: str = "", *, runs: bool = True
    ) -> None:
        """Make the screen.

        Args:
            cases: All that can be looked at.
            at: The number of the one to begin with.
            code: What was tested.
            runs: Whether tests can be run here.
        """
        super().__init__()
        self._cases = cases
        self._at = at
        self._code = code
        self._runs = runs

    @property
    def _case(self) -> Case:
        return self._cases[self._at]

    def compose(self) -> ComposeResult:
        """A box that is filled for each case anew."""
        yield VerticalScroll(classes="dialog", id="case")

    async def on_mount(self) -> None:
        """Show the first."""
        await self._show()

    async def _show(self) -> None:
        case, box = self._case, self.query_one("#case", VerticalScroll)
        withheld = ", withheld from the model" if case.hidden else ""
        box.border_title = f"{case.outcome}{withheld} · {self._at + 1} of {len(self._cases)}"
        keys = ["esc closes", "n p others"]
        keys += ["space traceback"] if case.traceback else []
        keys += ["i into the code"] if candidate_line(case, self._code) else []
        keys += ["R runs again"] if self._runs else []
        box.border_subtitle = " · ".join(keys)
        await box.remove_children()
        await box.mount_all(list(_parts(case)))
        box.scroll_home(animate=False)

    async def action_move(self, by: int) -> None:
        """To another case."""
        self._at = (self._at + by) % len(self._cases)
        await self._show()

    def action_fold(self) -> None:
        """Unfold what is long, or fold it again."""
        for part in self.query(Collapsible):
            part.collapsed = not part.collapsed

    def action_scroll(self, by: int) -> None:
        """One line up or down."""
        self.query_one("#case", VerticalScroll).scroll_relative(y=by, animate=False)

    def action_wish(self, wish: Wish) -> None:
        """Close, and let the screen below see to it."""
        possible = self._runs if wish == "again" else candidate_line(self._case, self._code)
        if possible:
            self.dismiss((wish, self._case))


def _parts(case: Case) -> Iterator[Widget]:
    error, frames = without_frames(case.error)
    expected, got = Content(visible(case.expected)), Content(visible(case.got))
    compared = case.outcome == "failed" and case.expected and (case.got or error)
    failure = Content(visible(error))
    if compared and case.got:
        expected, got = contrasted(case.expected, case.got)
    elif compared and not case.file:
        expected, failure = contrasted(case.expected, error)
    yield from _part("call", Content(visible(case.call)))
    yield from _part("expected", expected)
    yield from _part("got", got)
    yield from _part("failure" if case.file else "exception", failure)
    yield from _part("in the code", Content(visible(frames)))
    if case.file and case.line:
        yield from _part("in the tests", Content(one_line(f"{case.file}:{case.line}")))
    if case.traceback:
        yield Collapsible(
            Static(Content(visible(case.traceback)), markup=False),
            title="traceback",
            collapsed=True,
            classes="part",
        )
    yield from _part("printed", Content(visible(case.output)))
    beside = "in the process of the test, where it could meddle" if case.beside else ""
    yield from _part("run", Content(beside))
    took = f"{case.seconds * 1000:.1f} ms" if case.seconds else ""
    yield from _part("took", Content(took))


def _part(name: str, content: Content) -> Iterator[Static]:
    if content.plain:
        yield Static(Content.styled(name, "bold $text-accent"), markup=False)
        yield Static(content, classes="part", markup=False)
