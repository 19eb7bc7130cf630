"""Starts sessions and drives them; knows no widget, only where to post what happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message_pump import MessagePump

from pseudocode.archive import Archive
from pseudocode.earlier import restore
from pseudocode.errors import Held, PseudocodeError, StoreError
from pseudocode.events import (
    Commented,
    Event,
    PromptReleased,
    PromptSent,
    ReplyReceived,
    RoundRequested,
    RoundStarted,
)
from pseudocode.loop import Runner, Tools, drive
from pseudocode.projects import Project, in_the_way
from pseudocode.settings import Settings
from pseudocode.spec.model import Problem
from pseudocode.steps import Wait
from pseudocode.tui.finding import find_works, held, read_again, take_up
from pseudocode.tui.messages import Appended, Listed, Noticed, Rested
from pseudocode.tui.retesting import retest_kept
from pseudocode.tui.work import Work
from pseudocode.wiring import ModelChoice, choose_model, runner, tools_for
from pseudocode.wiring_code import missing_packages

if TYPE_CHECKING:
    from pseudocode.runner.process import ProcessRunner
    from pseudocode.store.sessions import Past
    from pseudocode.store.versions import Version


class Jobs:
    """The sessions of one app, and the tools that they share."""

    def __init__(self, root: Path, settings: Settings, target: MessagePump) -> None:
        self.project = Project(root, settings)
        self._settings = settings
        self._target = target
        self._stack = AsyncExitStack()
        self._tools: Tools | None = None
        self._runner: ProcessRunner | None = None
        self.works: list[Work] = []
        self._running: set[asyncio.Task[object]] = set()
        self.choice: ModelChoice | None = choose_model(settings)
        self.progress = ""
        """What is being fetched or started for the model, in words."""
        self.lost: list[str] = []
        """What could not be saved until the end, and why; and what is told while it all closes."""
        self._closing = False

    async def find_works(
        self, folder: Path, wanted: Path | None
    ) -> tuple[list[Work], tuple[Problem, ...], list[str]]:
        """Read a folder of specs as `finding.find_works` does; these are worked on from now on."""
        found = await find_works(folder, self.project, wanted, self._list)
        self.works = found[0]
        return found

    def use(self, settings: Settings) -> None:
        """Ask the model that these name from now on."""
        self._settings = settings
        self.project = Project(self.project.root, settings)
        self.choice = choose_model(settings)
        self._tools = None

    def request(self, work: Work, candidates: int = 0) -> None:
        """Ask for a round: the first, one more, or on from where it broke off.

        Where what the spec needs is not accepted, the work waits; where only what its accepted
        code uses has changed, this is tested again first.
        """
        read_again([work])
        work.problem = work.held = ""
        missing = work.spec.around.missing
        work.waits_for = missing[0].id if missing and work.rests else ""
        work.again = work.rests and work.kept == "to re-test" and self.may_run(work)
        if work.waits_for:
            self._target.post_message(Rested(work))
        if work.waits_for or work.again:
            return
        if work.session is None or work.wait.reason == "done":
            self._append(work, None)
            if not candidates:
                return
        self._append(work, RoundRequested(candidates=candidates))

    def release(
        self, work: Work, request: PromptReleased, comment: Commented | None = None
    ) -> None:
        """Let a request go out that the person has seen, with what they said in it."""
        if comment is not None:
            self._append(work, comment)
        elif work.session is None or work.wait.reason == "done":
            self._append(work, None)
        elif work.wait.reason != "request":
            self._append(work, RoundRequested())
        self._append(work, request)

    def forget(self, work: Work) -> None:
        """Let a spec wait no longer for what it needs, or for its turn."""
        work.waits_for = ""
        self._target.post_message(Rested(work))

    def may_run(self, work: Work) -> bool:
        """Whether the person granted what the accepted code of a spec may use."""
        return not work.spec.options.permissions or self.project.grants.holds(work.spec)

    def take_over(self, work: Work, events: Iterable[Event]) -> None:
        """Begin a session with these facts; it is not driven."""
        self._append(work, None)
        if opened := work.opened:
            for event in events:
                opened.session.append(event)

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
            resting = isinstance(session.next_step, Wait) or not session.rounds
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

    def let_go(self, work: Work) -> None:
        """Leave the session on a spec: it is about something that is not there any more."""
        self._close(work)
        work.past = None

    def _close(self, work: Work) -> None:
        if opened := work.opened:
            work.past, work.opened = opened.close(), None
            if opened.fault:
                self.lost.append(f"the last facts of a session are lost: {opened.fault}")

    def keep_draft(self, work: Work) -> None:
        """Keep what the person is typing."""
        self.project.keep_draft(work.spec, work.draft)

    def catch_up(self) -> list[Work]:
        """Try to save what found no room, and look at what others held; what has changed."""
        changed = []
        for work in self.works:
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
        work.busy, work.due = True, False
        work.since, work.problem, work.looked_at = time.monotonic(), "", None
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
                await self._go_on(work, tools)
        except Held as error:
            work.held = str(error)
        except PseudocodeError as error:
            work.problem = str(error)
        finally:
            self._running.discard(task)
            work.busy = False
            if work.wait.reason == "done" and not work.unsaved:
                self._close(work)
            # By the same queue as the facts, so that it comes after them.
            self._target.post_message(Rested(work))
        if work.state == "accepted":
            await self._follow_up()

    async def _go_on(self, work: Work, tools: Tools) -> None:
        opened = work.opened
        if opened is None:  # why is told already
            return
        await drive(
            opened.session,
            tools,
            work.stream,
            lambda: opened.saved(lambda _: self._wait(work)),
        )
        work.in_the_way = await asyncio.to_thread(in_the_way, opened.session)
        if work.wait.reason == "done":
            await asyncio.to_thread(read_again, [work])

    async def _follow_up(self) -> None:
        """After an acceptance: others may have to be tested again, or need wait no longer."""
        resting = [work for work in self.works if work.rests]
        await asyncio.to_thread(read_again, resting)
        for work in resting:
            if work.waits_for and not work.spec.around.missing:
                self.request(work)
                work.due = True
            self._target.post_message(Rested(work))

    async def bring_back(self, work: Work, version: Version) -> None:
        """Put an earlier version of accepted code in its place."""
        self._close(work)
        work.busy, work.problem = True, ""
        try:
            await asyncio.to_thread(restore, work.spec, version)
            work.session = work.past = None
            await asyncio.to_thread(take_up, self.project, work)
        except Held as error:
            work.held = str(error)
        except StoreError as error:
            work.problem = str(error)
        finally:
            work.busy = False
            self._target.post_message(Rested(work))
        await self._follow_up()

    async def _passes_again(self, work: Work, tools: Tools) -> bool:
        """Test accepted code as it is; where it fails by now, begin to write it anew."""
        work.again = False
        if await retest_kept(work, self.project, tools.runner):
            return True
        self._append(work, None)
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
        for work in self.works:
            self.keep_draft(work)
            self._close(work)
        self._closing = True
        await self._stack.aclose()

    async def _ready(self) -> Tools:
        assert self.choice is not None
        if self._tools is None:
            archive = Archive(self.project.root, self._settings, self._notice)
            tools = tools_for(self.choice, self._settings, self._on_progress, archive)
            self._tools = await self._stack.enter_async_context(tools)
        return self._tools

    async def runner(self) -> Runner:
        """What runs tests, whether or not there is a model.

        Raises:
            SandboxUnavailable: When what is to isolate the code is not there.
        """
        if self._tools is not None:
            return self._tools.runner
        if self._runner is None:
            self._runner = await asyncio.to_thread(runner, self._settings)
            self._stack.push_async_callback(self._runner.close)
        return self._runner

    def _notice(self, text: str) -> None:
        # From another thread, which messages may come from.
        if self._closing:  # nobody takes any
            self.lost.append(text)
        else:
            self._target.post_message(Noticed(text))

    def _list(self, works: list[Work]) -> None:
        self._target.post_message(Listed(works))

    def _tell(self, work: Work, event: Event) -> None:
        if isinstance(event, RoundStarted):
            work.partial.clear()
        elif isinstance(event, PromptSent):
            work.asked = time.monotonic()
        elif isinstance(event, ReplyReceived):
            work.partial.pop(event.candidate, None)
            if event.warning:
                self._target.post_message(Noticed(f"{work.spec.name}: {event.warning}"))
        self._target.post_message(Appended(work, event))

    def _wait(self, work: Work) -> None:
        self._target.post_message(Rested(work))

    def _on_progress(self, share: float, doing: str) -> None:
        self.progress = f"{doing} {share:.0%}" if doing and share < 1 else doing
