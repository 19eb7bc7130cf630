"""An event loop in a thread of its own, so that work can be waited for from anywhere."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Portal:
    """Runs coroutines for a caller that may itself be inside a running event loop."""

    def __enter__(self) -> Self:
        """Start the thread."""
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),))
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        """End the thread, and whatever still runs in it."""
        self._loop.call_soon_threadsafe(self._leave.set)
        self._thread.join()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Wait for a coroutine; if the wait is interrupted, it is cancelled and ends first."""
        outcome: Future[T] = Future()
        self._loop.call_soon_threadsafe(self._start, coroutine, outcome)
        try:
            return outcome.result()
        except BaseException:
            self._loop.call_soon_threadsafe(self._cancel)
            with suppress(asyncio.CancelledError, Exception):
                outcome.result()
            raise

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._leave = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ready.set()
        await self._leave.wait()

    def _start(self, coroutine: Coroutine[Any, Any, T], outcome: Future[T]) -> None:
        async def tell() -> None:
            try:
                outcome.set_result(await coroutine)
            except BaseException as error:
                outcome.set_exception(error)

        self._task = self._loop.create_task(tell())

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
