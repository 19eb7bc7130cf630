"""What is asked from a thread of its own, so that nobody waits for a disk or a network.

What is to be written and cannot be, waits in memory until it can; it is read from meanwhile, as far
as that goes.
"""

from __future__ import annotations

import asyncio
import math
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import ClassVar, Generic, TypeVar

T = TypeVar("T")
C = TypeVar("C")
MOST_WAITING = 1000
"""Of what waits to be written; beyond that the oldest is given up."""


class Asked(ABC, Generic[C]):
    """Answers questions about what is reached by a connection of type `C`."""

    faults: ClassVar[tuple[type[Exception], ...]]
    """What can be wrong with the connection or an answer; all else is a fault of this program."""

    def __init__(self, name: str, shown: str, notice: Callable[[str], None]) -> None:
        """Connect to nothing yet.

        Args:
            name: Of the thread.
            shown: What is asked, for people.
            notice: Told in words what is wrong, each thing once, from that thread.
        """
        self._shown = shown
        self._notice = notice
        self._told: set[str] = set()
        self._thread = ThreadPoolExecutor(1, name)
        self._not_before = -math.inf
        self._not_written_before = -math.inf
        self._waiting: deque[Callable[[C], object]] = deque()
        self._given_up = 0

    async def ask(self, question: Callable[[C], T], otherwise: T) -> T:
        """What a question gives, or `otherwise` where it cannot be asked."""
        return await asyncio.wrap_future(self.tell(question, otherwise))

    def tell(self, question: Callable[[C], T], otherwise: T) -> Future[T]:
        """The same, without waiting; what is told is carried out before `close` returns."""
        try:
            return self._thread.submit(self._answer, question, otherwise)
        except RuntimeError:  # it was closed
            answered: Future[T] = Future()
            answered.set_result(otherwise)
            return answered

    def keep(self, writing: Callable[[C], object]) -> None:
        """Have something written, without waiting; where it cannot be, as soon as it can.

        Args:
            writing: What writes it, all or nothing. It may be called more than once.
        """
        with suppress(RuntimeError):
            self._thread.submit(self._keep, writing)

    def close(self) -> None:
        """Wait for what was told, and close the connection; what cannot be written now is lost."""
        with suppress(RuntimeError):
            self._thread.submit(self._end)
        self._thread.shutdown()

    # -- in the thread

    @abstractmethod
    def _connected(self) -> C:
        """The connection, made where there is none."""

    @abstractmethod
    def _disconnect(self) -> None:
        """Close the connection, if there is one."""

    @abstractmethod
    def _set_right(self, error: Exception) -> bool:
        """Decide what an error means; true where it can be tried again at once."""

    def _answer(self, question: Callable[[C], T], otherwise: T) -> T:
        self._write()
        return self._asked(question, otherwise)[0]

    def _asked(self, question: Callable[[C], T], otherwise: T) -> tuple[T, bool]:
        """What a question gives, and whether it need not be asked again later."""
        before = self._not_before
        if time.monotonic() < before:
            return otherwise, False
        for _ in range(2):  # once more, where that may help
            try:
                return question(self._connected()), True
            except self.faults as error:
                if not self._set_right(error):
                    break
        return otherwise, self._not_before == before

    def _keep(self, writing: Callable[[C], object]) -> None:
        if len(self._waiting) == MOST_WAITING:
            self._waiting.popleft()
            self._given_up += 1
        self._waiting.append(writing)
        self._write()

    def _write(self) -> None:
        """Write what waits, in its order, as far as that is possible now."""
        while self._waiting and time.monotonic() >= self._not_written_before:
            before = self._not_before
            if not self._asked(self._waiting[0], None)[1]:
                self._not_written_before = self._not_before
                if self._not_before < math.inf:
                    self._not_before = before  # it may still be read
                return
            self._waiting.popleft()

    def _end(self) -> None:
        if self._not_before < math.inf:
            self._not_before = self._not_written_before = -math.inf
            self._write()
            if lost := len(self._waiting) + self._given_up:
                lacks = "1 answer or function" if lost == 1 else f"{lost} answers or functions"
                self._tell(f"{self._shown} could not be written until the end; it lacks {lacks}")
        self._disconnect()

    def _leave(self, seconds: float, told: str) -> None:
        """Do without it for a while, so that not every request waits."""
        self._not_before = time.monotonic() + seconds
        self._tell(told)

    def _tell(self, told: str) -> None:
        if told not in self._told:
            self._told.add(told)
            self._notice(told)
