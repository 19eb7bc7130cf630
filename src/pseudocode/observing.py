"""What code does on calls for which nobody knows the answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pseudocode.errors import RunnerError
from pseudocode.events import BehaviourObserved, Case, SuiteFinished
from pseudocode.rounds import Candidate, code_hash
from pseudocode.spec.model import Example, Spec

if TYPE_CHECKING:
    from pseudocode.loop import Runner

MAX_ANSWER = 80
"""Characters of an answer that are kept as they are; of a longer one, its hash."""


async def observed(
    candidate: Candidate, calls: tuple[str, ...], spec: Spec, runner: Runner
) -> BehaviourObserved:
    """Make the calls; a run that cannot be had tells nothing.

    Args:
        candidate: Passes its tests.
        calls: As source.
        spec: What it was written for.
        runner: Runs them as it would examples.
    """
    examples = tuple(Example(source=f"{call}\n") for call in calls)
    try:
        report = await runner.run(replace(spec, examples=examples, suites=()), candidate.code)
    except RunnerError:
        report = SuiteFinished(candidate=0, cases=())
    return BehaviourObserved(
        candidate=candidate.index,
        calls=calls,
        answers=tuple(map(_short, report.cases)),
        seconds=report.seconds,
    )


def _short(case: Case) -> str:
    """What tells an answer from others; empty where there was none."""
    if case.error:
        return ""
    told = f"{case.got}|{case.output}"
    return told if len(told) <= MAX_ANSWER else code_hash(told)
