"""The conversation: the whole exchange with the model, the tests, and what the person said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click

from pseudocode.events import ChatMessage, Diagnosed, Event, PromptSent, ReplyReceived
from pseudocode.loop import CHARACTERS_PER_TOKEN
from pseudocode.telling import Tone, told
from pseudocode.tui.widgets.sheet import Line, SheetView, remarks

MAX_FACTS = 400
"""More would make a long session slow to draw; transcripts hold all."""
_GO_TOGETHER = 100
"""So many of the earliest go at once where there are more."""
_OPEN_LINES = 12
"""What is longer than that begins folded."""
_FOLDED, _UNFOLDED = "▸", "▾"
_STYLES: dict[Tone, str] = {
    "round": "bold $text-accent",
    "plain": "",
    "quiet": "$text-muted",
    "person": "bold",
    "good": "$text-success",
    "bad": "$text-error",
    "warning": "$text-warning",
}


@dataclass(slots=True)
class _Entry:
    """One thing said or done: its first line, and more of it that can be folded."""

    head: list[Line]
    body: list[Line]
    folded: bool = True

    def lines(self) -> list[Line]:
        if not self.body:
            return [*self.head, Line("")]
        first, *rest = self.head
        lines = "1 line" if len(self.body) == 1 else f"{len(self.body)} lines"
        told = f"{first.text} · {lines}" if self.folded else first.text
        sign = _FOLDED if self.folded else _UNFOLDED
        head = [Line(told, first.style, mark=sign), *rest]
        return [*head, *([] if self.folded else self.body), Line("")]


class TalkPane(SheetView):
    """One entry for each thing said or done; prompts, answers and thoughts are folded."""

    HELP = (
        "The conversation: what the model was sent and said, the test results, your comments. "
        "Enter unfolds what is folded, `O` all of it."
    )
    BORDER_TITLE = "4 Conversation"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("O", "fold_all", "Fold/unfold all", show=False, id="talk.fold_all"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._facts: list[Event] = []
        self._seen = 0
        """So many of the facts are in the entries."""
        self._gone = 0
        """So many of the first are not shown any more."""
        self._entries: list[_Entry] = []
        self._owners: list[int] = []
        """The entry that each line is of."""

    def show_events(self, events: list[Event]) -> None:
        """Show these and nothing else; of a list that is shown already, what was added to it.

        How often and when it is called makes no difference to what shows in the end.
        """
        gone = -(-max(len(events) - MAX_FACTS, 0) // _GO_TOGETHER) * _GO_TOGETHER
        if events is self._facts and self._seen <= len(events) and gone == self._gone:
            for event in events[self._seen :]:
                self._show_more(event)
        else:
            self._facts, self._gone = events, gone
            self._show_anew()
        self._seen = len(events)

    def _show_anew(self) -> None:
        self._entries, self._owners = [], []
        if self._gone:
            told = remarks(f"… {self._gone:,} earlier facts", "$text-muted")
            self._entries.append(_Entry(told, []))
        for event in self._facts[self._gone :]:
            self._entries += _entries(event)
        self.show(self._all_lines())
        self.cursor = max(len(self.lines) - 1, 0)
        self.scroll_end(animate=False, immediate=True, x_axis=False)

    def _show_more(self, event: Event) -> None:
        for entry in _entries(event):
            self._entries.append(entry)
            lines = entry.lines()
            self._owners += [len(self._entries) - 1] * len(lines)
            self.append(lines)

    @property
    def whole_text(self) -> str:
        """All of it, also what is folded."""
        lines = (line for entry in self._entries for line in (*entry.head, *entry.body))
        return "\n".join(line.text for line in lines)

    def action_open(self) -> None:
        """Fold or unfold what the cursor is on."""
        if self.cursor >= len(self._owners):
            return
        number = self._owners[self.cursor]
        entry = self._entries[number]
        if entry.body:
            entry.folded = not entry.folded
            self._show_again(number)

    def action_fold_all(self) -> None:
        """Unfold everything, or fold it if something is unfolded."""
        fold = any(entry.body and not entry.folded for entry in self._entries)
        number = self._owners[self.cursor] if self.cursor < len(self._owners) else 0
        for entry in self._entries:
            entry.folded = fold
        self._show_again(number)

    def on_click(self, event: Click) -> None:
        """A click on what is folded unfolds it."""
        super().on_click(event)
        inside = event.get_content_offset(self)
        sign = self.lines[self.cursor].mark if self.cursor < len(self.lines) else ""
        if inside and inside.x < 2 and sign in (_FOLDED, _UNFOLDED):
            self.action_open()

    @property
    def gutter_width(self) -> int:
        """What tells whether something is folded."""
        return 2

    def gutter_at(self, line: int) -> Content:
        """The sign for it, or a line beside what is unfolded."""
        sign = self.lines[line].mark
        return Content.styled(f"{sign} ", "$text-muted" if sign == "│" else "$text-accent")

    def _show_again(self, number: int) -> None:
        top = self.scroll_offset.y
        self.show(self._all_lines())
        self.scroll_to(y=top, animate=False, force=True)
        if number in self._owners:
            self.move_to(self._owners.index(number))

    def _all_lines(self) -> Iterator[Line]:
        self._owners = []
        for number, entry in enumerate(self._entries):
            lines = entry.lines()
            self._owners += [number] * len(lines)
            yield from lines


def _entries(event: Event) -> Iterable[_Entry]:
    match event:
        case PromptSent():
            yield _prompt("to the model", event.messages)
        case Diagnosed(fault=""):
            yield _prompt(f"to {event.model}, for a diagnosis", event.messages)
            found = told(event)
            yield _Entry(remarks(found.text if found else ""), [])
        case ReplyReceived():
            if thoughts := event.reasoning:
                yield _Entry(
                    remarks("the model's reasoning", "$text-muted italic"), _body(thoughts)
                )
            found = told(event)
            head = remarks(found.text if found else "", _STYLES["quiet"])
            yield _Entry(head, _body(event.text))
        case _:
            if found := told(event):
                lines = remarks(found.text, _STYLES[found.tone])
                fold = len(lines) > _OPEN_LINES
                yield _Entry(lines[:1], lines[1:]) if fold else _Entry(lines, [])


def _prompt(to: str, messages: tuple[ChatMessage, ...]) -> _Entry:
    """All that is sent; the last message, which is new, first lines and all, where it is short."""
    characters = sum(len(message.content) for message in messages)
    tokens = characters // CHARACTERS_PER_TOKEN
    several = f"{len(messages)} messages, " if len(messages) > 1 else ""
    body: list[Line] = []
    for message in messages:
        body += [Line(f"{message.role}:", "bold $text-muted", mark="│"), *_body(message.content)]
    return _Entry(remarks(f"{to}: {several}≈{tokens:,} tokens"), body)


def _body(text: str) -> list[Line]:
    return [Line(line.text, mark="│") for line in remarks(text.rstrip("\n"))]
