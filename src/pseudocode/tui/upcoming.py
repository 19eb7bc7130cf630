"""What goes to the model next about a spec, before it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from pseudocode import illustrating
from pseudocode import upcoming as ahead
from pseudocode.archive import Archive
from pseudocode.cost import Cost
from pseudocode.events import (
    ChatMessage,
    Commented,
    Event,
    ExamplesFound,
    PromptReleased,
    RoundRequested,
)
from pseudocode.prices import Prices
from pseudocode.projects import Project
from pseudocode.session import Session
from pseudocode.steps import Wait
from pseudocode.tui.finding import read_again
from pseudocode.tui.work import Work
from pseudocode.wiring import ModelChoice


class Upcoming(NamedTuple):
    """The next request."""

    request: PromptReleased
    """What would let it go as it is."""
    model: str
    """To whom it goes."""
    cost: Callable[[tuple[ChatMessage, ...]], Cost]
    """About what it costs with its answers, with these messages in the place of its own."""


async def upcoming(
    work: Work, project: Project, choice: ModelChoice, comment: Commented | None = None
) -> Upcoming | None:
    """The next request, before it goes.

    Args:
        work: The spec.
        project: For the session that would begin.
        choice: The model.
        comment: What the person would say; without it, a round is asked for.

    Returns:
        It; nothing where tests decide on it that are not run yet.
    """
    due = await _due(work, project, choice, comment)
    if due is None:
        return None
    model = project.settings.diagnosis_model if due.request.diagnosis else choice.name
    prices = Prices(choice.base_url, project.settings)
    await asyncio.to_thread(prices.known, model)  # the table of prices is slow to read at first
    rounds = work.session.rounds if work.session else ()
    return Upcoming(due.request, model, lambda m: prices.expected(m, model, due.answers, rounds))


async def _due(
    work: Work, project: Project, choice: ModelChoice, comment: Commented | None
) -> ahead.Due | None:
    session = work.session
    said: list[Event] = [comment] if comment else []
    if comment is not None and session is not None:
        return ahead.upcoming(session, *await _near(session, project), comment)
    if session is None or work.wait.reason == "done":
        await asyncio.to_thread(read_again, [work])
        session = Session(work.spec)
        session.append(project.begun(work.spec, choice, "person"))
    elif work.wait.reason != "request" and isinstance(session.next_step, Wait):
        said = [RoundRequested()]
    return ahead.upcoming(session, *await _near(session, project), *said)


async def _near(session: Session, project: Project) -> list[Event]:
    """What the library will add to the request, where it will."""
    count = illustrating.wanted(session)
    if not count:
        return []
    archive = Archive(project.root, project.settings, create=False)
    try:
        return [ExamplesFound(solved=await archive.library.near(session.spec, count))]
    finally:
        await asyncio.to_thread(archive.close)
