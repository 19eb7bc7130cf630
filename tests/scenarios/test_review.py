"""What a person does beside approving: edits, line comments, picks, forks, requests seen first."""

from __future__ import annotations

from typing import Any

import pytest

from pseudocode import prompts
from pseudocode import upcoming as ahead
from pseudocode.comments import place
from pseudocode.events import (
    Approved,
    CandidatePicked,
    ChatMessage,
    Commented,
    CommentMarked,
    Event,
    HandEdited,
    PromptReleased,
    PromptSent,
    Rejected,
    RoundRequested,
)
from pseudocode.loop import Tools, drive
from pseudocode.playback import taken_over
from pseudocode.rounds import code_hash
from pseudocode.sending import divided
from pseudocode.session import Session
from tests.making import MINUS, RIGHT, THREE, TIMES, fenced, session_of, spec_of
from tests.scenarios.playing import (
    ANSWER,
    ROUND,
    Answers,
    PlainChecker,
    TableRunner,
    answer,
    derived,
    names,
)


def upcoming(session: Session, *events: Event) -> PromptReleased | None:
    due = ahead.upcoming(session, *events)
    return due and due.request


TABLE = {
    RIGHT: ("3", "7"),
    MINUS: ("-1", "-1"),
    TIMES: ("2", "12"),
    THREE: ("3", "3"),
}


class NoShelf:
    """Accepts everything, and writes nothing."""

    def accept(self, session: Session, candidate: object) -> str:
        return "somewhere.py"


def tools(*texts: str, table: dict[str, tuple[str, ...]] | None = None) -> Tools:
    answers = Answers([answer(fenced(text)) for text in texts])
    return Tools(answers, TableRunner(table or TABLE), PlainChecker(), NoShelf())


def asked(used: Tools) -> list[tuple[ChatMessage, ...]]:
    assert isinstance(used.provider, Answers)
    return [request.messages for request in used.provider.requests]


def same_when_replayed(session: Session) -> None:
    assert derived(Session.replay(session.spec, session.events)) == derived(session)


def with_person(**values: Any) -> Session:
    return session_of(approval="person", **values)


async def test_a_hand_edit_is_tested_and_waits_like_any_candidate() -> None:
    session, used = with_person(max_rounds=1), tools(MINUS)
    assert (await drive(session, used)).reason == "limit"
    session.append(HandEdited(code=RIGHT, base=code_hash(MINUS)))
    wait = await drive(session, used)
    assert (wait.reason, wait.detail) == ("approval", "all pass")
    assert wait.candidate is not None
    assert wait.candidate.reply.source == "person"
    assert names(session)[-3:] == ["HandEdited", "CandidateChecked", "SuiteFinished"]
    session.append(Approved(sha256=wait.candidate.sha256))
    assert (await drive(session, used)).reason == "done"
    assert len(asked(used)) == 1
    same_when_replayed(session)


async def test_a_hand_edit_that_fails_is_not_sent_to_the_model_unasked() -> None:
    session, used = with_person(), tools(RIGHT, RIGHT)
    await drive(session, used)
    session.append(HandEdited(code=THREE, base=code_hash(RIGHT)))
    wait = await drive(session, used)
    assert (wait.reason, wait.detail) == ("choice", "1 of 2 examples pass")
    assert len(asked(used)) == 1

    session.append(RoundRequested())
    assert (await drive(session, used)).reason == "approval"
    *before, edited, said = asked(used)[1]
    assert tuple(before) == asked(used)[0]
    assert edited == ChatMessage(role="assistant", content=fenced(THREE).partition("\n\n")[2][:-1])
    assert "changed your answer by hand" in said.content
    assert ">>> add(3, 4)\nexpected: 7\ngot: 3" in said.content
    assert session.rounds[1].candidates[0].code == THREE
    same_when_replayed(session)


async def test_a_comment_after_a_hand_edit_begins_from_it() -> None:
    mine = RIGHT.replace("a + b", "a + b  # mine")
    session, used = with_person(), tools(RIGHT, table={**TABLE, mine: ("3", "7")})
    session.append(HandEdited(code=mine))
    await drive(session, used)
    session.append(Commented(text="shorter"))
    await drive(session, used)
    assert "# mine" in asked(used)[0][-2].content
    assert "shorter" in asked(used)[0][-1].content


