"""The work on one spec as the app sees it: its session, and the state shown in the list."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

from pseudocode.rounds import code_hash
from pseudocode.session import Session, Wait
from pseudocode.spec.model import Spec

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
}


@dataclass(slots=True)
class Work:
    """A spec, and the session on it once there is one."""

    spec: Spec
    kept: Kept = "none"
    kept_code: str = ""
    """The accepted code on disk."""
    in_the_way: str | None = None
    """The text of the file in the project that an accepted one would replace."""
    session: Session | None = None
    busy: bool = False
    since: float = 0.0
    """Monotonic time, in seconds, at which the running drive began."""
    partial: dict[int, str] = field(default_factory=dict)
    """Text of answers that are still streaming, by candidate."""
    reason: str = ""
    """Why accepted code is stale or to be tested again, in words."""
    waits_for: str = ""
    """What has to be accepted before the work that was asked for begins, in words."""
    due: bool = False
    """Whether it waited, and may begin by now."""
    again: bool = False
    """Whether the accepted code is to be tested again before a model is asked."""
    problem: str = ""
    """Why the last drive broke off, where no event could tell."""

    @property
    def key(self) -> str:
        """Names it within the app."""
        return f"{self.spec.path}:{self.spec.name}"

    @property
    def replaces(self) -> str:
        """By what an accepted file knows the one that it may replace."""
        return "" if self.in_the_way is None else code_hash(self.in_the_way)

    @property
    def wait(self) -> Wait:
        """What it waits for; only meaningful while it is not busy."""
        step = self.session.next_step if self.session else Wait("start")
        return step if isinstance(step, Wait) else Wait("stopped")

    @property
    def ready(self) -> bool:
        """Whether there is something to be driven on."""
        asked = self.session is not None or self.again
        return asked and not (self.busy or self.problem or self.waits_for)

    @property
    def rests(self) -> bool:
        """Whether nothing is under way or waits for a decision."""
        return not self.busy and self.wait.reason in ("start", "done")

    def allows(self, action: str) -> bool:
        """Whether one of the person's actions makes sense now."""
        match action:
            case "generate":
                return not self.busy
            case "approve":
                return not self.busy and self.wait.reason in ("review", "approval")
            case "allow":
                return not self.busy and self.wait.reason in ("permission", "denied")
            case "deny":
                return not self.busy and self.wait.reason == "permission"
            case "reject":
                return not self.busy and self.session is not None
            case "stop":
                return self.busy or bool(self.waits_for)
        return True

    @property
    def state(self) -> StateName:
        """The one word for the list."""
        if self.busy:
            current = self.session.round if self.session else None
            answering = (current is None or current.missing) and self.kept != "to re-test"
            return "generating" if answering else "testing"
        if self.problem:
            return "failed"
        if self.waits_for:
            return "waiting"
        return self._resting_state()

    def _resting_state(self) -> StateName:
        match self.wait.reason:
            case "start":
                return self._kept_state()
            case "done":
                return "to re-test" if self.kept == "to re-test" else "accepted"
            case "review" | "permission" | "approval":
                return "needs you"
            case "denied":
                return "not allowed"
            case "stopped":
                return "stopped"
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
        if self.busy:
            return f"{self.state} · esc stops"
        if self.problem:
            return self.problem
        if self.waits_for:
            return f"waits for {self.waits_for}, which is not accepted"
        return _advice(self)


def _first_advice(work: Work) -> str:
    match work.kept:
        case "fresh":
            return "accepted · g writes it anew"
        case "stale":
            return f"{work.reason} · g writes it anew"
        case "to re-test":
            return f"{work.reason} · g tests it again"
    return f"{'needs the network · ' if work.spec.options.network else ''}g generates"


def _advice(work: Work) -> str:
    wait = work.wait
    match wait.reason:
        case "start":
            return _first_advice(work)
        case "review":
            return "not run yet · a approves, r rejects"
        case "permission":
            return "asks for permission · y allows, d does not"
        case "denied":
            return f"{wait.detail} · y allows it after all"
        case "approval":
            return f"{wait.detail} · a accepts"
        case "done" if work.kept == "to re-test":
            return f"{work.reason} · g tests it again"
        case "done":
            return "accepted · n goes on"
        case "stopped":
            return "stopped · g goes on"
    return f"{wait.detail} · g tries again"
