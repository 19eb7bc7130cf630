from __future__ import annotations

import pytest

from pseudocode.events import Commented, Rejected, ReplyReceived, RoundRequested, RoundStarted
from pseudocode.policy import POLICIES, plan
from pseudocode.policy.plain import CLASSIC_TEMPERATURE
from pseudocode.policy.repair import (
    FRESH_TEMPERATURES,
    MAX_REPAIRS,
    PREFILL_TEMPERATURES,
    REPAIR_TEMPERATURE,
)
from pseudocode.prompts import messages
from tests.making import MINUS, RIGHT, THREE, TIMES, round_of, session_of


def test_the_first_round_is_a_first_round() -> None:
    first = plan(session_of(candidates=3))
    assert (first.reason, first.candidates, first.counted) == ("first", 3, True)
    assert first.temperature == FRESH_TEMPERATURES[0]


def test_a_failed_round_is_repaired_with_little_heat() -> None:
    session = session_of()
    round_of(session, MINUS, "-1", "-1")
    repair = plan(session)
    assert (repair.reason, repair.temperature) == ("repair", REPAIR_TEMPERATURE)


def test_faulty_code_is_repaired_too() -> None:
    session = session_of()
    round_of(session, MINUS, faults=("SyntaxError",))
    assert plan(session).reason == "repair"


def test_after_enough_repairs_comes_a_fresh_start_and_then_repairs_again() -> None:
    session = session_of()
    round_of(session, MINUS, "-1", "-1")
    for number in range(MAX_REPAIRS):
        assert plan(session).reason == "repair"
        round_of(session, f"{TIMES}#{number}\n", "2", "12", reason="repair")
    fresh = plan(session)
    assert (fresh.reason, fresh.temperature) == ("fresh", FRESH_TEMPERATURES[1])
    round_of(session, THREE, "3", "3", reason="fresh")
    assert plan(session).reason == "repair"


def test_a_repair_that_changes_nothing_is_not_repaired_again() -> None:
    session = session_of()
    round_of(session, MINUS, "-1", "-1")
    round_of(session, MINUS, reason="repair")
    assert plan(session).reason == "fresh"


def test_a_repair_that_makes_it_worse_is_not_repaired_again() -> None:
    session = session_of()
    round_of(session, THREE, "3", "3")
    round_of(session, MINUS, "-1", "-1", reason="repair")
    assert plan(session).reason == "fresh"


def test_a_comment_is_taken_up_in_the_conversation_and_is_not_counted() -> None:
    session = session_of()
    round_of(session, MINUS, "-1", "-1")
    session.append(Commented(text="add"))
    comment = plan(session)
    assert (comment.reason, comment.counted) == ("comment", False)


def test_a_comment_round_does_not_use_up_a_repair() -> None:
    session = session_of()
    round_of(session, MINUS, "-1", "-1")
    round_of(session, TIMES, "2", "12", reason="comment", counted=False)
    round_of(session, THREE, "3", "3", reason="repair")
    assert plan(session).reason == "repair"


def test_a_rejection_without_a_reason_starts_afresh() -> None:
    session = session_of(approval="person")
    round_of(session, RIGHT, "3", "7")
    session.append(Rejected())
    assert plan(session).reason == "fresh"


def test_a_rejection_without_a_reason_starts_afresh_after_an_earlier_comment_too() -> None:
    session = session_of(approval="person")
    round_of(session, MINUS, "-1", "-1")
    session.append(Commented(text="add"))
    round_of(session, RIGHT, "3", "7", reason="comment", counted=False)
    session.append(Rejected())
    assert plan(session).reason == "fresh"


def test_another_go_after_passing_code_has_nothing_to_repair() -> None:
    session = session_of(approval="person")
    round_of(session, RIGHT, "3", "7")
    session.append(RoundRequested())
    assert plan(session).reason == "fresh"


def test_a_stopped_round_is_not_carried_further_even_with_a_comment() -> None:
    session = session_of()
    session.append(RoundStarted(round=1, reason="first", candidates=1, temperature=0.2))
    session.append(ReplyReceived(candidate=0, text="def ad", finish="stopped"))
    assert plan(session).reason == "fresh"
    session.append(Commented(text="be quick"))
    assert plan(session).reason == "fresh"


def test_a_model_that_continues_texts_is_sampled_afresh_and_warmer() -> None:
    session = session_of(style="prefill", policy="repair")
    heats = []
    for number in range(6):
        heats.append(plan(session).temperature)
        round_of(session, f"{MINUS}#{number}\n", "-1", "-1", reason=plan(session).reason)
    assert heats == [*PREFILL_TEMPERATURES, *[PREFILL_TEMPERATURES[-1]] * 2]
    session.append(Commented(text="add"))
    assert plan(session).reason == "fresh"


@pytest.mark.parametrize("reason", ["first", "repair"])
def test_a_temperature_that_the_person_fixed_is_kept(reason: str) -> None:
    session = session_of(temperature=0.0)
    if reason == "repair":
        round_of(session, MINUS, "-1", "-1")
    assert (plan(session).reason, plan(session).temperature) == (reason, 0.0)


def test_the_classic_loop_repairs_to_the_end_with_one_answer_at_its_own_heat() -> None:
    session = session_of(policy="classic", candidates=8, style="prefill", max_rounds=9)
    for number in range(6):
        asked = plan(session)
        assert (asked.candidates, asked.temperature) == (1, CLASSIC_TEMPERATURE)
        assert (asked.reason, asked.form) == ("repair" if number else "first", "classic")
        round_of(session, MINUS, "-1", "-1", reason=asked.reason)


@pytest.mark.parametrize("style", ["chat", "prefill"])
def test_resampling_tells_nothing_of_what_failed_and_keeps_its_heat(style: str) -> None:
    session = session_of(policy="resample", style=style, candidates=3)
    first = plan(session)
    round_of(session, MINUS, "-1", "-1")
    again = plan(session)
    assert (first.reason, again.reason, again.candidates) == ("first", "fresh", 3)
    assert first.temperature == again.temperature > 0
    assert messages(session, again) == messages(session_of(style=style), first)


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_each_policy_takes_up_what_the_person_says(name: str) -> None:
    session = session_of(policy=name)
    assert plan(session).reason == "first"
    round_of(session, MINUS, "-1", "-1")
    session.append(Commented(text="add them up"))
    asked = plan(session)
    assert not asked.counted
    assert "add them up" in messages(session, asked)[-1].content


def test_a_policy_that_is_not_known_any_more_gives_way_to_the_default() -> None:
    assert plan(session_of(policy="gone")) == plan(session_of())