async def test_what_cannot_be_used_of_a_hand_edit_is_said_and_it_stays() -> None:
    session, used = with_person(), tools()
    session.append(HandEdited(code="def add(a, b:\n"))
    wait = await drive(session, used)
    assert (wait.reason, wait.detail) == ("choice", "cannot be used as it is")
    assert wait.candidate is not None
    assert wait.candidate.checked is not None
    assert "SyntaxError" in wait.candidate.checked.faults[0]
    assert wait.candidate.reply.text == "def add(a, b:\n"
    assert not asked(used)


async def test_fences_in_what_a_person_writes_are_part_of_it() -> None:
    session = with_person()
    code = 'def add(a: int, b: int) -> int:\n    """\n```python\nx\n```\n"""\n    return a + b\n'
    session.append(HandEdited(code=code))
    await drive(session, tools(table={code: ("3", "7")}))
    assert session.best is not None
    assert session.best.code == code


async def test_review_comes_before_a_hand_edit_is_run_too() -> None:
    session, used = with_person(review=True), tools()
    session.append(HandEdited(code=RIGHT))
    assert (await drive(session, used)).reason == "review"


async def test_a_rejected_hand_edit_is_gone_on_from_afresh() -> None:
    session, used = with_person(), tools(RIGHT)
    session.append(HandEdited(code=RIGHT))
    await drive(session, used)
    session.append(Rejected())
    await drive(session, used)
    assert session.rounds[-1].started.reason == "fresh"


async def test_all_answers_that_are_to_be_compared_are_tested_and_one_is_picked() -> None:
    session, used = with_person(), tools(RIGHT, MINUS, THREE)
    session.append(RoundRequested(candidates=3))
    wait = await drive(session, used)
    assert wait.reason == "approval"
    assert [c.report.passed for c in session.rounds[0].candidates.values() if c.report] == [2, 0, 1]
    assert names(session).count("SuiteFinished") == 3

    session.append(CandidatePicked(candidate=2))
    wait = await drive(session, used)
    assert (wait.reason, wait.candidate) == ("choice", session.rounds[0].candidates[2])
    assert session.shown is wait.candidate
    session.append(CandidatePicked(candidate=0))
    assert (await drive(session, used)).candidate is session.rounds[0].candidates[0]
    same_when_replayed(session)


async def test_what_was_picked_is_the_base_of_the_next_round() -> None:
    session, used = with_person(), tools(MINUS, THREE, RIGHT)
    session.append(RoundRequested(candidates=2))
    assert (await drive(session, used)).reason == "choice"
    session.append(CandidatePicked(candidate=0))
    session.append(RoundRequested())
    assert (await drive(session, used)).reason == "approval"
    assert "a - b" in asked(used)[2][-2].content


async def test_a_comparison_without_a_pick_is_gone_on_from_the_best() -> None:
    session, used = with_person(), tools(MINUS, THREE, RIGHT)
    session.append(RoundRequested(candidates=2))
    await drive(session, used)
    session.append(RoundRequested())
    await drive(session, used)
    assert "return 3" in asked(used)[2][-2].content


async def test_a_comment_on_lines_goes_along_with_them_and_stays() -> None:
    session, used = with_person(), tools(MINUS, RIGHT)
    session.append(HandEdited(code=MINUS))
    await drive(session, used)
    about: dict[str, Any] = {
        "line": 2,
        "last": 2,
        "quoted": "    return a - b",
        "sha256": code_hash(MINUS),
    }
    session.append(Commented(text="add them", **about))
    used = tools(RIGHT)
    await drive(session, used)
    assert "About line 2, `return a - b`: add them" in asked(used)[0][-1].content
    (comment,) = session.line_comments
    assert place(comment, RIGHT) == (2, 2, True)
    assert not comment.addressed
    session.append(CommentMarked(number=1, addressed=True))
    assert session.line_comments[0].addressed
    session.append(CommentMarked(number=9, addressed=True))
    same_when_replayed(session)


async def test_a_request_is_held_until_the_person_has_seen_it() -> None:
    session, used = with_person(asks=True), tools(MINUS, RIGHT)
    wait = await drive(session, used)
    assert wait.reason == "request"
    assert not asked(used)
    first = upcoming(session)
    assert first is not None
    session.append(first)
    assert (await drive(session, used)).reason == "request"
    assert asked(used) == [first.messages]

    second = upcoming(session)
    assert second is not None
    edited = (*second.messages[:-1], ChatMessage(role="user", content="just add"))
    session.append(PromptReleased(messages=edited, edited=True))
    assert (await drive(session, used)).reason == "approval"
    assert asked(used)[1] == edited
    sent = [event for event in session.events if isinstance(event, PromptSent)]
    assert [(event.messages, event.edited) for event in sent] == [
        (first.messages, False),
        (edited, True),
    ]
    assert [past.started.reason for past in session.rounds] == ["first", "repair"]
    same_when_replayed(session)


