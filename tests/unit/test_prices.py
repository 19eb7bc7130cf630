from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.cost import Cost
from pseudocode.events import ChatMessage, ReplyReceived, RoundStarted
from pseudocode.prices import Prices
from pseudocode.settings import Settings
from tests.making import session_of

OPENAI = "https://api.openai.com/v1"


def prices(server: str = OPENAI, **given: Any) -> Prices:
    return Prices(server, Settings(**given))


def reply(**given: Any) -> ReplyReceived:
    usual: dict[str, Any] = {"candidate": 0, "prompt_tokens": 1000, "completion_tokens": 100}
    return ReplyReceived(text="", finish="stop", **{**usual, **given})


def test_a_listed_model_costs_what_the_table_says_on_any_day_and_without_a_network() -> None:
    listed = prices().of("gpt-4o-mini", prompt=1_000_000, completion=0)
    assert listed == pytest.approx(0.15)
    assert prices().of("gpt-4o-mini", prompt=0, completion=1_000_000) == pytest.approx(0.60)


def test_what_the_server_had_read_before_costs_less() -> None:
    full = prices().cost(reply(), "gpt-5-mini")
    half = prices().cost(reply(cached_tokens=500), "gpt-5-mini")
    assert full is not None
    assert half is not None
    assert half < full
    # Some servers count more as cached than they were sent.
    assert prices().cost(reply(cached_tokens=5000), "gpt-5-mini") is not None


def test_the_same_name_elsewhere_has_another_price_or_none() -> None:
    assert not prices("http://127.0.0.1:8080/v1").known("gpt-5-mini")
    assert not prices("https://api.deepseek.com/v1").known("gpt-5-mini")
    assert prices("https://openrouter.ai/api/v1").known("openai/gpt-5-mini")


def test_an_unknown_model_has_no_price_and_is_told_as_such() -> None:
    assert prices().cost(reply(), "made-up-9") is None
    session = session_of()
    session.append(RoundStarted(round=1, reason="first", candidates=2, temperature=0.2))
    session.append(reply())
    assert session.total.cost.unpriced == session.total.tokens == 1100
    session.append(reply(candidate=1, cost=0.25))
    assert str(session.rounds[-1].cost) == "$0.2500 and unknown"


def test_where_a_deployment_has_a_name_of_its_own_the_model_that_answers_counts() -> None:
    azure = prices("https://ours.openai.azure.com/openai")
    assert azure.cost(reply(), "our-deployment") is None
    assert azure.cost(reply(model="gpt-4o-2024-08-06"), "our-deployment") is not None


def test_the_embedded_model_costs_nothing() -> None:
    assert prices("").cost(reply(), "local") == 0
    assert prices("").known("local")


def test_no_tokens_cost_nothing_whatever_the_model() -> None:
    assert prices().cost(reply(prompt_tokens=0, completion_tokens=0), "made-up-9") == 0


def test_a_price_that_the_person_set_goes_before_the_listed_one() -> None:
    own = prices("http://127.0.0.1:8080/v1", price_in=2.0, price_out=10.0)
    assert own.known("whatever")
    assert own.cost(reply(), "whatever") == pytest.approx(0.003)
    assert prices(price_in=0.0, price_out=0.0).cost(reply(), "gpt-5-mini") == 0


def test_what_a_round_will_cost_is_told_before_it() -> None:
    own = prices("http://127.0.0.1:8080/v1", price_in=2.0, price_out=1.0)
    session = session_of(candidates=2)
    sent = (ChatMessage(role="user", content="four" * 100),)
    first = own.expected(sent, "m", 2, session.rounds)
    assert first.dollars == pytest.approx(2 * (2 * 100 + 300) / 1e6)
    session.append(RoundStarted(round=1, reason="first", candidates=2, temperature=0.2))
    session.append(reply())
    session.append(reply(candidate=1, completion_tokens=200))
    then = own.expected(sent, "m", 2, session.rounds)
    assert then.dollars == pytest.approx(2 * (2 * 100 + 150) / 1e6)
    assert prices("http://127.0.0.1:8080/v1").expected(sent, "m", 1, ()).unpriced == 400


@pytest.mark.parametrize(
    ("cost", "told"),
    [
        (Cost(), "$0"),
        (Cost(0.00001), "below $0.0001"),
        (Cost(0.01234), "$0.0123"),
        (Cost(1234.5), "$1,234.50"),
        (Cost(unpriced=3), "cost unknown"),
        (Cost(0.5, 3), "$0.5000 and unknown"),
    ],
)
def test_costs_in_words(cost: Cost, told: str) -> None:
    assert str(cost) == told


costs = st.builds(Cost, st.integers(0, 1000).map(float), st.integers(0, 1000))


@given(costs, costs)
def test_costs_add_up(one: Cost, other: Cost) -> None:
    assert one + other == other + one
    assert one + other - other == one
    assert (one + other).known is None or not (one.unpriced or other.unpriced)
