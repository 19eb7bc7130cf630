"""Going to any place in a long recording, against reading its lines."""

from __future__ import annotations

import json
import time

import pytest

from pseudocode.events import Event
from pseudocode.playback import Playback
from pseudocode.records import dumps, to_json
from tests.benchmarks.measuring import ratio
from tests.making import MINUS, round_of, session_of, spec_of

pytestmark = pytest.mark.benchmark
EVENTS = 100_000


def long_recording() -> list[Event]:
    session = session_of(approval="person")
    while len(session.events) < EVENTS:
        round_of(session, MINUS, "-1", "-1", reason="repair")
    return session.events[:EVENTS]


def test_seeking_in_a_long_recording() -> None:
    events = long_recording()
    lines = [dumps(to_json(event)) for event in events]
    tape = Playback(spec_of(), events, map(float, range(len(events))))

    def reading() -> float:
        started = time.perf_counter()
        for line in lines:
            json.loads(line)
        return time.perf_counter() - started

    def seeking() -> float:
        tape.seek(0)
        started = time.perf_counter()
        tape.seek(len(events) // 2 + 777)  # not where a snapshot is
        return time.perf_counter() - started

    print(f"\nto the middle: {seeking() * 1000:.1f} ms")
    assert ratio(seeking, reading) < 0.25
