"""The time bar of a replay: where it is, how fast it goes, what lies ahead."""

from __future__ import annotations

from textual.content import Content
from textual.events import Click, Resize
from textual.message import Message
from textual.widgets import Static

from pseudocode.playback import MarkKind, Playback
from pseudocode.rounds import times_asked

SIGNS: dict[MarkKind, tuple[str, str]] = {
    "round": ("┃", "$text-accent"),
    "failure": ("✗", "$text-error"),
    "decision": ("◆", "$text-warning"),
}
"""What rarer marks look like comes last, so that it covers what is frequent."""
_LEAST_BAR = 10


class TimeBar(Static):
    """Shows the marks of a recording along its time; a click goes there."""

    class Sought(Message):
        """A place on the bar was clicked."""

        def __init__(self, seconds: float) -> None:
            super().__init__()
            self.seconds = seconds

    def on_mount(self) -> None:
        """Show nothing yet."""
        self._tape: Playback | None = None
        self._told = "", ""
        self._bar = range(0)
        """The columns of the bar."""

    def show(self, tape: Playback, *, clock: float, playing: bool, speed: str) -> None:
        """Show where a replay stands.

        Args:
            tape: The recording.
            clock: Seconds from its start.
            playing: Whether it goes on by itself.
            speed: How fast, in words.
        """
        sign = "▶" if playing else "■" if tape.at_end else "‖"
        number = times_asked(tape.session.rounds)
        self._tape = tape
        self._told = (
            f"{sign} {speed} {_minutes(clock)}/{_minutes(tape.length)} ",
            f" round {number} · {tape.position}/{len(tape.events)}",
        )
        self._draw(clock)

    def on_resize(self, _: Resize) -> None:
        """Use the new width."""
        if self._tape is not None:
            self._draw(self._tape.time)

    def on_click(self, event: Click) -> None:
        """Go to the time that was clicked."""
        column = event.x - self.gutter.left
        if self._tape is not None and column in self._bar:
            share = (column - self._bar.start) / max(len(self._bar) - 1, 1)
            self.post_message(self.Sought(share * self._tape.length))

    def _draw(self, clock: float) -> None:
        assert self._tape is not None
        left, right = self._told
        room = self.content_size.width - len(left) - len(right)
        if room < _LEAST_BAR:
            self._bar = range(0)
            self.update(Content(left.strip()))
            return
        self._bar = range(len(left), len(left) + room)
        cells = _cells(self._tape, clock, room)
        self.update(Content.assemble((left, "bold"), *cells, (right, "$text-muted")))


def _cells(tape: Playback, clock: float, room: int) -> list[tuple[str, str]]:
    def column(seconds: float) -> int:
        return round(min(seconds / tape.length, 1.0) * (room - 1)) if tape.length else 0

    here = column(clock)
    cells = [("━", "$primary") if n <= here else ("─", "$text-muted") for n in range(room)]
    for kind, shown in SIGNS.items():
        for mark in tape.marks:
            if mark.kind == kind:
                cells[column(tape.offsets[mark.position - 1])] = shown
    cells[here] = ("●", "bold $primary")
    return cells


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
