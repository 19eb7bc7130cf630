from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pseudocode.errors import StoreError
from pseudocode.events import CandidateChecked, ReplyReceived, RoundStarted
from pseudocode.rounds import Candidate
from pseudocode.session import Session
from pseudocode.store.accepted import read_accepted
from pseudocode.store.shelf import FolderShelf
from tests.making import RIGHT, now, report_of, round_of, session_of, spec_of

SHELF = FolderShelf(now)


def passed(path: Path | str) -> Session:
    session = session_of(spec_of(path=str(path)))
    round_of(session, RIGHT, "3", "7")
    return session


def candidate(session: Session) -> Candidate:
    assert session.best is not None
    return session.best


def test_accepted_code_is_written_with_where_it_comes_from(tmp_path: Path) -> None:
    session = passed(tmp_path / "sums.py")
    path = SHELF.accept(session, candidate(session))
    assert path == str(tmp_path / "__pseudocode__" / "sums.add.py")
    accepted = read_accepted(path)
    assert accepted is not None
    assert accepted.digest == session.spec.digest
    assert accepted.code == RIGHT
    header = Path(path).read_text().split("\n\n")[0]
    for told in ("sums.py", "scripted", "20250102-030405", "2025-01-02T03:04:05", "2 of 2"):
        assert told in header


def test_accepting_again_replaces_the_code(tmp_path: Path) -> None:
    session = passed(tmp_path / "sums.py")
    first = SHELF.accept(session, candidate(session))
    round_of(session, RIGHT.replace("a + b", "b + a"), "3", "7", reason="fresh")
    assert SHELF.accept(session, candidate(session)) == first
    accepted = read_accepted(first)
    assert accepted is not None
    assert "b + a" in accepted.code


def test_a_folder_that_cannot_be_written_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "__pseudocode__").write_text("in the way")
    session = passed(tmp_path / "sums.py")
    with pytest.raises(StoreError, match=r"cannot write .*approve again"):
        SHELF.accept(session, candidate(session))


def test_a_folder_that_has_gone_is_a_store_error(tmp_path: Path) -> None:
    session = passed(tmp_path / "gone" / "sums.py")
    with pytest.raises(StoreError, match="cannot write"):
        SHELF.accept(session, candidate(session))


@given(st.text(st.characters(exclude_categories=[]), max_size=20))
@example("\ud800")
@example("a\n\nimport os\n")
@example("\0")
def test_no_name_that_a_server_gives_its_model_stands_in_the_way(
    tmp_path_factory: pytest.TempPathFactory, model: str
) -> None:
    spec = spec_of(path=str(tmp_path_factory.mktemp("shelf") / "sums.py"))
    session = session_of(spec)
    session.append(RoundStarted(round=1, reason="first", candidates=1, temperature=0.2))
    session.append(ReplyReceived(candidate=0, text=RIGHT, finish="stop", model=model))
    session.append(CandidateChecked(candidate=0, code=RIGHT))
    session.append(report_of(spec, "3", "7"))
    accepted = read_accepted(SHELF.accept(session, candidate(session)))
    assert accepted is not None
    assert (accepted.digest, accepted.code) == (spec.digest, RIGHT)


@pytest.mark.skipif(os.name == "nt", reason="takes no such names")
@pytest.mark.parametrize("name", [b"a\n\nimport os\n#.py", b"\xff.py", b"\x1b[31m.py"])
def test_no_name_of_a_file_stands_in_the_way(tmp_path: Path, name: bytes) -> None:
    session = passed(tmp_path / os.fsdecode(name))
    accepted = read_accepted(SHELF.accept(session, candidate(session)))
    assert accepted is not None
    assert (accepted.digest, accepted.code) == (session.spec.digest, RIGHT)
