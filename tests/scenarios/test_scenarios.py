"""The loop as tables: what the model and the person say, and the facts that follow."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from pseudocode.events import SessionStarted
from pseudocode.loop import Tools, drive
from pseudocode.session import Session
from pseudocode.spec.model import Spec
from pseudocode.store.accepted import read_accepted
from pseudocode.store.journal import Journal, read_journal
from tests.making import RIGHT, now, spec_of, started
from tests.scenarios.playing import TableRunner, derived, names
from tests.scenarios.scripts import DONE, SCENARIOS, Scenario, tools_for


@dataclass
class Played:
    """A scenario as it went."""

    session: Session
    tools: Tools
    journal: Path

    @property
    def spec(self) -> Spec:
        return self.session.spec


async def play(scenario: Scenario, folder: Path) -> Played:
    spec = spec_of(scenario.declaration, options=scenario.options, path=str(folder / "sums.py"))
    scenario.prepare(folder)
    tools = tools_for(scenario, spec)
    session = Session(spec)
    journal = folder / "session.jsonl"
    with closing(Journal(journal, now)) as writing:
        session.listeners.append(writing)
        session.append(started(spec, **scenario.limits))
        for event in scenario.before:
            session.append(event)
        await drive(session, tools)
        for act in scenario.acts:
            session.append(act(folder) if callable(act) else act)
            await drive(session, tools)
    return Played(session, tools, journal)


@pytest.fixture(params=SCENARIOS)
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return SCENARIOS[request.param]


async def test_what_happens(scenario: Scenario, tmp_path: Path) -> None:
    played = await play(scenario, tmp_path)
    assert names(played.session) == scenario.happens.split()
    assert getattr(played.session.next_step, "reason", None) == scenario.ends
    if scenario.reasons:
        reasons = [past.started.reason for past in played.session.rounds]
        assert reasons == scenario.reasons.split()
    if scenario.runs is not None:
        assert isinstance(played.tools.runner, TableRunner)
        assert len(played.tools.runner.codes) == scenario.runs


async def test_what_is_on_the_disk(scenario: Scenario, tmp_path: Path) -> None:
    played = await play(scenario, tmp_path)
    accepted = read_accepted(str(tmp_path / "__pseudocode__" / "sums.add.py"))
    wrote = DONE in scenario.happens.split()
    assert (accepted is not None) == wrote
    if accepted is not None:
        assert accepted.code == RIGHT
        assert accepted.digest == played.spec.digest


async def test_the_recording_equals_the_session(scenario: Scenario, tmp_path: Path) -> None:
    played = await play(scenario, tmp_path)
    recording = read_journal(played.journal)
    assert recording.skipped == 0
    assert list(recording.events) == played.session.events
    replayed = Session.replay(played.spec, recording.events)
    assert derived(replayed) == derived(played.session)


async def test_every_moment_of_the_session_replays(scenario: Scenario, tmp_path: Path) -> None:
    played = await play(scenario, tmp_path)
    live = Session(played.spec)
    for number, event in enumerate(played.session.events, 1):
        live.append(event)
        replayed = Session.replay(played.spec, played.session.events[:number])
        assert derived(replayed) == derived(live)


async def test_rounds_are_numbered_and_counted(scenario: Scenario, tmp_path: Path) -> None:
    session = (await play(scenario, tmp_path)).session
    assert [past.number for past in session.rounds] == list(range(1, len(session.rounds) + 1))
    assert session.total.rounds == sum(past.started.counted for past in session.rounds)
    assert isinstance(session.events[0], SessionStarted)
