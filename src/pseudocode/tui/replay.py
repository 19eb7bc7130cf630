"""The desk over a recording: the same panes and the same fold; nothing is asked, nothing is run."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import ClassVar

from textual import on
from textual import work as worker
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from pseudocode.errors import StoreError
from pseudocode.playback import Playback, taken_over
from pseudocode.recordings import load_replay
from pseudocode.settings import Settings
from pseudocode.steps import Wait
from pseudocode.tui.desk import DeskScreen
from pseudocode.tui.dialogs import Question
from pseudocode.tui.keys import PANE_KEYS, pane_keys
from pseudocode.tui.widgets.code_pane import CodePane
from pseudocode.tui.widgets.spec_list import SpecList
from pseudocode.tui.widgets.spec_pane import SpecPane
from pseudocode.tui.widgets.time_bar import TimeBar
from pseudocode.tui.work import Arriving, Work

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 25.0, 100.0)
FRAME_SECONDS = 1 / 30
FRAMES_AT_FULL_SPEED = 150
"""In how many frames all of a recording is shown when it goes as fast as it can."""
_WELCOME = (
    "A recorded session: the embedded model wrote it, a person decided; nothing is asked or run."
)
_INVITATION = (
    "Now you: f goes on from here, space plays it again, q leaves. "
    "Your own specs: pseudocode-tui specs/"
)


class ReplayScreen(DeskScreen, inherit_bindings=False):
    """Plays a recorded session: by itself, step by step, or from mark to mark."""

    CSS_PATH = "desk.tcss"
    RUNS = False
    HELP = "A recorded session. Nothing is sent to a model and no code is run."
    HELPS_ALONE: ClassVar[bool] = True
    """Its panes have fewer keys than they tell of: the desk has the others."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "play", "Play/pause", tooltip="Play or pause", id="replay.play"),
        Binding(
            "f",
            "take_over",
            "Go on from here",
            tooltip="Yourself",
            id="replay.take_over",
        ),
        Binding("full_stop,right", "step(1)", "Step", tooltip="Next event", id="replay.step"),
        Binding("comma,left", "step(-1)", "Back", tooltip="One event back", id="replay.back"),
        Binding("n", "mark(1)", "Next mark", tooltip="To a decision or failure", id="replay.next"),
        Binding(
            "p",
            "mark(-1)",
            "Previous",
            tooltip="To the one before",
            show=False,
            id="replay.previous",
        ),
        Binding(
            "right_square_bracket", "round(1)", "Round", tooltip="Next round", id="replay.round"
        ),
        Binding(
            "left_square_bracket",
            "round(-1)",
            "Round back",
            tooltip="Previous round",
            show=False,
            id="replay.round_back",
        ),
        Binding("plus", "speed(1)", "Faster", tooltip="Play faster", id="replay.faster"),
        Binding(
            "minus", "speed(-1)", "Slower", tooltip="Play slower", show=False, id="replay.slower"
        ),
        Binding("0", "full_speed", "At once", tooltip="As fast as it goes", id="replay.full"),
        Binding("g", "jump(0)", "Start", tooltip="To the start", show=False, id="replay.start"),
        Binding("G", "jump(1)", "End", tooltip="To the end", show=False, id="replay.end"),
        Binding("T", "grid", "Rounds", tooltip="Tests by rounds", show=False, id="replay.grid"),
        *pane_keys("replay"),
        *PANE_KEYS[1:],
    ]

    def __init__(
        self,
        journal: Path,
        root: Path,
        settings: Settings,
        *,
        speed: float | None = 1.0,
        invites: bool = False,
    ) -> None:
        """Make the screen.

        Args:
            journal: The recording.
            root: The project.
            settings: For the session that takes over.
            speed: How fast it plays; as fast as it goes, where there is none; 0 does not.
            invites: Whether it says at its start and end what a person can do.
        """
        super().__init__(journal, root, settings)
        self._journal, self._root = journal, root
        self._invites = invites
        self._speed = speed
        self._tape: Playback | None = None
        self._playing = False
        self._clock = 0.0
        self._last = time.monotonic()
        self._loaded = asyncio.Event()

    def compose(self) -> ComposeResult:
        """The panes, below a word on what they show where nobody asked for a recording."""
        if self._invites:
            yield Static(_WELCOME, id="invitation", markup=False)
        yield from super().compose()

    def status(self) -> Static:
        """The line at the bottom is that of the time."""
        return TimeBar(id="status", markup=False)

    @worker(exclusive=True, group="folder")
    async def _read_folder(self) -> None:
        """Read the recording, then play it."""
        try:
            read = await asyncio.to_thread(load_replay, self._journal, self._root)
        except StoreError as error:
            if self.stands:
                self.query_one(SpecPane).show_nothing(str(error))
            return
        spec = read.spec
        tape = await asyncio.to_thread(Playback, spec, read.events, read.seconds)
        if not self.stands:
            return
        if read.skipped:
            told = f"{read.skipped} lines of the journal cannot be read and are left out"
            self.notify(told, severity="warning")
        self._tape = tape
        self._playing = self._speed != 0
        self._speed = 1.0 if self._speed == 0 else self._speed
        self._works = [Work(spec, session=tape.session)]
        self.query_one(SpecList).fill(self._works, (), None)
        self.query_one(SpecPane).show_spec(spec)
        self._show_pane("code")
        self._show_all()
        self._last = time.monotonic()
        self.set_interval(FRAME_SECONDS, self._frame)
        self._loaded.set()

    async def loaded(self) -> Playback:
        """The recording, once it is read and shown."""
        await self._loaded.wait()
        assert self._tape is not None
        return self._tape

    def show_at(self, seconds: float) -> None:
        """Show a moment, and stay there."""
        assert self._tape is not None
        self._playing, self._clock = False, seconds
        self._go(self._tape.position_at(seconds))
        self._show_status()

    @worker(group="sandbox")
    async def _find_sandbox(self) -> None:
        """No code is run here, so none is needed."""

    # -- time goes on

    def _frame(self) -> None:
        now, before = time.monotonic(), self._last
        self._last = now
        if not self._playing or self._tape is None:
            return
        tape = self._tape
        if self._speed is None:
            self._go(tape.position + max(1, len(tape.events) // FRAMES_AT_FULL_SPEED))
            self._clock = tape.time
        else:
            self._clock = min(self._clock + (now - before) * self._speed, tape.length)
            self._go(tape.position_at(self._clock))
        self._playing = not tape.at_end
        self._show_status()

    def _go(self, position: int) -> None:
        """Let events happen, or go back before them, and show what is there then."""
        assert self._tape is not None
        tape, work = self._tape, self._works[0]
        before = tape.position
        tape.seek(position)
        streamed = tape.streamed(self._clock)
        work.partial = {index: Arriving(text) for index, text in streamed.items()}
        if tape.position == before:
            if work.partial:
                self.query_one(CodePane).stream(work)
            return
        self._show_all()

    def _settle(self) -> None:
        """The state of the work as it was then."""
        assert self._tape is not None
        work, session = self._works[0], self._tape.session
        work.session = session
        under_way = session.started is not None and not isinstance(session.next_step, Wait)
        work.busy = under_way and not self._tape.at_end
        work.since = time.monotonic() - session.total.seconds

    def _show_all(self) -> None:
        assert self._tape is not None
        self._settle()
        self._show_talk(self._works[0])
        self._show_suite(self._works[0])
        self.query_one(SpecList).refresh_work(self._works[0])
        self.query_one(CodePane).show_work(self._works[0])
        self._show_status()

    def _show_status(self) -> None:
        if self._tape is None or not self.stands:
            return
        told = "max" if self._speed is None else f"{self._speed:g}×"
        bar = self.query_one(TimeBar)
        bar.show(self._tape, clock=self._clock, playing=self._playing, speed=told)
        self._invite()

    def _invite(self) -> None:
        """Say what this is, and at its end what a person can do."""
        if self._invites and self._tape is not None:
            word = self.query_one("#invitation", Static)
            told = _INVITATION if self._tape.at_end else _WELCOME
            if word.content != told:
                word.update(told)

    def _seek(self, position: int) -> None:
        """The person goes somewhere: it waits there."""
        if self._tape is None:
            return
        self._playing = False
        self._go(position)
        self._clock = self._tape.time
        self._works[0].partial = {}
        self._show_status()

    # -- what the person does

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """All of it is possible once the recording is there."""
        return action in ("pane", "grid") or self._tape is not None

    def action_play(self) -> None:
        """Play on, pause, or start again from the beginning."""
        if self._tape is None:
            return
        if self._tape.at_end:
            self._seek(0)
            self._clock = 0.0
        self._playing = not self._playing
        self._show_status()

    def action_step(self, by: int) -> None:
        """One event on or back."""
        if self._tape is not None:
            self._seek(self._tape.position + by)

    def action_round(self, by: int) -> None:
        """To the start of the next round, or of the one before."""
        if self._tape is not None:
            tape = self._tape
            self._seek(tape.next_mark("round") if by > 0 else tape.previous_mark("round"))

    def action_mark(self, by: int) -> None:
        """To the next decision or failure, or the one before."""
        if self._tape is not None:
            go = self._tape.next_mark if by > 0 else self._tape.previous_mark
            self._seek(go("decision", "failure"))

    def action_jump(self, end: int) -> None:
        """To the start or to the end."""
        if self._tape is not None:
            self._seek(len(self._tape.events) if end else 0)

    def action_speed(self, by: int) -> None:
        """Play faster or slower."""
        nearest = min(
            range(len(SPEEDS)), key=lambda n: abs(SPEEDS[n] - (self._speed or SPEEDS[-1]))
        )
        self._speed = SPEEDS[max(0, min(nearest + by, len(SPEEDS) - 1))]
        self._show_status()

    def action_full_speed(self) -> None:
        """Play as fast as the screen can show it, or at normal speed again."""
        self._speed = 1.0 if self._speed is None else None
        self._show_status()

    @on(TimeBar.Sought)
    def _go_where_clicked(self, message: TimeBar.Sought) -> None:
        if self._tape is not None:
            self._seek(self._tape.position_at(message.seconds))

    @worker(exclusive=True, group="asking")
    async def action_take_over(self) -> None:
        """Leave the recording here, and go on in a session of one's own."""
        if self._tape is None:
            return
        self._playing = False
        self._show_status()
        spec, events = self._tape.spec, taken_over(self._tape.session)
        if not Path(spec.path).exists():
            self.notify(f"{spec.path} is gone, so there is nothing to go on with", severity="error")
            return
        text = (
            "A new session begins with this conversation. Code is tested anew, and you decide anew."
        )
        question = Question("Go on from here?", text)
        # Without a model there is nothing to go on with: the recording stays.
        if await self.app.push_screen_wait(question) and await self._has_model():
            go_on = (Work(spec).key, events)
            folder = Path(spec.path).parent
            desk = DeskScreen(folder, self._root, self._settings, go_on=go_on)
            # Not from here: this worker ends with the screen that it belongs to.
            self.app.call_later(self.app.switch_screen, desk)
