from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.cost import Cost
from pseudocode.events import CandidateAccepted
from pseudocode.figures import added_up, bar, columns, of_session, overview, told
from pseudocode.session import Session
from pseudocode.store.journal import Journal
from pseudocode.store.sessions import Past, Sessions
from tests.making import RIGHT, now, round_of, session_of


def worked_on(*, accepted: bool) -> Session:
    """A session of one round."""
    session = session_of()
    round_of(session, RIGHT, "3", "7")
    if accepted:
        session.append(CandidateAccepted(sha256="0", path="x.py"))
    return session


def test_models_and_days_are_told_apart() -> None:
    done, open_ = (of_session(worked_on(accepted=accepted)) for accepted in (True, False))
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


def test_lines_that_are_too_long_do_without_their_bars() -> None:
    done = of_session(worked_on(accepted=True))
    found = added_up([("2026-01-02", done)] * 3)
    wide, narrow = told(found, 100), told(found, 50)
    assert max(map(len, wide)) <= 100
    assert max(map(len, narrow)) <= 50
    assert "█" in wide[1]
    dear = replace(done, cost=Cost(unpriced=7))
    assert told(added_up([("2026-01-02", dear)]))[1].endswith("0  unknown")


def written(root: Path, name: str, *, accepted: bool) -> Path:
    """The journal of such a session."""
    path = root / ".pseudocode" / "sessions" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    journal = Journal(path, now)
    for event in worked_on(accepted=accepted).events:
        journal(event)
    journal.close()
    return path


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the journals that were read."""
    names: list[str] = []
    usual = Sessions.read

    def noting(sessions: Sessions, path: Path) -> Past:
        names.append(path.stem)
        return usual(sessions, path)

    monkeypatch.setattr(Sessions, "read", noting)
    return names


def test_what_has_not_changed_is_not_read_again(tmp_path: Path, read: list[str]) -> None:
    for name in ("a", "b", "c"):
        written(tmp_path, name, accepted=name == "a")
    (tmp_path / ".pseudocode" / "sessions" / "none.jsonl").write_text("garbage")
    before = overview(tmp_path)
    assert (before.total.sessions, before.total.accepted, before.total.rounds) == (3, 1, 3)
    assert overview(tmp_path) == before
    assert read == ["a", "b", "c", "none"]
    # What was gone on with is read again, what was deleted is forgotten.
    path = written(tmp_path, "d", accepted=True)
    path.replace(path.with_name("b.jsonl"))
    path.with_name("c.jsonl").unlink()
    after = overview(tmp_path)
    assert (after.total.sessions, after.total.accepted) == (2, 2)
    assert read[4:] == ["b"]
    assert overview(tmp_path) == after
    (tmp_path / ".pseudocode" / "pseudocode.db").write_bytes(b"garbage" * 999)
    assert overview(tmp_path) == after


def test_looking_where_nothing_was_done_makes_nothing(tmp_path: Path) -> None:
    assert told(overview(tmp_path)) == ["No model has been asked here yet."]
    assert not list(tmp_path.glob(".pseudocode*"))


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
