"""The rounds of a session and the candidates in them, as the fold builds them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from pseudocode.bounds import Spent
from pseudocode.cost import NOTHING, Cost
from pseudocode.events import (
    CandidateChecked,
    ChatMessage,
    Commented,
    Diagnosed,
    HandEdited,
    Rejected,
    ReplyReceived,
    RoundStarted,
    SuiteFinished,
)
from pseudocode.fingerprint import fingerprint
from pseudocode.resumption import MOST_PARTS, ended_early, put_together


def code_hash(code: str) -> str:
    """SHA-256 of the exact text, as hexadecimal digits."""
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(slots=True)
class Candidate:
    """One answer of the model, and what is known about it."""

    index: int
    reply: ReplyReceived
    checked: CandidateChecked | None = None
    report: SuiteFinished | None = None
    earlier: tuple[ReplyReceived, ...] = ()
    """What came before, where the answer ended early and the model was asked to go on."""

    @property
    def code(self) -> str:
        """The code as it would be accepted; empty while unknown or faulty."""
        return self.checked.code if self.checked and not self.checked.faults else ""

    @property
    def sha256(self) -> str:
        """What identifies the exact text of the code."""
        return code_hash(self.code)

    @property
    def fingerprint(self) -> str:
        """What is the same for code that cannot behave differently; empty without code."""
        return fingerprint(self.code) if self.code else ""

    @property
    def rank(self) -> tuple[int, int]:
        """Orders candidates: usable before faulty, then by examples passed."""
        return (bool(self.code), self.report.passed if self.report else -1)


@dataclass(slots=True)
class Round:
    """One turn of the loop."""

    started: RoundStarted
    messages: tuple[ChatMessage, ...] = ()
    candidates: dict[int, Candidate] = field(default_factory=dict)
    closed: bool = False
    """Whether the person ended it: nothing in it is carried further."""
    seconds: float = 0.0
    """How long the slowest answer took."""
    taken_up: tuple[Commented | Rejected, ...] = ()
    """What the person said that this round is about."""
    picked: int | None = None
    """Which of the candidates the person chose, if they chose one."""
    diagnosis: Diagnosed | None = None
    """What another model said of the answer that this round repairs."""
    released: bool = False
    """Whether the person lets the model go on from here, where that is theirs to say."""

    def copy(self) -> Round:
        """An independent round with the same candidates, as far as each is known."""
        candidates = {index: replace(found) for index, found in self.candidates.items()}
        return replace(self, candidates=candidates)

    def untested(self) -> Round:
        """An independent round with the same candidates, of which none was tested."""
        again = self.copy()
        for candidate in again.candidates.values():
            candidate.report = None
        return again

    @property
    def never_asked(self) -> bool:
        """Whether it was broken off before the model was asked: as if it had not begun."""
        return not self.messages and not self.candidates

    def take(self, reply: ReplyReceived) -> float:
        """Add an answer; by how many seconds the round got longer, as all are asked for at once."""
        earlier: tuple[ReplyReceived, ...] = ()
        if before := self.candidates.get(reply.candidate):
            earlier = (*before.earlier, before.reply)
            reply = replace(reply, text=put_together(before.reply, reply.text))
        self.candidates[reply.candidate] = Candidate(reply.candidate, reply, earlier=earlier)
        self.closed = self.closed or reply.finish == "stopped"
        longer = max(0.0, reply.seconds - self.seconds)
        self.seconds += longer
        return longer

    def judge(self, tested: Candidate, report: SuiteFinished) -> None:
        """Note what the tests said of a candidate; the same holds for others with its code."""
        for candidate in self.candidates.values():
            alike = candidate.code and candidate.fingerprint == tested.fingerprint
            if candidate is tested or (alike and candidate.report is None):
                candidate.report = report

    @property
    def cost(self) -> Cost:
        """What its answers cost so far."""
        candidates = self.candidates.values()
        return sum((reply_cost(r) for c in candidates for r in (*c.earlier, c.reply)), NOTHING)

    @property
    def number(self) -> int:
        """Counted from 1."""
        return self.started.round

    @property
    def recalled(self) -> bool:
        """Whether its candidates are out of the library."""
        return self.started.reason == "library"

    @property
    def edited(self) -> bool:
        """Whether its candidate was written by the person."""
        return self.started.reason == "edit"

    @property
    def is_over(self) -> bool:
        """Whether nothing in it is carried further, or the person lets the model go on from it."""
        return self.closed or self.released

    @property
    def is_the_persons(self) -> bool:
        """Whether the person says how it goes on from here, even if nothing passes."""
        return self.edited or self.started.compared or self.picked is not None

    @property
    def missing(self) -> tuple[int, ...]:
        """The candidates that the model still has to give."""
        if self.recalled or self.edited:
            return ()
        return tuple(i for i in range(self.started.candidates) if i not in self.candidates)

    @property
    def ended_early(self) -> tuple[int, ...]:
        """The candidates whose answers ended before their code did, for the model to go on with."""
        return tuple(
            c.index
            for c in self.candidates.values()
            if c.checked is not None
            and not c.code
            and len(c.earlier) + 1 < MOST_PARTS
            and ended_early(c.reply, self.messages)
        )

    @property
    def eligible(self) -> tuple[Candidate, ...]:
        """The candidates that may be accepted: the one that the person picked, or all."""
        if self.picked in self.candidates:
            return (self.candidates[self.picked],)
        return tuple(self.candidates.values())

    @property
    def best(self) -> Candidate | None:
        """The one that the person picked, or the most promising; the earliest of equals."""
        ordered = sorted(self.eligible, key=lambda c: c.index)
        return max(ordered, key=lambda c: c.rank, default=None)


def reply_cost(reply: ReplyReceived) -> Cost:
    """What an answer cost."""
    tokens = reply.prompt_tokens + reply.completion_tokens
    return Cost(unpriced=tokens) if reply.cost is None else Cost(reply.cost)


def handed_in(event: HandEdited, number: int, messages: tuple[ChatMessage, ...]) -> Round:
    """A round in which the person wrote the code.

    Args:
        event: What they wrote.
        number: Of the round that they began from.
        messages: The conversation so far, which goes on from the code as if it were an answer.
    """
    reply = ReplyReceived(
        candidate=0, text=event.code, finish="stop", source="person", model="by hand"
    )
    started = RoundStarted(round=number, reason="edit", candidates=1, temperature=0, counted=False)
    return Round(started, messages, {0: Candidate(0, reply)})


def reply_spent(reply: ReplyReceived) -> Spent:
    """What an answer used up, beside the time."""
    return Spent(
        tokens=reply.prompt_tokens + reply.completion_tokens,
        generated=reply.completion_tokens,
        cost=reply_cost(reply),
        cached=reply.cached_tokens if reply.source == "model" else 0,
    )


def with_code(rounds: Sequence[Round], sha256: str) -> Candidate | None:
    """The candidate with just this code, the latest of several."""
    found = (c for past in reversed(rounds) for c in past.candidates.values())
    return next((c for c in found if c.code and c.sha256 == sha256), None)


def holding(rounds: Sequence[Round], candidate: Candidate | None) -> Round | None:
    """The round that a candidate is of."""
    found = (r for r in reversed(rounds) if any(c is candidate for c in r.candidates.values()))
    return next(found, None)


def best_so_far(rounds: Sequence[Round]) -> Candidate | None:
    """The most promising of all candidates, the latest of equals.

    What is not tested yet, or the person's own, is what all turns on, however good others were.
    """
    latest = rounds[-1].best if rounds else None
    if latest is None or rounds[-1].is_the_persons or (latest.code and latest.report is None):
        return latest
    found = [past.best for past in reversed(rounds) if past.best and not past.closed]
    return max(found, key=lambda candidate: candidate.rank, default=latest)


def times_asked(rounds: Iterable[Round]) -> int:
    """In how many rounds the model was asked."""
    return sum(not (past.recalled or past.edited) for past in rounds)


def saved_tokens(rounds: Iterable[Round], accepted: Candidate | None) -> int:
    """Tokens that were not spent, since answers were kept and accepted code was found again."""
    candidates = (c for past in rounds for c in past.candidates.values())
    replies = (c.reply for c in candidates if c.reply.source == "cache" or c is accepted)
    return sum(reply.saved_tokens for reply in replies)
