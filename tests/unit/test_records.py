from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.events import (
    Case,
    ChatMessage,
    Event,
    PromptSent,
    Stopped,
    SuiteFinished,
)
from pseudocode.records import dumps, from_json, to_json
from tests.making import report_of, spec_of, started

KINDS = get_args(Event)
wild_text = st.text(st.characters(exclude_categories=[]))
st.register_type_strategy(str, wild_text)
st.register_type_strategy(float, st.floats(allow_nan=False))
events: st.SearchStrategy[Event] = st.one_of([st.builds(kind) for kind in KINDS])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(events)
def test_every_event_survives_its_json_form(event: Event) -> None:
    line = dumps(to_json(event))
    assert "\n" not in line
    assert line.isascii()
    assert from_json(json.loads(line)) == event


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__name__))
def test_the_json_form_is_flat_and_names_the_kind(kind: Any) -> None:
    @given(st.builds(kind))
    def check(event: Any) -> None:
        record = to_json(event)
        assert record["event"] == kind.__name__
        assert not {"seq", "at", "schema"} & set(record)

    check()


names = st.sampled_from([kind.__name__ for kind in KINDS])
fields = st.sampled_from(
    sorted({name for kind in KINDS for name in kind.__dataclass_fields__} | {"no_such_field"})
)


@given(st.dictionaries(fields, json_values), names | json_values)
def test_any_record_is_an_event_or_a_value_error(record: dict[str, Any], kind: Any) -> None:
    try:
        event = from_json({**record, "event": kind})
    except ValueError:
        return
    assert type(event).__name__ == kind


@given(st.dictionaries(st.text(), json_values))
def test_a_record_without_a_kind_is_refused(record: dict[str, Any]) -> None:
    record.pop("event", None)
    with pytest.raises(ValueError, match="unknown event"):
        from_json(record)


@pytest.mark.parametrize(
    "record",
    [
        {"event": "PromptSent", "messages": [{"role": "user"}]},
        {"event": "PromptSent", "messages": [5]},
        {"event": "PromptSent", "messages": 5},
        {"event": "PromptSent"},
        {"event": "SuiteFinished", "candidate": 0, "cases": [{"call": "f()", "odd": 1}]},
        {"event": "RoundStarted", "round": 1},
    ],
)
def test_a_record_that_lacks_a_part_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"malformed {record['event']}"):
        from_json(record)


@pytest.mark.parametrize(
    "record",
    [
        {"event": "Stopped", "reason": {}},
        {"event": "Commented", "text": 5},
        {"event": "RoundStarted", "round": "x", "reason": "first", "candidates": 1,
         "temperature": 0.2},
        {"event": "PromptSent", "messages": [{"role": [], "content": {}}]},
        {"event": "CandidateChecked", "candidate": 0, "code": None, "faults": "abc"},
    ],
)  # fmt: skip
def test_a_record_with_values_of_another_kind_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="malformed"):
        from_json(record)


def test_fields_that_a_later_version_adds_are_passed_over() -> None:
    assert from_json({"event": "Stopped", "reason": "user", "mood": "calm"}) == Stopped()


def test_what_a_later_version_added_has_a_default() -> None:
    record = json.loads(dumps(to_json(started())))
    del record["permissions"]
    assert from_json(record) == started()


def test_what_is_nested_comes_back_as_what_it_was() -> None:
    event = PromptSent(messages=(ChatMessage(role="user", content="hi\ud800"),))
    assert from_json(json.loads(dumps(to_json(event)))) == event


def suite(*outcomes: Any, error: str = "") -> SuiteFinished:
    cases = tuple(Case(call="f()", outcome=outcome) for outcome in outcomes)
    return SuiteFinished(candidate=0, cases=cases, error=error)


@pytest.mark.parametrize(
    ("report", "passed", "all_passed"),
    [
        (suite("passed", "passed"), 2, True),
        (suite("passed", "failed"), 1, False),
        (suite("passed", "error"), 1, False),
        (suite("passed", "skipped"), 1, True),
        (suite("skipped"), 0, False),
        (suite(), 0, False),
        (suite("passed", error="it crashed"), 1, False),
    ],
)
def test_all_passed_means_that_something_was_checked_and_nothing_failed(
    report: SuiteFinished, passed: int, all_passed: bool
) -> None:
    assert (report.passed, report.all_passed) == (passed, all_passed)


def test_reports_made_for_tests_tell_right_from_wrong() -> None:
    spec = spec_of()
    assert report_of(spec, "3", "7").all_passed
    assert report_of(spec, "3", "8").passed == 1
