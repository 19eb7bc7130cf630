"""The conversation: what was sent, what came, what the person said."""

from __future__ import annotations

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pseudocode.events import Event
from pseudocode.inert import visible
from pseudocode.telling import Tone, told

MAX_LINES = 24
"""Lines of one message that are shown."""
MAX_ENTRIES = 400
"""More would make a long session slow to draw; transcripts hold all."""
_STYLES: dict[Tone, str] = {
    "round": "bold $text-accent",
    "plain": "",
    "quiet": "dim",
    "person": "bold",
    "good": "$text-success",
    "bad": "$text-error",
    "warning": "$text-warning",
}


class TalkPane(VerticalScroll):
    """One entry for each thing said or done."""

    HELP = "The conversation with the model, the test results, and your comments."
    BORDER_TITLE = "4 Conversation"

    def on_mount(self) -> None:
        """Follow the end, until the person scrolls."""
        self.anchor()

    def show_events(self, events: list[Event]) -> None:
        """Show these and nothing else."""
        self.query(Static).remove()
        entries = [entry for event in events[-MAX_ENTRIES:] if (entry := _entry(event))]
        if len(events) > MAX_ENTRIES:
            gone = f"… {len(events) - MAX_ENTRIES:,} earlier facts"
            entries.insert(0, Static(Content.styled(gone, "dim"), markup=False, classes="entry"))
        self.mount_all(entries)

    def show_event(self, event: Event) -> None:
        """Show one more."""
        if entry := _entry(event):
            self.mount(entry)


def _entry(event: Event) -> Static | None:
    found = told(event)
    if found is None:
        return None
    lines = visible(found.text).split("\n")
    if len(lines) > MAX_LINES:
        lines = [*lines[:MAX_LINES], f"… {len(lines) - MAX_LINES} more lines"]
    return Static(
        Content.styled("\n".join(lines), _STYLES[found.tone]), markup=False, classes="entry"
    )
