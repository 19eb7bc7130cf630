"""Waits for changes of the Python files of a project, wherever they come from."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from pseudocode.store.folder import NEVER

if TYPE_CHECKING:
    from watchfiles import Change

MAX_FOLDERS = 2_000
"""Of a project around the specs; in a larger one, only the folder of the specs is watched."""
_QUIET_MS = 120
"""So long nothing may change until changes are told: a save is often several."""
_LONGEST_MS = 1_500
_LOOK_MS = 1_000
_POLL_MS = 400
State = dict[str, tuple[int, int, int]]
"""Time of change, size and number of each file, by its path."""


class Watch:
    """Files that are watched: the specs, and what of their project they may import."""

    def __init__(self, specs: Path, root: Path, *, polls: bool | None = None) -> None:
        """Note how the files stand now: what changes from here on is told.

        Args:
            specs: A folder of specs, or one file.
            root: Of the project.
            polls: Whether to look at the files again and again; where it is not said, only if the
                system can't tell of changes.
        """
        self._specs, self._root, self._polls = specs.resolve(), root.resolve(), polls
        self._folders = self._watched()
        self._state = _state(self._folders)

    async def changes(self) -> AsyncIterator[frozenset[str]]:
        """Come back each time that something has changed, until cancelled.

        What changes while the caller is busy is told when it comes for more.

        Yields:
            The paths that changed; none where that is not known, and it may be any.
        """
        from watchfiles import awatch

        while True:
            told = awatch(
                *self._folders,
                watch_filter=self._concerns,
                debounce=_LONGEST_MS,
                step=_QUIET_MS,
                rust_timeout=_LOOK_MS,
                yield_on_timeout=True,
                force_polling=self._polls,
                poll_delay_ms=_POLL_MS,
                recursive=False,
            )
            try:
                async with aclosing(told), aclosing(self._told(told)) as batches:
                    async for files in batches:
                        yield files
            except FileNotFoundError:  # a folder that has just gone
                await self._ask(self._moved)
            except OSError:  # the system has no more watches to give
                if self._polls:
                    raise
                self._polls = True

    async def _told(
        self, told: AsyncGenerator[set[tuple[Change, str]], None]
    ) -> AsyncGenerator[frozenset[str], None]:
        """What is told until there are other folders to watch."""
        looked = False
        async for found in told:
            files = frozenset(path for _, path in found if path.endswith(".py"))
            # The first time tells only that it watches: there was a moment before.
            unsure = not files and (bool(found) or not looked)
            if files or (unsure and await self._ask(self._differs)):
                yield files
            looked = True
            if found and await self._ask(self._moved):
                return

    async def _ask(self, question: Callable[[], bool]) -> bool:
        return await asyncio.to_thread(question)

    def _concerns(self, _: Change, path: str) -> bool:
        """Whether a change may be one of Python files: no editor's copy, nothing of our own."""
        name = os.path.basename(path)
        if name.startswith(".") or name in NEVER:
            return name == "__pseudocode__"
        return name.endswith(".py") or path in self._folders or os.path.isdir(path)

    def _differs(self) -> bool:
        """Whether files are not as they were when this was last asked."""
        before, self._state = self._state, _state(self._folders)
        return before != self._state

    def _moved(self) -> bool:
        """Whether there are other folders by now."""
        before, self._folders = self._folders, self._watched()
        return before != self._folders

    def _watched(self) -> list[str]:
        specs = self._specs
        own = list(_folders(specs)) if specs.is_dir() else [str(specs.parent)]
        around = list(_folders(self._root, MAX_FOLDERS + 1)) if self._root.is_dir() else []
        found = [*own, *(around if len(around) <= MAX_FOLDERS else ())]
        return sorted({folder for folder in found if os.path.isdir(folder)})


def _folders(top: Path, most: int = 1_000_000) -> Iterable[str]:
    """A folder and those in it that may hold Python files."""
    for count, (parent, folders, _) in enumerate(os.walk(top), 1):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and (name not in NEVER or name == "__pseudocode__")
        ]
        yield parent
        if count == most:
            return


def _state(folders: Iterable[str]) -> State:
    found: State = {}
    for folder in folders:
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.endswith(".py") and not entry.name.startswith("."):
                        there = entry.stat()
                        found[entry.path] = there.st_mtime_ns, there.st_size, there.st_ino
        except OSError:
            continue
    return found
