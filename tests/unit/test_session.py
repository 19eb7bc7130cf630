from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.bounds import Spent
from pseudocode.cost import Cost
from pseudocode.events import (
    AcceptanceFailed,
    Approved,
    CandidateAccepted,
    CandidateChecked,
    ChatMessage,
    Commented,
    Event,
    PermissionsDenied,
    PermissionsGranted,
    PromptSent,
    ProviderFailed,
    Rejected,
    ReplyReceived,
    RoundRequested,
    RoundStarted,
    RunnerFailed,
    Stopped,
)
from pseudocode.rounds import code_hash
from pseudocode.session import Session
from pseudocode.steps import (
    Accept,
    Ask,
    Begin,
    Check,
    Examine,
    Wait,
)
from tests.making import (
    MINUS,
    RIGHT,
    TIMES,
    fenced,
    report_of,
    round_of,
    session_of,
    spec_of,
    started,
)
from tests.scenarios.playing import derived


def open_round(session: Session, candidates: int = 1) -> None:
    session.append(
        RoundStarted(
            round=len(session.rounds) + 1, reason="first", candidates=candidates, temperature=0.2
        )
    )
    session.append(PromptSent(messages=()))


def reply(index: int = 0, **values: Any) -> ReplyReceived:
    told = {"text": fenced(RIGHT), "finish": "stop", **values}
    return ReplyReceived(candidate=index, **told)


def waits(session: Session) -> str:
    step = session.next_step
    assert isinstance(step, Wait), step
    return step.reason


def kind(session: Session) -> type:
    return type(session.next_step)


def test_nothing_is_done_before_the_start() -> None:
    assert waits(Session(spec_of())) == "start"


def test_the_steps_of_a_round_follow_from_its_facts() -> None:
    session = session_of()
    assert kind(session) is Begin
    open_round(session)
    assert session.next_step == Ask((0,))
    session.append(reply())
    assert isinstance(session.next_step, Check)
    session.append(CandidateChecked(candidate=0, code=RIGHT))
    assert isinstance(session.next_step, Examine)
    session.append(report_of(session.spec, "3", "7"))
    assert isinstance(session.next_step, Accept)
    session.append(CandidateAccepted(sha256=code_hash(RIGHT), path="x.py"))
    assert waits(session) == "done"


def test_only_the_candidates_that_are_missing_are_asked_for() -> None:
    session = session_of(candidates=3)
    open_round(session, 3)
    session.append(reply(1))
    assert kind(session) is Check
    session.append(CandidateChecked(candidate=1, code="", faults=("no code",)))
    assert session.next_step == Ask((0, 2))


def test_once_a_candidate_passes_no_other_is_asked_for_or_looked_at() -> None:
    session = session_of(candidates=3)
    open_round(session, 3)
    for index in (0, 1):
        session.append(reply(index))
    session.append(CandidateChecked(candidate=1, code=RIGHT))
    session.append(report_of(session.spec, "3", "7", candidate=1))
    step = session.next_step
    assert isinstance(step, Accept)
    assert step.candidate.index == 1


def test_listeners_hear_of_each_fact_after_it_was_folded_in_their_order() -> None:
    session = Session(spec_of())
    heard: list[tuple[str, int, bool]] = []
    session.listeners.append(lambda _: heard.append(("first", len(session.events), True)))
    session.listeners.append(
        lambda _: heard.append(("second", len(session.events), session.started is not None))
    )
    session.append(session_of().events[0])
    assert heard == [("first", 1, True), ("second", 1, True)]


def test_review_waits_with_the_candidate_and_goes_on_when_exactly_it_is_approved() -> None:
    session = session_of(review=True)
    round_of(session, RIGHT)
    step = session.next_step
    assert isinstance(step, Wait)
    assert step.reason == "review"
    assert step.candidate is session.shown
    session.append(Approved(sha256=code_hash(MINUS)))
    assert waits(session) == "review"
    session.append(Approved(sha256=code_hash(RIGHT)))
    assert isinstance(session.next_step, Examine)


