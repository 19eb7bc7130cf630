"""What is asked from a thread of its own, so that nobody waits for a disk or a network."""

from __future__ import annotations

import asyncio
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import ClassVar, Generic, TypeVar

T = TypeVar("T")
C = TypeVar("C")


class Asked(ABC, Generic[C]):
    """Answers questions about what is reached by a connection of type `C`."""

    faults: ClassVar[tuple[type[Exception], ...]]
    """What can be wrong with the connection or an answer; all else is a fault of this program."""

    def __init__(self, name: str, notice: Callable[[str], None]) -> None:
        """Connect to nothing yet.

        Args:
            name: Of the thread.
            notice: Told in words what is wrong, each thing once, from that thread.
        """
        self._notice = notice
        self._told: set[str] = set()
        self._thread = ThreadPoolExecutor(1, name)
        self._not_before = -math.inf

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

    def close(self) -> None:
        """Wait for what was told, and close the connection."""
        with suppress(RuntimeError):
            self._thread.submit(self._disconnect)
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
        if time.monotonic() < self._not_before:
            return otherwise
        for _ in range(2):  # once more, where that may help
            try:
                return question(self._connected())
            except self.faults as error:
                if not self._set_right(error):
                    break
        return otherwise

    def _leave(self, seconds: float, told: str) -> None:
        """Do without it for a while, so that not every request waits."""
        self._not_before = time.monotonic() + seconds
        self._tell(told)

    def _tell(self, told: str) -> None:
        if told not in self._told:
            self._told.add(told)
            self._notice(told)
