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

VOTES = 3
"""So many answers of a small model have to come to the same before it is accepted. Each of its
wrong answers that fit all examples by chance comes once or twice."""
MANY = 5
"""Calls, from which on it tells something that they are all answered alike."""
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
        """Whether something about each of them speaks against it.

        To answer all calls alike is just what code does that knows nothing but the examples.
        """
        given = [answer for answer in self.answers if answer]
        constant = len(given) >= MANY and len(set(given)) == 1
        return constant or all(is_doubtful(member) for member in self.members)

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


@dataclass(frozen=True, slots=True)
class Agreeing:
    """What policies have in common that accept what answers agree on."""

    votes: int = VOTES
    frugal = True
    diagnoses = True

    def wanted(self, session: Session) -> int:
        """How many answers have to agree; a model that converses is taken at its first word."""
        assert session.started is not None
        if session.started.style == "chat":
            return 1
        # A single example is fitted by chance more easily.
        return self.votes + (session.spec.checks == 1 and not session.spec.suites)

    def observes(self, session: Session) -> bool:
        """Whether anything depends on how candidates compare."""
        return self.wanted(session) > 1 or any(map(is_doubtful, all_passing(session)))

    def chosen(self, session: Session) -> Candidate | None:
        """The spokesman of the strongest camp, once it is strong enough."""
        first = session.first_passing
        if first is None:
            return self._agreed(session) if all_passing(session) else None
        if first.reply.source == "library" or first.sha256 in session.approved:
            return first
        if not self.observes(session) or not calls_for(session.spec):
            return first
        return self._agreed(session)

    def _agreed(self, session: Session) -> Candidate | None:
        if any(c.fingerprint not in session.behaviours for c in all_passing(session)):
            return None
        found = camps(session)
        if not found or found[0].doubtful:
            return None
        second = found[1].votes if len(found) > 1 else 0
        enough = found[0].votes >= self.wanted(session) and found[0].votes > second
        return found[0].spokesman if enough else None

    def last_resort(self, session: Session) -> Candidate | None:
        """The spokesman of the strongest camp, unless a small model was to be asked for more."""
        assert session.started is not None
        found = camps(session) if session.started.style == "chat" else []
        return found[0].spokesman if found else None