def test_code_that_asks_for_permission_waits_with_the_candidate_that_would_run() -> None:
    session = session_of(spec_of(options="env=['TOKEN'], files=['a.csv']"), candidates=2)
    open_round(session, 2)
    for index in (0, 1):
        session.append(reply(index))
        session.append(CandidateChecked(candidate=index, code=RIGHT if index else MINUS))
    step = session.next_step
    assert isinstance(step, Wait)
    assert (step.reason, step.candidate) == ("permission", session.rounds[0].candidates[0])
    assert step.detail == "may read the environment variable TOKEN; may read a.csv"
    session.append(PermissionsGranted(permissions=session.spec.options.permissions))
    assert isinstance(session.next_step, Examine)


def test_of_several_candidates_the_reviewed_one_asks_for_permission() -> None:
    session = session_of(spec_of(options="network=True"), candidates=2, review=True)
    open_round(session, 2)
    for index in (0, 1):
        session.append(reply(index))
        session.append(CandidateChecked(candidate=index, code=RIGHT if index else MINUS))
    assert waits(session) == "review"
    session.append(Approved(sha256=code_hash(RIGHT)))
    assert waits(session) == "permission"
    assert session.shown is session.rounds[0].candidates[1]


@pytest.mark.parametrize(
    "granted", [(), ("may reach a.org", "may reach b.org"), ("may reach b.org",)]
)
def test_a_grant_of_something_else_is_none(granted: tuple[str, ...]) -> None:
    session = session_of(spec_of(options="network=['a.org']"))
    session.append(PermissionsGranted(permissions=granted))
    round_of(session, RIGHT)
    assert waits(session) == "permission"


def test_a_denial_rests_and_withdraws_what_was_granted() -> None:
    session = session_of(spec_of(options="network=['a.org']"))
    session.append(PermissionsGranted(permissions=session.spec.options.permissions))
    round_of(session, RIGHT)
    assert isinstance(session.next_step, Examine)
    session.append(PermissionsDenied(permissions=session.spec.options.permissions))
    assert waits(session) == "denied"
    assert session.shown is session.best
    session.append(Commented(text="without a network, please"))
    assert isinstance(session.next_step, Begin)
    round_of(session, MINUS, reason="comment", counted=False)
    assert waits(session) == "permission"


def test_a_recording_of_what_asked_for_less_grants_no_more() -> None:
    recorded = session_of(spec_of(options="network=['a.org']"))
    recorded.append(PermissionsGranted(permissions=("may reach a.org",)))
    round_of(recorded, RIGHT)
    spec = spec_of(options="network=['a.org'], env=['TOKEN']")
    assert waits(Session.replay(spec, recorded.events)) == "permission"


def test_code_that_a_person_has_to_accept_waits_for_approval() -> None:
    session = session_of(approval="person")
    round_of(session, RIGHT, "3", "7")
    assert waits(session) == "approval"
    session.append(Approved(sha256=code_hash(RIGHT)))
    assert isinstance(session.next_step, Accept)


def test_failing_code_is_never_accepted_even_when_it_was_approved() -> None:
    session = session_of(approval="person")
    round_of(session, MINUS, "-1", "-1")
    session.append(Approved(sha256=code_hash(MINUS)))
    assert isinstance(session.next_step, Begin)


@pytest.mark.parametrize("error", ["the time limit was reached", ""])
def test_a_pass_that_broke_off_is_no_pass(error: str) -> None:
    session = session_of()
    round_of(session, RIGHT)
    session.append(report_of(session.spec, "3", "7", error=error))
    assert isinstance(session.next_step, Begin if error else Accept)


def test_a_pass_that_broke_off_is_no_pass_without_examples_either() -> None:
    session = session_of(spec_of("def add(a: int, b: int) -> int: ..."))
    round_of(session, RIGHT)
    session.append(report_of(session.spec, error="loading the code failed"))
    assert isinstance(session.next_step, Begin)


