"""The loop: carries out what the session says is next, until it is the person's turn.

It knows no terminal and never asks. What it needs of the world it takes through the protocols
here, which providers, runners, checkers and shelves satisfy by their shape.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from pseudocode import illustrating, prompts
from pseudocode.answering import answer, diagnose, give_up, need_of
from pseudocode.bounds import CHARACTERS_PER_TOKEN as CHARACTERS_PER_TOKEN
from pseudocode.bounds import Exhausted, Purse
from pseudocode.checking import checked
from pseudocode.errors import ProviderError
from pseudocode.errors import RunnerError as RunnerError
from pseudocode.events import (
    CandidateChecked,
    ChatMessage,
    ExamplesFound,
    PromptHeld,
    PromptSent,
    ReplyReceived,
    RoundStarted,
    RunnerFailed,
    Solved,
    Stopped,
    SuiteFinished,
)
from pseudocode.observing import observed
from pseudocode.policy import Plan
from pseudocode.resumption import going_on
from pseudocode.rounds import Candidate, times_asked
from pseudocode.session import Session
from pseudocode.shelving import shelve
from pseudocode.spec.model import Spec
from pseudocode.steps import Accept, Ask, Begin, Check, Diagnose, Examine, Observe, Step, Wait

OnDelta = Callable[[int, str], None]
"""Called with the candidate's index and the text that has just arrived."""
Saved = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a provider is asked."""

    messages: tuple[ChatMessage, ...]
    temperature: float
    sample: int
    """Tells equal requests apart, and seeds the sampling."""
    model: str = ""
    """Which of the provider's models to ask; empty for its usual one."""
    anew: bool = False
    """Whether only a new answer will do."""
    max_tokens: int | None = None
    """After how many tokens the server is to end the answer; nothing: when the model does."""
    seconds: float | None = None
    """How long it may take from when it is sent; nothing: as long as the provider waits."""
    whose: str = ""
    """The session that asks: those who wait get their turn one after the other."""


class Provider(Protocol):
    """Something that answers prompts."""

    async def reply(self, request: Request, on_text: Callable[[str], None]) -> ReplyReceived:
        """Answer, telling `on_text` what has arrived; `candidate` is filled in by the caller.

        Raises:
            ProviderError: When no answer came.
            TimeUp: When the time of the request was up before.
        """
        ...


class Runner(Protocol):
    """Something that runs a spec's examples against a candidate."""

    def prepare(self, spec: Spec) -> None:
        """Get ready for a run that will come soon; returns at once."""
        ...

    async def run(self, spec: Spec, code: str) -> SuiteFinished:
        """Run them; `candidate` is filled in by the caller.

        Raises:
            RunnerError: When the tests could not be run at all.
        """
        ...


class Checker(Protocol):
    """Something that formats and lints code."""

    async def check(self, spec: Spec, code: str) -> CandidateChecked:
        """Return the code as it would be accepted, or its faults."""
        ...


class Shelf(Protocol):
    """Where accepted code is kept."""

    def accept(self, session: Session, candidate: Candidate) -> str:
        """Write the code and return where it is.

        Raises:
            StoreError: When it cannot be written.
        """
        ...


class Library(Protocol):
    """Where code that was accepted before can be found again."""

    async def recall(self, spec: Spec) -> tuple[ReplyReceived, ...]:
        """Code that may fit a declaration, the nearest first, as answers that cost nothing."""
        ...

    async def near(self, spec: Spec, count: int) -> tuple[Solved, ...]:
        """Up to so many declarations that are near to this one, with their code."""
        ...


class NoLibrary:
    """A library that knows nothing."""

    async def recall(self, spec: Spec) -> tuple[ReplyReceived, ...]:
        """Nothing."""
        return ()

    async def near(self, spec: Spec, count: int) -> tuple[Solved, ...]:
        """Nothing."""
        return ()


Price = Callable[[ReplyReceived, str], float | None]
"""US dollars for an answer of the model that was asked; nothing where that is not known."""


def no_price(_reply: ReplyReceived, _model: str) -> float | None:
    """No price is known."""
    return None


@dataclass(frozen=True, slots=True)
class Tools:
    """What the loop works with."""

    provider: Provider
    runner: Runner
    checker: Checker
    shelf: Shelf
    library: Library = field(default_factory=NoLibrary)
    price: Price = no_price
    purse: Purse = field(default_factory=Purse)
    """What they may use who work with these tools."""


def ignore(_candidate: int, _text: str) -> None:
    """Show nothing while text streams in."""


async def nothing_waits() -> None:
    """All facts are where they belong."""


