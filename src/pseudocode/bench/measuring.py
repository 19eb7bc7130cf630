"""A suite through the loop: each task once for each policy and seed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from pseudocode.archive import Archive
from pseudocode.bench.results import Result, Results, Run
from pseudocode.bench.single import Setting, measured
from pseudocode.bench.suites import Task, TaskSuite
from pseudocode.errors import ProviderError, PseudocodeError
from pseudocode.loop import Library, NoLibrary, RunnerError, Tools
from pseudocode.rounds import Candidate
from pseudocode.session import Session
from pseudocode.settings import Settings
from pseudocode.wiring import ModelChoice, OnProgress, tools_for

PATIENCE = 3
"""So many runs may fail one after the other; then nothing more is tried."""


class Plan(NamedTuple):
    """What is to be measured."""

    policies: tuple[str, ...]
    seeds: tuple[int, ...]
    budget: int
    """Generated tokens of a task."""


class _NoShelf:
    """Accepted code stays in the session."""

    def accept(self, session: Session, candidate: Candidate) -> str:
        return ""


@dataclass(slots=True)
class Bench:
    """Measures what a folder does not hold yet, and adds it there."""

    suite: TaskSuite
    plan: Plan
    choice: ModelChoice
    settings: Settings
    folder: Path
    on_result: Callable[[Result], None]
    warn: Callable[[str], None]
    examples: tuple[Library, str] = (NoLibrary(), "")
    """Where the model's examples come from, and what identifies that."""
    _failed: int = 0
    """Runs since the last that went through."""
    _patience: int = PATIENCE

    def runs(self) -> list[tuple[Run, Task]]:
        """All of them, in their order: after each seed there is something to compare."""
        order = product(self.plan.seeds, self.suite.tasks, self.plan.policies)
        return [(self._run(task, policy, seed), task) for seed, task, policy in order]

    def missing(self, known: Iterable[Run]) -> list[tuple[Run, Task]]:
        """Those that are not measured yet."""
        done = frozenset(known)
        return [(run, task) for run, task in self.runs() if run not in done]

    async def measure(
        self, todo: Sequence[tuple[Run, Task]], jobs: int, on_progress: OnProgress
    ) -> None:
        """Make runs, some at a time; each is on the disk once it is done.

        Raises:
            ProviderError: When the model cannot be reached.
            PseudocodeError: When tests cannot be run, or results cannot be written.
        """
        # What a library holds would be solved without the loop.
        settings = replace(self.settings, library="off")
        archive = Archive(self.folder, settings, self.warn, count_again=True)
        self._patience = min(PATIENCE, len(todo))
        common = Setting(self.choice, settings, self.folder / "sessions")
        async with tools_for(self.choice, settings, on_progress, archive, jobs) as tools:
            tools = replace(tools, shelf=_NoShelf(), library=self.examples[0])
            waiting = iter(todo)
            await _all_of(self._work(waiting, tools, common) for _ in range(jobs))

    async def _work(
        self, waiting: Iterator[tuple[Run, Task]], tools: Tools, common: Setting
    ) -> None:
        results = Results(self.folder)
        for run, task in waiting:
            try:
                result = await measured(run, task, tools, common)
            except (ProviderError, RunnerError) as error:
                self._bear(error, run)
            else:
                self._failed = 0
                results.append(result)
                self.on_result(result)

    def _bear(self, error: ProviderError | RunnerError, run: Run) -> None:
        """Leave a run for the next time; give up where that goes on."""
        self._failed += 1
        if self._failed >= self._patience:
            raise error if isinstance(error, ProviderError) else PseudocodeError(str(error))
        told = f"{error}; left for the next time"
        self.warn(f"{run.task} with {run.policy}, seed {run.seed}: {told}")

    def _run(self, task: Task, policy: str, seed: int) -> Run:
        return Run(
            suite=self.suite.name,
            task=task.name,
            digest=task.spec.digest,
            model=self.choice.name,
            policy=policy,
            seed=seed,
            budget=self.plan.budget,
            library=self.examples[1],
        )


async def _all_of(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Do all at once; the first that fails ends the others."""
    running = [asyncio.ensure_future(one) for one in work]
    try:
        await asyncio.gather(*running)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
