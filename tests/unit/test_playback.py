"""The needle of a recording: at every place it is the session that was there."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode import playback
from pseudocode.events import (
    Approved,
    CandidateAccepted,
    Commented,
    Event,
    PermissionsGranted,
    ProviderFailed,
    Rejected,
    ReplyReceived,
    RoundRequested,
    RoundStarted,
    SuiteFinished,
)
from pseudocode.playback import LONGEST_PAUSE, Playback, recorded_spec, taken_over
from pseudocode.rounds import code_hash
from pseudocode.session import Examine, Session
from pseudocode.spec.model import Options
from tests.making import ADD, MINUS, RIGHT, THREE, round_of, session_of, spec_of, started
from tests.scenarios.playing import derived


def recorded(rounds: int = 3) -> list[Event]:
    session = session_of(approval="person")
    for number in range(rounds):
        code, got = ((MINUS, ("-1", "-1")), (THREE, ("3", "3")), (RIGHT, ("3", "7")))[number % 3]
        round_of(session, code, *got, reason="repair" if number else "first")
        if number % 3 == 2 and number + 1 < rounds:
            session.append(Rejected(reason="no"))
            session.append(RoundRequested())
    session.append(Commented(text="use sum"))
    session.append(ProviderFailed(message="gone"))
    return session.events


def played(events: list[Event], **values: float) -> Playback:
    return Playback(spec_of(), events, [float(n) for n in range(len(events))])


@pytest.fixture(autouse=True)
def close_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playback, "CLOSEST", 4)


@given(rounds=st.integers(1, 12), seed=st.integers(0, 99))
def test_every_place_is_the_session_that_was_there(rounds: int, seed: int) -> None:
    events = recorded(rounds)
    tape = played(events)
    draw = random.Random(seed)
    for _ in range(12):
        place = draw.randrange(len(events) + 1)
        tape.seek(place)
        assert derived(tape.session) == derived(Session.replay(spec_of(), events[:place]))
        assert tape.position == place


def test_steps_lead_from_the_start_to_the_end() -> None:
    events = recorded()
    tape = played(events)
    assert [tape.step() for _ in events] == events
    assert tape.at_end
    assert tape.step() is None
    tape.seek(-3)
    assert tape.position == 0
    tape.seek(10_000)
    assert tape.at_end


def test_marks_are_rounds_decisions_and_failures() -> None:
    events = recorded()
    tape = played(events)
    at = {kind: [events[m.position - 1] for m in tape.marks if m.kind == kind] for kind in KINDS}
    assert all(isinstance(event, RoundStarted) for event in at["round"])
    assert len(at["round"]) == 3
    assert [type(event).__name__ for event in at["decision"]] == ["Commented"]
    assert [type(event).__name__ for event in at["failure"]] == [
        "SuiteFinished",
        "SuiteFinished",
        "ProviderFailed",
    ]
    tape.seek(tape.next_mark("round"))
    first = tape.position
    tape.seek(tape.next_mark("round"))
    assert tape.session.round is not None
    assert tape.session.round.number == 2
    assert tape.previous_mark("round") == first
    assert tape.previous_mark("decision") == 0
    tape.seek(10_000)
    assert tape.next_mark("round") == len(events)


KINDS = ("round", "failure", "decision")


def test_pauses_are_shortened_and_clocks_set_back_do_no_harm() -> None:
    events = recorded(1)
    seconds = [0.0, 0.5, 3600.0, 3599.0, 3599.5, 3600.0, 3600.0]
    tape = Playback(spec_of(), events, seconds[: len(events)])
    assert tape.offsets[:5] == (0.0, 0.5, 0.5 + LONGEST_PAUSE, 3.5, 4.0)
    assert list(tape.offsets) == sorted(tape.offsets)
    assert tape.position_at(0.6) == 2
    assert Playback(spec_of(), events, []).length == 0


def test_text_streams_in_while_the_answer_is_under_way() -> None:
    session = session_of()
    session.append(RoundStarted(round=1, reason="first", candidates=1, temperature=0.2))
    reply = ReplyReceived(candidate=0, text="0123456789", finish="stop", seconds=2.0)
    session.append(reply)
    tape = Playback(spec_of(), session.events, [0.0, 0.0, 2.5])
    tape.seek(2)
    assert tape.streamed(0.2) == {}
    assert tape.streamed(1.5) == {0: "01234"}
    assert tape.streamed(2.5) == {}


def test_what_is_taken_over_is_asked_and_tested_again() -> None:
    session = session_of(approval="person")
    round_of(session, RIGHT, "3", "7")
    sha = code_hash(RIGHT)
    session.append(PermissionsGranted(permissions=("may reach a.org",)))
    session.append(Approved(sha256=sha))
    session.append(CandidateAccepted(sha256=sha, path="x.py"))
    live = session_of(approval="person")
    for event in taken_over(session):
        live.append(event)
    assert not live.approved
    assert not live.granted
    assert live.accepted is None
    assert not any(isinstance(event, SuiteFinished) for event in live.events)
    assert isinstance(live.next_step, Examine)


def test_a_round_that_nothing_came_of_is_not_taken_over() -> None:
    session = session_of()
    round_of(session, MINUS, "-1", "-1")
    session.append(RoundStarted(round=2, reason="repair", candidates=1, temperature=0.2))
    kinds = [type(event).__name__ for event in taken_over(session)]
    assert kinds == ["RoundStarted", "PromptSent", "ReplyReceived", "CandidateChecked"]


ODD = r"""def add(a, b):
    '''It says \n and "quoted".

    >>> add(1, 2)
    3
    '''
"""
DECLARATIONS = {
    "function": ADD,
    "async": ADD.replace("def add", "async def add").replace(">>> ", ">>> await "),
    "quotes": ODD,
}


@pytest.mark.parametrize("declaration", DECLARATIONS.values(), ids=DECLARATIONS)
def test_a_recording_tells_what_it_was_about(declaration: str) -> None:
    spec = spec_of(declaration, options="network=['a.org', 'b.org:8080'], env=['KEY'], files=['x']")
    told = recorded_spec([started(spec, permissions=spec.options.permissions)])
    assert told.id == spec.id
    assert told.path == spec.path
    assert told.digest == spec.digest
    assert told.signature == spec.signature
    assert told.stub == spec.stub
    assert [e.source for e in told.examples] == [e.source for e in spec.examples]
    assert told.options.permissions == spec.options.permissions


@given(st.lists(st.sampled_from(["a.org", "b:1", "any"])), st.booleans(), st.lists(st.text()))
def test_permissions_are_known_by_their_words(
    hosts: list[str], everywhere: bool, names: list[str]
) -> None:
    options = Options(
        network=everywhere or tuple(hosts), env=tuple(names), files=("data.csv", "may read x")
    )
    assert Options.permitting(options.permissions).permissions == options.permissions


def test_a_recording_of_anything_else_can_be_looked_at() -> None:
    for stub in ("", "name.yaml\n\nwhat it holds\n", "class A:\n    x: int\n", "\udcff"):
        spec = recorded_spec([replace(started(), stub=stub, spec="sums.deploy/name.yaml")])
        assert spec.name == "deploy/name.yaml"
    assert recorded_spec([]).name == ""
