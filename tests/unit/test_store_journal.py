from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.errors import StoreError
from pseudocode.events import Approved, Commented, Event, Rejected, SessionStarted, Stopped
from pseudocode.records import SCHEMA
from pseudocode.store.journal import Journal, Recording, read_journal
from tests.making import MINUS, RIGHT, now, round_of, session_of

KEPT = Path(__file__).parent / "journals"


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
def test_what_finds_no_room_waits_in_its_order_and_leaves_no_half_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with closing(Journal(path, now)) as journal:
        journal(Commented(text="first"))
        before = path.read_bytes()
        with room_for(len(before) + 20):
            journal(Commented(text="second"))
            journal(Commented(text="third"))
            assert "cannot write the journal" in journal.fault
            assert not journal.save()
            assert path.read_bytes() == before
        assert journal.save()
        assert not journal.fault
        journal(Commented(text="fourth"))
    said = [Commented(text=text) for text in ("first", "second", "third", "fourth")]
    assert list(read_journal(path).events) == said


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
    recording = read(scratch, data)
    assert (recording.events, recording.skipped) == ((), 0)


def test_a_newer_journal_is_not_guessed_at_and_not_touched(scratch: Path) -> None:
    data = b'{"seq":0,"at":"","schema":3}\n{"event":"Novel"}\n'
    with pytest.raises(StoreError, match="newer version"):
        read(scratch, data)
    assert scratch.read_bytes() == data


@pytest.mark.parametrize("version", range(1, SCHEMA + 1))
def test_a_journal_of_every_version_is_read_for_ever(version: int) -> None:
    recording = read_journal(KEPT / f"version-{version}.jsonl")
    assert list(recording.events)[1:] == facts()[1:]
    assert isinstance(recording.events[0], SessionStarted)
    assert (recording.skipped, recording.schema) == (0, version)


def go_on(path: Path) -> Journal:
    return Journal(path, now, read_journal(path))


@pytest.mark.parametrize("version", range(1, SCHEMA + 1))
def test_a_journal_of_every_version_can_be_gone_on_with(tmp_path: Path, version: int) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes((KEPT / f"version-{version}.jsonl").read_bytes())
    with closing(go_on(path)) as journal:
        journal(Commented(text="later"))
    recording = read_journal(path)
    assert list(recording.events)[1:] == [*facts()[1:], Commented(text="later")]
    assert (recording.skipped, recording.schema) == (0, SCHEMA)
    numbers = [json.loads(line)["seq"] for line in path.read_bytes().splitlines()]
    assert numbers == list(range(len(numbers)))


@given(st.data())
def test_a_torn_last_line_does_not_spoil_what_comes_after(
    whole: bytes, scratch: Path, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(whole)))
    before = read(scratch, whole[:cut])
    with closing(Journal(scratch, now, before)) as journal:
        journal(Commented(text="later"))
    after = read_journal(scratch)
    assert after.events == (*before.events, Commented(text="later"))
    assert after.skipped == before.skipped
    assert scratch.read_bytes().startswith(whole[:cut])


@given(st.data())
def test_no_changed_byte_is_taken_for_what_was_written(
    whole: bytes, scratch: Path, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b not in (whole[at], 10)))
    with suppress(StoreError):
        recording = read(scratch, whole[:at] + bytes([byte]) + whole[at + 1 :])
        known = facts()
        assert all(event in known for event in recording.events)
        assert len(recording.events) >= len(known) - 2
        assert recording.skipped or whole[:at].count(b"\n") == 0


def test_decisions_are_on_the_disk_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    with closing(Journal(tmp_path / "a.jsonl", now)) as journal:
        journal(Stopped())
        assert not synced
        decisions: list[Event] = [Approved(sha256=""), Rejected(), Commented(text="")]
        for count, event in enumerate(decisions, 1):
            journal(event)
            assert journal.due
            journal.sync()
            journal.sync()
            assert len(synced) == count


def test_what_was_deleted_is_not_written_to_unseen(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with closing(Journal(path, now)) as journal:
        path.unlink()
        journal(Commented(text="lost"))
        assert "was deleted" in journal.fault


def test_a_journal_of_absurd_size_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.touch()
    os.truncate(path, 600 << 20)
    with pytest.raises(StoreError, match="larger than 512 MB"):
        read_journal(path)
