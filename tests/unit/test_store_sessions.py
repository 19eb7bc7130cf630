from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from pseudocode.errors import StoreError
from pseudocode.events import Commented
from pseudocode.session import Session
from pseudocode.spec.model import Spec
from pseudocode.store import state
from pseudocode.store.sessions import Past, Sessions
from tests.making import now, spec_of, started


def declared(root: Path, name: str = "specs/sums.py") -> Spec:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return replace(spec_of(), path=str(path))


def kept(sessions: Sessions, spec: Spec, said: str) -> Past:
    opened = sessions.start(spec, started(spec), sessions.lock(spec))
    opened.session.append(Commented(text=said))
    return opened.close()


def said(past: Past | None) -> list[str]:
    return past.session.comments if past else []


def test_what_is_kept_is_for_the_owner_only(tmp_path: Path) -> None:
    spec = declared(tmp_path)
    past = kept(Sessions(tmp_path, now), spec, "hi")
    made = list((tmp_path / ".pseudocode").rglob("*"))
    assert past.path in made
    for path in (tmp_path / ".pseudocode", *made):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_the_latest_session_of_each_declaration_is_found(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path, now)
    here, there = declared(tmp_path), declared(tmp_path, "other/sums.py")
    kept(sessions, there, "there")
    for text in ("first", "second"):
        kept(sessions, here, text)
    third = replace(here, name="subtract")
    newest = max(p.stem for p in sessions.all() if p.stem)
    found = sessions.latest([here, there, third])
    assert said(found[1]) == ["there"]
    assert found[2] is None
    assert said(found[0]) in (["first"], ["second"])
    assert newest.startswith("20250102-030405-sums.add-")


def test_two_that_begin_in_one_second_and_draw_the_same_have_names_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(("beef", "beef", "beef", "cafe"))
    monkeypatch.setattr("secrets.token_hex", lambda _: next(drawn))
    sessions = Sessions(tmp_path, now)
    here, there = declared(tmp_path), declared(tmp_path, "other/sums.py")
    first, second = kept(sessions, here, "here"), kept(sessions, there, "there")
    assert (first.name[-4:], second.name[-4:]) == ("beef", "cafe")
    assert said(first) == ["here"]


def test_a_project_that_was_moved_keeps_its_sessions(tmp_path: Path) -> None:
    kept(Sessions(tmp_path / "a", now), declared(tmp_path / "a"), "hi")
    (tmp_path / "a").rename(tmp_path / "b")
    (past,) = Sessions(tmp_path / "b", now).latest([declared(tmp_path / "b")])
    assert said(past) == ["hi"]


def test_a_relative_root_is_the_same_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(Sessions(tmp_path, now), declared(tmp_path), "hi")
    monkeypatch.chdir(tmp_path)
    spec = replace(declared(tmp_path), path="specs/sums.py")
    (past,) = Sessions(Path(), now).latest([spec])
    assert said(past) == ["hi"]


def test_going_on_reads_what_another_process_has_added(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path, now)
    spec = declared(tmp_path)
    old = kept(sessions, spec, "one")
    opened = sessions.reopen(old, spec, sessions.lock(spec))
    opened.session.append(Commented(text="two"))
    opened.close()
    again = sessions.reopen(old, spec, sessions.lock(spec))
    assert again.session.comments == ["one", "two"]
    again.close()


def test_where_the_project_cannot_be_written_another_place_is_found(tmp_path: Path) -> None:
    spec = declared(tmp_path / "project")
    (tmp_path / "project" / ".pseudocode").touch()
    sessions = Sessions(tmp_path / "project", now)
    past = kept(sessions, spec, "hi")
    assert past.path.is_relative_to(state.places(tmp_path / "project")[1])
    assert sessions.all() == [past.path]


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    spec = declared(tmp_path)
    for place in state.places(tmp_path):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    with pytest.raises(StoreError, match="there is no place for locks"):
        Sessions(tmp_path, now).lock(spec)


def test_a_journal_of_a_newer_version_is_passed_over(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path, now)
    spec = declared(tmp_path)
    past = kept(sessions, spec, "hi")
    newer = past.path.with_name(past.path.name.replace("20250102", "20260102"))
    newer.write_bytes(b'{"seq":0,"schema":99}\n')
    (found,) = sessions.latest([spec])
    assert said(found) == ["hi"]
    assert newer.read_bytes() == b'{"seq":0,"schema":99}\n'


def test_a_session_without_its_declaration_can_be_looked_at(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path, now)
    past = sessions.read(kept(sessions, declared(tmp_path), "hi").path)
    assert isinstance(past.session, Session)
    assert past.session.spec.id == "sums.add"
