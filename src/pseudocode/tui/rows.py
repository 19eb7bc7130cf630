"""What stands in the list of specs: a tree of folders and files, or the specs by their states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os.path import commonpath
from pathlib import PurePath
from typing import Literal

from pseudocode.spec.model import Problem
from pseudocode.tui.work import StateName, Work

ORDER: tuple[StateName, ...] = (
    "needs you",
    "failed",
    "broken",
    "not allowed",
    "stopped",
    "testing",
    "generating",
    "waiting",
    "stale",
    "to re-test",
    "held",
    "needs network",
    "new",
    "reading",
    "accepted",
)
"""From what a person has to do something about to what rests."""

NEEDS_PERSON: tuple[StateName, ...] = ("needs you", "failed", "not allowed", "stopped")
"""The states in which nothing goes on without the person."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    kind: Literal["folder", "file", "state", "spec", "problem"]
    key: str
    """Names it, also after the folder was read again."""
    told: str
    depth: int = 0
    state: StateName = "new"
    work: Work | None = None
    problem: Problem | None = None
    folded: bool = False
    """Whether what is below it does not show."""
    count: int = 0
    """How many specs and problems are below it."""

    @property
    def heads(self) -> bool:
        """Whether others are below it."""
        return self.kind in ("folder", "file", "state")


def rows_of(
    works: Sequence[Work],
    problems: Sequence[Problem],
    *,
    words: str = "",
    by_state: bool = False,
    folded: frozenset[str] = frozenset(),
) -> list[Row]:
    """The lines of the list.

    Args:
        works: All specs, those of a file together.
        problems: What is wrong in files.
        words: Only specs show that have each of these in their path, name or state.
        by_state: By what needs the person, instead of by folder and file.
        folded: The keys of rows that hide what is below them.
    """
    asked = words.lower().split()
    leaves = [_of_work(work) for work in works] + [_of_problem(problem) for problem in problems]
    paths = [_path(leaf) for leaf in leaves]
    shown = _relative(paths)
    kept = [
        (leaf, shown[path])
        for leaf, path in zip(leaves, paths, strict=True)
        if not asked or _matches(leaf, shown[path], asked)
    ]
    if asked:
        folded = frozenset()
    return list(_by_state(kept, folded) if by_state else _tree(kept, folded))


def _of_work(work: Work) -> Row:
    return Row("spec", work.key, work.spec.name, state=work.state, work=work)


def _of_problem(problem: Problem) -> Row:
    told = f"line {problem.line}: {problem.reason}"
    return Row("problem", f"problem:{problem}", told, state="broken", problem=problem)


def _path(row: Row) -> str:
    return row.work.spec.path if row.work else row.problem.path if row.problem else ""


def _relative(paths: list[str]) -> dict[str, tuple[str, ...]]:
    """Each path as folders and a name, below the folder that all are in."""
    known = {path: PurePath(path) for path in dict.fromkeys(paths)}
    if not known:
        return {}
    top = commonpath([path.parent for path in known.values()]) if known else ""
    return {path: whole.relative_to(top).parts for path, whole in known.items()}


def _matches(row: Row, path: tuple[str, ...], asked: list[str]) -> bool:
    text = f"{'/'.join(path)} {row.told} {row.state}".lower()
    return all(word in text for word in asked)


def _by_state(kept: list[tuple[Row, tuple[str, ...]]], folded: frozenset[str]) -> Iterator[Row]:
    groups: dict[StateName, list[Row]] = {state: [] for state in ORDER}
    for row, _ in kept:
        groups[row.state].append(row)
    for state, rows in groups.items():
        if rows:
            key = f"state:{state}"
            is_folded = key in folded
            yield Row("state", key, state, state=state, folded=is_folded, count=len(rows))
            yield from () if is_folded else (_below(row, 1) for row in rows)


def _tree(kept: list[tuple[Row, tuple[str, ...]]], folded: frozenset[str]) -> Iterator[Row]:
    """Files with what is in them, a folder's own files before the folders in it."""
    files: dict[tuple[str, ...], list[Row]] = {}
    for row, path in kept:
        files.setdefault(path, []).append(row)
    sizes: Counter[tuple[str, ...]] = Counter()
    for path, rows in files.items():
        for depth in range(1, len(path)):
            sizes[path[:depth]] += len(rows)
    before: tuple[str, ...] = ()
    hidden: tuple[str, ...] | None = None
    for path in sorted(files, key=_in_order):
        for depth in range(1, len(path)):
            head = path[:depth]
            if hidden and head[: len(hidden)] == hidden:
                break
            if before[:depth] != head:
                key = f"folder:{'/'.join(head)}"
                is_folded = key in folded
                yield Row(
                    "folder", key, f"{head[-1]}/", depth - 1, folded=is_folded, count=sizes[head]
                )
                hidden = head if is_folded else None
        before = path[:-1]
        if hidden and path[: len(hidden)] == hidden:
            continue
        hidden = None
        key = f"file:{'/'.join(path)}"
        is_folded = key in folded
        depth = len(path) - 1
        yield Row("file", key, path[-1], depth, folded=is_folded, count=len(files[path]))
        yield from () if is_folded else (_below(row, depth + 1) for row in files[path])


def _in_order(path: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
    return (*((1, part) for part in path[:-1]), (0, path[-1]))


def _below(row: Row, depth: int) -> Row:
    return Row(
        row.kind, row.key, row.told, depth, state=row.state, work=row.work, problem=row.problem
    )