async def test_a_comment_on_a_held_request_goes_into_it() -> None:
    session, used = with_person(asks=True), tools()
    await drive(session, used)
    session.append(Commented(text="mind zero"))
    assert (await drive(session, used)).reason == "request"
    held = upcoming(session)
    assert held is not None
    assert "mind zero" in held.messages[-1].content


async def test_what_comes_next_can_be_looked_at_without_a_trace() -> None:
    session, used = with_person(), tools(MINUS, RIGHT)
    ahead = upcoming(session)
    assert (await drive(session, used)).reason == "approval"
    assert ahead is not None
    assert asked(used)[0] == ahead.messages
    before = derived(session)
    assert upcoming(session) is None
    again = upcoming(session, Commented(text="why not"))
    assert again is not None
    assert "why not" in again.messages[-1].content
    assert derived(session) == before


async def test_an_edited_request_goes_out_at_any_time() -> None:
    session, used = with_person(), tools(RIGHT, MINUS, RIGHT)
    await drive(session, used)
    mine = (ChatMessage(role="user", content="write add"),)
    session.append(RoundRequested())
    session.append(PromptReleased(messages=mine, edited=True))
    await drive(session, used)
    assert asked(used)[1] == mine
    assert asked(used)[2][:1] == mine


async def test_a_fork_begins_with_what_was_said_up_to_a_round() -> None:
    session, used = with_person(), tools(MINUS, RIGHT)
    await drive(session, used)
    cut = [n for n, event in enumerate(session.events) if type(event).__name__ == "RoundStarted"][1]
    earlier = Session.replay(session.spec, session.events[:cut])
    fork = with_person()
    for event in taken_over(earlier):
        fork.append(event)
    used = tools(RIGHT)
    assert (await drive(fork, used)).reason == "approval"
    assert (
        names(fork)
        == f"{ROUND} SuiteFinished RoundStarted PromptSent {ANSWER} SuiteFinished".split()
    )


NETWORK = "import socket\n\ndef add(a: int, b: int) -> int:\n    return a + b\n"


@pytest.mark.parametrize(
    ("kept", "before", "options", "reason"),
    [
        ("there", (), "", "approval"),
        ("there", ("network",), "", "done"),
        ("", (), "", "done"),
    ],
)
async def test_a_regeneration_that_wants_more_needs_a_person(
    kept: str, before: tuple[str, ...], options: str, reason: str
) -> None:
    session = session_of(spec_of(options=options), kept=kept, kept_reaches=before)
    wait = await drive(session, tools(NETWORK, table={NETWORK: ("3", "7")}))
    assert wait.reason == reason
    if reason == "approval":
        assert wait.detail.startswith("wants network now, which the accepted code did not")


@pytest.mark.parametrize("policy", ["search", "repair", "resample", "rank"])
async def test_a_model_that_only_goes_on_is_told_what_the_person_says_and_writes(
    policy: str,
) -> None:
    session = with_person(style="prefill", policy=policy, max_rounds=1, candidates=1)
    many = tools(*[MINUS] * 30)
    await drive(session, many)
    before = len(asked(many))
    session.append(Commented(text="add them"))
    await drive(session, many)
    request, start = asked(many)[before][-2:]
    assert request.content.endswith("Keep in mind:\n- add them")
    assert start.content == prompts.prefill(session.spec)

    before = len(asked(many))
    session.append(HandEdited(code=TIMES))
    await drive(session, many)
    session.append(RoundRequested())
    await drive(session, many)
    request, answer, said, start = asked(many)[before][-4:]
    assert request.content.endswith("Keep in mind:\n- add them")
    assert TIMES in answer.content
    assert "I changed your answer by hand" in said.content
    assert "Keep in mind:" in {p.text.split("\n")[0] for p in divided(asked(many)[before][-4:])}
    same_when_replayed(session)


async def test_the_articles_loop_keeps_comments_when_it_starts_afresh() -> None:
    session = with_person(policy="classic", max_rounds=1)
    used = tools(MINUS, MINUS, MINUS)
    await drive(session, used)
    session.append(Commented(text="mind zero"))
    await drive(session, used)
    session.append(RoundRequested())
    await drive(session, used)
    assert len(asked(used)[-1]) == 2
    assert asked(used)[-1][-1].content.endswith("Keep in mind:\n- mind zero")
