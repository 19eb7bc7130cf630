"""Answers side by side with their tests, one of which the person picks; and how many to ask for."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalScroll, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.highlight import highlight
from textual.widgets import Input, Static

from pseudocode.events import Case
from pseudocode.inert import one_line, visible
from pseudocode.rounds import Candidate, Round
from pseudocode.spec.model import Spec
from pseudocode.tui.closing import Dialog
from pseudocode.tui.widgets.key_line import KeyLine

MAX_ANSWERS = 16
_SIGNS = {"passed": "✓", "failed": "✗", "error": "✗", "skipped": "-"}
LEAST_WIDTH = 38
"""Columns of one answer."""
MAX_SHOWN = 20_000
"""Characters of one answer."""


class HowMany(Dialog[int | None]):
    """Asks for a number of answers."""

    CSS = """
    HowMany { align: center middle; }
    HowMany .dialog { width: 50; }
    HowMany Input { width: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave", id="several.leave")
    ]

    def compose(self) -> ComposeResult:
        """One field."""
        with Vertical(classes="dialog") as box:
            box.border_title = "Several answers, to compare"
            box.border_subtitle = "enter asks · esc leaves"
            yield Static(f"How many, from 2 to {MAX_ANSWERS}? All are tested.", markup=False)
            yield Input("3", type="integer", max_length=2, id="number")
            yield Static("", id="fault", markup=False)

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if text.isdecimal() and 2 <= int(text) <= MAX_ANSWERS:
            self.dismiss(int(text))
        else:
            self.query_one("#fault", Static).update(f"a number from 2 to {MAX_ANSWERS}")


class Answer(VerticalScroll, can_focus=True):
    """One answer: what became of it, and its code."""

    def __init__(self, candidate: Candidate, spec: Spec, same_as: int | None) -> None:
        super().__init__()
        self.candidate = candidate
        self._spec = spec
        self._same_as = same_as

    def compose(self) -> ComposeResult:
        """Tests first, then the code."""
        self.border_title = f"answer {self.candidate.index + 1} · {_told(self.candidate)}"
        if self._same_as is not None:
            self.border_subtitle = f"the code of answer {self._same_as + 1}"
        yield Static(_results(self.candidate), markup=False, classes="results")
        yield Static(_code(self.candidate, self._spec), markup=False)


class CompareScreen(Dialog[int | None]):
    """The answers of a round; the number of the one that was picked, or nothing."""

    CSS = """
    CompareScreen { background: $background; }
    CompareScreen #answers { height: 1fr; }
    CompareScreen Answer {
        height: 100%; border: round $panel; padding: 0 1;
        border-title-color: $text-muted; border-subtitle-color: $text-muted;
    }
    CompareScreen Answer:focus { border: round $primary; border-title-color: $text-primary; }
    CompareScreen Answer Static { height: auto; }
    CompareScreen .results { margin-bottom: 1; }
    CompareScreen #telling { height: 1; background: $panel; padding: 0 1; }
    """
    AUTO_FOCUS = ""
    HELP = "The answers of a round. Left and right go from one to another, enter picks one."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "turn(-1)", "Left", priority=True, id="compare.left"),
        Binding("right,l", "turn(1)", "Right", priority=True, id="compare.right"),
        Binding("enter", "pick", "Pick", id="compare.pick"),
        Binding("escape,q", "dismiss(None)", "Close", id="compare.close"),
    ]

    def __init__(self, compared: Round, spec: Spec, chosen: int) -> None:
        super().__init__()
        self._round = compared
        self._spec = spec
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        """A column for each answer."""
        seen: dict[str, int] = {}
        with HorizontalScroll(id="answers"):
            for candidate in sorted(self._round.candidates.values(), key=lambda c: c.index):
                code = candidate.code
                same = seen.get(code) if code else None
                seen.setdefault(code, candidate.index)
                yield Answer(candidate, self._spec, same)
        told = f"round {self._round.number} · ←→ choose · enter picks · esc closes"
        yield Static(told, id="telling", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin at the one that is shown."""
        answers = list(self.query(Answer))
        chosen = (a for a in answers if a.candidate.index == self._chosen)
        next(chosen, answers[0]).focus()

    def on_resize(self, event: Resize) -> None:
        """As many columns as there is room for; the others are a step aside."""
        answers = self.query(Answer)
        width = max(LEAST_WIDTH, event.size.width // max(len(answers), 1))
        for answer in answers:
            answer.styles.width = min(width, event.size.width)

    def action_turn(self, by: int) -> None:
        """To the answer beside."""
        answers = list(self.query(Answer))
        at = next((n for n, answer in enumerate(answers) if answer.has_focus), 0)
        answers[max(0, min(at + by, len(answers) - 1))].focus()

    def action_pick(self) -> None:
        """Close with the one that is chosen."""
        picked = next((answer for answer in self.query(Answer) if answer.has_focus), None)
        self.dismiss(picked.candidate.index if picked else None)


def _told(candidate: Candidate) -> str:
    if not candidate.code:
        return "cannot be used"
    return candidate.report.tally if candidate.report else "not run"


def _results(candidate: Candidate) -> Content:
    """Each test on a line, and what is remarkable."""
    faults = candidate.checked.faults if candidate.checked else ()
    flags = candidate.checked.flags if candidate.checked else ()
    lines = [Content.styled(f"✗ {one_line(fault, 400)}", "$text-error") for fault in faults]
    for case in candidate.report.cases if candidate.report else ():
        style = "$text-success" if case.outcome == "passed" else "$text-error"
        lines.append(Content.styled(_line(case), style))
    if candidate.report and candidate.report.error:
        lines.append(Content.styled(one_line(candidate.report.error, 400), "$text-error"))
    for flag in flags:
        told = f"! line {flag.line} {one_line(flag.reason)}"
        lines.append(Content.styled(told, "$text-warning"))
    tokens = candidate.reply.completion_tokens
    lines.append(Content.styled(f"{tokens:,} tokens · {candidate.reply.seconds:.1f} s", "dim"))
    return Content("\n").join(lines)


def _line(case: Case) -> str:
    got = "" if case.outcome == "passed" else f" → {one_line(case.error or case.got, 80)}"
    return f"{_SIGNS[case.outcome]} {one_line(case.call, 80)}{got}"


def _code(candidate: Candidate, spec: Spec) -> Content:
    text = visible((candidate.code or candidate.reply.text)[:MAX_SHOWN].rstrip("\n"))
    if spec.kind == "file":
        return highlight(text, path=spec.name)
    return highlight(text, language="python")
