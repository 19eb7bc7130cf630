"""The app under test over a folder of its own, and ways to wait for what it shows."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Static

from pseudocode.events import Event, SuiteFinished
from pseudocode.settings import Settings
from pseudocode.tui.app import PseudocodeApp
from pseudocode.tui.arrangement import PANES
from pseudocode.tui.desk import DeskScreen
from pseudocode.tui.panes import PanesScreen
from pseudocode.tui.replay import ReplayScreen
from pseudocode.tui.rows import Row
from pseudocode.tui.widgets.code_pane import CodePane
from pseudocode.tui.widgets.feedback_box import FeedbackBox
from pseudocode.tui.widgets.lines_view import LinesView
from pseudocode.tui.widgets.spec_list import SpecList
from pseudocode.tui.widgets.spec_pane import SpecPane
from pseudocode.tui.widgets.status_line import StatusLine
from pseudocode.tui.widgets.suite_pane import SuitePane
from pseudocode.tui.widgets.talk_pane import TalkPane
from pseudocode.tui.work import SIGNS

DEADLINE_SECONDS = 20.0

DOUBLE = '''
from pseudocode import pseudo_function


@pseudo_function
def double(number: int) -> int:
    """Return the number times two; a list[int] or [/x] in here is only text.

    >>> double(4)
    8
    >>> double(0)
    0
    """
    ...


@pseudo_function
def shout(text: str) -> str:
    """Return the text in upper case.

    >>> shout("hi")
    'HI'
    """
    ...
'''
WRONG = "def double(number: int) -> int:\n    return number + 4"
RIGHT = "def double(number: int) -> int:\n    return number * 2"
SHOUT = "def shout(text: str) -> str:\n    return text.upper()"


@dataclass
class Desk:
    """The running app, seen as a person sees it."""

    app: PseudocodeApp
    pilot: Pilot[int]
    folder: Path

    async def press(self, *keys: str) -> None:
        """Press keys and let the app take them in."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until something shows, and fail with what does show instead."""
        end = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"{what} never came\n{self.everything}")
            await self.pilot.pause(0.01)

    async def status(self, text: str) -> None:
        """Wait until the status line tells this."""
        await self.until(lambda: text in self.status_line, f"{text!r} in the status line")

    async def generated(self) -> None:
        """Ask the model about the chosen spec, and wait until its code is to be decided on."""
        await self.press("g")
        await self.status("a accepts")

    async def accepted(self) -> None:
        """Accept the code that is shown, and wait until it is kept."""
        await self.press("a")
        await self.status("accepted")

    @property
    def desk(self) -> DeskScreen:
        """The screen below any dialog."""
        (desk,) = (s for s in self.app.screen_stack if isinstance(s, DeskScreen))
        return desk

    @property
    def status_line(self) -> str:
        """What the status line says."""
        return text_of(self.desk.query_one(StatusLine))

    @property
    def specs(self) -> list[str]:
        """The lines of the list; the words of what rests, new or accepted, are left out."""
        shown = self.desk.query_one(SpecList)
        return [row_text(row) for row in shown.rows]

    @property
    def rows(self) -> list[Row]:
        """The list as it shows."""
        return self.desk.query_one(SpecList).rows

    @property
    def specification(self) -> str:
        """What the specification pane says."""
        return text_of(self.desk.query_one(SpecPane))

    @property
    def code(self) -> str:
        """What the code pane says."""
        return self.desk.query_one(CodePane).shown_text

    @property
    def conversation(self) -> str:
        """What the conversation pane says, also where it is folded."""
        return self.desk.query_one(TalkPane).whole_text

    @property
    def suite(self) -> list[list[str]]:
        """The rows of the tests pane."""
        return rows_of(self.desk)

    @property
    def box(self) -> FeedbackBox:
        """Where the person types."""
        return self.desk.query_one(FeedbackBox)

    @property
    def dialog(self) -> str:
        """What the dialog on top says; empty where there is none."""
        return text_of(self.app.screen) if self.app.screen is not self.desk else ""

    @property
    def dialog_title(self) -> str:
        """The heading of the dialog on top."""
        return str(self.app.screen.query(".dialog").first().border_title) if self.dialog else ""

    @property
    def everything(self) -> str:
        """All that shows, for a failing test's message."""
        parts = [*self.specs, self.status_line, self.code, self.conversation, self.dialog]
        return "\n".join(parts)


