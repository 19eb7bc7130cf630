"""Starts sessions and drives them; knows no widget, only where to post what happens."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message_pump import MessagePump

from pseudocode.errors import Held, PseudocodeError, StoreError
from pseudocode.events import Event, RoundRequested
from pseudocode.loop import Tools, drive
from pseudocode.projects import Project, in_the_way
from pseudocode.session import Wait
from pseudocode.settings import Settings
from pseudocode.tui.finding import held, take_up
from pseudocode.tui.messages import Appended, Rested, TextArrived
from pseudocode.tui.work import Work
from pseudocode.wiring import ModelChoice, choose_model, tools_for

if TYPE_CHECKING:
    from pseudocode.store.sessions import Past


class Jobs:
    """The sessions of one app, and the tools that they share."""

    def __init__(self, root: Path, settings: Settings, target: MessagePump) -> None:
        self.project = Project(root, settings)
        self._settings = settings
        self._target = target
        self._stack = AsyncExitStack()
        self._tools: Tools | None = None
        self._running: set[asyncio.Task[object]] = set()
        self.choice: ModelChoice | None = choose_model(settings)
        self.progress = ""
        """What is being fetched or started for the model, in words."""
        self.lost: list[str] = []
        """Why something could not be saved until the end."""

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
        work.problem = work.held = ""
        try:
            if event is None:
                self._close(work)
                self._open(work, None)
            elif work.opened is None:
                self._open(work, work.past)
        except Held as error:
            work.held = str(error)
        except StoreError as error:
            work.problem = str(error)
        else:
            session = work.session
            assert session is not None
            # What was broken off in the middle goes on there, and is not asked for once more.
            resting = isinstance(session.next_step, Wait)
            if event is not None and (resting or not isinstance(event, RoundRequested)):
                session.append(event)

    def _open(self, work: Work, past: Past | None) -> None:
        assert self.choice is not None
        lock = self.project.sessions.lock(work.spec)
        try:
            if past is None:
                opened = self.project.start(work.spec, self.choice, "person", lock)
            else:
                opened = self.project.go_on(past, self.choice, "person", lock)
        except StoreError:
            lock.release()
            raise
        known = len(past.session.events) if past else 0
        work.opened, work.past, work.outdated = opened, past, None
        session = work.session = opened.session
        session.listeners.append(lambda event: self._tell(work, event))
        for event in session.events[known:]:
            self._tell(work, event)

    def _close(self, work: Work) -> None:
        if opened := work.opened:
            work.past, work.opened = opened.close(), None
            if opened.fault:
                self.lost.append(opened.fault)

    def keep_draft(self, work: Work) -> None:
        """Keep what the person is typing."""
        self.project.keep_draft(work.spec, work.draft)

    def look_again(self, works: list[Work]) -> list[Work]:
        """Try to save what found no room, and look at what others held; what has changed."""
        changed = []
        for work in works:
            if work.unsaved and not work.busy and work.opened:
                work.opened.journal.save()
                changed.append(work)
            elif work.held and not work.opened:
                work.held = held(self.project, work.spec)
                if not work.held:
                    take_up(self.project, work)
                    changed.append(work)
        return changed

    async def drive(self, work: Work) -> None:
        """Carry a session on until it is the person's turn."""
        opened = work.opened
        assert opened is not None
        work.busy, work.since, work.problem = True, time.monotonic(), ""
        work.partial.clear()
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            tools = await self._ready()
            await drive(
                opened.session,
                tools,
                lambda c, text: self._stream(work, c, text),
                lambda: opened.saved(lambda _: self._wait(work)),
            )
            work.in_the_way = await asyncio.to_thread(in_the_way, opened.session)
        except PseudocodeError as error:
            work.problem = str(error)
        finally:
            self._running.discard(task)
            work.busy = False
            if work.wait.reason == "done" and not work.unsaved:
                self._close(work)
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

    async def close(self, works: list[Work]) -> None:
        """Stop all sessions, end the model's server, and close the journals."""
        await self.stop()
        for work in works:
            self.keep_draft(work)
            self._close(work)
        await self._stack.aclose()

    async def _ready(self) -> Tools:
        assert self.choice is not None
        if self._tools is None:
            tools = tools_for(self.choice, self._settings, self._on_progress)
            self._tools = await self._stack.enter_async_context(tools)
        return self._tools

    def _tell(self, work: Work, event: Event) -> None:
        self._target.post_message(Appended(work, event))

    def _stream(self, work: Work, candidate: int, text: str) -> None:
        work.partial[candidate] = work.partial.get(candidate, "") + text
        self._target.post_message(TextArrived(work, candidate, text))

    def _wait(self, work: Work) -> None:
        self._target.post_message(Rested(work))

    def _on_progress(self, share: float, doing: str) -> None:
        self.progress = f"{doing} {share:.0%}" if doing and share < 1 else doing
