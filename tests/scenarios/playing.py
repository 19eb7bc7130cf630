"""Sessions played through: what the world answers, and what has to come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pseudocode.errors import ProviderError
from pseudocode.events import CandidateChecked, ReplyReceived, SuiteFinished
from pseudocode.loop import Request, RunnerError
from pseudocode.session import Session
from pseudocode.spec.model import Spec
from tests.making import report_of

PROMPT = "RoundStarted PromptSent"
ANSWER = "ReplyReceived CandidateChecked"
ROUND = f"{PROMPT} {ANSWER}"
TESTED = f"{ROUND} SuiteFinished"


def answer(text: str, **values: Any) -> ReplyReceived:
    """A finished answer."""
    return ReplyReceived(**{"candidate": 0, "text": text, "finish": "stop", **values})


class Answers:
    """A provider that gives whole replies in their order."""

    def __init__(self, replies: Iterable[ReplyReceived | ProviderError]) -> None:
        self._replies = list(replies)
        self.requests: list[Request] = []

    async def reply(self, request: Request, on_text: Callable[[str], None]) -> ReplyReceived:
        self.requests.append(request)
        reply = self._replies.pop(0)
        if isinstance(reply, ProviderError):
            raise reply
        on_text(reply.text)
        return reply


class PlainChecker:
    """Takes code as it is."""

    async def check(self, spec: Spec, code: str) -> CandidateChecked:
        return CandidateChecked(candidate=0, code=code)


class TableRunner:
    """Looks up what the examples answer for each code; an error among them is raised once."""

    def __init__(
        self,
        table: Mapping[str, tuple[str, ...]],
        *,
        failures: Iterable[RunnerError] = (),
        seconds: float = 0.0,
    ) -> None:
        self._table = table
        self._failures = list(failures)
        self._seconds = seconds
        self.codes: list[str] = []

    def prepare(self, spec: Spec) -> None:
        """There is nothing to start."""

    async def run(self, spec: Spec, code: str) -> SuiteFinished:
        if self._failures:
            raise self._failures.pop(0)
        self.codes.append(code)
        return report_of(spec, *self._table[code], seconds=self._seconds)


def names(session: Session) -> list[str]:
    """What happened, by name, after the start."""
    return [type(event).__name__ for event in session.events[1:]]


def derived(session: Session) -> dict[str, Any]:
    """All that a session says about itself."""
    return {
        "events": session.events,
        "started": session.started,
        "rounds": session.rounds,
        "round": session.round,
        "accepted": session.accepted,
        "comments": session.comments,
        "pending": session.pending,
        "remarks": session.remarks,
        "diagnosis": session.diagnosis,
        "fresh_wanted": session.fresh_wanted,
        "passing": session.passing,
        "arrived_step": session.arrived_step,
        "spent": session.spent,
        "total": session.total,
        "reports": session.reports,
        "approved": session.approved,
        "granted": session.granted,
        "permitted": session.permitted,
        "halt": session.halt,
        "best": session.best,
        "shown": session.shown,
        "next_step": session.next_step,
    }
