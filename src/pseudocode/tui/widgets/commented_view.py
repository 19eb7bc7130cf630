"""A sheet of code on whose lines the person comments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from pseudocode.tui.widgets.annotations import About
from pseudocode.tui.widgets.sheet import Line, SheetView


class CommentedView(SheetView):
    """Lines that can be chosen, to say something about them; what was said can be checked off."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "comment", "Comment", tooltip="On these lines", id="code.comment"),
        Binding("space", "check", "Addressed", tooltip="Or open again", id="code.check"),
        Binding("plus", "to_example", "To example", tooltip="Say it by one", id="code.to_example"),
        Binding(
            "shift+up,K",
            "extend(-1)",
            "More lines",
            tooltip="Choose lines",
            show=False,
            id="code.more_up",
        ),
        Binding(
            "shift+down,J",
            "extend(1)",
            "More lines",
            tooltip="Choose lines",
            show=False,
            id="code.more_down",
        ),
    ]

    class Commented(Message):
        """The person wants to say something about lines of the code."""

        def __init__(self, about: About) -> None:
            super().__init__()
            self.about = about

    class Checked(Message):
        """The person says that a comment is addressed, or that it is not."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    class Illustrated(Message):
        """The person wants an example in the place of a comment."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._from: int | None = None
        """The line at which the chosen ones begin, if there are more than that of the cursor."""

    @property
    def commented_code(self) -> str:
        """The code at whose lines something can be said; empty where there is none."""
        raise NotImplementedError

    def show(self, lines: Iterable[Line], language: str = "python") -> None:
        """Show a sheet from its beginning, with nothing chosen in it."""
        self._from = None
        super().show(lines, language)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys do something on this line."""
        if action in ("comment", "check", "to_example") and not getattr(self.screen, "RUNS", True):
            return False  # a recording is looked at only
        if action == "comment":
            return self.about is not None
        if action in ("check", "to_example"):
            return bool(self.comment)
        return True

    @property
    def about(self) -> About | None:
        """The lines that the person has chosen; nothing where they are no code."""
        code = self.commented_code
        if not code:
            return None
        numbers = [self.lines[n].number for n in self._chosen if n < len(self.lines)]
        numbers = [number for number in numbers if number]
        return About(code, numbers[0], numbers[-1]) if numbers else None

    @property
    def comment(self) -> int:
        """The number of the comment under the cursor; 0 where there is none."""
        there = self.commented_code and self.cursor < len(self.lines)
        return self.lines[self.cursor].comment if there else 0

    @property
    def _chosen(self) -> range:
        """From where choosing began to the cursor, or what the mouse selected."""
        if (selected := self.text_selection) and selected.start and selected.end:
            return range(selected.start.y, selected.end.y + 1)
        first = self.cursor if self._from is None else self._from
        return range(min(first, self.cursor), max(first, self.cursor) + 1)

    def style_at(self, line: int) -> str:
        """Chosen lines stand out."""
        if self._from is not None and line in self._chosen:
            return "on $primary 25%"
        return super().style_at(line)

    def action_extend(self, by: int) -> None:
        """Choose one more line, or one less."""
        self._from = self.cursor if self._from is None else self._from
        super().action_move(by)
        for line in range(max(self.cursor - 1, 0), min(self.cursor + 2, len(self.lines))):
            self.line_changed(line)
        self.screen.refresh_bindings()

    def move_to(self, line: int, *, tell: bool = True) -> None:
        """Put the cursor on a line; what can be done there may be something else."""
        super().move_to(line, tell=tell)
        self.screen.refresh_bindings()

    def action_move(self, by: int) -> None:
        """Choose one line only."""
        chosen, self._from = self._chosen, None
        for line in chosen:
            self.line_changed(line)
        super().action_move(by)

    def action_comment(self) -> None:
        """Say something about these lines."""
        if (about := self.about) is not None:
            self.post_message(self.Commented(about))

    def action_to_example(self) -> None:
        """Make an example of the comment here."""
        if self.comment:
            self.post_message(self.Illustrated(self.comment))

    def action_check(self) -> None:
        """Mark the comment here as addressed, or as open."""
        if self.comment:
            self.post_message(self.Checked(self.comment))
