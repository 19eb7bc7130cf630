"""Many specs through the loop, some at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

from pseudocode.archive import Archive
from pseudocode.bounds import Purse
from pseudocode.checkup import needed_permission
from pseudocode.cost import NOTHING, Cost
from pseudocode.deciding import told_best
from pseudocode.errors import Held, StoreError
from pseudocode.events import Event, ProviderFailed
from pseudocode.loop import RunnerError, Tools, drive
from pseudocode.projects import PATIENCE, Project
from pseudocode.rounds import Candidate, saved_tokens, times_asked
from pseudocode.session import Session
from pseudocode.spec.model import Problem, Spec
from pseudocode.spec.uses import comes_after, in_order
from pseudocode.steps import Wait
from pseudocode.supplies import confirm, look_up, supplied
from pseudocode.wiring import ModelChoice, tools_for
from pseudocode.wiring_code import missing_packages

if TYPE_CHECKING:
    from pseudocode.store.locks import Lock

_NEEDS_REVIEW = "review=True: a person has to approve it in the app"
_EDITED = "but edited since it was accepted: kept; see it in the app"
State = Literal["accepted", "fresh", "unsolved", "no model", "failed", "not started"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one spec."""

    spec: Spec
    state: State
    detail: str = ""
    rounds: int = 0
    tokens: int = 0
    cost: Cost = NOTHING
    saved: int = 0
    """Tokens that were not spent, because answers or code were kept."""
    seconds: float = 0.0
    best: Candidate | None = None
    """The answer that got farthest, where the budget ended before there was a solution."""

    @property
    def failed(self) -> bool:
        """Whether the run as a whole counts as not solved because of it."""
        return self.state not in ("accepted", "fresh")


class Report(Protocol):
    """Where the outcome of each spec and each event is shown."""

    def problem(self, problem: Problem) -> None:
        """A file that cannot be used."""

    def event(self, session: Session, event: Event) -> None:
        """A fact of a session."""

    def outcome(self, outcome: Outcome) -> None:
        """A spec is finished."""

    def warning(self, text: str) -> None:
        """Something the person should know beside the outcomes; told from any thread."""

    def progress(self, share: float, doing: str) -> None:
        """The embedded model is being fetched or started."""