async def drive(
    session: Session, tools: Tools, on_delta: OnDelta = ignore, saved: Saved = nothing_waits
) -> Wait:
    """Carry out next steps until the session has to wait for the person.

    Cancelling it leaves what has come in as facts, and a `Stopped`.

    Args:
        session: What is carried on.
        tools: What it is carried on with.
        on_delta: Told what text arrives.
        saved: Comes back once all facts so far are on disk; nothing is done before.

    Returns:
        What it waits for.
    """
    try:
        await saved()
        while not isinstance(step := session.next_step, Wait):
            await _carry_out(step, session, tools, on_delta)
            await saved()
        return step
    except asyncio.CancelledError:
        if session.next_step != Wait("done"):
            session.append(Stopped())
        raise


async def _carry_out(step: Step, session: Session, tools: Tools, on_delta: OnDelta) -> None:
    match step:
        case Begin():
            await _begin(step, session, tools)
        case Diagnose(plan):
            await _diagnose(plan, session, tools)
        case Ask():
            await _ask(step, session, tools, on_delta)
        case Check(candidate):
            session.append(await checked(candidate, session, tools.checker))
        case Examine(candidate):
            try:
                report = await tools.runner.run(session.spec, candidate.code)
                session.append(replace(report, candidate=candidate.index))
            except RunnerError as error:
                session.append(RunnerFailed(message=str(error)))
        case Observe(candidate, calls):
            session.append(await observed(candidate, calls, session.spec, tools.runner))
        case Accept(candidate):
            await shelve(candidate, session, tools.shelf)


def _is_held(session: Session) -> bool:
    """Whether the next request is to be seen first; if so, it waits for that."""
    held = session.released is None and session.started is not None and session.started.asks
    if held:
        session.append(PromptHeld())
    return held


async def _diagnose(plan: Plan, session: Session, tools: Tools) -> None:
    if _is_held(session):
        return
    started, released = session.started, session.released
    base = prompts.base_of(session, plan)
    assert started is not None
    assert base is not None
    request = Request(
        messages=released.messages if released else prompts.diagnosing(session, plan),
        temperature=plan.temperature,
        sample=times_asked(session.rounds) * 1000,
        model=started.diagnosis_model,
        anew=started.anew,
        seconds=_seconds_left(session),
        whose=started.session,
    )
    await diagnose(base.sha256, request, session, tools)


def _seconds_left(session: Session) -> float | None:
    """How long an answer may take; past its bound it goes on only when the person says so."""
    assert session.started is not None
    left = session.started.max_seconds - session.spent.seconds
    return left if left > 0 else None


async def _begin(step: Begin, session: Session, tools: Tools) -> None:
    if await _recall(session, tools) or _is_held(session):
        return
    if count := illustrating.wanted(session):
        solved = await tools.library.near(session.spec, count)
        session.append(ExamplesFound(solved=solved))
    plan, released = step.plan, session.released
    messages = released.messages if released else prompts.messages(session, plan)
    need = need_of(session, messages, tools.price)
    session.append(
        RoundStarted(
            round=times_asked(session.rounds) + 1,
            reason=plan.reason,
            candidates=need.answers(plan.candidates, tools.purse),
            temperature=plan.temperature,
            counted=plan.counted,
            compared=bool(session.to_compare),
            base=plan.base,
        )
    )
    session.append(PromptSent(messages=messages, edited=released is not None and released.edited))


async def _recall(session: Session, tools: Tools) -> bool:
    """Take up what the library has for the declaration, if anything."""
    if session.rounds or session.comments or session.started is None or session.started.anew:
        return False
    if session.released or session.to_compare:  # the model is wanted
        return False
    found = await tools.library.recall(session.spec)
    if found:
        tools.runner.prepare(session.spec)
        started = RoundStarted(
            round=0, reason="library", candidates=len(found), temperature=0.0, counted=False
        )
        session.append(started)
        for index, reply in enumerate(found):
            session.append(replace(reply, candidate=index))
    return bool(found)


async def _ask(step: Ask, session: Session, tools: Tools, on_delta: OnDelta) -> None:
    """Ask for all missing candidates at once, and examine each as it comes.

    What one answers is kept if another fails; once one passes, the others are dropped.
    """
    tools.runner.prepare(session.spec)
    requests = {index: _request(session, index) for index in step.candidates}
    running = {
        asyncio.ensure_future(answer(index, requests, session, tools, on_delta))
        for index in requests
    }
    failures: list[ProviderError | Exhausted] = []
    try:
        while running and not session.is_settled:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            failures += [error for one in done if (error := one.result()) is not None]
            while arrived := session.arrived_step:
                await _carry_out(arrived, session, tools, on_delta)
                if running and not session.is_settled:
                    tools.runner.prepare(session.spec)
    finally:
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    if failures or session.rounds[-1].missing:
        give_up(failures, session)


def _request(session: Session, index: int) -> Request:
    current, started = session.rounds[-1], session.started
    assert started is not None
    came = current.candidates.get(index)
    return Request(
        messages=going_on(current.messages, came.reply if came else None),
        temperature=current.started.temperature,
        sample=current.number * 1000 + index,
        model=started.model,
        anew=started.anew,
        seconds=_seconds_left(session),
        whose=started.session,
    )