def test_rejecting_code_withdraws_its_approval() -> None:
    session = session_of(approval="person")
    round_of(session, RIGHT, "3", "7")
    session.append(Approved(sha256=code_hash(RIGHT)))
    session.append(CandidateAccepted(sha256=code_hash(RIGHT), path="x.py"))
    session.append(Rejected(reason="on second thoughts, no"))
    assert isinstance(session.next_step, Begin)
    round_of(session, RIGHT, reason="comment", counted=False)
    assert waits(session) == "approval"


def test_of_several_candidates_the_passing_one_is_taken() -> None:
    session = session_of(candidates=2)
    open_round(session, 2)
    for index, code in enumerate((MINUS, RIGHT)):
        session.append(reply(index))
        session.append(CandidateChecked(candidate=index, code=code))
    session.append(report_of(session.spec, "-1", "-1"))
    session.append(report_of(session.spec, "3", "7", candidate=1))
    step = session.next_step
    assert isinstance(step, Accept)
    assert step.candidate.code == RIGHT


def test_the_best_candidate_is_usable_and_passes_most_the_earliest_of_equals() -> None:
    session = session_of(candidates=4)
    open_round(session, 4)
    for index, code in enumerate(("", MINUS, RIGHT, TIMES)):
        session.append(reply(index))
        faults = () if code else ("no code",)
        session.append(CandidateChecked(candidate=index, code=code, faults=faults))
    for index, got in ((1, "-1"), (2, "3"), (3, "3")):
        session.append(report_of(session.spec, got, "0", candidate=index))
    assert session.best is not None
    assert session.best.index == 2


def test_the_same_code_from_two_candidates_is_tested_once() -> None:
    session = session_of(candidates=2, review=True)
    open_round(session, 2)
    for index in (0, 1):
        session.append(reply(index))
        session.append(CandidateChecked(candidate=index, code=MINUS))
    session.append(Approved(sha256=code_hash(MINUS)))
    session.append(report_of(session.spec, "-1", "-1"))
    assert kind(session) is Begin


def test_the_same_code_in_a_later_round_is_not_tested_again() -> None:
    session = session_of()
    round_of(session, MINUS, "-1", "-1")
    round_of(session, MINUS, reason="repair")
    assert session.best is not None
    assert session.best.report is not None
    assert isinstance(session.next_step, Begin)


LIMITS: list[tuple[dict[str, Any], str]] = [
    ({"max_rounds": 1}, "1 round"),
    ({"max_tokens": 10}, "10 tokens"),
    ({"max_generated": 4}, "4 generated tokens"),
    ({"max_seconds": 2.0}, "2 seconds"),
]


@pytest.mark.parametrize(("limit", "told"), LIMITS)
def test_a_limit_ends_the_rounds_until_the_person_asks_for_more(
    limit: dict[str, Any], told: str
) -> None:
    session = session_of(**limit)
    open_round(session)
    session.append(reply(prompt_tokens=6, completion_tokens=4, seconds=1.5, cost=0.25))
    session.append(CandidateChecked(candidate=0, code=MINUS))
    session.append(report_of(session.spec, "-1", "-1", seconds=0.5))
    step = session.next_step
    assert isinstance(step, Wait)
    assert step.reason == "limit"
    assert told in step.detail
    session.append(RoundRequested())
    assert isinstance(session.next_step, Begin)
    assert session.spent == Spent()
    assert session.total == Spent(rounds=1, tokens=10, seconds=2.0, generated=4, cost=Cost(0.25))


def test_candidates_of_a_round_are_waited_for_at_the_same_time() -> None:
    session = session_of(candidates=2)
    open_round(session, 2)
    session.append(reply(0, seconds=3.0))
    session.append(reply(1, seconds=2.0))
    assert session.spent.seconds == 3.0


