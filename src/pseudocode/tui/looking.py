"""Which answer of a session is looked at: the one that is due, or an earlier one."""

from __future__ import annotations

from typing import NamedTuple

from pseudocode.rounds import Candidate, Round, holding
from pseudocode.session import Session

ACTIONS = ("answers", "look", "fork", "pick")
"""What can be done about the answers that there are."""


class Place(NamedTuple):
    """An answer of a session."""

    round: int
    """Counted from 0."""
    candidate: int


def shown(session: Session | None, viewed: Place | None) -> Candidate | None:
    """The answer that is looked at, or the one that is due."""
    if session is None:
        return None
    return session.rounds[viewed.round].candidates[viewed.candidate] if viewed else session.shown


def shown_round(session: Session | None, viewed: Place | None) -> Round | None:
    """The round of that answer."""
    if session is None:
        return None
    if viewed:
        return session.rounds[viewed.round]
    return holding(session.rounds, session.shown) or session.round


def beside(session: Session | None, viewed: Place | None, by: int) -> Place | None:
    """The answer before or after the one that is looked at; nothing where there is none."""
    places = _places(session)
    at = viewed or _due(session)
    if at is None or at not in places:
        return places[-1] if places and by < 0 else None
    there = places.index(at) + by
    return places[there] if 0 <= there < len(places) else None


def unless_due(session: Session | None, place: Place) -> Place | None:
    """A place, or nothing where the answer that is due stands there anyway."""
    return None if place == _due(session) else place


def allows(action: str, session: Session | None, viewed: Place | None, *, busy: bool) -> bool:
    """Whether something can be done about the answers now."""
    if session is None or busy:
        return False
    if action == "fork":
        return viewed is not None
    if action == "look":
        return len(_places(session)) > 1
    if action == "pick":
        return shown_round(session, viewed) is session.round
    current = shown_round(session, viewed)
    return current is not None and len(current.candidates) > 1


def _places(session: Session | None) -> list[Place]:
    rounds = session.rounds if session else []
    return [Place(n, index) for n, past in enumerate(rounds) for index in sorted(past.candidates)]


def _due(session: Session | None) -> Place | None:
    due = session.shown if session else None
    if session is None or due is None:
        return None
    at = holding(session.rounds, due)
    return next((Place(n, due.index) for n, past in enumerate(session.rounds) if past is at), None)
