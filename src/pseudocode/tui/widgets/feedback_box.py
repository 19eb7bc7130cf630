"""Where the person types comments and reasons."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from pseudocode.tui.widgets.annotations import About
from pseudocode.tui.work import Work

Purpose = Literal["comment", "reject"]
DRAFT_SECONDS = 0.4
"""After the last key, until what was typed is kept."""
_TITLES = {
    "comment": "comment · enter sends, ctrl+j new line, esc leaves",
    "reject": "why not? may stay empty · enter sends, esc leaves",
}


class FeedbackBox(TextArea):
    """A box of a few lines; enter sends."""

    HELP = "Tell the model what to change. Enter sends, ctrl+j makes a new line, escape leaves."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "Send", priority=True, id="box.send"),
        Binding("ctrl+j", "new_line", "New line", priority=True, id="box.new_line"),
        Binding("ctrl+o", "look", "See request", priority=True, id="box.look"),
        Binding("escape", "leave", "Leave", id="box.leave"),
    ]

    class _Text(Message):
        """What the person has typed, and about what."""

        def __init__(self, work: Work, text: str, purpose: Purpose, about: About | None) -> None:
            super().__init__()
            self.work = work
            self.text = text
            self.purpose: Purpose = purpose
            self.about = about

    class Given(_Text):
        """The person has finished a text."""

    class Looked(_Text):
        """The person wants to see what goes to the model with the text."""

    class Drafted(Message):
        """What is typed about a spec has changed, and nothing more was typed for a moment."""

        def __init__(self, work: Work) -> None:
            super().__init__()
            self.work = work

    class Left(Message):
        """The person went away without sending; the text stays."""

    def on_mount(self) -> None:
        """Start hidden."""
        self._purpose: Purpose = "comment"
        self._work: Work | None = None
        self._about: About | None = None
        self._sent: list[str] = []
        """What was sent in this run of the app, the latest last."""
        self._recalled = 0
        """How many texts back the person has gone."""
        self._unsent = ""
        """What was typed before they went back."""
        self._pause = self.set_interval(DRAFT_SECONDS, self._tell, pause=True)
        self.display = False

    def open(self, purpose: Purpose, work: Work, about: About | None = None) -> None:
        """Come up with what was typed about a spec so far, and take the keys.

        Args:
            purpose: What the text is for.
            work: The spec.
            about: The lines of its code that it is about; nothing where it is about all of it.
        """
        self._purpose, self._work, self._about, self._recalled = purpose, work, about, 0
        if work.draft != self.text:
            self.text = work.draft
            self.move_cursor(self.document.end)
        where = f" on {about.where}" if about else ""
        self.border_title = _TITLES[purpose].replace("comment", f"comment{where}", 1)
        self.display = True
        self.focus()

    def on_text_area_changed(self) -> None:
        """Keep what is typed, once the keys rest."""
        if self.display and self._work:
            self._work.draft = self.text
            self._pause.reset()
            self._pause.resume()

    def _tell(self) -> None:
        self._pause.pause()
        if self._work:
            self.post_message(self.Drafted(self._work))

    def action_send(self) -> None:
        """Hand the text over, once all that was typed before is in it."""
        self.call_later(self._send)

    def _send(self) -> None:
        """Hand the text over; an empty comment says nothing."""
        text, work = self.text.strip(), self._work
        if work is None or (not text and self._purpose == "comment"):
            self.action_leave()
            return
        self.take()
        self.post_message(self.Given(work, text, self._purpose, self._about))

    def take(self) -> None:
        """Hide, since the text is sent."""
        text = self.text.strip()
        self.display = False
        self.clear()
        if self._work:
            self._work.draft = ""
        if text:
            self._sent.append(text)
        self._tell()

    def action_look(self) -> None:
        """Show what goes out with all that was typed; the text stays."""
        self.call_later(self._look)

    def _look(self) -> None:
        text, work = self.text.strip(), self._work
        if work is not None and text and self._purpose == "comment":
            self.post_message(self.Looked(work, text, self._purpose, self._about))

    def action_new_line(self) -> None:
        """Break the line, behind all that was typed before."""
        self.call_later(self.insert, "\n")

    def action_leave(self) -> None:
        """Hide; the text is kept for the next time."""
        self.display = False
        if self._work:
            self._work.draft = self.text
        self._tell()
        self.post_message(self.Left())

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            event.prevent_default()
            self.action_leave()
            return
        row, _ = self.cursor_location
        if event.key == "up" and row == 0:
            self._recall(1)
        elif event.key == "down" and row == self.document.line_count - 1:
            self._recall(-1)
        else:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()

    def _recall(self, by: int) -> None:
        """Bring back what was sent earlier, or what was typed before that."""
        session = self._work.session if self._work else None
        said = list(dict.fromkeys([*(session.comments if session else ()), *self._sent]))
        back = self._recalled + by
        if 0 <= back <= len(said):
            self._unsent = self._unsent if self._recalled else self.text
            self._recalled = back
            self.text = said[-back] if back else self._unsent
            self.move_cursor(self.document.end)
