"""Which of the candidates that pass does what most of them do.

Wrong code that fits all examples is wrong in a way of its own, while right code agrees (CodeT,
arXiv 2207.10397). What candidates do is seen on calls made up from the examples, whose answers
nobody knows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pseudocode.probes import calls_for

if TYPE_CHECKING:
    from pseudocode.rounds import Candidate
    from pseudocode.session import Session

FEWEST_COMMON = 3
"""On so many calls at least both of two candidates must have answered."""


@dataclass(slots=True)
class Camp:
    """Candidates that behave alike, in the order in which they came."""

    answers: tuple[str, ...]
    members: list[Candidate] = field(default_factory=list)

    @property
    def votes(self) -> int:
        """How many answers of the model came to this."""
        return len(self.members)

    @property
    def ways(self) -> int:
        """In how many different ways they say it."""
        return len({member.fingerprint for member in self.members})

    @property
    def doubtful(self) -> bool:
        """Whether something about each of them speaks against it."""
        return all(is_doubtful(member) for member in self.members)

    @property
    def spokesman(self) -> Candidate:
        """The one to accept."""
        return min(self.members, key=lambda c: (is_doubtful(c), len(c.code)))


def is_doubtful(candidate: Candidate) -> bool:
    """Whether a flag tells of code that may fit the examples by chance."""
    return candidate.checked is not None and any(f.doubtful for f in candidate.checked.flags)


def camps(session: Session) -> list[Camp]:
    """The candidates that pass, by what they do; the strongest camp first."""
    found: list[Camp] = []
    for candidate in all_passing(session):
        seen = session.behaviours.get(candidate.fingerprint)
        answers = seen.answers if seen else ()
        camp = next((c for c in found if alike(c.answers, answers)), None)
        if camp is None:
            camp = Camp(answers)
            found.append(camp)
        camp.members.append(candidate)
    return sorted(found, key=lambda c: (c.doubtful, -c.votes, -c.ways))


def alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether answers to the same calls agree wherever both are some."""
    both = [(a, b) for a, b in zip(one, other, strict=False) if a and b]
    if len(both) < min(FEWEST_COMMON, len(one)):
        return one == other
    return all(a == b for a, b in both)


def all_passing(session: Session) -> list[Candidate]:
    """All that pass, of all rounds since the person last said something."""
    rounds = [past for past in session.rounds[session.since :] if not past.closed]
    return [c for past in rounds for c in past.candidates.values() if session.passes(c)]


def unobserved(session: Session) -> Candidate | None:
    """A candidate of the latest round that passes, and was not compared with others yet."""
    if session.round is None or not calls_for(session.spec):
        return None
    found = (c for c in session.round.candidates.values() if session.passes(c))
    return next((c for c in found if c.fingerprint not in session.behaviours), None)


def can_be_observed(session: Session) -> bool:
    """Whether there are calls on which candidates could differ."""
    return bool(calls_for(session.spec))
