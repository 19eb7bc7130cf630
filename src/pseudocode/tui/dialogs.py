"""Questions that stand over the desk."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from pseudocode.inert import one_line
from pseudocode.tui.closing import Dialog
from pseudocode.tui.work import Work


class Question(Dialog[bool]):
    """Asks yes or no; everything but `y` is the harmless answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="question.yes"),
        Binding("n,escape,enter,q", "answer(False)", "No", id="question.no"),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """A box with the question and the two keys."""
        with Vertical(classes="dialog") as box:
            box.border_title = self._title
            yield Static(Content(self._text), markup=False)
            yield Static("y  yes      n  no", classes="keys", markup=False)

    def action_answer(self, answer: bool) -> None:
        """Close with the answer."""
        self.dismiss(answer)


class Choice(Dialog[int | None]):
    """Lets the person choose one of several things; the number of it, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Close", id="choice.close")
    ]

    def __init__(self, title: str, options: list[str]) -> None:
        super().__init__()
        self._title, self._options = title, options

    def compose(self) -> ComposeResult:
        """A box with a list."""
        with Vertical(classes="dialog") as box:
            box.border_title = self._title
            box.border_subtitle = "enter chooses · esc closes"
            yield OptionList(*(Option(Content(one_line(told))) for told in self._options))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Close with its number."""
        self.dismiss(event.option_index)


def leaving(works: list[Work]) -> Question | None:
    """What to ask before the app ends; nothing where nothing would be lost."""
    if unsaved := next((work.unsaved for work in works if work.unsaved), ""):
        return Question("Quit although something is not saved?", unsaved)
    if any(work.busy for work in works):
        text = "Its answer in flight is lost; all else is kept in the journal."
        return Question("Quit while the model writes?", text)
    return None
