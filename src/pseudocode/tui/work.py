"""The work on one spec as the app sees it: its session, and the state shown in the list."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pseudocode.deciding import failing, to_ask
from pseudocode.events import SuiteFinished
from pseudocode.loop import CHARACTERS_PER_TOKEN
from pseudocode.rounds import Candidate, Round, code_hash
from pseudocode.session import Session
from pseudocode.spec.model import Spec
from pseudocode.steps import Wait
from pseudocode.tui import looking
from pseudocode.tui.advice import advice
from pseudocode.tui.reruns import Rerun

if TYPE_CHECKING:
    from pseudocode.store.sessions import OpenSession, Past

LEAST_SECONDS = 0.3
"""Before that, a rate says nothing."""
Kept = Literal["none", "fresh", "stale", "to re-test"]
"""What accepted code a spec has on disk."""
StateName = Literal[
    "new",
    "needs network",
    "stale",
    "to re-test",
    "waiting",
    "accepted",
    "generating",
    "testing",
    "needs you",
    "not allowed",
    "failed",
    "stopped",
    "held",
    "broken",
    "reading",
]
SIGNS: dict[StateName, str] = {
    "new": "○",
    "needs network": "○",
    "stale": "~",
    "to re-test": "↻",
    "waiting": "…",
    "accepted": "✓",
    "generating": "◐",
    "testing": "◑",
    "needs you": "●",
    "not allowed": "■",
    "failed": "✗",
    "stopped": "■",
    "held": "◌",
    "broken": "!",
    "reading": "·",
}


_ABOUT_WHAT_IS_DUE = ("approve", "allow", "deny", "reject")
"""What must not be done while something else is looked at."""


class Arriving:
    """The text of an answer that streams in: what it costs to add to does not grow with it."""

    def __init__(self, text: str = "") -> None:
        self.parts: list[str] = [text] if text else []
        self.length = len(text)
        self.first = time.monotonic()
        """Monotonic time, in seconds, of the first text."""

    @property
    def text(self) -> str:
        """All that came."""
        return "".join(self.parts)

    @property
    def rate(self) -> float:
        """About how many tokens come in a second."""
        seconds = time.monotonic() - self.first
        return self.length / CHARACTERS_PER_TOKEN / seconds if seconds > LEAST_SECONDS else 0.0

    def add(self, text: str) -> None:
        """More came."""
        self.parts.append(text)
        self.length += len(text)


@dataclass(slots=True)
class Work:
    """A spec, and the session on it once there is one."""

    spec: Spec
    known: bool = True
    """Whether it is known yet what there is of it beside its declaration."""
    kept: Kept = "none"
    kept_code: str = ""
    """The accepted code on disk."""
    in_the_way: str | None = None
    """The text of the file in the project that an accepted one would replace."""
    session: Session | None = None
    busy: bool = False
    since: float = 0.0
    """Monotonic time, in seconds, at which the running drive began."""
    asked: float = 0.0
    """The same of the moment at which the model was asked last."""
    partial: dict[int, Arriving] = field(default_factory=dict)
    """Text of answers that are still streaming, by candidate."""
    reason: str = ""
    """Why accepted code is stale or to be tested again, in words."""
    waits_for: str = ""
    """What has to be accepted before the work that was asked for begins, in words."""
    queued: bool = False
    """Whether it waits for its turn."""
    due: bool = False
    """Whether it waited, and may begin by now."""
    ahead: str = ""
    """About what another round costs, in words; empty where that is nothing, or not known yet."""
    again: bool = False
    """Whether the accepted code is to be tested again before a model is asked."""
    problem: str = ""
    """Why the last drive broke off, where no event could tell."""
    past: Past | None = None
    """Where the session is kept while it is not open here."""
    opened: OpenSession | None = None
    """The session, while what happens in it is written down and nobody else works on it."""
    outdated: Session | None = None
    """The conversation about an earlier form of the declaration."""
    held: str = ""
    """Who else works on the spec, in words."""
    draft: str = ""
    """What the person has typed and not sent."""
    looked_at: tuple[Session, looking.Place] | None = None
    """The answer that the person went to, and the session that it is of."""
    rerun: Rerun | None = None
    """What the tests said the last time that the person had them run beside the loop."""
    retesting: bool = False
    """Whether tests run beside the loop."""
    changed: bool = False
    """Whether something else is on disk, which is taken in once the work rests."""
    broken: str = ""
    """What is wrong with its file by now, in which it could be read before."""

    @property
    def key(self) -> str:
        """Names it within the app."""
        return f"{self.spec.path}:{self.spec.name}"

    @property
    def unsaved(self) -> str:
        """Why the last facts are in memory only; empty while all are on disk."""
        return self.opened.fault if self.opened else ""

    @property
    def replaces(self) -> str:
        """By what an accepted file knows the one that it may replace."""
        return "" if self.in_the_way is None else code_hash(self.in_the_way)

    @property
    def code(self) -> str:
        """The code that is shown: of the answer that is looked at, else what is accepted."""
        return self.shown.code if self.shown else self.kept_code

    @property
    def report(self) -> SuiteFinished | None:
        """What the tests said of the code that is shown, if they have been run on it."""
        if self.rerun and self.rerun.is_of(self.spec, self.code):
            return self.rerun.report
        return self.shown.report if self.shown else None

    @property
    def wait(self) -> Wait:
        """What it waits for; only meaningful while it is not busy."""
        step = self.session.next_step if self.session else Wait("start")
        return step if isinstance(step, Wait) else Wait("stopped")

    @property
    def ready(self) -> bool:
        """Whether there is something to be driven on."""
        asked = self.opened is not None or self.again
        return asked and not (self.busy or self.problem or self.held or self.waits_for)

    @property
    def rests(self) -> bool:
        """Whether nothing is under way or waits for a decision."""
        return not self.busy and self.wait.reason in ("start", "done")

    @property
    def viewed(self) -> looking.Place | None:
        """The answer that the person looks at, where it is not the one that is due."""
        if self.looked_at is None or self.looked_at[0] is not self.session:
            return None
        return self.looked_at[1]

    def look_at(self, place: looking.Place | None) -> None:
        """Look at an answer, or at the one that is due."""
        self.looked_at = (self.session, place) if self.session and place else None

    @property
    def shown(self) -> Candidate | None:
        """The answer that is shown."""
        return looking.shown(self.session, self.viewed)

    @property
    def shown_round(self) -> Round | None:
        """The round that it is of."""
        return looking.shown_round(self.session, self.viewed)

    def look(self, by: int) -> bool:
        """Look at an earlier answer, or at a later one; whether there is one."""
        found = looking.beside(self.session, self.viewed, by)
        if found is not None:
            self.look_at(looking.unless_due(self.session, found))
        return found is not None

    def allows(self, action: str) -> bool:
        """Whether one of the person's actions makes sense now."""
        if not self.known or (action in _ABOUT_WHAT_IS_DUE and self.viewed is not None):
            return False
        if action in looking.ACTIONS:
            return looking.allows(action, self.session, self.viewed, busy=self.busy)
        match action:
            case "generate" | "edit" | "several" | "request" | "retest" | "add_example":
                has_examples = self.spec.kind != "file" or action != "add_example"
                return not self.busy and has_examples and bool(self.code or action != "retest")
            case "approve":
                return not (self.busy or self.unsaved) and self._can_approve
            case "allow":
                return not self.busy and self.wait.reason in ("permission", "denied")
            case "deny":
                return not self.busy and self.wait.reason == "permission"
            case "reject":
                return not self.busy and self.session is not None
            case "stop":
                return self.busy or self.queued or bool(self.waits_for)
            case "history":
                return not (self.busy or self.unsaved or self.held)
        return True

    def stream(self, candidate: int, text: str) -> None:
        """Some text of an answer came."""
        if candidate not in self.partial:
            self.partial[candidate] = Arriving()
        self.partial[candidate].add(text)

    @property
    def rate(self) -> float:
        """About how many tokens of all answers come in a second; 0 where none stream in."""
        return sum(arriving.rate for arriving in self.partial.values())

    @property
    def first_token(self) -> float:
        """Seconds until the first text of what streams in; 0 where nothing does."""
        begun = min((arriving.first for arriving in self.partial.values()), default=0.0)
        return begun - self.asked if begun else 0.0

    @property
    def progress(self) -> str:
        """The state, with the pace of what streams in."""
        told = self.state
        return f"{told} {self.rate:.0f}/s" if told == "generating" and self.rate else told

    @property
    def _can_approve(self) -> bool:
        wait = self.wait
        failed = wait.reason == "failure" and wait.candidate is not None
        return failed or wait.reason in ("review", "approval")

    @property
    def state(self) -> StateName:
        """The one word for the list."""
        if not self.known:
            return "reading"
        if self.retesting:
            return "testing"
        if self.busy:
            session = self.session
            asking = session is None or session.round is None or bool(to_ask(session))
            answering = asking and self.kept != "to re-test"
            return "generating" if answering else "testing"
        if self.held:
            return "held"
        if self.problem:
            return "failed"
        if self.waits_for or self.queued:
            return "waiting"
        return self._resting_state()

    def _resting_state(self) -> StateName:
        match self.wait.reason:
            case "start":
                return self._kept_state()
            case "done":
                return self.kept if self.kept in ("stale", "to re-test") else "accepted"
            case "review" | "permission" | "approval" | "choice" | "request":
                return "needs you"
            case "denied":
                return "not allowed"
            case "stopped":
                return "failed" if self.session and failing(self.session) else "stopped"
        return "failed"

    def _kept_state(self) -> StateName:
        if self.kept == "fresh":
            return "accepted"
        if self.kept in ("stale", "to re-test"):
            return self.kept
        return "needs network" if self.spec.options.network else "new"

    @property
    def elapsed(self) -> float:
        """Seconds since the running drive began; what was spent, when none runs."""
        if self.busy:
            return time.monotonic() - self.since
        return self.session.total.seconds if self.session else 0.0

    @property
    def telling(self) -> str:
        """What is going on and what to do next, in a few words."""
        if not self.known:
            return "reading the folder"
        if self.busy:
            if self.unsaved:
                return f"not saved, waiting for room · esc stops · {self.unsaved}"
            changed = " · changed on disk, seen to after this" if self.changed else ""
            return f"{self.state} · esc stops{changed}"
        if self.unsaved:
            return f"not saved: {self.unsaved}"
        if self.broken:
            return f"shown as it was before: {self.broken}"
        if self.held:
            return self.held
        if self.problem:
            return self.problem
        if self.queued:
            return "waits for its turn · esc takes it out"
        if self.waits_for:
            return f"waits for {self.waits_for}, which is not accepted"
        return f"{advice(self)}{' · c has your draft' if self.draft else ''}"
