"""What is accepted where candidates have to agree, and what is tried next."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from pseudocode.events import (
    BehaviourObserved,
    CandidateChecked,
    Flag,
    PromptSent,
    ReplyReceived,
    RoundStarted,
)
from pseudocode.policy import plan
from pseudocode.policy.agreement import VOTES
from pseudocode.prompts import messages
from pseudocode.session import Session
from pseudocode.steps import Accept, Ask, Begin, Observe, Wait
from tests.making import (
    ADD,
    MINUS,
    RIGHT,
    THREE,
    TIMES,
    fenced,
    report_of,
    round_of,
    session_of,
    spec_of,
)

SUM = "def add(a: int, b: int) -> int:\n    return sum([a, b])\n"
OTHER = "def add(a: int, b: int) -> int:\n    return b + a\n"
SUMS = ("3", "7")


def begin(session: Session, candidates: int) -> None:
    number = len(session.rounds) + 1
    session.append(
        RoundStarted(
            round=number,
            reason="first" if number == 1 else "fresh",
            candidates=candidates,
            temperature=0.5,
        )
    )
    session.append(PromptSent(messages=()))


def answer(
    session: Session, index: int, code: str, *got: str, behaves: str = "", flag: bool = False
) -> None:
    """A candidate with its verdict, and what it answers to made-up calls where it passes."""
    flags = (Flag(line=1, reason="odd", doubtful=True),) if flag else ()
    session.append(ReplyReceived(candidate=index, text=fenced(code), finish="stop"))
    session.append(CandidateChecked(candidate=index, code=code, flags=flags))
    if (candidate := session.rounds[-1].candidates[index]).report is None:
        session.append(report_of(session.spec, *got, candidate=index))
    if behaves and candidate.fingerprint not in session.behaviours:
        calls = tuple(map(str, range(len(behaves))))
        seen = BehaviourObserved(candidate=index, calls=calls, answers=tuple(behaves))
        session.append(seen)


def small(policy: str = "search", **values: Any) -> Session:
    return session_of(style="prefill", policy=policy, **values)


def test_what_passes_is_observed_before_anything_is_made_of_it() -> None:
    session = small()
    begin(session, 2)
    answer(session, 0, RIGHT, *SUMS)
    step = session.next_step
    assert isinstance(step, Observe)
    assert step.candidate.code == RIGHT
    assert all(call.startswith("add(") for call in step.calls)


def test_what_passes_is_not_accepted_before_enough_others_agree() -> None:
    session = small()
    begin(session, 3)
    answer(session, 0, RIGHT, *SUMS, behaves="abcd")
    assert session.next_step == Ask((1, 2))
    answer(session, 1, MINUS, "-1", "-1")
    answer(session, 2, OTHER, *SUMS, behaves="abcd")
    assert isinstance(session.next_step, Begin)
    begin(session, 1)
    answer(session, 0, SUM, *SUMS, behaves="abcd")
    step = session.next_step
    assert isinstance(step, Accept)
    assert step.candidate.code == RIGHT


def test_the_same_answer_again_agrees_with_itself_and_is_observed_once() -> None:
    session = small()
    begin(session, VOTES)
    answer(session, 0, RIGHT, *SUMS, behaves="abcd")
    for index in range(1, VOTES):
        assert session.next_step == Ask(tuple(range(index, VOTES)))
        answer(session, index, RIGHT)
    assert isinstance(session.next_step, Accept)


def test_where_two_ways_are_as_strong_neither_is_accepted() -> None:
    session = small()
    begin(session, 2 * VOTES + 1)
    camps = ["abxx"] * (VOTES - 1) + ["abcd"] * VOTES + ["abxx"]
    for index, behaves in enumerate(camps):
        answer(session, index, f"{RIGHT}X = {index}\n", *SUMS, behaves=behaves)
    step = session.next_step
    assert step == Ask((2 * VOTES,))


def test_calls_that_one_does_not_answer_are_not_held_against_it() -> None:
    session = small()
    begin(session, VOTES)
    for index, code in enumerate((RIGHT, OTHER, SUM)):
        answer(session, index, code, *SUMS)
        told = ("a", "b", "c", "" if index else "d")
        session.append(BehaviourObserved(candidate=index, calls=tuple("1234"), answers=told))
    assert isinstance(session.next_step, Accept)


def test_what_answers_all_calls_alike_is_not_accepted() -> None:
    session = small()
    begin(session, VOTES)
    for index in range(VOTES):
        answer(session, index, RIGHT, *SUMS, behaves="aaaaaa")
    assert isinstance(session.next_step, Begin)


def test_a_single_example_takes_one_more_that_agrees() -> None:
    session = small(spec=spec_of(ADD.replace("    >>> add(3, 4)\n    7\n", "")))
    begin(session, VOTES + 1)
    for index in range(VOTES):
        answer(session, index, RIGHT, "3", behaves="abcd")
    assert session.next_step == Ask((VOTES,))
    answer(session, VOTES, RIGHT)
    assert isinstance(session.next_step, Accept)


def test_at_the_end_of_the_budget_only_a_model_that_converses_is_believed_alone() -> None:
    for style, ends in (("prefill", Wait), ("chat", Accept)):
        session = session_of(policy="search", style=style, max_rounds=1)
        begin(session, 1)
        answer(session, 0, RIGHT, *SUMS, behaves="abcd", flag=True)
        assert isinstance(session.next_step, ends)


def test_doubtful_code_is_not_accepted_while_better_may_come() -> None:
    session = small()
    begin(session, 3)
    answer(session, 0, THREE, *SUMS, behaves="3333", flag=True)
    answer(session, 1, THREE, flag=True)
    assert session.next_step == Ask((2,))


def test_a_person_is_shown_the_first_that_passes_at_once() -> None:
    session = small(approval="person")
    begin(session, 3)
    answer(session, 0, RIGHT, *SUMS)
    step = session.next_step
    assert isinstance(step, Wait)
    assert step.reason == "approval"


def test_a_model_that_converses_is_taken_at_its_first_word_unless_that_is_doubtful() -> None:
    session = session_of(policy="search")
    begin(session, 1)
    answer(session, 0, RIGHT, *SUMS, behaves="abcd")
    assert isinstance(session.next_step, Accept)
    doubted = session_of(policy="search")
    begin(doubted, 1)
    answer(doubted, 0, RIGHT, *SUMS, behaves="abcd", flag=True)
    assert isinstance(doubted.next_step, Begin)


def test_ranking_waits_for_all_answers_of_a_round() -> None:
    session = small("rank", candidates=3)
    assert plan(session).candidates == 5
    begin(session, 4)
    for index, code in enumerate((RIGHT, OTHER, SUM)):
        answer(session, index, code, *SUMS, behaves="abcd")
    assert session.next_step == Ask((3,))
    answer(session, 3, TIMES, "2", "12")
    assert isinstance(session.next_step, Accept)


def searched(share_of_examples: str, count: int = 60) -> Counter[str]:
    """What a search does next after one attempt, over sessions with other digests."""
    found: Counter[str] = Counter()
    for number in range(count):
        session = session_of(policy="search", digest=str(number))
        round_of(session, THREE, *(("3", "3") if share_of_examples == "half" else ("0", "0")))
        found[plan(session).reason] += 1
    return found


def test_what_passes_more_is_repaired_more_often() -> None:
    assert searched("half")["repair"] > searched("none")["repair"] > 0
    assert searched("none")["fresh"] > 0


def test_repairs_in_vain_make_a_fresh_start_likelier() -> None:
    def fresh(repairs: int) -> int:
        count = 0
        for number in range(60):
            session = session_of(policy="search", digest=str(number))
            round_of(session, THREE, "3", "3")
            base = session.rounds[0].candidates[0].sha256
            for turn in range(repairs):
                round_of(session, THREE, reason="repair", base=base)
                assert session.rounds[-1].number == turn + 2
            count += plan(session).reason == "fresh"
        return count

    assert fresh(6) > fresh(1)


@pytest.mark.parametrize("style", ["chat", "prefill"])
def test_the_same_facts_give_the_same_plan(style: str) -> None:
    def asked() -> object:
        session = session_of(policy="search", style=style)
        round_of(session, THREE, "3", "3")
        return plan(session)

    assert asked() == asked()


def test_a_small_model_is_asked_in_turns_with_and_without_a_solved_task() -> None:
    session = small(candidates=1, max_rounds=9)
    shots, heats = [], []
    for number in range(4):
        asked = plan(session)
        sent = messages(session, asked)
        assert sent[-1].role == "assistant"
        assert sent[-1].content.endswith("def add(a: int, b: int) -> int:\n")
        shots.append(len(sent))
        heats.append(asked.temperature)
        round_of(session, f"{MINUS}X = {number}\n", "-1", "-1", reason=asked.reason)
    assert shots == [2, 4, 2, 4]
    assert heats[0] == heats[3] < heats[1] < heats[2]
