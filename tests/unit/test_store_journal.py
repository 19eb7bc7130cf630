from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.errors import StoreError
from pseudocode.events import Commented, Event, Stopped
from pseudocode.store.journal import Journal, Recording, read_journal
from tests.making import MINUS, RIGHT, now, round_of, session_of


def facts() -> list[Event]:
    session = session_of()
    round_of(session, MINUS, "-1", "-1")
    session.append(Commented(text="add \ud800\n\x00 é"))
    round_of(session, RIGHT, "3", "7", reason="comment", counted=False)
    session.append(Stopped())
    return list(session.events)


def written(path: Path) -> bytes:
    with closing(Journal(path, now)) as journal:
        for event in facts():
            journal(event)
    return path.read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return written(tmp_path_factory.mktemp("journal") / "whole.jsonl")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journal") / "damaged.jsonl"


def read(path: Path, data: bytes) -> Recording:
    path.write_bytes(data)
    return read_journal(path)


def test_what_is_written_is_read_again(whole: bytes, scratch: Path) -> None:
    recording = read(scratch, whole)
    assert list(recording.events) == facts()
    assert set(recording.times) == {"2025-01-02T03:04:05.000+00:00"}
    assert recording.skipped == 0


def test_lines_are_plain_ascii_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    data = written(path)
    assert data.isascii()
    assert data.count(b"\n") == len(facts()) + 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_fact_is_in_the_file_before_it_is_acted_on(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with closing(Journal(path, now)) as journal:
        for number, event in enumerate(facts(), 1):
            journal(event)
            assert len(read_journal(path).events) == number


def test_an_existing_file_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("mine")
    with pytest.raises(StoreError, match="cannot write the journal"):
        Journal(tmp_path / "a.jsonl", now)
    assert (tmp_path / "a.jsonl").read_text() == "mine"


def test_a_file_that_is_not_there_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot read the journal"):
        read_journal(tmp_path / "none.jsonl")


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file grow above a size, as a full disk would."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(os.name == "nt", reason="has no such limit")
def test_a_fact_that_finds_no_room_leaves_no_half_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with closing(Journal(path, now)) as journal:
        journal(Commented(text="first"))
        before = path.read_bytes()
        with room_for(len(before) + 20), pytest.raises(StoreError, match="make room"):
            journal(Commented(text="second"))
        assert path.read_bytes() == before
        journal(Commented(text="third"))
    assert read_journal(path).events == (Commented(text="first"), Commented(text="third"))


def before_damage(data: bytes, at: int) -> int:
    """How many facts stand on lines that end before an offset."""
    return max(0, data[:at].count(b"\n") - 1)


@given(st.data())
def test_a_journal_cut_anywhere_keeps_what_is_whole(
    whole: bytes, scratch: Path, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(whole)))
    recording = read(scratch, whole[:cut])
    kept = before_damage(whole, cut)
    assert list(recording.events[:kept]) == facts()[:kept]
    assert len(recording.events) <= kept + 1
    assert recording.skipped <= 1


@given(st.data())
def test_a_journal_with_bytes_changed_keeps_what_came_before(
    whole: bytes, scratch: Path, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(at, min(len(whole), at + 400)))
    put = data.draw(st.binary(max_size=20) | st.sampled_from([b"[]\n", b'"', b"{}", b"\n\n"]))
    with suppress(StoreError):
        recording = read(scratch, whole[:at] + put + whole[end:])
        kept = before_damage(whole, at)
        assert list(recording.events[:kept]) == facts()[:kept]
        assert len(recording.events) == len(recording.times)


@given(st.data())
def test_only_the_damaged_line_is_lost(whole: bytes, scratch: Path, data: st.DataObject) -> None:
    lines = whole.split(b"\n")
    number = data.draw(st.integers(1, len(facts())))
    lines[number] = lines[number][: data.draw(st.integers(1, len(lines[number]) - 1))]
    recording = read(scratch, b"\n".join(lines))
    assert list(recording.events) == facts()[: number - 1] + facts()[number:]
    assert recording.skipped == 1


FOREIGN = [
    b"[]", b'"abc"', b"5", b"null", b"true", b"{}", b"\x00" * 50, b"\xff\xfe", b"[" * 100_000,
    b'{"schema":1e999}', b'{"schema":"x"}', b'{"schema":null}', b'{"event":["x"]}',
    b'{"event":"Unheard"}', b'["schema"]', b"9" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("line", FOREIGN, ids=lambda line: ascii(line[:20]))
def test_a_foreign_line_is_counted_and_passed_over(
    whole: bytes, scratch: Path, line: bytes
) -> None:
    first, rest = whole.split(b"\n", 1)
    recording = read(scratch, first + b"\n" + line + b"\n" + rest)
    assert list(recording.events) == facts()
    assert recording.skipped == 1


@pytest.mark.parametrize("data", [b"", b"\n\n", b'{"seq":0,"at":"","schema":1}\n'])
def test_a_journal_without_facts_is_empty(scratch: Path, data: bytes) -> None:
    assert read(scratch, data) == Recording((), (), 0)


def test_a_newer_journal_is_not_guessed_at_and_not_touched(scratch: Path) -> None:
    data = b'{"seq":0,"at":"","schema":2}\n{"event":"Novel"}\n'
    with pytest.raises(StoreError, match="newer version"):
        read(scratch, data)
    assert scratch.read_bytes() == data
