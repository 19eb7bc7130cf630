"""Accepted code is put where it is kept, and what came of that becomes a fact."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pseudocode.errors import StoreError
from pseudocode.events import AcceptanceFailed, CandidateAccepted, Event

if TYPE_CHECKING:
    from pseudocode.loop import Shelf
    from pseudocode.rounds import Candidate
    from pseudocode.session import Session


def accept(candidate: Candidate, session: Session, shelf: Shelf) -> None:
    """Put a candidate on the shelf, and say so or why not."""
    session.append(_shelved(candidate, session, shelf))


async def shelve(candidate: Candidate, session: Session, shelf: Shelf) -> None:
    """The same beside the event loop, since disks are slow; once begun it is not broken off."""
    shelving = asyncio.ensure_future(asyncio.to_thread(_shelved, candidate, session, shelf))
    try:
        await asyncio.shield(shelving)
    finally:
        session.append(await shelving)


def _shelved(candidate: Candidate, session: Session, shelf: Shelf) -> Event:
    try:
        path = shelf.accept(session, candidate)
    except StoreError as error:
        return AcceptanceFailed(message=str(error))
    return CandidateAccepted(sha256=candidate.sha256, path=path)
