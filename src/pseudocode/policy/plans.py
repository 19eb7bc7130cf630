"""What a policy decides, and the bounds within which it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from pseudocode.rounds import Candidate
    from pseudocode.session import Session

Reason = Literal["first", "repair", "fresh", "comment"]
Form = Literal["chat", "prefill", "classic"]
"""In whose words the model is asked: ours in a conversation, the start of an answer that the model
goes on with, or those of the article that the project began with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the next round is asked."""

    reason: Reason
    candidates: int
    temperature: float
    counted: bool = True
    """Whether it uses up one of the rounds of the budget."""
    form: Form = "chat"
    base: str = ""
    """The SHA-256 of the code that is to be repaired; empty for the best of the latest round."""
    growing: bool = True
    """Whether a repair goes on with the whole conversation, or is told of its base alone."""
    shot: bool = False
    """Whether another task with its solution goes before the prompt of form `prefill`."""
    diagnosed: bool = False
    """Whether another model is asked first what is wrong with what is to be repaired."""


class Policy(Protocol):
    """Decides what is tried next; knows nothing but the facts of the session."""

    @property
    def frugal(self) -> bool:
        """Whether an answer is broken off as soon as it is clear what will become of it."""
        ...

    @property
    def diagnoses(self) -> bool:
        """Whether another model may be asked what is wrong with an answer."""
        ...

    def observes(self, session: Session) -> bool:
        """Whether what passes is called with arguments that nobody knows the answers for."""
        ...

    def chosen(self, session: Session) -> Candidate | None:
        """The candidate that passing tests accept now; nothing where more is to be tried."""
        ...

    def last_resort(self, session: Session) -> Candidate | None:
        """The one to accept where no more can be tried; nothing where none should be."""
        ...

    def plan(self, session: Session) -> Plan:
        """How the next round is asked; the temperature that a person fixed is put in later."""
        ...


@dataclass(frozen=True, slots=True)
class FirstPassing:
    """What policies have in common that take the first candidate that passes."""

    frugal = False
    diagnoses = False

    def observes(self, session: Session) -> bool:
        """There is nothing to compare."""
        return False

    def chosen(self, session: Session) -> Candidate | None:
        """The first of the latest round."""
        return session.first_passing

    def last_resort(self, session: Session) -> Candidate | None:
        """None is left that passes."""
        return None


def person_reason(session: Session) -> Reason | None:
    """What the person's own word makes of the next round; nothing where they said none."""
    asked = any(not past.recalled for past in session.rounds)
    if session.round is None or not (asked or session.remarks):
        return "first"
    if session.round.closed:
        return "fresh"
    if session.remarks:
        return "comment"
    if session.round.released:  # what the person wrote or picked is not thrown away
        return "repair"
    return "fresh" if session.pending or session.fresh_wanted else None


def starts(session: Session) -> int:
    """How often the model was asked without a word about earlier answers."""
    return sum(past.started.reason in ("first", "fresh") for past in session.rounds)


FAILED_REPAIRS = 1
"""After so many, it is not the model's care that is missing but its insight: most repairs that ever
succeed are among the first two (Debugging Decay Index, arXiv 2506.18403), and what
holds them up is the quality of the feedback (Olausson et al., arXiv 2306.09896)."""


def wants_diagnosis(session: Session) -> bool:
    """Whether a repair is worth asking a stronger model first: once, after repairs in vain."""
    if session.best is None or not (session.started and session.started.diagnosis_model):
        return False
    rounds = session.rounds[session.since :]
    asked = session.diagnosis is not None or any(past.diagnosis for past in rounds)
    repairs = sum(past.started.reason == "repair" for past in rounds)
    return not asked and repairs >= FAILED_REPAIRS
