"""An event loop in a thread of its own, so that work can be waited for from anywhere."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, wait
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Portal:
    """Runs coroutines for a caller that may itself be inside a running event loop.

    What was begun in the thread is ended there, too, whatever becomes of the caller: who presses
    Ctrl-C once more does not break off the clean-up after the first.
    """

    def __enter__(self) -> Self:
        """Start the thread."""
        self._ready = threading.Event()
        self._served: Future[None] = Future()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        try:
            self._ready.wait()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End whatever still runs in the thread, leave what was entered, and end the thread."""
        self._end()
        self._served.result()

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

    def enter(self, context: AbstractAsyncContextManager[T]) -> T:
        """Enter a context, which is left before the thread ends."""
        return self.run(self._stack.enter_async_context(context))

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._served.set_exception(error)
        else:
            self._served.set_result(None)

    def _end(self) -> None:
        interrupted: KeyboardInterrupt | None = None
        # Not by join(): a thread whose join was interrupted can pass for one that has ended.
        while not self._served.done():
            try:
                self._ready.wait()
                with suppress(RuntimeError):  # it has ended by now
                    self._loop.call_soon_threadsafe(self._leave.set)
                wait([self._served])
            except KeyboardInterrupt as error:
                interrupted = error
        self._thread.join()
        if interrupted is not None:
            raise interrupted

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._leave = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        async with AsyncExitStack() as self._stack:
            self._ready.set()
            await self._leave.wait()
            self._cancel()
            if self._task is not None:
                await asyncio.wait([self._task])

    def _start(self, coroutine: Coroutine[Any, Any, T], outcome: Future[T]) -> None:
        async def tell() -> None:
            try:
                outcome.set_result(await coroutine)
            except BaseException as error:
                outcome.set_exception(error)

        self._task = self._loop.create_task(tell())

    def _cancel(self) -> None:
        # A second cancellation would break off the clean-up of the first.
        if self._task is not None and not self._task.cancelling():
            self._task.cancel()
