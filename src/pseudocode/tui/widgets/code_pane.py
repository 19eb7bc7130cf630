"""The code: as it streams in, as it is to be decided on, and what it changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, NamedTuple

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.timer import Timer

from pseudocode.inert import one_line
from pseudocode.rounds import Candidate
from pseudocode.tui.colouring import language_of
from pseudocode.tui.differences import difference, tally
from pseudocode.tui.incoming import Incoming
from pseudocode.tui.widgets.annotations import annotated
from pseudocode.tui.widgets.commented_view import CommentedView
from pseudocode.tui.widgets.sheet import Line, remarks
from pseudocode.tui.work import Arriving, Work

FRAME_SECONDS = 1 / 15
_TITLE_STARTS = 3
"""The column of the border in which the title begins."""
Tab = Literal["code", "diff"]


class Base(NamedTuple):
    """Something that the code can be compared with."""

    name: str
    code: str


class CodePane(CommentedView):
    """Shows the candidate in the works, or the one to decide on; or its difference."""

    HELP = (
        "The code. It grows as the model writes. `v` shows what it changes, `b` chooses against "
        "what: an earlier round, the accepted code, the file on disk. `c` comments on the line, or "
        "on those chosen with shift and the arrows; `space` marks a comment as addressed, `+` "
        "makes an example of it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left,right",
            "other_tab",
            "Code/difference",
            tooltip="The other tab",
            show=False,
            id="code.other_tab",
        ),
    ]

    class TabChosen(Message):
        """The person wants to see the other tab."""

        def __init__(self, tab: Tab) -> None:
            super().__init__()
            self.tab: Tab = tab

    def __init__(self, *, id: str | None = None, tab: Tab = "code") -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.tab: Tab = tab
        self.base: str = ""
        """The name of what is compared with; empty for the nearest."""
        self._work: Work | None = None
        self._stream: Incoming | None = None
        self._key: object = None
        """What is shown: the same is not shown anew, so that the place is kept."""

    def on_mount(self) -> None:
        """Paint nothing yet."""
        self._frame: Timer = self.set_interval(FRAME_SECONDS, self._paint, pause=True)
        self._name_tabs()

    # -- what it shows

    def show_work(self, work: Work) -> None:
        """Show where the work on a spec stands."""
        if work is not self._work:
            self._work, self.base, self._stream, self._key = work, "", None, None
        if work.busy and work.session is not None and work.state == "generating":
            self.stream(work)
            return
        if self._stream is not None:
            self._stream, self._key = None, None
        self._frame.pause()
        self._show()

    def stream(self, work: Work) -> None:
        """Show text as it arrives, a few times a second at most."""
        if self._stream is None or self._work is not work:
            self._begin(work)
        self._name_tabs()
        self._frame.resume()

    def choose_tab(self, tab: Tab, base: str | None = None) -> None:
        """Show the code, or its difference.

        Args:
            tab: Which.
            base: The name of what to compare with; the one before, if it is not given.
        """
        self.tab = tab
        self.base = self.base if base is None else base
        self._show()

    @property
    def shown_code(self) -> str:
        """The code that the pane is about; empty where there is none."""
        work = self._work
        candidate = work.shown if work else None
        if candidate is not None:
            return candidate.code
        return work.kept_code if work else ""

    @property
    def commented_code(self) -> str:
        """The code, while it is there and stands at its lines."""
        return self.shown_code if self._stream is None and self.tab == "code" else ""

    @property
    def bases(self) -> list[Base]:
        """What the code can be compared with, the nearest first."""
        return list(_bases(self._work, self.shown_code)) if self._work else []

    def _show(self) -> None:
        work = self._work
        if work is None or self._stream is not None:
            self._name_tabs()
            return
        candidate = work.shown
        comments = tuple(work.session.line_comments) if work.session else ()
        code = (self.tab, self.base, candidate, self.shown_code, work.in_the_way, work.kept)
        key = (code, comments)
        if key != self._key:
            before, self._key = self._key, key
            language = self._language(work)
            lines = self._lines_of(work, candidate, language)
            if isinstance(before, tuple) and _is_same_text(before[0], code):
                self.show_in_place(lines, language)  # only what is known of it has changed
            else:
                self.show(lines, language)
                self.scroll_home(animate=False)
        self._name_tabs()

    def _lines_of(self, work: Work, candidate: Candidate | None, language: str) -> list[Line]:
        if self.tab == "diff":
            return self._differing(language)
        return _kept_lines(work) if candidate is None else _candidate_lines(work, candidate)

    def _language(self, work: Work) -> str:
        return (
            language_of(work.spec.name, self.shown_code) if work.spec.kind == "file" else "python"
        )

    def _differing(self, language: str) -> list[Line]:
        base = next((b for b in self.bases if not self.base or b.name == self.base), None)
        if base is None:
            return remarks("There is nothing to compare with yet.", "$text-muted")
        lines = difference(base.code, self.shown_code, language)
        told = tally(lines) if lines else "no difference"
        return [
            Line(f"{told} · against {one_line(base.name, 60)} · b chooses", "$text-muted"),
            *lines,
        ]

    def _name_tabs(self) -> None:
        """The tabs stand in the border, where they cost no line."""
        chosen, other = "bold underline", "$text-muted"
        styles = (chosen, other) if self.tab == "code" else (other, chosen)
        self.border_title = Content.assemble("2 ", ("Code", styles[0]), " ", ("Diff", styles[1]))
        self.border_subtitle = self._subtitle()

    def _subtitle(self) -> str:
        work = self._work
        if work is None:
            return ""
        if self._stream is not None:
            return _pace(work)
        if work.shown is None:
            return "accepted" if work.kept == "fresh" else ""
        current = work.shown_round
        by_hand = " · edited by you" if current and current.edited else ""
        return f"round {current.number if current else 0}{by_hand}"

    def _begin(self, work: Work) -> None:
        """Show what of an answer is there already."""
        self._work, self._key = work, None
        self._stream = Incoming(_start(work), self._language(work))
        arriving = _arriving(work)
        # At once, as a scroll bar that went and came again would lay out the whole screen.
        self.show(self._stream.take(arriving)[0] if arriving else [])
        self.scroll_end(animate=False, immediate=True, x_axis=False)

    def _paint(self) -> None:
        """Take up what came since the last frame."""
        work, stream = self._work, self._stream
        arriving = _arriving(work) if work else None
        if work is None or stream is None or arriving is None:
            return
        if not stream.is_of(arriving):  # another answer, or another round
            self._begin(work)
        else:
            lines, instead = stream.take(arriving)
            if lines or instead:
                self.append(lines, instead=instead)
        if (told := _pace(work)) != str(self.border_subtitle):
            self.border_subtitle = told

    # -- keys and mouse

    def action_other_tab(self) -> None:
        """To the code, or to what it changes."""
        self.post_message(self.TabChosen("diff" if self.tab == "code" else "code"))

    def on_click(self, event: Click) -> None:
        """A click on a tab shows it."""
        if event.get_content_offset(self) is None and event.y == 0:
            column = event.x - _TITLE_STARTS
            if 0 <= column < len("2 Code Diff"):
                self.post_message(self.TabChosen("diff" if column > len("2 Code") else "code"))
        super().on_click(event)


def _is_same_text(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Whether the same tab shows the same code, compared with the same."""
    return (one[:2], one[3]) == (other[:2], other[3])


