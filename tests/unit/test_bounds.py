from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.bounds import (
    CUT_BELOW,
    LEAST_ANSWER,
    NO_PRICE,
    Exhausted,
    Left,
    Need,
    Purse,
    Rate,
    Spent,
    limit_reached,
)
from pseudocode.cost import Cost
from tests.making import started

DEAR = Rate(1e-6, 1e-5)


def need(
    prompt: int = 100,
    usual: int = 100,
    spent: Spent | None = None,
    rate: Rate | None = None,
    **limits: Any,
) -> Need:
    return Need(prompt, usual, rate or Rate(), Left.of(started(**limits), spent or Spent()))


@pytest.mark.parametrize(
    ("spent", "told"),
    [
        (Spent(), ""),
        (Spent(rounds=1, tokens=9, seconds=1.9, cost=Cost(0.49)), ""),
        (Spent(rounds=2), "no solution in 2 rounds"),
        (Spent(tokens=10), "the limit of 10 tokens is reached"),
        (Spent(seconds=2.0), "the limit of 2 seconds is reached"),
        (Spent(generated=7), "the limit of 7 generated tokens is reached"),
        (Spent(cost=Cost(0.5)), "the limit of $0.5000 is reached"),
        (Spent(cost=Cost(0.1, 9)), f"the limit of $0.5000 cannot be held: {NO_PRICE}"),
    ],
)
def test_the_limit_that_is_reached_is_named(spent: Spent, told: str) -> None:
    limits: dict[str, Any] = {"max_rounds": 2, "max_tokens": 10, "max_seconds": 2.0}
    limits |= {"max_generated": 7}
    assert limit_reached(started(**limits, max_cost=0.5), spent) == told


def test_what_is_spent_adds_up() -> None:
    more = Spent(10, 20, 30.0, 4, Cost(0.25))
    assert Spent(1, 2, 3.0, 1, Cost(0.5, 9)) + more == Spent(11, 22, 33.0, 5, Cost(0.75, 9))


class TestCandidates:
    @pytest.mark.parametrize(
        ("left", "asked"), [(50_000, 8), (1_600, 8), (1_599, 7), (399, 1), (1, 1)]
    )
    def test_only_as_many_as_have_room(self, left: int, asked: int) -> None:
        assert need(max_tokens=left).answers(8, Purse()) == asked

    def test_tokens_of_answers_bound_them_too(self) -> None:
        assert need(max_generated=350).answers(8, Purse()) == 3

    def test_money_bounds_them_too(self) -> None:
        each = 0.0011
        assert need(max_cost=3.5 * each, rate=DEAR).answers(8, Purse()) == 3
        assert need(rate=DEAR).answers(8, Purse(cost=2.5 * each)) == 2

    def test_the_run_bounds_them_too(self) -> None:
        assert need().answers(8, Purse(tokens=650)) == 3

    def test_a_person_may_go_on_past_the_limit(self) -> None:
        assert need(spent=Spent(tokens=60_000)).answers(4, Purse()) == 4


class TestCut:
    async def cut(self, purse: Purse, count: int = 1, **limits: Any) -> int | None:
        wanted = need(**limits)
        async with purse.share(wanted) as share:
            return wanted.cut(count, purse, share)

    async def test_nothing_is_said_while_there_is_plenty(self) -> None:
        assert await self.cut(Purse()) is None
        assert await self.cut(Purse(tokens=CUT_BELOW + 100)) is None

    @pytest.mark.parametrize(("count", "most"), [(1, 900), (2, 400), (4, 150), (8, LEAST_ANSWER)])
    async def test_those_asked_at_once_share_what_is_left(self, count: int, most: int) -> None:
        assert await self.cut(Purse(), count, max_tokens=1_000) == most

    async def test_what_others_may_take_is_not_left(self) -> None:
        purse = Purse(tokens=1_000)
        async with purse.share(need()):
            assert await self.cut(purse) == 700

    async def test_money_is_counted_in_tokens_of_the_answer(self) -> None:
        assert await self.cut(Purse(), max_cost=0.0021, rate=DEAR) == 200
        assert await self.cut(Purse(cost=0.0031), rate=DEAR) == 300

    async def test_what_is_free_is_not_bounded_by_money(self) -> None:
        assert await self.cut(Purse(), max_cost=0.01) is None


class TestPurse:
    async def test_without_bounds_it_is_endless(self) -> None:
        purse = Purse()
        async with AsyncExitStack() as stack:
            for _ in range(100):
                await stack.enter_async_context(purse.share(need()))
        assert purse.reached == ""

    @pytest.mark.parametrize(
        ("purse", "told"),
        [
            (Purse(tokens=200), "the run's limit of 200 tokens is reached"),
            (Purse(cost=0.001), "the run's limit of $0.0010 is reached"),
        ],
    )
    async def test_what_is_reached_is_told(self, purse: Purse, told: str) -> None:
        wanted = need(rate=DEAR)
        async with purse.share(wanted) as share:
            share.took(Spent(tokens=200, cost=Cost(0.0011)))
        assert purse.reached == told
        with pytest.raises(Exhausted, match=f"^{told.replace('$', '.')}$"):
            async with purse.share(wanted):
                pass

    async def test_who_might_find_no_room_waits_for_those_under_way(self) -> None:
        purse = Purse(tokens=500)
        async with AsyncExitStack() as first:
            share = await first.enter_async_context(purse.share(need()))
            share.took(Spent(tokens=400))
            second = asyncio.ensure_future(first.enter_async_context(purse.share(need())))
            await asyncio.sleep(0)
            assert not second.done()
            share.took(Spent(tokens=150))
            await first.aclose()
        assert purse.reached == ""

    @given(
        st.integers(1, 5_000),
        st.lists(st.tuples(st.integers(1, 400), st.integers(1, 9_000)), min_size=1, max_size=12),
    )
    def test_nothing_is_asked_once_it_is_empty_and_short_answers_pass_it_by_one(
        self, tokens: int, asked: list[tuple[int, int]]
    ) -> None:
        purse = Purse(tokens=tokens)
        took: list[int] = []

        async def one(prompt: int, wanted: int) -> None:
            mine = need(prompt)
            async with purse.share(mine) as share:
                assert sum(took) < tokens
                cut = mine.cut(1, purse, share)
                await asyncio.sleep(0)
                completion = wanted if cut is None else min(wanted, cut)
                share.took(Spent(tokens=prompt + completion))
                took.append(prompt + completion)

        async def all_of_them() -> None:
            ended = await asyncio.gather(*(one(*each) for each in asked), return_exceptions=True)
            assert {type(error) for error in ended if error} <= {Exhausted}

        asyncio.run(all_of_them())
        if all(wanted <= need().usual for _, wanted in asked):
            assert sum(took) - max(took) < tokens
