"""What a session and a whole run may use up, and what is left of it while answers are under way.

A bound is never passed by more than the answers in flight: each takes its share of what is left
before it is asked for, fewer are asked for where not all have room, and a server is told to end an
answer where its share does.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pseudocode.cost import NOTHING, Cost, in_dollars

if TYPE_CHECKING:
    from pseudocode.events import SessionStarted

CHARACTERS_PER_TOKEN = 4
"""A rough count, where the server gives none."""
NO_PRICE = "the price of the model is unknown; set price_in and price_out"
USUAL_ANSWER = 400
"""Tokens of an answer, before there was one."""
LEAST_ANSWER = 64
"""Tokens; with fewer no answer is worth its prompt."""
CUT_BELOW = 4_000
"""Tokens; servers turn down a request for more than their model can give, so none is made."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used up."""

    rounds: int = 0
    tokens: int = 0
    seconds: float = 0.0
    generated: int = 0
    """Of the tokens, those of answers."""
    cost: Cost = NOTHING
    cached: int = 0
    """Of the tokens, those of prompts that the server had read before."""

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            rounds=self.rounds + other.rounds,
            tokens=self.tokens + other.tokens,
            seconds=self.seconds + other.seconds,
            generated=self.generated + other.generated,
            cost=self.cost + other.cost,
            cached=self.cached + other.cached,
        )


def limit_reached(started: SessionStarted, spent: Spent) -> str:
    """Which bound of the session stands in the way of another round, in words; or nothing."""
    if spent.rounds >= started.max_rounds:
        return f"no solution in {spent.rounds} round{'' if spent.rounds == 1 else 's'}"
    if spent.tokens >= started.max_tokens:
        return f"the limit of {started.max_tokens:,} tokens is reached"
    if 0 < started.max_generated <= spent.generated:
        return f"the limit of {started.max_generated:,} generated tokens is reached"
    if spent.seconds >= started.max_seconds:
        return f"the limit of {started.max_seconds:g} seconds is reached"
    if started.max_cost is None:
        return ""
    if spent.cost.unpriced:
        return f"the limit of {in_dollars(started.max_cost)} cannot be held: {NO_PRICE}"
    if spent.cost.dollars >= started.max_cost:
        return f"the limit of {in_dollars(started.max_cost)} is reached"
    return ""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a token of the prompt and one of the answer cost, in US dollars."""

    prompt: float = 0.0
    completion: float = 0.0


@dataclass(frozen=True, slots=True)
class Left:
    """What may still be used."""

    tokens: float = math.inf
    cost: float = math.inf
    """In US dollars."""
    generated: float = math.inf
    """Tokens of answers alone."""

    @classmethod
    def of(cls, started: SessionStarted, spent: Spent) -> Left:
        """What a session has left; past its bounds it goes on only when the person says so."""
        left = cls(
            tokens=started.max_tokens - spent.tokens,
            cost=math.inf if started.max_cost is None else started.max_cost - spent.cost.dollars,
            generated=(started.max_generated or math.inf) - spent.generated,
        )
        return left if min(left.tokens, left.cost, left.generated) > 0 else cls()

    def answers(self, wanted: int, need: Need) -> int:
        """How many of some answers have room; one at least."""
        room = min(self.tokens / max(need.tokens, 1), self.generated / need.usual)
        if need.cost:
            room = min(room, self.cost / need.cost)
        return max(1, int(min(room, wanted)))

    def completion(self, count: int, need: Need) -> float:
        """How many tokens each of so many answers may have."""
        room = min(self.tokens / count - need.prompt, self.generated / count)
        if need.rate.completion:
            money = self.cost / count - need.rate.prompt * need.prompt
            room = min(room, money / need.rate.completion)
        return room


@dataclass(frozen=True, slots=True)
class Need:
    """What one answer will use, as far as that can be said before it is there."""

    prompt: int
    """Tokens of the prompt."""
    usual: int
    """Tokens of the answer."""
    rate: Rate
    left: Left
    """What the session has left."""

    @property
    def tokens(self) -> int:
        """Of both."""
        return self.prompt + self.usual

    @property
    def cost(self) -> float:
        """Of both, in US dollars."""
        return self.cost_of(self.usual)

    def cost_of(self, completion: int) -> float:
        """Of the prompt and an answer of so many tokens, in US dollars."""
        return self.rate.prompt * self.prompt + self.rate.completion * completion

    def answers(self, wanted: int, purse: Purse) -> int:
        """How many of some answers have room in the session and in the purse; one at least."""
        return min(left.answers(wanted, self) for left in (self.left, purse.left))

    def cut(self, count: int, purse: Purse, share: Share) -> int | None:
        """After how many tokens one of so many answers has to end, which is its share then.

        Nothing where that is so many that it need not be said.
        """
        room = self.left.completion(count, self)
        room = min(room, purse.left_with(share).completion(1, self))
        if room >= CUT_BELOW:
            return None
        most = max(LEAST_ANSWER, int(room))
        share.tokens, share.cost = self.prompt + most, self.cost_of(most)
        return most


class TimeUp(Exception):
    """An answer was not there within the seconds of its request; what came of it counts."""


class Exhausted(Exception):
    """A bound of the whole run is reached; the text says which."""


@dataclass(eq=False, slots=True)
class Share:
    """What one answer may take of a purse."""

    tokens: int
    cost: float
    """In US dollars."""

    def took(self, spent: Spent) -> None:
        """Correct the guess."""
        self.tokens, self.cost = spent.tokens, spent.cost.dollars


class Purse:
    """What all sessions of a run may use together."""

    def __init__(self, tokens: int | None = None, cost: float | None = None) -> None:
        """Fill it.

        Args:
            tokens: Prompt and completion tokens; endless unless given.
            cost: US dollars, likewise.
        """
        self._bounds = Left(*(math.inf if bound is None else bound for bound in (tokens, cost)))
        self._spent = Spent()
        self._taken: set[Share] = set()
        self._changed = asyncio.Event()

    @property
    def left(self) -> Left:
        """What is neither spent nor the share of an answer under way."""
        tokens = self._spent.tokens + sum(share.tokens for share in self._taken)
        cost = self._spent.cost.dollars + sum(share.cost for share in self._taken)
        return Left(self._bounds.tokens - tokens, self._bounds.cost - cost)

    def left_with(self, share: Share) -> Left:
        """What is left for one answer under way."""
        left = self.left
        return Left(left.tokens + share.tokens, left.cost + share.cost)

    @property
    def reached(self) -> str:
        """Which bound is reached, in words; or nothing."""
        if self._spent.tokens >= self._bounds.tokens:
            return f"the run's limit of {self._bounds.tokens:,} tokens is reached"
        if self._spent.cost.dollars >= self._bounds.cost:
            return f"the run's limit of {in_dollars(self._bounds.cost)} is reached"
        return ""

    @asynccontextmanager
    async def share(self, need: Need) -> AsyncIterator[Share]:
        """Take what an answer needs; waits while others may leave room for it.

        Raises:
            Exhausted: When nothing is left.
        """
        share = Share(need.tokens, need.cost)
        while self._taken and not self._holds(share):
            await self._changed.wait()
        if reached := self.reached:
            raise Exhausted(reached)
        self._taken.add(share)
        try:
            yield share
        finally:
            self._taken.remove(share)
            self._spent += Spent(tokens=share.tokens, cost=Cost(share.cost))
            self._changed.set()
            self._changed = asyncio.Event()

    def _holds(self, share: Share) -> bool:
        left = self.left
        return share.tokens <= left.tokens and share.cost <= left.cost
