from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pseudocode.events import CandidateAccepted
from pseudocode.figures import added_up, bar, columns, told
from pseudocode.session import Session
from tests.making import RIGHT, round_of, session_of


def worked_on(*, accepted: bool) -> Session:
    """A session of one round."""
    session = session_of()
    round_of(session, RIGHT, "3", "7")
    if accepted:
        session.append(CandidateAccepted(sha256="0", path="x.py"))
    return session


def test_models_and_days_are_told_apart() -> None:
    done, open_ = worked_on(accepted=True), worked_on(accepted=False)
    found = added_up([("2026-01-02", done), ("2026-01-03", open_), ("2026-01-03", done)], 1)
    assert (found.total.sessions, found.total.accepted) == (3, 2)
    assert [(day.name, day.sessions, day.accepted) for day in found.days] == [
        ("2026-01-02", 1, 1),
        ("2026-01-03", 2, 1),
    ]
    assert found.total.tokens == sum(model.tokens for model in found.models)
    lines = "\n".join(told(found))
    assert "2/3" in lines
    assert "1 journals cannot be read" in lines


def test_nothing_is_told_in_words() -> None:
    assert told(added_up([])) == ["No model has been asked here yet."]


@given(st.floats(-1, 2), st.integers(1, 60))
def test_a_bar_is_as_wide_as_it_is_said(share: float, width: int) -> None:
    shown = bar(share, width)
    assert len(shown) == width
    assert (shown.strip() == "") == (round(min(max(share, 0), 1) * width * 8) == 0)


@given(st.lists(st.floats(0, 1e9), max_size=80))
def test_there_is_a_column_for_each_value(values: list[float]) -> None:
    shown = columns(values)
    assert len(shown) == len(values)
    assert all((mark == "·") == (value == 0) for mark, value in zip(shown, values, strict=True))
