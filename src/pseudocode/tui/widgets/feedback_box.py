"""Where the person types comments and reasons."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

Purpose = Literal["comment", "reject"]
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
        Binding("escape", "leave", "Leave", id="box.leave"),
    ]

    class Given(Message):
        """The person has finished a text."""

        def __init__(self, text: str, purpose: Purpose) -> None:
            super().__init__()
            self.text = text
            self.purpose: Purpose = purpose

    class Left(Message):
        """The person went away without sending; the text stays."""

    def on_mount(self) -> None:
        """Start hidden."""
        self.purpose: Purpose = "comment"
        self.display = False

    def open(self, purpose: Purpose, text: str) -> None:
        """Come up with what was typed so far, and take the keys."""
        self.purpose = purpose
        if text != self.text:
            self.text = text
            self.move_cursor(self.document.end)
        self.border_title = _TITLES[purpose]
        self.display = True
        self.focus()

    def action_send(self) -> None:
        """Hand the text over; an empty comment says nothing."""
        text = self.text.strip()
        if not text and self.purpose == "comment":
            self.action_leave()
            return
        self.display = False
        self.clear()
        self.post_message(self.Given(text, self.purpose))

    def action_new_line(self) -> None:
        """Break the line."""
        self.insert("\n")

    def action_leave(self) -> None:
        """Hide; the text is kept for the next time."""
        self.display = False
        self.post_message(self.Left())

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            event.prevent_default()
            self.action_leave()
            return
        await super()._on_key(event)
