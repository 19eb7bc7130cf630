"""Disks that fail at a write, a sync or a rename: it is told, nothing is lost, and it goes on."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pseudocode.errors import StoreError
from pseudocode.events import Approved, CandidateAccepted
from pseudocode.rounds import code_hash
from pseudocode.session import Session
from pseudocode.shelving import accept
from pseudocode.spec.model import Spec
from pseudocode.steps import Accept
from pseudocode.store.accepted import accepted_path, read_accepted
from pseudocode.store.drafts import keep_draft, read_draft
from pseudocode.store.exchange import export, read_folder
from pseudocode.store.files import write_atomically
from pseudocode.store.journal import Journal, read_journal
from pseudocode.store.shelf import FolderShelf
from tests.making import RIGHT, now, round_of, spec_of, started
from tests.unit.test_store_exchange import entry

FAULTS = [errno.EIO, errno.EDQUOT, errno.ENOSPC, errno.EROFS]
everywhere = pytest.mark.parametrize("number", FAULTS, ids=errno.errorcode.get)
at_each_step = pytest.mark.parametrize("step", ["write", "fsync", "replace"])


class Full:
    """Stands in for a stream on a disk that takes nothing."""

    def __init__(self, stream: Any, number: int) -> None:
        self._stream, self._number = stream, number

    def __enter__(self) -> Full:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def write(self, _: str) -> int:
        raise OSError(self._number, os.strerror(self._number))


@contextmanager
def failing(step: str, number: int) -> Iterator[None]:
    """A disk that fails at one step."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    def full(*args: Any, **more: Any) -> Full:
        return Full(open(*args, **more), number)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, step, fail)
        if step == "write":
            patch.setattr("pseudocode.store.files.open", full, raising=False)
        yield


@pytest.fixture
def spec(tmp_path: Path) -> Spec:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "specs").mkdir()
    return spec_of(path=str(tmp_path / "specs" / "sums.py"))


@everywhere
@at_each_step
def test_a_file_is_as_it_was(tmp_path: Path, number: int, step: str) -> None:
    path = tmp_path / "folder" / "a"
    path.parent.mkdir()
    write_atomically(path, "before")
    with failing(step, number), pytest.raises(OSError, match=os.strerror(number)):
        write_atomically(path, "after")
    assert [(p.name, p.read_text()) for p in path.parent.iterdir()] == [("a", "before")]
    write_atomically(path, "after")
    assert path.read_text() == "after"


@everywhere
@pytest.mark.parametrize("step", ["write", "fsync"])
def test_a_journal_keeps_what_it_could_not_write(
    spec: Spec, tmp_path: Path, number: int, step: str
) -> None:
    path = tmp_path / "a.jsonl"
    session, journal = Session(spec), Journal(path, now)
    session.listeners.append(journal)
    session.append(started(spec, approval="person"))
    with failing(step, number):
        round_of(session, RIGHT, "3", "7")
        session.append(Approved(sha256=code_hash(RIGHT)))
        assert not journal.save()
        assert os.strerror(number) in journal.fault
        assert str(path) in journal.fault
    assert journal.save()
    assert journal.fault == ""
    journal.close()
    recording = read_journal(path)
    assert (list(recording.events), recording.skipped) == (session.events, 0)


@everywhere
@at_each_step
def test_an_acceptance_that_fails_is_told_and_can_be_repeated(
    spec: Spec, number: int, step: str
) -> None:
    session, shelf = Session(spec), FolderShelf(now)
    session.append(started(spec, approval="tests"))
    round_of(session, RIGHT, "3", "7")
    ready = session.next_step
    assert isinstance(ready, Accept)
    place = accepted_path(spec.path, spec.module, spec.name)
    with failing(step, number):
        accept(ready.candidate, session, shelf)
        told = getattr(session.next_step, "detail", "")
        assert os.strerror(number) in told
        assert "make room or allow it, then approve again" in told
        assert read_accepted(place) is None
    session.append(Approved(sha256=ready.candidate.sha256))
    accept(ready.candidate, session, shelf)
    assert isinstance(session.events[-1], CandidateAccepted)
    kept = read_accepted(place)
    assert kept is not None
    assert kept.code == RIGHT


@everywhere
@at_each_step
def test_drafts_and_exports(spec: Spec, tmp_path: Path, number: int, step: str) -> None:
    keep_draft(tmp_path, spec, "before")
    with failing(step, number):
        keep_draft(tmp_path, spec, "after")
        assert read_draft(tmp_path, spec) == "before"
        with pytest.raises(StoreError, match=f"cannot export to .*{os.strerror(number)}"):
            export([entry()], tmp_path / "out")
    assert export([entry()], tmp_path / "out") == 1
    assert read_folder(tmp_path / "out").entries == (entry(),)
