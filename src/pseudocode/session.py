"""A session: the events added up, and what is to be done next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import replace

from pseudocode import deciding, policy
from pseudocode.bounds import Spent
from pseudocode.comments import LineComment, about_lines, marked
from pseudocode.events import (
    AcceptanceFailed,
    Approved,
    BehaviourObserved,
    CandidateAccepted,
    CandidateChecked,
    CandidatePicked,
    Commented,
    CommentMarked,
    Diagnosed,
    Event,
    ExamplesFound,
    HandEdited,
    PermissionsDenied,
    PermissionsGranted,
    PromptHeld,
    PromptReleased,
    PromptSent,
    ProviderFailed,
    Rejected,
    ReplyReceived,
    RoundRequested,
    RoundStarted,
    RunnerFailed,
    SessionStarted,
    Stopped,
    SuiteFinished,
)
from pseudocode.rounds import Candidate, Round, handed_in, reply_spent, times_asked, with_code
from pseudocode.spec.model import Spec
from pseudocode.steps import Accept, Ask, Check, Examine, Observe, Step, Wait


class Session:
    """The events of the work on one spec, folded.

    `append` is the one door in: it folds the event, then tells the listeners in their order.
    Listeners never append.
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.events: list[Event] = []
        self.listeners: list[Callable[[Event], None]] = []
        self.started: SessionStarted | None = None
        self.rounds: list[Round] = []
        self.accepted: CandidateAccepted | None = None
        self.comments: list[str] = []
        self.line_comments: list[LineComment] = []
        self.pending: list[Commented | Rejected] = []
        """What the person said that no round has taken up yet."""
        self.released: PromptReleased | None = None
        """The request that goes out next, where the person has seen it."""
        self.diagnosis: Diagnosed | None = None
        """What another model said of the answer to repair, until a round takes it up."""
        self.to_compare = 0
        """How many answers the person wants to compare; 0 where one that passes is enough."""
        self.spent, self.total = Spent(), Spent()
        self.examples: ExamplesFound | None = None
        """What the library has that is near; nothing while it was not asked."""
        self.reports: dict[str, SuiteFinished] = {}
        self.behaviours: dict[str, BehaviourObserved] = {}
        self.since = 0
        """The place of the round that took up what the person said last."""
        self.approved: set[str] = set()
        self.replaces = ""
        """What the person saw that an approved file would replace, as its SHA-256."""
        self.granted: frozenset[str] = frozenset()
        """What the person lets the code have when it is run."""
        self.halt: Wait | None = None
        self.fresh_wanted = False
        """Whether the person asked for another go at it."""

    @classmethod
    def replay(cls, spec: Spec, events: Iterable[Event]) -> Session:
        """Fold a recording; carries nothing out."""
        session = cls(spec)
        for event in events:
            session.append(event)
        return session

    def snapshot(self) -> Session:
        """What the events add up to so far, to go on from; past rounds, now fixed, are shared."""
        copied = copy(self)
        copied.events, copied.listeners = [], []
        copied.rounds = [*self.rounds[:-1], *(past.copy() for past in self.rounds[-1:])]
        copied.comments, copied.pending = list(self.comments), list(self.pending)
        copied.line_comments = list(self.line_comments)
        copied.reports, copied.approved = dict(self.reports), set(self.approved)
        copied.behaviours = dict(self.behaviours)
        return copied

    def append(self, event: Event) -> None:
        """Add a fact, fold it, and tell the listeners."""
        self.events.append(event)
        self._fold(event)
        for listener in self.listeners:
            listener(event)

    @property
    def remarks(self) -> list[str]:
        """What the pending remarks of the person say in words."""
        said = (r.reason if isinstance(r, Rejected) else r.said for r in self.pending)
        return [text for text in said if text]

    @property
    def round(self) -> Round | None:
        """The latest round."""
        return self.rounds[-1] if self.rounds else None

    @property
    def best(self) -> Candidate | None:
        """The candidate of the latest round that a person should look at."""
        return self.round.best if self.round else None

    @property
    def shown(self) -> Candidate | None:
        """The candidate that a person should look at: the one to decide on, else the best."""
        step = self.next_step
        if isinstance(step, Wait) and step.candidate is not None:
            return step.candidate
        return self.best

    @property
    def accepted_candidate(self) -> Candidate | None:
        """The candidate whose code is on disk, the latest of those with just this code."""
        return with_code(self.rounds, self.accepted.sha256) if self.accepted else None

    @property
    def next_step(self) -> Step:
        """What the loop has to do; `Wait` when it is the person's turn."""
        if self.started is None:
            return Wait("start")
        if self.accepted is not None and not self.pending and not self.fresh_wanted:
            return Wait("done")
        if self.halt is not None:
            return self.halt
        current = self.round
        if current is None or current.is_over or self.fresh_wanted or self.released:
            return deciding.begin(self)
        if step := self.arrived_step:
            return step
        if wanted := deciding.to_ask(self):
            return Ask(wanted)
        if self.pending:
            return deciding.begin(self)
        return deciding.judge(current, self) or deciding.begin(self)

    @property
    def arrived_step(self) -> Check | Examine | Observe | None:
        """What can be done with the answers that are in, whether or not others are under way."""
        if self.round is None or self.halt is not None or self.is_settled:
            return None
        return deciding.arrived(self.round, self)

    @property
    def permitted(self) -> bool:
        """Whether the person granted what the code would have when it is run, and just that."""
        # What the runner opens is the declaration's as it stands now, not that of a recording.
        wanted = frozenset(self.spec.options.permissions)
        return not wanted or wanted == self.granted

    @property
    def is_settled(self) -> bool:
        """Whether the latest round needs no more of its answers."""
        return self.passing is not None and not (self.round and self.round.started.compared)

    @property
    def passing(self) -> Candidate | None:
        """The candidate that passes and with which the work can end, if there is one."""
        return policy.chosen(self)

    @property
    def first_passing(self) -> Candidate | None:
        """The candidate of the latest round that passes: the one that was picked, or the first."""
        return next(filter(self.passes, self.round.eligible if self.round else ()), None)

    def passes(self, candidate: Candidate) -> bool:
        """Whether the tests have nothing against a candidate."""
        return candidate.report is not None and deciding.passes(candidate.report, self)

    def _fold(self, event: Event) -> None:  # noqa: C901 - one case for each kind of event
        match event:
            case SessionStarted():
                self._fold_started(event)
            case ExamplesFound():
                self.examples = event
            case RoundStarted():
                self._fold_round(event)
            case PromptHeld():
                self.halt = Wait("request", "the next request waits to be seen")
            case PromptSent() if self.round:
                self.round.messages = event.messages
            case ReplyReceived():
                self._fold_reply(event)
            case Diagnosed():
                self._spend(reply_spent(event.reply) + Spent(seconds=event.reply.seconds))
                self.diagnosis, self.released = event if event.counts else None, None
            case CandidateChecked():
                self._fold_checked(event)
            case SuiteFinished():
                self._fold_report(event)
            case BehaviourObserved() if observed := self._candidate(event.candidate):
                self._spend(Spent(seconds=event.seconds))
                self.behaviours[observed.fingerprint] = event
            case CandidateAccepted():
                self.accepted = event
            case AcceptanceFailed():
                step = self.next_step
                self.halt = Wait("failure", event.message, getattr(step, "candidate", None))
            case ProviderFailed() | RunnerFailed():
                self.halt = Wait("failure", event.message)
            case Stopped():
                self.halt = Wait("stopped", "stopped")
            case _:
                self._fold_decision(event)

    def _fold_decision(self, event: Event) -> None:
        match event:
            case PermissionsGranted() | PermissionsDenied():
                self._fold_permissions(event)
            case Approved():
                self.approved.add(event.sha256)
                self.replaces = event.replaces
                self.halt = None
            case Rejected() | Commented():
                self._fold_remark(event)
            case CommentMarked():
                self.line_comments = marked(self.line_comments, event)
            case HandEdited():
                self._fold_edit(event)
            case CandidatePicked() if self.round and event.candidate in self.round.candidates:
                self.round.picked, self.halt = event.candidate, None
            case PromptReleased():
                self.released, self.halt = event, None
            case RoundRequested():
                self._fold_request(event)

    def outdate(self, around: str) -> None:
        """Let reports count no more where the digest of what is around the spec is another now."""
        if self.started is not None and self.started.around != around:
            self.started = replace(self.started, around=around)
            self.reports.clear()
            if self.accepted is None:
                self.rounds[-1:] = [past.untested() for past in self.rounds[-1:]]

    def _fold_started(self, event: SessionStarted) -> None:
        if self.started is not None and self.started.digest != event.digest:
            self.started, self.approved = replace(self.started, around=""), set()
        self.outdate(event.around)
        self.started = event
        # What a recording grants counts for nothing: it may come from a stranger.
        self.granted = frozenset()
        if (current := self.round) and current.never_asked:
            del self.rounds[-1]
            self.rounds[-1:] = [past.copy() for past in self.rounds[-1:]]
            self.pending[:0] = current.taken_up
            self.diagnosis = current.diagnosis
            self.fresh_wanted = current.started.reason == "fresh" and not current.taken_up
            self.to_compare = current.started.candidates if current.started.compared else 0
            self._spend(Spent(rounds=-int(current.started.counted)))

    def _fold_round(self, event: RoundStarted) -> None:
        if self.pending or self.fresh_wanted:
            self.since = len(self.rounds)
        self.rounds.append(Round(event, taken_up=tuple(self.pending), diagnosis=self.diagnosis))
        self.pending.clear()
        self.accepted = self.released = self.diagnosis = None
        self.fresh_wanted, self.to_compare = False, 0
        self._spend(Spent(rounds=int(event.counted)))

    def _fold_reply(self, event: ReplyReceived) -> None:
        if self.round:  # there is one, but for damaged recordings
            self._spend(reply_spent(event) + Spent(seconds=self.round.take(event)))

    def _candidate(self, index: int) -> Candidate | None:
        """None only in a damaged recording."""
        return self.round.candidates.get(index) if self.round else None

    def _fold_checked(self, event: CandidateChecked) -> None:
        if candidate := self._candidate(event.candidate):
            candidate.checked = event
            # Code that does the same was tested before: the verdict is known and costs nothing.
            if candidate.code and (known := self.reports.get(candidate.fingerprint)):
                candidate.report = known

    def _fold_report(self, event: SuiteFinished) -> None:
        self._spend(Spent(seconds=event.seconds))
        if self.round and (tested := self._candidate(event.candidate)):
            self.reports[tested.fingerprint] = event
            self.round.judge(tested, event)

    def _fold_permissions(self, event: PermissionsGranted | PermissionsDenied) -> None:
        granted = isinstance(event, PermissionsGranted)
        self.granted = frozenset(event.permissions if granted else ())
        self.halt = None if granted else Wait("denied", "not allowed, not run", self.shown)

    def _fold_remark(self, event: Rejected | Commented) -> None:
        if isinstance(event, Rejected) and self.shown is not None:
            self.approved.discard(self.shown.sha256)
        self.pending.append(event)
        if said := event.reason if isinstance(event, Rejected) else event.said:
            self.comments.append(said)
        if isinstance(event, Commented) and (about := with_code(self.rounds, event.sha256)):
            self.line_comments += about_lines(event, about.code, len(self.line_comments) + 1)
        self.halt = self.released = None

    def _fold_edit(self, event: HandEdited) -> None:
        before = self.round.messages if self.round else ()
        self.rounds.append(handed_in(event, times_asked(self.rounds), before))
        self.accepted = self.halt = self.released = None
        self.fresh_wanted, self.to_compare = False, 0

    def _fold_request(self, event: RoundRequested) -> None:
        failed = self.halt is not None and self.halt.reason in ("failure", "request")
        self.halt, self.released, self.to_compare = None, None, event.candidates
        step = self.next_step
        # What was approved and then stopped is carried out, not asked for anew.
        if not failed and not isinstance(step, Accept):
            self._ask_again(step)
        # A round that failed goes on, and is the first of the new budget.
        current = self.round if failed else None
        goes_on = current is not None and current.started.counted and not current.closed
        self.spent = Spent(rounds=int(goes_on))

    def _ask_again(self, step: Step) -> None:
        """Go on from what is the person's own choice; from all else, start afresh."""
        current = self.round
        chosen = current is not None and (current.edited or current.picked is not None)
        undecided = isinstance(step, Wait) and step.reason == "choice"
        if current and (chosen or undecided) and isinstance(step, Wait) and not self.to_compare:
            current.released = True
        else:
            self.fresh_wanted = True

    def _spend(self, more: Spent) -> None:
        self.spent += more
        self.total += more