def _arriving(work: Work) -> Arriving | None:
    """The first of the answers that stream in."""
    return work.partial[min(work.partial)] if work.partial else None


def _start(work: Work) -> str:
    """What the model's text continues, where it does."""
    started = work.session.started if work.session else None
    prefilled = started is not None and started.style == "prefill"
    return f"{work.spec.signature}:\n" if prefilled else ""


def _pace(work: Work) -> str:
    """How an answer comes in, in words."""
    current = work.session.round if work.session else None
    wanted = current.started.candidates if current else 1
    arrived = len(current.candidates) if current else 0
    told = f"{arrived} of {wanted} answers" if wanted > 1 else "streaming"
    return f"{told} · ≈{work.rate:.0f} tokens/s" if work.rate else told


def _candidate_lines(work: Work, candidate: Candidate) -> list[Line]:
    if not candidate.code:
        faults = candidate.checked.faults if candidate.checked else ()
        told = [line for fault in faults for line in remarks(f"✗ {fault}", "$text-error")]
        gap = [Line("")] if told else []
        return [*told, *gap, *remarks(candidate.reply.text)]
    flags = candidate.checked.flags if candidate.checked else ()
    comments = work.session.line_comments if work.session else ()
    return [
        *annotated(candidate.code, flags, comments),
        *_replacing(work, candidate.code),
    ]


def _replacing(work: Work, code: str) -> list[Line]:
    """What would change in a file that is there already; nothing where there is none."""
    if work.in_the_way is None or work.in_the_way == code:
        return []
    told = f"It replaces the {work.spec.name} that is there:"
    changed = difference(work.in_the_way, code, language_of(work.spec.name, code))
    return [Line(""), *remarks(told, "$text-warning"), *changed]


def _kept_lines(work: Work) -> list[Line]:
    return annotated(work.kept_code) if work.kept_code else remarks("No code yet.", "$text-muted")


def _bases(work: Work, code: str) -> Iterator[Base]:
    """What the code of a spec can be compared with, the nearest first; never with itself."""
    if work.in_the_way is not None:
        yield Base("the file on disk", work.in_the_way)
    session = work.session
    for past in reversed(session.rounds if session else []):
        for candidate in reversed(list(past.candidates.values())):
            if candidate.code and candidate.code != code:
                several = f", answer {candidate.index + 1}" if len(past.candidates) > 1 else ""
                yield Base(f"round {past.number}{several}", candidate.code)
    if work.kept_code and work.kept_code != code:
        yield Base("accepted", work.kept_code)