class Batch:
    """Runs specs until each is accepted or out of budget."""

    def __init__(
        self,
        project: Project,
        choice: ModelChoice,
        report: Report,
        only: frozenset[str],
    ) -> None:
        self._project = project
        self._choice = choice
        self._report = report
        self._only = only
        self._unreachable = ""
        self._accepted = False
        """Whether anything was, so that what is around other specs is not what it was."""
        self._fault = ""
        settings = project.settings
        self._purse = Purse(settings.total_tokens, settings.total_cost)
        self._seconds = settings.total_seconds
        self._deadline: float | None = None
        """By the clock of the event loop."""

    async def run(self, specs: tuple[Spec, ...], jobs: int) -> list[Outcome]:
        """Run them, `jobs` at a time, each after those that it needs.

        The outcomes come in the order of the specs.
        """
        wanted = [s for s in specs if not self._only or self._only & {s.name, s.id}]
        before = comes_after(wanted)
        settings = self._project.settings
        archive = Archive(self._project.root, settings, self._report.warning)
        if self._seconds is not None:
            self._deadline = asyncio.get_running_loop().time() + self._seconds
        async with tools_for(self._choice, settings, self._report.progress, archive, jobs) as tools:
            tools = replace(tools, purse=self._purse)
            gate = asyncio.Semaphore(jobs)
            running: dict[tuple[str, str], asyncio.Task[Outcome]] = {}

            async def one(spec: Spec) -> Outcome:
                needed = [await running[key] for key in before[spec.path, spec.name]]
                outcome = await self._in_turn(spec, tools, needed, gate)
                self._report.outcome(outcome)
                return outcome

            for spec in _longest_first(wanted, before):
                running[spec.path, spec.name] = asyncio.ensure_future(one(spec))
            try:
                return [await running[spec.path, spec.name] for spec in wanted]
            finally:
                for task in running.values():
                    task.cancel()
                await asyncio.gather(*running.values(), return_exceptions=True)

    @property
    def reached(self) -> str:
        """Which bound of the whole run is reached, in words; or nothing."""
        if self._deadline is not None and asyncio.get_running_loop().time() >= self._deadline:
            return f"the run's limit of {self._seconds:g} seconds is reached"
        return self._purse.reached

    async def _in_turn(
        self, spec: Spec, tools: Tools, needed: list[Outcome], gate: asyncio.Semaphore
    ) -> Outcome:
        """Work on a spec once nobody else does; while it waits, others have its place."""
        try:
            with suppress(Held):
                async with gate:
                    return await self._one(spec, tools, needed)
            patience = self._project.settings.max_seconds
            if self._deadline is not None:
                patience = min(patience, self._deadline - asyncio.get_running_loop().time())
            sessions = self._project.sessions
            lock = await sessions.lock_in_turn(spec, self._report.warning, patience)
            try:
                async with gate:
                    return await self._one(spec, tools, needed, lock)
            finally:
                lock.release()
        except StoreError as error:
            return Outcome(spec=spec, state="failed", detail=str(error))

    async def _one(
        self, spec: Spec, tools: Tools, needed: list[Outcome], held: Lock | None = None
    ) -> Outcome:
        reason = None if self._accepted else self._not_worth_asking(spec, needed)
        if reason is None or reason[0] != "fresh":  # else nothing around it is news
            spec = supplied(spec)
            reason = self._not_worth_asking(spec, needed)
        if reason:
            state, detail = reason
            return Outcome(spec=spec, state=state, detail=detail)
        lock = held or self._project.sessions.lock(spec)
        try:
            # Whoever held the lock until now may have accepted it.
            reason = self._not_worth_asking(spec, needed) or await self._tested_again(spec, tools)
            if reason:
                state, detail = reason
                return Outcome(spec=spec, state=state, detail=detail)
            return await self._ask(spec, tools, lock)
        finally:
            lock.release()

    async def _ask(self, spec: Spec, tools: Tools, lock: Lock) -> Outcome:
        try:
            opened = self._project.unattended(spec, self._choice, lock, self._report.warning)
        except StoreError as error:
            return Outcome(spec=spec, state="failed", detail=str(error))
        session = opened.session
        listener = self._listener(session)
        for event in session.events:
            listener(event)
        session.listeners.append(listener)
        try:
            async with asyncio.timeout_at(self._deadline):
                wait = await drive(session, tools, saved=lambda: opened.saved(self._wait, PATIENCE))
        except TimeoutError:
            wait = session.halt or Wait("stopped")
        except StoreError as error:
            wait = Wait("failure", str(error))
        finally:
            opened.close()
        return self._outcome(session, wait)

    def _wait(self, fault: str) -> None:
        if fault != self._fault:
            self._fault = fault
            self._report.warning(f"{fault}; waiting for room, {PATIENCE:.0f} s at most")

    def _listener(self, session: Session) -> Callable[[Event], None]:
        return lambda event: self._report.event(session, event)

    def _not_worth_asking(self, spec: Spec, needed: list[Outcome]) -> tuple[State, str] | None:
        if self._unreachable:
            return "not started", self._unreachable
        try:
            kept = look_up(spec)
        except StoreError as error:
            return "unsolved", str(error)
        except OSError as error:
            return "failed", f"accepted code cannot be read: {error.strerror}"
        failed = [outcome.spec.id for outcome in needed if outcome.failed]
        if waits := [*failed, *(used.id for used in spec.around.missing)]:
            return "unsolved", f"waits for {waits[0]}, which is not accepted"
        if kept.state == "fresh":
            return "fresh", "already accepted" + (", edited since" if kept.edited else "")
        if reached := self.reached:
            return "not started", reached
        if kept.state == "stale" and kept.edited:
            return "unsolved", f"stale, {_EDITED}"
        if hindrance := self._hindrance(spec):
            return "unsolved", hindrance
        return None

    def _hindrance(self, spec: Spec) -> str:
        """Why no code could be accepted without a person, or nothing."""
        if not spec.is_tested:
            return "no examples or tests to check: only a person can accept it"
        return missing_packages(spec) or needed_permission(spec, self._project.grants) or ""

    async def _tested_again(self, spec: Spec, tools: Tools) -> tuple[State, str] | None:
        """What becomes of a spec without the model; its code may still pass with what it uses."""
        kept = look_up(spec)
        if kept.state == "to re-test" and kept.accepted is not None:
            try:
                report = await tools.runner.run(spec, kept.accepted.code)
            except RunnerError as error:
                return "failed", str(error)
            if report.all_passed:
                confirm(spec, kept.accepted)
                edited = ", edited since" if kept.edited else ""
                return "fresh", f"already accepted{edited}, tested again"
            if kept.edited:
                return "unsolved", f"it fails with what it uses now, {_EDITED}"
        return ("unsolved", _NEEDS_REVIEW) if spec.options.review else None

    def _outcome(self, session: Session, wait: Wait) -> Outcome:
        state: State = "unsolved"
        detail, best = wait.detail, None
        if wait.reason == "done":
            self._accepted = True
            state, detail = (
                "accepted",
                "; ".join(filter(None, (_found(session), _flagged(session)))),
            )
        elif wait.reason == "failure":
            state = "failed"
            if isinstance(last := session.events[-1], ProviderFailed):
                detail = f"{wait.detail}; {last.hint or 'see pseudocode-tui info'}"
                if not last.alone:
                    state, self._unreachable = "no model", wait.detail
        elif wait.reason == "stopped":
            detail = self.reached or detail
        elif wait.reason == "limit" and wait.candidate and wait.candidate.report:
            best = wait.candidate
            detail += f"; {told_best(session)}"
            if wait.candidate.report.fits_only_the_shown:
                detail += ", only those that the model was shown"
            if not session.total.tokens and saved_tokens(session.rounds, None):
                detail += "; all answers came from the cache, --no-cache asks for new ones"
        return Outcome(
            spec=session.spec,
            state=state,
            detail=detail,
            rounds=times_asked(session.rounds),
            tokens=session.total.tokens,
            cost=session.total.cost,
            saved=saved_tokens(session.rounds, session.accepted_candidate),
            seconds=session.total.seconds,
            best=best,
        )


def _longest_first(
    specs: list[Spec], before: Mapping[tuple[str, str], Iterable[tuple[str, str]]]
) -> list[Spec]:
    """The specs on which the longest rows of others wait go first, so that none is left for last.

    Args:
        specs: In any order.
        before: What each comes after.
    """
    waiting: dict[tuple[str, str], int] = {}
    for spec in reversed(in_order(specs)):
        mine = waiting.setdefault((spec.path, spec.name), 0)
        for key in before[spec.path, spec.name]:
            waiting[key] = max(waiting.get(key, 0), mine + 1)
    return sorted(in_order(specs), key=lambda spec: -waiting[spec.path, spec.name])


def _found(session: Session) -> str:
    kept = session.accepted_candidate
    recalled = kept is not None and kept.reply.source == "library"
    return f"found in your library ({kept.reply.origin})" if kept and recalled else ""


def _flagged(session: Session) -> str:
    kept = session.accepted_candidate
    flags = kept.checked.flags if kept and kept.checked else ()
    return "; ".join(f"look at line {flag.line}: {flag.reason}" for flag in flags)
