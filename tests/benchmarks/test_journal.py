"""How quickly a long session is opened, against reading its lines as JSON."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from pseudocode.events import Event, RoundStarted
from pseudocode.session import Session
from pseudocode.store.journal import Journal, read_journal
from tests.benchmarks.measuring import ratio
from tests.making import now, round_of, session_of, spec_of

pytestmark = pytest.mark.benchmark
EVENTS = 100_000


def written(path: Path) -> None:
    """A session in which nothing but repairs went on."""
    spec = spec_of()
    journal = Journal(path, now)
    session = session_of(spec, max_rounds=10**9)
    session.listeners.append(journal)
    number = 0
    while len(session.events) < EVENTS:
        number += 1
        code = f"def add(a: int, b: int) -> int:\n    return a - b - {number}\n"
        round_of(session, code, "-1", "-1", reason="repair")
    journal.close()


def test_opening_and_folding_costs_less_than_three_times_the_json(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    written(path)
    spec = spec_of()

    def ours() -> float:
        started = time.perf_counter()
        events: tuple[Event, ...] = read_journal(path).events
        session = Session.replay(spec, events)
        seconds = time.perf_counter() - started
        assert len(session.rounds) == sum(isinstance(e, RoundStarted) for e in events)
        return seconds

    def theirs() -> float:
        started = time.perf_counter()
        with path.open(encoding="ascii") as stream:
            records = [json.loads(line) for line in stream]
        seconds = time.perf_counter() - started
        assert len(records) > EVENTS
        return seconds

    assert ratio(ours, theirs, runs=5) < 3
