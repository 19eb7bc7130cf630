"""What is to be done next in a session, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pseudocode import policy
from pseudocode.rounds import Candidate

WaitReason = Literal[
    "start",
    "request",
    "review",
    "permission",
    "denied",
    "approval",
    "choice",
    "limit",
    "failure",
    "stopped",
    "done",
]
"""`request`: what goes out next is to be seen first; `choice`: the person says how to go on."""


@dataclass(frozen=True, slots=True)
class Begin:
    """Start a round."""

    plan: policy.Plan


@dataclass(frozen=True, slots=True)
class Diagnose:
    """Ask another model what is wrong with what is to be repaired."""

    plan: policy.Plan


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the model for the candidates that the round still lacks."""

    candidates: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """Take the code out of a reply, format and lint it."""

    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Examine:
    """Run the tests on a candidate."""

    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Observe:
    """Call a candidate that passes with arguments for which nobody knows the answers."""

    candidate: Candidate
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accept:
    """Write a candidate beside its declaration."""

    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Wait:
    """It is the person's turn."""

    reason: WaitReason
    detail: str = ""
    candidate: Candidate | None = None
    """What the person is asked to decide on."""


Step = Begin | Diagnose | Ask | Check | Examine | Observe | Accept | Wait