def test_a_comment_gets_a_round_past_the_limit_and_uses_none_up() -> None:
    session = session_of(max_rounds=1)
    round_of(session, MINUS, "-1", "-1")
    session.append(Commented(text="add them"))
    step = session.next_step
    assert isinstance(step, Begin)
    assert not step.plan.counted
    round_of(session, TIMES, "2", "12", reason="comment", counted=False)
    assert session.spent.rounds == 1
    assert waits(session) == "limit"


HALTS: list[tuple[Event, str]] = [
    (ProviderFailed(message="no network"), "failure"),
    (RunnerFailed(message="no process"), "failure"),
    (AcceptanceFailed(message="disk full"), "failure"),
    (Stopped(), "stopped"),
]


@pytest.mark.parametrize(("halt", "reason"), HALTS)
def test_a_failure_or_a_stop_waits_and_a_request_goes_on(halt: Event, reason: str) -> None:
    session = session_of()
    open_round(session)
    session.append(halt)
    assert waits(session) == reason
    session.append(RoundRequested())
    assert not isinstance(session.next_step, Wait)


def test_what_an_ended_session_holds_is_not_driven_again_by_itself() -> None:
    session = session_of()
    round_of(session, RIGHT, "3", "7")
    session.append(CandidateAccepted(sha256=code_hash(RIGHT), path="x.py"))
    assert waits(Session.replay(session.spec, session.events)) == "done"


def rich_session() -> Session:
    """A session in which most of what can happen has happened."""
    session = session_of(approval="person", candidates=2, max_rounds=2)
    open_round(session, 2)
    session.append(reply(0, prompt_tokens=5))
    session.append(reply(1, text="", finish="cut"))
    session.append(CandidateChecked(candidate=0, code=MINUS))
    session.append(CandidateChecked(candidate=1, code="", faults=("no code",)))
    session.append(report_of(session.spec, "-1", "-1", seconds=1.0))
    session.append(Commented(text="add"))
    round_of(session, RIGHT, "3", "7", reason="comment", counted=False)
    session.append(Approved(sha256=code_hash(RIGHT)))
    session.append(CandidateAccepted(sha256=code_hash(RIGHT), path="x.py"))
    session.append(Rejected())
    open_round(session)
    session.append(ProviderFailed(message="no network"))
    session.append(RoundRequested())
    session.append(reply(finish="stopped"))
    session.append(Stopped())
    return session


@pytest.mark.parametrize("lost", range(len(rich_session().events)))
def test_a_recording_with_a_fact_lost_can_still_be_replayed(lost: int) -> None:
    events = rich_session().events
    session = Session.replay(spec_of(), events[:lost] + events[lost + 1 :])
    assert derived(session)["next_step"] is not None


def test_any_beginning_of_a_recording_can_be_replayed() -> None:
    events = rich_session().events
    for end in range(len(events)):
        assert len(Session.replay(spec_of(), events[:end]).events) == end


def test_the_hash_is_of_the_exact_text() -> None:
    assert code_hash(RIGHT) != code_hash(RIGHT + "\n")
    assert code_hash("\ud800")


def go_on(session: Session) -> Session:
    """The session as another process takes it up from its recording."""
    taken_up = Session.replay(session.spec, session.events)
    taken_up.append(started(session.spec, again=True))
    return taken_up


@given(st.data())
def test_any_part_of_a_recording_can_be_gone_on_with(data: st.DataObject) -> None:
    events = rich_session().events
    kept = data.draw(st.lists(st.booleans(), min_size=len(events), max_size=len(events)))
    session = Session(spec_of())
    for event, is_kept in zip(events, kept, strict=True):
        if is_kept:
            session.append(event)
    assert derived(go_on(session))["next_step"] is not None


def test_going_on_asks_only_for_the_answers_that_were_cut_off() -> None:
    session = session_of()
    session.append(RoundStarted(round=1, reason="first", candidates=3, temperature=0.2))
    session.append(PromptSent(messages=(ChatMessage(role="user", content="add"),)))
    session.append(reply(1))
    session.append(CandidateChecked(candidate=1, code=MINUS))
    session.append(report_of(session.spec, "-1", "-1", candidate=1))
    assert go_on(session).next_step == Ask((0, 2))


