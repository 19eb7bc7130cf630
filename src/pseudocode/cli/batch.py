"""Many specs through the loop, some at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from pseudocode.checkup import needed_permission
from pseudocode.errors import StoreError
from pseudocode.events import Event
from pseudocode.loop import RunnerError, Tools, drive
from pseudocode.session import Session, Wait
from pseudocode.spec.model import Problem, Spec
from pseudocode.spec.uses import comes_after, in_order
from pseudocode.supplies import confirm, look_up, supplied
from pseudocode.wiring import ModelChoice, Project, tools_for
from pseudocode.wiring_code import missing_packages

_NEEDS_REVIEW = "review=True: a person has to approve it in the app"
State = Literal["accepted", "fresh", "unsolved", "no model", "failed", "not started"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one spec."""

    spec: Spec
    state: State
    detail: str = ""
    rounds: int = 0
    tokens: int = 0
    seconds: float = 0.0

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

    async def run(self, specs: tuple[Spec, ...], jobs: int) -> list[Outcome]:
        """Run them, `jobs` at a time, each after those that it needs.

        The outcomes come in the order of the specs.
        """
        wanted = [s for s in specs if not self._only or self._only & {s.name, s.id}]
        before = comes_after(wanted)
        async with tools_for(self._choice, self._project.settings, self._report.progress) as tools:
            gate = asyncio.Semaphore(jobs)
            running: dict[tuple[str, str], asyncio.Task[Outcome]] = {}

            async def one(spec: Spec) -> Outcome:
                needed = [await running[key] for key in before[spec.path, spec.name]]
                async with gate:
                    outcome = await self._one(spec, tools, needed)
                self._report.outcome(outcome)
                return outcome

            for spec in in_order(wanted):
                running[spec.path, spec.name] = asyncio.ensure_future(one(spec))
            try:
                return [await running[spec.path, spec.name] for spec in wanted]
            finally:
                for task in running.values():
                    task.cancel()
                await asyncio.gather(*running.values(), return_exceptions=True)

    async def _one(self, spec: Spec, tools: Tools, needed: list[Outcome]) -> Outcome:
        spec = supplied(spec)
        if reason := self._not_worth_asking(spec, needed):
            state, detail = reason
            return Outcome(spec=spec, state=state, detail=detail)
        if await self._still_passes(spec, tools):
            return Outcome(spec=spec, state="fresh", detail="already accepted, tested again")
        if spec.options.review:
            return Outcome(spec=spec, state="unsolved", detail=_NEEDS_REVIEW)
        try:
            started = self._project.start(spec, self._choice, "tests")
        except StoreError as error:
            return Outcome(spec=spec, state="failed", detail=str(error))
        session = started.session
        listener = self._listener(session)
        for event in session.events:
            listener(event)
        session.listeners.append(listener)
        try:
            wait = await drive(session, tools)
        except StoreError as error:
            wait = Wait("failure", str(error))
        finally:
            started.close()
        return self._outcome(session, wait)

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
            return "unsolved", f"accepted code cannot be read: {error.strerror}"
        failed = [outcome.spec.id for outcome in needed if outcome.failed]
        if waits := [*failed, *(used.id for used in spec.around.missing)]:
            return "unsolved", f"waits for {waits[0]}, which is not accepted"
        if kept.state == "fresh":
            return "fresh", "already accepted"
        if absent := missing_packages(spec):
            return "unsolved", absent
        if needs := needed_permission(spec, self._project.grants):
            return "unsolved", needs
        return None

    async def _still_passes(self, spec: Spec, tools: Tools) -> bool:
        """Whether accepted code, around which something changed, passes as it is."""
        kept = look_up(spec)
        if kept.state != "to re-test" or kept.accepted is None:
            return False
        try:
            report = await tools.runner.run(spec, kept.accepted.code)
        except RunnerError:
            return False  # the session will say why
        if report.all_passed:
            confirm(spec, kept.accepted)
        return report.all_passed

    def _outcome(self, session: Session, wait: Wait) -> Outcome:
        state: State = "unsolved"
        detail = wait.detail
        if wait.reason == "done":
            state, detail = "accepted", _flagged(session)
        elif wait.reason == "failure":
            state = "failed"
            if hint := _provider_hint(session):
                state, self._unreachable = "no model", wait.detail
                detail = f"{wait.detail}; {hint}"
        elif wait.reason == "limit" and session.best and session.best.report:
            best = session.best.report
            detail += f"; {best.tally}"
            if best.fits_only_the_shown:
                detail += ", only those that the model was shown"
        return Outcome(
            spec=session.spec,
            state=state,
            detail=detail,
            rounds=len(session.rounds),
            tokens=session.total.tokens,
            seconds=session.total.seconds,
        )


def _flagged(session: Session) -> str:
    kept = session.accepted_candidate
    flags = kept.checked.flags if kept and kept.checked else ()
    return "; ".join(f"look at line {flag.line}: {flag.reason}" for flag in flags)


def _provider_hint(session: Session) -> str:
    from pseudocode.events import ProviderFailed

    last = session.events[-1]
    return last.hint or "see pseudocode-tui info" if isinstance(last, ProviderFailed) else ""