def row_text(row: Row) -> str:
    """A line of the list, without the words of what rests."""
    told = row.told if row.heads else f"{SIGNS[row.state]} {row.told}"
    quiet = row.heads or row.state in ("new", "accepted", "broken")
    return f"{'  ' * row.depth}{told}{'' if quiet else f' {row.state}'}"


def text_of(widget: Widget) -> str:
    """All text of a widget and those inside it."""
    if isinstance(widget, TalkPane):
        return widget.whole_text
    if isinstance(widget, LinesView):
        return widget.shown_text
    found = [widget] if isinstance(widget, Static) else list(widget.query(Static))
    return "\n".join(str(static.content) for static in found)


def panes_of(screen: PanesScreen) -> list[str]:
    """What the list and the panes tell of the chosen spec, line by line."""
    chosen = screen.query_one(SpecList).chosen
    assert chosen is not None
    listed = row_text(chosen).strip()
    panes = [text_of(screen.query_one(f"#{name}")) for name in PANES if name != "suite"]
    titles = [str(screen.query_one(f"#{name}").border_subtitle) for name in PANES]
    return [listed, *panes, *titles, *map(str, rows_of(screen))]


def rows_of(screen: PanesScreen) -> list[list[str]]:
    """The rows of the tests pane."""
    return screen.query_one(SuitePane).rows


async def at_rest(screen: PanesScreen, pilot: Pilot[Any]) -> str:
    """The panes, once nothing in them changes any more."""
    before, now = "", "-"
    while before != now:
        await pilot.pause()
        before, now = now, "\n".join(panes_of(screen))
    return now


_replayed: set[object] = set()
"""The courses of sessions that were replayed already, in this process."""


async def assert_replays(desk: Desk) -> None:
    """What the session that shows has come to is what its replay ends with.

    Where the person has looked at something else last, that is left first: no journal tells it,
    as it does not tell of tests that are run again, and of what stands in the way of a session.
    """
    app = desk.app
    if app.return_code is not None:
        return
    screen = desk.desk
    work = screen._chosen
    if app.screen is not screen or work is None or work.session is None:
        return
    if work.busy or work.unsaved or work.rerun or work.problem or work.outdated:
        return
    path = work.opened.journal.path if work.opened else work.past.path if work.past else None
    course = work.state, *map(_course, work.session.events)
    if path is None or not path.exists() or course in _replayed:
        return
    _replayed.add(course)
    work.look_at(None)
    screen.query_one(CodePane).choose_tab("code")
    screen._show_work(work)
    live = await at_rest(screen, desk.pilot)
    replay = ReplayScreen(path, screen._jobs.project.root, Settings(), speed=0)
    await app.push_screen(replay)
    await replay.loaded()
    replay.action_jump(1)
    replay.query_one(CodePane).choose_tab("code")
    again = await at_rest(replay, desk.pilot)
    root = f"{screen._jobs.project.root}{os.sep}"  # which the one may name and the other not
    before, after = (text.replace(root, "").splitlines() for text in (live, again))
    assert before == after, "\n".join(unified_diff(before, after, "live", "replayed", n=0))


def _course(event: Event) -> object:
    """What makes sessions go differently."""
    passed = event.all_passed if isinstance(event, SuiteFinished) else None
    return type(event), passed, getattr(event, "reason", None)


@asynccontextmanager
async def desk_over(
    folder: Path,
    *,
    url: str = "",
    size: tuple[int, int] = (120, 40),
    source: str | None = DOUBLE,
    settings: Settings | None = None,
    keeps: bool = True,
) -> AsyncIterator[Desk]:
    """The app over a folder with one file of specs; ask the server at `url`."""
    folder.mkdir(parents=True, exist_ok=True)
    if source is not None:
        (folder / "easy.py").write_text(source, encoding="utf-8")
    library = "person" if keeps else "off"
    settings = settings or Settings(
        model="scripted" if url else "", base_url=url, library=library, cache=keeps
    )
    app = PseudocodeApp(folder, folder.parent, settings)
    async with app.run_test(size=size) as pilot:
        desk = Desk(app, pilot, folder)
        await desk.until(lambda: bool(app.screen.query("#code")), "the desk")
        await desk.until(lambda: all(row.state != "reading" for row in desk.rows), "the folder")
        if source is not None:
            await desk.until(lambda: bool(desk.code.strip()), "the first spec")
        yield desk
        await assert_replays(desk)
