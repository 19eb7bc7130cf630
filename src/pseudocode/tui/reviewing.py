"""What the person does about code beside approving: edits, compares, goes back, sees requests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from textual import on
from textual import work as worker
from textual.binding import Binding, BindingType

from pseudocode.comments import LineComment
from pseudocode.cost import estimate
from pseudocode.events import (
    CandidatePicked,
    Commented,
    CommentMarked,
    Event,
    HandEdited,
)
from pseudocode.playback import forked
from pseudocode.rounds import code_hash
from pseudocode.tui.comparing import CompareScreen, HowMany
from pseudocode.tui.editing import edited
from pseudocode.tui.looking import Place
from pseudocode.tui.request import RequestScreen
from pseudocode.tui.suite_actions import SuiteScreen
from pseudocode.tui.upcoming import upcoming
from pseudocode.tui.widgets.annotations import About
from pseudocode.tui.widgets.code_pane import CodePane
from pseudocode.tui.widgets.feedback_box import FeedbackBox
from pseudocode.tui.widgets.spec_list import SpecList
from pseudocode.tui.work import Work

if TYPE_CHECKING:
    from pseudocode.tui.jobs import Jobs

REVIEW_KEYS: list[BindingType] = [
    Binding("e", "edit", "Edit", tooltip="Edit the code by hand", id="desk.edit"),
    Binding("G", "several", "Several", tooltip="Ask for several", show=False, id="desk.several"),
    Binding("V", "answers", "Answers", tooltip="Compare a round's", id="desk.answers"),
    Binding("x", "request", "Request", tooltip="See what goes out next", id="desk.request"),
    # Brackets are hard to type on some keyboards.
    Binding(
        "left_square_bracket,comma",
        "look(-1)",
        "Earlier",
        tooltip="An answer of before",
        show=False,
        id="desk.earlier",
    ),
    Binding(
        "right_square_bracket,full_stop",
        "look(1)",
        "Later",
        tooltip="Towards the newest answer",
        show=False,
        id="desk.later",
    ),
    Binding("f", "fork", "Go on from here", tooltip="In a new session", id="desk.fork"),
]
ACTIONS = ("edit", "several", "answers", "request", "look", "fork")
"""What is done about the chosen spec, where that makes sense."""


class Reviewing(SuiteScreen):
    """Panes in which code can be worked on as well as judged."""

    _jobs: Jobs
    _came_from_code = False

    # -- what the desk does

    async def _has_model(self) -> bool:
        raise NotImplementedError

    def _drive(self, work: Work) -> None:
        raise NotImplementedError

    async def _carry_on(self, work: Work, event: Event) -> None:
        """Add what the person said, and go on with what follows from it."""
        if await self._has_model():
            self._jobs.say(work, event)
            self._drive(work)
        elif isinstance(event, Commented):  # what was typed is not lost
            work.draft = event.text
            self._jobs.keep_draft(work)
            self._show_status()

    # -- by hand

    @worker(exclusive=True, group="asking")
    async def action_edit(self) -> None:
        """Edit the shown code; the result is a candidate like any other."""
        work = self._chosen
        # Before anything is written that would be lost without one.
        if work is None or not work.allows("edit") or not await self._has_model():
            return
        before = _text(work)
        suffix = PurePath(work.spec.name).suffix if work.spec.kind == "file" else ".py"
        text = await edited(self.app, work.spec.name, before, suffix)
        if text is None or text == before or not text.strip():
            self.notify("nothing was changed")
            return
        base = work.shown.sha256 if work.shown and work.shown.code else ""
        await self._carry_on(work, HandEdited(code=text, base=base))

    # -- several answers

    @worker(exclusive=True, group="asking")
    async def action_several(self) -> None:
        """Ask for so many answers as the person says, and test them all."""
        work = self._chosen
        if work is None or not work.allows("several"):
            return
        number = await self.app.push_screen_wait(HowMany())
        if number is not None and await self._has_model():
            self._jobs.request(work, number)
            self._drive(work)

    @worker(exclusive=True, group="asking")
    async def action_answers(self) -> None:
        """Look at the answers of a round side by side, and pick one."""
        work = self._chosen
        if work is None or not work.allows("answers") or work.session is None:
            return
        compared, shown = work.shown_round, work.shown
        if compared is None or shown is None:
            return
        screen = CompareScreen(compared, work.spec, shown.index)
        picked = await self.app.push_screen_wait(screen)
        if picked is None:
            return
        if compared is work.session.round:
            work.look_at(None)
            if work.allows("pick") and shown.index != picked:
                await self._carry_on(work, CandidatePicked(candidate=picked))
        else:
            at = next(n for n, past in enumerate(work.session.rounds) if past is compared)
            work.look_at(Place(at, picked))
        self._show_looked_at(work)

    # -- earlier rounds

    def action_look(self, by: int) -> None:
        """Look at the code of an earlier round, or of a later one."""
        work = self._chosen
        if work is not None and work.look(by):
            self._show_pane("code")
            self._show_looked_at(work)

    def _show_looked_at(self, work: Work) -> None:
        self.query_one(CodePane).show_work(work)
        self._show_suite(work)
        self._show_status()
        self.refresh_bindings()

    @worker(exclusive=True, group="asking")
    async def action_fork(self) -> None:
        """Begin a session that goes on from the round that is looked at."""
        work = self._chosen
        if work is None or not work.allows("fork") or work.session is None or work.viewed is None:
            return
        events = forked(work.session, *work.viewed)
        if await self._has_model():
            self._jobs.take_over(work, events)
            self._show_work(work)
            self._drive(work)

    # -- what goes out

    @worker(exclusive=True, group="asking")
    async def action_request(self) -> None:
        """See what goes to the model next; trim and edit it, send it or not."""
        if self._chosen is not None and self._chosen.allows("request"):
            await self._show_request(self._chosen, None)

    @on(FeedbackBox.Looked)
    @worker(exclusive=True, group="asking")
    async def _show_comment(self, event: FeedbackBox.Looked) -> None:
        """See what goes to the model with what is typed."""
        if event.work.allows("request"):
            await self._show_request(event.work, commented(event.text, event.about))

    async def _show_request(self, work: Work, comment: Commented | None) -> None:
        if not await self._has_model() or self._jobs.choice is None:
            return
        due = await upcoming(work, self._jobs.project, self._jobs.choice, comment)
        if due is None:
            self.notify("what goes out next depends on tests that are not run yet")
            return
        screen = RequestScreen(due.request.messages, due.model, due.cost)
        request = await self.app.push_screen_wait(screen)
        if request is None:
            return
        if comment is not None:
            self.query_one(FeedbackBox).take()
        released = replace(due.request, messages=request.messages, edited=request.edited)
        self._jobs.release(work, released, comment)
        self._drive(work)

    @worker(group="ahead")
    async def _look_ahead(self, work: Work) -> None:
        """Tell what another round will cost, while it is the person's turn."""
        session, choice = work.session, self._jobs.choice
        if session is None or choice is None or work.busy or work.wait.reason == "done":
            return
        events = len(session.events)
        due = await upcoming(work, self._jobs.project, choice)
        if due is not None and work.session is session and len(session.events) == events:
            cost = due.cost(due.request.messages)
            work.ahead = "" if cost.unpriced else estimate(cost)  # the sum so far says unknown
            self._show_status()

    # -- comments on lines

    @on(CodePane.Commented)
    def _comment_on_lines(self, event: CodePane.Commented) -> None:
        if self.RUNS and (work := self._chosen):
            self._came_from_code = True
            self.query_one(FeedbackBox).open("comment", work, event.about)

    def _go_back(self) -> None:
        """The keys go where they were before the person typed."""
        self.query_one(CodePane if self._came_from_code else SpecList).focus()
        self._came_from_code = False

    @on(CodePane.Checked)
    def _check_comment(self, event: CodePane.Checked) -> None:
        work, comment = self._commented_on(event.number)
        if work is not None and comment is not None:
            self._mark(work, comment, not comment.addressed)

    @on(CodePane.Illustrated)
    @worker(exclusive=True, group="asking")
    async def _make_example(self, event: CodePane.Illustrated) -> None:
        """Have the person type a call and its answer, which say what the comment said."""
        work, comment = self._commented_on(event.number)
        if work is None or comment is None or not work.allows("add_example"):
            return
        if added := await self._write_example(work, comment.text):
            self._mark(work, comment, True)
            await self._go_on_with(work, added)

    def _commented_on(self, number: int) -> tuple[Work | None, LineComment | None]:
        work = self._chosen
        if not self.RUNS or work is None or work.busy or work.session is None:
            return None, None
        if self._jobs.choice is None:
            return None, None
        return work, work.session.line_comments[number - 1]

    def _mark(self, work: Work, comment: LineComment, addressed: bool) -> None:
        self._jobs.say(work, CommentMarked(number=comment.number, addressed=addressed))


def commented(text: str, about: About | None) -> Commented:
    """What the person said, with the lines that it is about."""
    if about is None:
        return Commented(text=text)
    return Commented(
        text=text,
        line=about.first,
        last=about.last,
        quoted=about.quoted,
        sha256=code_hash(about.code),
    )


def _text(work: Work) -> str:
    """What the person begins to edit: the code that is shown, or the declaration."""
    shown = work.shown
    if shown is not None:
        return shown.code or shown.reply.text
    return work.kept_code or work.spec.stub
