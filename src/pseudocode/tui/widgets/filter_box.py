"""Where words are typed that the list is filtered by."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class FilterBox(Input):
    """One line above the list; what is typed counts at once."""

    HELP = "Only specs show that have these words in path, name or state. Escape shows all again."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave(False)", "All", id="filter.all"),
        Binding("enter", "leave(True)", "Keep", id="filter.keep"),
        Binding("up", "step(-1)", "Up", show=False, id="filter.up"),
        Binding("down", "step(1)", "Down", show=False, id="filter.down"),
    ]

    class Left(Message):
        """The person is done with it."""

        def __init__(self, keep: bool) -> None:
            super().__init__()
            self.keep = keep

    class Stepped(Message):
        """The person moves in the list while typing."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def on_mount(self) -> None:
        """Start hidden."""
        self.display = False

    def action_leave(self, keep: bool) -> None:
        """Go back to the list, which stays filtered or not."""
        self.post_message(self.Left(keep))

    def action_step(self, by: int) -> None:
        """Go on to another spec."""
        self.post_message(self.Stepped(by))
