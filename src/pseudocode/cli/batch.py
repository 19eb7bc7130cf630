"""Many specs through the loop, some at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from pseudocode.archive import Archive
from pseudocode.cli.permitting import needed_permission
from pseudocode.errors import StoreError
from pseudocode.events import Event
from pseudocode.loop import Tools, drive
from pseudocode.rounds import saved_tokens, times_asked
from pseudocode.session import Session, Wait
from pseudocode.spec.model import Problem, Spec
from pseudocode.wiring import ModelChoice, Project, load_kept, tools_for

State = Literal["accepted", "fresh", "unsolved", "no model", "failed", "not started"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one spec."""

    spec: Spec
    state: State
    detail: str = ""
    rounds: int = 0
    tokens: int = 0
    saved: int = 0
    """Tokens that were not spent, because answers or code were kept."""
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

    def notice(self, text: str) -> None:
        """Something kept from before is not used; told from another thread."""


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
        """Run them, `jobs` at a time; the outcomes come in the order of the specs."""
        wanted = [s for s in specs if not self._only or self._only & {s.name, s.id}]
        settings = self._project.settings
        archive = Archive(self._project.root, settings, self._report.notice)
        async with tools_for(self._choice, settings, self._report.progress, archive) as tools:
            gate = asyncio.Semaphore(jobs)

            async def one(spec: Spec) -> Outcome:
                async with gate:
                    outcome = await self._one(spec, tools)
                self._report.outcome(outcome)
                return outcome

            return list(await asyncio.gather(*map(one, wanted)))

    async def _one(self, spec: Spec, tools: Tools) -> Outcome:
        if reason := self._not_worth_asking(spec):
            state, detail = reason
            return Outcome(spec=spec, state=state, detail=detail)
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

    def _not_worth_asking(self, spec: Spec) -> tuple[State, str] | None:
        if self._unreachable:
            return "not started", self._unreachable
        try:
            accepted = load_kept(spec)
        except StoreError as error:
            return "unsolved", str(error)
        if accepted and accepted.digest == spec.digest:
            return "fresh", "already accepted"
        if spec.options.review:
            return "unsolved", "review=True: a person has to approve it in the app"
        if needs := needed_permission(spec, self._project.grants):
            return "unsolved", needs
        return None

    def _outcome(self, session: Session, wait: Wait) -> Outcome:
        state: State = "unsolved"
        detail = wait.detail
        if wait.reason == "done":
            state, detail = (
                "accepted",
                "; ".join(filter(None, (_found(session), _flagged(session)))),
            )
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
            if not session.total.tokens and saved_tokens(session.rounds, None):
                detail += "; all answers came from the cache, --no-cache asks for new ones"
        return Outcome(
            spec=session.spec,
            state=state,
            detail=detail,
            rounds=times_asked(session.rounds),
            tokens=session.total.tokens,
            saved=saved_tokens(session.rounds, session.accepted_candidate),
            seconds=session.total.seconds,
        )


def _found(session: Session) -> str:
    kept = session.accepted_candidate
    recalled = kept is not None and kept.reply.source == "library"
    return f"found in your library ({kept.reply.origin})" if kept and recalled else ""


def _flagged(session: Session) -> str:
    kept = session.accepted_candidate
    flags = kept.checked.flags if kept and kept.checked else ()
    return "; ".join(f"look at line {flag.line}: {flag.reason}" for flag in flags)


def _provider_hint(session: Session) -> str:
    from pseudocode.events import ProviderFailed

    last = session.events[-1]
    return last.hint or "see pseudocode-tui info" if isinstance(last, ProviderFailed) else ""
