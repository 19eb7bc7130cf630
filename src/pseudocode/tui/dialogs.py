"""Questions and details that stand over the desk."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from pseudocode.events import Case
from pseudocode.inert import one_line, visible
from pseudocode.tui.work import Work


class Question(ModalScreen[bool]):
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


class Choice(ModalScreen[int | None]):
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


class CaseDetail(ModalScreen[None]):
    """One example whole: call, expected, got, traceback, output."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "Close", id="detail.close")
    ]

    def __init__(self, case: Case) -> None:
        super().__init__()
        self._case = case

    def compose(self) -> ComposeResult:
        """A box with one paragraph for each part there is."""
        case = self._case
        parts = (
            ("call", case.call),
            ("expected", case.expected),
            ("got", case.got),
            ("failure" if case.file else "exception", case.error),
            ("where", f"{case.file}:{case.line}" if case.file and case.line else ""),
            ("traceback", case.traceback),
            ("printed", case.output),
            ("run", "in the process of the test, where it could meddle" if case.beside else ""),
        )
        with VerticalScroll(classes="dialog") as box:
            box.border_title = f"{case.outcome}, withheld" if case.hidden else case.outcome
            box.border_subtitle = "esc closes"
            for name, text in parts:
                if text:
                    yield Static(Content.styled(name, "bold $text-accent"), markup=False)
                    yield Static(Content(visible(text)), classes="part", markup=False)
