"""Policies against a model of known ability: how near they come to the best that is possible."""

from __future__ import annotations

import pytest

from pseudocode.bench.simulated import Ability, simulated
from pseudocode.policy import default_policy

SESSIONS = 100
ROUNDS = 8


@pytest.mark.parametrize(("p", "q"), [(0.1, 0.0), (0.1, 0.3), (0.3, 0.2), (0.05, 0.3)])
async def test_the_default_for_a_model_that_converses_is_near_the_best(p: float, q: float) -> None:
    ability = Ability(right=p, better=q)
    found = await simulated(ability, default_policy("chat"), sessions=SESSIONS, rounds=ROUNDS)
    assert found.rate >= 0.9 * ability.best(ROUNDS)
    assert found.false_accepts == 0


@pytest.mark.parametrize(("p", "q"), [(0.02, 0.3), (0.1, 0.0)])
async def test_a_search_repairs_what_a_fresh_start_would_not_find(p: float, q: float) -> None:
    ability = Ability(right=p, better=q)
    found = await simulated(ability, "search", sessions=2 * SESSIONS, rounds=ROUNDS)
    assert found.rate >= 0.9 * ability.best(ROUNDS)


@pytest.mark.parametrize("p", [0.15, 0.4])
@pytest.mark.parametrize("slips", [0.0, 0.05])
async def test_the_default_for_a_model_that_only_goes_on_is_near_the_best(
    p: float, slips: float
) -> None:
    ability = Ability(right=p, slips=slips)
    found = await simulated(
        ability,
        default_policy("prefill"),
        sessions=25,
        rounds=6,
        style="prefill",
        candidates=8,
    )
    assert found.rate >= 0.9 * ability.best(6, 8)
    assert found.false_accepts < 0.1


async def test_the_first_that_passes_is_wrong_as_often_as_chance_has_it() -> None:
    ability = Ability(right=0.1, slips=0.2)
    found = await simulated(ability, "resample", sessions=SESSIONS, rounds=20)
    expected = 0.9 * 0.2 / (0.1 + 0.9 * 0.2)
    assert found.false_accepts == pytest.approx(expected, abs=0.1)


async def test_feedback_is_worth_what_the_model_makes_of_it() -> None:
    ability = Ability(right=0.1, better=0.4)
    told = await simulated(ability, "classic", sessions=SESSIONS, rounds=4)
    untold = await simulated(ability, "resample", sessions=SESSIONS, rounds=4)
    assert told.rate == pytest.approx(ability.best(4), abs=0.08)
    assert untold.rate == pytest.approx(Ability(right=0.1).best(4), abs=0.08)
