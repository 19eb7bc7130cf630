"""One task through the loop, with one policy and seed, and its code before the hidden tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pseudocode.bench.results import Result, Run
from pseudocode.bench.suites import Task
from pseudocode.errors import ProviderError
from pseudocode.events import ProviderFailed, ReplyReceived, RoundStarted, RunnerFailed
from pseudocode.loop import Provider, Request, RunnerError, Tools, drive
from pseudocode.projects import Project, record_to
from pseudocode.rounds import times_asked
from pseudocode.session import Session
from pseudocode.settings import Settings
from pseudocode.steps import Wait
from pseudocode.wiring import ModelChoice

ROUNDS = 400
"""The tokens are the budget; this ends only what spends none."""
ALL = 10**9 - 1
"""No bound."""


STRIDE = 1_000_000
"""Samples of one seed; a session asks for fewer."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What all runs have in common."""

    choice: ModelChoice
    settings: Settings
    sessions: Path
    """Where the journal of each run goes."""


@dataclass(frozen=True, slots=True)
class _Seeded:
    """Asks a provider for the samples of one seed."""

    provider: Provider
    seed: int

    async def reply(self, request: Request, on_text: Callable[[str], None]) -> ReplyReceived:
        sample = self.seed * STRIDE + request.sample
        return await self.provider.reply(replace(request, sample=sample), on_text)


async def measured(run: Run, task: Task, tools: Tools, common: Setting) -> Result:
    """Make a run.

    Raises:
        ProviderError: When the model failed for a reason that is none of the policy's.
        RunnerError: When the tests could not be run.
        StoreError: When the journal cannot be written.
    """
    tools = replace(tools, provider=_Seeded(tools.provider, run.seed))
    session = _begun(run, task, common)
    name = session.started.session if session.started else ""
    with record_to(common.sessions / f"{name}.jsonl", session):
        wait = await drive(session, tools)
    _raise_if_failed(session)
    accepted = session.accepted_candidate
    correct = None
    if accepted is not None and task.hidden is not None:
        correct = (await tools.runner.run(task.hidden, accepted.code)).all_passed
    return _result(run, session, wait, correct)


def _begun(run: Run, task: Task, common: Setting) -> Session:
    settings = replace(
        common.settings,
        policy=run.policy,
        max_generated=run.budget,
        max_tokens=ALL,
        max_seconds=float(ALL),
        max_rounds=ROUNDS,
    )
    choice = common.choice._replace(max_rounds=ROUNDS)
    project = Project(Path(task.spec.path).parent, settings)
    begun = project.begun(task.spec, choice, "tests")
    session = Session(task.spec)
    name = f"{task.name.replace('/', '--')}-{run.policy}-{run.seed}-{run.budget}"
    name += f"-{run.library.replace(' ', '-')}" if run.library else ""
    # What was accepted in the folder that is measured has nothing to do with it.
    session.append(replace(begun, session=name, kept="", anew=False))
    return session


def _raise_if_failed(session: Session) -> None:
    """Where a policy drove the model into a refusal, that is its result; all else is not."""
    match session.events[-1]:
        case RunnerFailed(message=message):
            raise RunnerError(message)
        case ProviderFailed() as failed:
            answered = any(isinstance(event, ReplyReceived) for event in session.events)
            if failed.retryable or not answered:
                raise ProviderError(failed.message, hint=failed.hint, retryable=failed.retryable)


def _result(run: Run, session: Session, wait: Wait, correct: bool | None) -> Result:
    accepted = session.accepted_candidate
    total = session.total
    return Result(
        **run._asdict(),
        solved=accepted is not None,
        correct=correct,
        rounds=times_asked(session.rounds),
        generated=total.generated,
        prompted=total.tokens - total.generated,
        dollars=total.cost.known,
        seconds=round(total.seconds, 3),
        by_round=_by_round(session),
        detail="" if accepted else wait.detail,
        code=accepted.code if accepted else "",
    )


def _by_round(session: Session) -> tuple[int, ...]:
    """The tokens generated up to the end of each round."""
    ends: list[int] = []
    for event in session.events:
        if isinstance(event, RoundStarted):
            ends.append(ends[-1] if ends else 0)
        elif isinstance(event, ReplyReceived) and ends:
            ends[-1] += event.completion_tokens
    return tuple(ends)