def test_a_round_that_was_never_asked_has_not_begun() -> None:
    session = session_of(max_rounds=2)
    round_of(session, MINUS, "-1", "-1")
    session.append(Commented(text="add"))
    before = derived(session)
    session.append(
        RoundStarted(round=2, reason="comment", candidates=1, temperature=0.2, counted=False)
    )
    after = derived(go_on(session))
    assert after["next_step"] == before["next_step"]
    assert (after["spent"], after["total"]) == (before["spent"], before["total"])


def test_a_new_go_that_was_never_asked_is_still_wanted() -> None:
    session = session_of()
    round_of(session, RIGHT, "3", "7")
    session.append(CandidateAccepted(sha256=code_hash(RIGHT), path="x.py"))
    session.append(RoundRequested())
    session.append(RoundStarted(round=2, reason="fresh", candidates=1, temperature=0.2))
    taken_up = go_on(session)
    assert isinstance(taken_up.next_step, Begin)
    assert taken_up.next_step.plan.reason == "fresh"


def test_what_a_recording_grants_counts_for_nothing_when_it_goes_on() -> None:
    session = session_of(spec_of(options="env=['TOKEN']"))
    session.append(PermissionsGranted(permissions=session.spec.options.permissions))
    assert session.permitted
    assert not go_on(session).permitted


def test_what_was_approved_and_then_stopped_is_carried_out() -> None:
    session = session_of(approval="person")
    round_of(session, RIGHT, "3", "7")
    session.append(Approved(sha256=code_hash(RIGHT)))
    session.append(Stopped())
    session.append(RoundRequested())
    assert isinstance(session.next_step, Accept)


def test_code_that_could_not_be_written_can_be_approved_again() -> None:
    session = session_of(approval="person")
    round_of(session, RIGHT, "3", "7")
    session.append(Approved(sha256=code_hash(RIGHT)))
    session.append(AcceptanceFailed(message="no room"))
    assert session.next_step == Wait("failure", "no room", session.best)
    session.append(Approved(sha256=code_hash(RIGHT), replaces="abc"))
    assert isinstance(session.next_step, Accept)


def test_reports_count_no_more_once_what_is_around_the_spec_has_changed() -> None:
    session = session_of(approval="person", around="a")
    round_of(session, RIGHT, "3", "7")
    assert getattr(session.next_step, "reason", None) == "approval"
    session.append(started(session.spec, approval="person", around="a", again=True))
    assert getattr(session.next_step, "reason", None) == "approval"
    session.append(started(session.spec, approval="person", around="b", again=True))
    assert isinstance(session.next_step, Examine)
    assert session.reports == {}
    session.append(Approved(sha256=code_hash(RIGHT)))
    assert isinstance(session.next_step, Examine)
    session.append(report_of(session.spec, "3", "7"))
    assert isinstance(session.next_step, Accept)
    assert Session.replay(session.spec, session.events).next_step == session.next_step


def test_a_changed_declaration_is_tested_and_approved_anew_and_earlier_rounds_stay() -> None:
    session = session_of(approval="person", around="a")
    round_of(session, RIGHT.replace("return", "return 1 +"), "3", "8")
    round_of(session, RIGHT, "3", "7")
    session.append(Approved(sha256=code_hash(RIGHT)))
    assert isinstance(session.next_step, Accept)
    changed = started(session.spec, approval="person", around="a", again=True)
    session.append(replace(changed, digest="another"))
    assert isinstance(session.next_step, Examine)
    assert session.approved == set()
    assert [past.best is not None and past.best.report is not None for past in session.rounds] == [
        True,
        False,
    ]
    session.append(report_of(session.spec, "3", "7"))
    assert getattr(session.next_step, "reason", None) == "approval"
