"""What stands in the list of specs: a tree of folders and files, or the specs by their states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
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

Parts = tuple[str, ...]
"""The folders of a path and its name."""


@dataclass(slots=True, eq=False)
class Row:
    """One line of the list."""

    kind: Literal["folder", "file", "state", "spec", "problem"]
    key: str
    """Names it, also after the folder was read again."""
    told: str
    depth: int = 0
    """How many rows of the tree it is below."""
    state: StateName = "new"
    work: Work | None = None
    problem: Problem | None = None
    folded: bool = False
    """Whether what is below it does not show."""
    count: int = 0
    """How many specs and problems are below it."""
    sought: str = ""
    """Its path and name, in which words are looked for."""

    @property
    def heads(self) -> bool:
        """Whether others are below it."""
        return self.kind in ("folder", "file", "state")


class Listing:
    """All that is in a folder of specs, in the order of the tree."""

    def __init__(self, works: Iterable[Work], problems: Iterable[Problem]) -> None:
        """Put everything in its place, once: what shows of it changes with every key.

        Args:
            works: All specs, those of a file together.
            problems: What is wrong in files.
        """
        leaves = [_of_work(work) for work in works] + [_of_problem(found) for found in problems]
        self.leaves = {row.key: row for row in leaves}
        """The specs and problems, by their keys."""
        files: dict[str, list[Row]] = {}
        for row in leaves:
            files.setdefault(_path(row), []).append(row)
        shown = _relative(list(files))
        ordered = sorted(files, key=lambda path: _in_order(shown[path]))
        self._files = [(shown[path], files[path]) for path in ordered]
        for path, rows in self._files:
            for row in rows:
                row.depth = len(path)
                row.sought = f"{'/'.join(path)} {row.told}".lower()

    def rows(
        self, *, words: str = "", by_state: bool = False, folded: frozenset[str] = frozenset()
    ) -> list[Row]:
        """The lines of the list.

        Args:
            words: Only specs show that have each of these in their path, name or state.
            by_state: By what needs the person, instead of by folder and file.
            folded: The keys of rows that hide what is below them.
        """
        asked = words.lower().split()
        kept = self._files
        if asked:
            folded = frozenset()
            found = ((path, [r for r in rows if _matches(r, asked)]) for path, rows in kept)
            kept = [(path, rows) for path, rows in found if rows]
        return list(_by_state(kept, folded) if by_state else _tree(kept, folded))


def _of_work(work: Work) -> Row:
    return Row("spec", work.key, work.spec.name, state=work.state, work=work)


def _of_problem(problem: Problem) -> Row:
    told = f"line {problem.line}: {problem.reason}"
    return Row("problem", f"problem:{problem}", told, state="broken", problem=problem)


def _path(row: Row) -> str:
    return row.work.spec.path if row.work else row.problem.path if row.problem else ""


def _relative(paths: list[str]) -> dict[str, Parts]:
    """Each path as folders and a name, below the folder that all are in."""
    known = {path: PurePath(path) for path in paths}
    top = commonpath([path.parent for path in known.values()]) if known else ""
    return {path: whole.relative_to(top).parts for path, whole in known.items()}


def _matches(row: Row, asked: list[str]) -> bool:
    return all(word in row.sought or word in row.state for word in asked)


def _by_state(kept: list[tuple[Parts, list[Row]]], folded: frozenset[str]) -> Iterator[Row]:
    groups: dict[StateName, list[Row]] = {state: [] for state in ORDER}
    for _, rows in kept:
        for row in rows:
            groups[row.state].append(row)
    for state, rows in groups.items():
        if rows:
            key = f"state:{state}"
            is_folded = key in folded
            yield Row("state", key, state, state=state, folded=is_folded, count=len(rows))
            yield from () if is_folded else rows


def _tree(kept: list[tuple[Parts, list[Row]]], folded: frozenset[str]) -> Iterator[Row]:
    """Files with what is in them, a folder's own files before the folders in it."""
    sizes: Counter[Parts] = Counter()
    for path, rows in kept:
        for depth in range(1, len(path)):
            sizes[path[:depth]] += len(rows)
    before: Parts = ()
    hidden: Parts | None = None
    for path, rows in kept:
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
        yield Row("file", key, path[-1], len(path) - 1, folded=is_folded, count=len(rows))
        yield from () if is_folded else rows


def _in_order(path: Parts) -> tuple[tuple[int, str], ...]:
    return (*((1, part) for part in path[:-1]), (0, path[-1]))
