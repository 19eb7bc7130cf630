"""Starts sessions and drives them; knows no widget, only where to post what happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path

from textual.message_pump import MessagePump

from pseudocode.errors import PseudocodeError, StoreError
from pseudocode.events import Event, RoundRequested
from pseudocode.loop import RunnerError, Tools, drive
from pseudocode.session import Wait
from pseudocode.settings import Settings
from pseudocode.spec.model import Problem, Spec
from pseudocode.supplies import confirm, look_up, supplied
from pseudocode.tui.messages import Appended, Rested, TextArrived
from pseudocode.tui.work import Work
from pseudocode.wiring import (
    ModelChoice,
    Project,
    choose_model,
    file_in_the_way,
    load_specs,
    tools_for,
)
from pseudocode.wiring_code import missing_packages


class Jobs:
    """The sessions of one app, and the tools that they share."""

    def __init__(self, root: Path, settings: Settings, target: MessagePump) -> None:
        self._project = Project(root, settings)
        self._settings = settings
        self._target = target
        self._stack = AsyncExitStack()
        self._tools: Tools | None = None
        self._works: list[Work] = []
        self._running: set[asyncio.Task[object]] = set()
        self.choice: ModelChoice | None = choose_model(settings)
        self.progress = ""
        """What is being fetched or started for the model, in words."""

    async def find_works(self, folder: Path) -> tuple[list[Work], tuple[Problem, ...]]:
        """Read a folder of specs without holding up the screen.

        Raises:
            StoreError: When the folder is not there.
        """
        self._works, problems = await asyncio.to_thread(_find_works, folder)
        return self._works, problems

    def use(self, choice: ModelChoice) -> None:
        """Ask this model from now on."""
        self.choice = choice
        self._tools = None

    def request(self, work: Work) -> None:
        """Ask for a round: the first, one more, or on from where it broke off.

        Where what the spec needs is not accepted, the work waits; where only what its accepted
        code uses has changed, this is tested again first.
        """
        look_again([work])
        work.problem = ""
        missing = work.spec.around.missing
        work.waits_for = missing[0].id if missing and work.rests else ""
        work.again = work.rests and work.kept == "to re-test" and self._may_run(work)
        if work.waits_for:
            self._target.post_message(Rested(work))
        if work.waits_for or work.again:
            return
        if work.session is None or work.wait.reason == "done":
            self._append(work, None)
        elif isinstance(work.session.next_step, Wait):  # else there is something to go on with
            self._append(work, RoundRequested())

    def forget(self, work: Work) -> None:
        """Let a spec wait no longer for what it needs."""
        work.waits_for = ""
        self._target.post_message(Rested(work))

    def _may_run(self, work: Work) -> bool:
        return not work.spec.options.permissions or self._project.grants.holds(work.spec)

    def take_over(self, work: Work, events: Iterable[Event]) -> None:
        """Begin a session with these facts; it is not driven."""
        self._append(work, None)
        for event in events:
            self._append(work, event)

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
        work.busy, work.due = True, False
        work.since, work.problem = time.monotonic(), ""
        work.partial.clear()
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            # Before a token is spent on code that cannot run here.
            work.problem = await asyncio.to_thread(missing_packages, work.spec)
            if work.problem:
                return
            tools = await self._ready()
            if not work.again or not await self._passes_again(work, tools):
                assert work.session is not None
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
        if work.state == "accepted":
            await self._follow_up()

    async def _follow_up(self) -> None:
        """After an acceptance: others may have to be tested again, or need wait no longer."""
        resting = [work for work in self._works if work.rests]
        await asyncio.to_thread(look_again, resting)
        for work in resting:
            if work.waits_for and not work.spec.around.missing:
                self.request(work)
                work.due = True
            self._target.post_message(Rested(work))

    async def _passes_again(self, work: Work, tools: Tools) -> bool:
        """Test accepted code as it is; where it fails by now, begin to write it anew."""
        work.again = False
        kept = look_up(work.spec)
        if kept.accepted is not None:
            try:
                report = await tools.runner.run(work.spec, kept.accepted.code)
            except RunnerError as error:
                raise StoreError(str(error)) from None
            if report.all_passed:
                confirm(work.spec, kept.accepted)
                work.kept, work.reason = "fresh", ""
                return True
        work.kept, work.reason = "stale", "it fails with what it uses now"
        self._start(work)
        return False

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
            tools = tools_for(self.choice, self._settings, self._on_progress)
            self._tools = await self._stack.enter_async_context(tools)
        return self._tools

    def _tell(self, work: Work, event: Event) -> None:
        self._target.post_message(Appended(work, event))

    def _stream(self, work: Work, candidate: int, text: str) -> None:
        work.partial[candidate] = work.partial.get(candidate, "") + text
        self._target.post_message(TextArrived(work, candidate, text))

    def _on_progress(self, share: float, doing: str) -> None:
        self.progress = f"{doing} {share:.0%}" if doing and share < 1 else doing


def _find_works(folder: Path) -> tuple[list[Work], tuple[Problem, ...]]:
    found = load_specs(folder)
    return [_work(spec) for spec in found.specs], found.problems


def look_again(works: Iterable[Work]) -> None:
    """Read what is accepted for specs, and around them, from disk once more."""
    for work in works:
        work.spec = supplied(work.spec)
        _take_kept(work)


def _work(spec: Spec) -> Work:
    work = Work(spec)
    _take_kept(work)
    return work


def _take_kept(work: Work) -> None:
    try:
        kept = look_up(work.spec)
    except (OSError, StoreError):
        return
    work.kept, work.reason = kept.state, kept.reason
    work.kept_code = kept.accepted.code if kept.accepted else ""
