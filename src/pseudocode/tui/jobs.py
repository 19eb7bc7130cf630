"""Starts sessions and drives them; knows no widget, only where to post what happens."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

from textual.message_pump import MessagePump

from pseudocode.archive import Archive
from pseudocode.errors import PseudocodeError, StoreError
from pseudocode.events import Event, RoundRequested
from pseudocode.loop import Tools, drive
from pseudocode.settings import Settings
from pseudocode.spec.model import Problem, Spec
from pseudocode.tui.messages import Appended, Noticed, Rested, TextArrived
from pseudocode.tui.work import Work
from pseudocode.wiring import (
    ModelChoice,
    Project,
    choose_model,
    file_in_the_way,
    load_kept,
    load_specs,
    tools_for,
)


class Jobs:
    """The sessions of one app, and the tools that they share."""

    def __init__(self, root: Path, settings: Settings, target: MessagePump) -> None:
        self._project = Project(root, settings)
        self._settings = settings
        self._target = target
        self._stack = AsyncExitStack()
        self._tools: Tools | None = None
        self._running: set[asyncio.Task[object]] = set()
        self.choice: ModelChoice | None = choose_model(settings)
        self.progress = ""
        """What is being fetched or started for the model, in words."""

    def use(self, choice: ModelChoice) -> None:
        """Ask this model from now on."""
        self.choice = choice
        self._tools = None

    def request(self, work: Work) -> None:
        """Ask for a round: the first, one more, or on from where it broke off."""
        if work.session is None or work.wait.reason == "done":
            self._append(work, None)
        else:
            self._append(work, RoundRequested())

    def say(self, work: Work, event: Event) -> None:
        """Add what the person said or decided, to a new session if there is none."""
        self._append(work, event)

    def _append(self, work: Work, event: Event | None) -> None:
        work.problem = ""
        try:
            if work.session is None or event is None:
                self._start(work)
            if event is not None and work.session is not None:
                work.session.append(event)
        except StoreError as error:
            work.problem = str(error)

    def _start(self, work: Work) -> None:
        assert self.choice is not None
        started = self._project.start(work.spec, self.choice, "person")
        self._stack.callback(started.close)
        session = work.session = started.session
        session.listeners.append(lambda event: self._tell(work, event))
        for event in session.events:
            self._tell(work, event)

    async def drive(self, work: Work) -> None:
        """Carry a session on until it is the person's turn."""
        assert work.session is not None
        work.busy, work.since, work.problem = True, time.monotonic(), ""
        work.partial.clear()
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            tools = await self._ready()
            await drive(work.session, tools, lambda c, text: self._stream(work, c, text))
            if work.spec.kind == "file":
                work.in_the_way = await asyncio.to_thread(file_in_the_way, work.spec)
        except PseudocodeError as error:
            work.problem = str(error)
        finally:
            self._running.discard(task)
            work.busy = False
            # By the same queue as the facts, so that it comes after them.
            self._target.post_message(Rested(work))

    async def stop(self) -> None:
        """Stop all sessions, and wait until their last facts are in the journals."""
        running = set(self._running)
        for task in running:
            # A second cancellation would break off the clean-up of the first.
            if not task.cancelling():
                task.cancel()
        if running:
            await asyncio.wait(running)

    async def close(self) -> None:
        """Stop all sessions, end the model's server, and close the journals."""
        await self.stop()
        await self._stack.aclose()

    async def _ready(self) -> Tools:
        assert self.choice is not None
        if self._tools is None:
            archive = Archive(self._project.root, self._settings, self._notice)
            tools = tools_for(self.choice, self._settings, self._on_progress, archive)
            self._tools = await self._stack.enter_async_context(tools)
        return self._tools

    def _notice(self, text: str) -> None:
        # From another thread, which messages may come from.
        self._target.post_message(Noticed(text))

    def _tell(self, work: Work, event: Event) -> None:
        self._target.post_message(Appended(work, event))

    def _stream(self, work: Work, candidate: int, text: str) -> None:
        work.partial[candidate] = work.partial.get(candidate, "") + text
        self._target.post_message(TextArrived(work, candidate, text))

    def _on_progress(self, share: float, doing: str) -> None:
        self.progress = f"{doing} {share:.0%}" if doing and share < 1 else doing


async def find_works(folder: Path) -> tuple[list[Work], tuple[Problem, ...]]:
    """Read a folder of specs without holding up the screen.

    Raises:
        StoreError: When the folder is not there.
    """
    return await asyncio.to_thread(_find_works, folder)


def _find_works(folder: Path) -> tuple[list[Work], tuple[Problem, ...]]:
    found = load_specs(folder)
    return [_work(spec) for spec in found.specs], found.problems


def _work(spec: Spec) -> Work:
    try:
        accepted = load_kept(spec)
    except (OSError, UnicodeDecodeError, StoreError):
        accepted = None
    if accepted is None:
        return Work(spec)
    fresh = accepted.digest == spec.digest
    return Work(spec, kept="fresh" if fresh else "stale", kept_code=accepted.code)
