"""What goes to the model next about a spec, before it goes."""

from __future__ import annotations

import asyncio

from pseudocode import illustrating, prompts
from pseudocode.archive import Archive
from pseudocode.events import Commented, Event, ExamplesFound, PromptReleased, RoundRequested
from pseudocode.projects import Project
from pseudocode.session import Session
from pseudocode.steps import Wait
from pseudocode.tui.finding import read_again
from pseudocode.tui.work import Work
from pseudocode.wiring import ModelChoice


async def upcoming(
    work: Work, project: Project, choice: ModelChoice, comment: Commented | None
) -> PromptReleased | None:
    """The next request, and to whom it goes.

    Args:
        work: The spec.
        project: For the session that would begin.
        choice: The model.
        comment: What the person would say; without it, a round is asked for.

    Returns:
        What would let it go as it is; nothing where tests decide on it that are not run yet.
    """
    session = work.session
    said: list[Event] = [comment] if comment else []
    if comment is not None and session is not None:
        return prompts.upcoming(session, *await _near(session, project), comment)
    if session is None or work.wait.reason == "done":
        read_again([work])
        session = Session(work.spec)
        session.append(project.begun(work.spec, choice, "person"))
    elif work.wait.reason != "request" and isinstance(session.next_step, Wait):
        said = [RoundRequested()]
    return prompts.upcoming(session, *await _near(session, project), *said)


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
