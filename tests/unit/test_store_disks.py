"""Databases on disks that are full, fail, or change under them: told once, and nothing is lost."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pseudocode.runner import seccomp, syscalls
from pseudocode.store import asked, database, shared
from pseudocode.store.database import Database
from pseudocode.store.library import Library
from pseudocode.store.local import LocalCollection
from pseudocode.store.replies import Replies
from pseudocode.store.shared import SharedCollection
from tests.making import now
from tests.unit.test_store_database import ENTRIES, MEGABYTE, opened, reply
from tests.unit.test_store_exchange import entry
from tests.unit.test_store_journal import room_for

Pressure = Callable[[Path, Database], AbstractContextManager[None]]
LARGE = "x" * 8000
NOBODY = 65534
linux = pytest.mark.skipif(sys.platform != "linux", reason="works on Linux only")


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again at the next occasion."""
    monkeypatch.setattr(database, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.02)
    monkeypatch.setattr(shared, "PAUSE_SECONDS", 0.0)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk, where one can be mounted; else a folder."""
    folder = tmp_path / "disk"
    folder.mkdir()
    refused = os.system(f"mount -t tmpfs -o size=400k tmpfs {folder} 2>/dev/null")
    yield folder
    if not refused:
        os.system(f"umount -l {folder}")


@contextmanager
def full(path: Path, _: Database) -> Iterator[None]:
    """A disk on which there is no room at all."""
    if not os.path.ismount(path.parent):
        pytest.skip("only root can mount a small disk, on Linux")
    filler = path.parent / "filler"
    with filler.open("wb", buffering=0) as stream:
        for size in (4096, 1):
            try:
                while True:
                    stream.write(b"x" * size)
            except OSError:
                continue
    yield
    filler.unlink()


@contextmanager
def failing(_path: Path, _: Database) -> Iterator[None]:
    """A disk that fails when it is written: files that don't grow any more are one."""
    if os.name == "nt":
        pytest.skip("has no such limit")
    with room_for(100):
        yield


@contextmanager
def bounded(_: Path, kept: Database) -> Iterator[None]:
    """A database that may not grow."""
    kept.tell(lambda c: c.execute("PRAGMA max_page_count = 1").fetchall(), None).result()
    yield
    kept.tell(lambda c: c.execute("PRAGMA max_page_count = 1000000").fetchall(), None).result()


@pytest.mark.parametrize("pressure", [full, failing, bounded])
async def test_what_finds_no_room_is_written_when_there_is_some(
    disk: Path, pressure: Pressure
) -> None:
    path, told = disk / "x.db", list[str]()
    with closing(Database(path, now, told.append)) as kept:
        replies = Replies(kept, MEGABYTE)
        library = Library([LocalCollection(kept)], "here", now)
        replies.keep("before", reply("before"))
        assert library.add(ENTRIES[:1]) == 1
        with pressure(path, kept):
            for number in range(5):
                replies.keep(f"late {number}", reply(LARGE))
            LocalCollection(kept).store(ENTRIES[1])
            assert await replies.load("late 4") is None
            # It can be read as before.
            assert await replies.load("before") == reply("before")
            assert library.search("") == ENTRIES[:1]
            (line,) = told
            assert line.startswith(f"{path} ")
            assert "for now" in line
            assert "\n" not in line
        assert await replies.load("late 0") == await replies.load("late 4") == reply(LARGE)
        assert library.search("") == ENTRIES[:2]
    assert len(told) == 1
    with opened(path) as (replies, library, more):
        assert await replies.load("late 3") == reply(LARGE)
        assert len(library.search("")) == 2
    assert more == []


async def test_what_finds_no_room_until_the_end_is_counted(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "MOST_WAITING", 3)
    with opened(disk / "x.db") as (replies, _, told), ExitStack() as stack:
        replies.keep("before", reply("before"))
        assert await replies.load("before")
        stack.enter_context(room_for(100))
        for number in range(5):
            replies.keep(str(number), reply(LARGE))
        replies._database.close()
    first, last = told
    assert first.endswith("x.db cannot be written for now: disk I/O error")
    assert last.endswith("could not be written until the end; it lacks 5 answers or functions")
    with opened(disk / "x.db") as (replies, _, told):
        assert await replies.load("before") == reply("before")
        assert told == []


def test_what_cannot_be_written_at_all_does_not_stand_in_the_way(tmp_path: Path) -> None:
    """A fault of what is written, not of the file, is told, and the rest goes on."""
    told: list[str] = []
    with closing(Database(tmp_path / "x.db", now, told.append)) as kept:
        kept.keep(lambda c: c.execute("INSERT INTO replies VALUES (1)"))
        kept.keep(lambda c: c.execute("INSERT INTO replies VALUES ('a', '', '', NULL, 0)"))
        LocalCollection(kept).store(ENTRIES[0])
        assert LocalCollection(kept).search("", 9).result() == ENTRIES[:1]
    assert any("could not be asked: NOT NULL" in line for line in told)


# -- system calls that fail in the database's own thread


def refuse(names: tuple[str, ...], number: int) -> None:
    """Let system calls of the running thread fail from here on."""
    column = seccomp.MACHINES[os.uname().machine].column
    known = syscalls.numbers(syscalls.ALWAYS + syscalls.WRITING, column)
    code = [seccomp.Instruction(0x20, 0)]  # the number of the call
    for name in names:
        if name in known:
            fail = seccomp.Instruction(0x06, 0x00050000 | number)
            code += [seccomp.Instruction(0x15, known[name], 0, 1), fail]
    seccomp.load([*code, seccomp.Instruction(0x06, 0x7FFF0000)])


@linux
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EROFS], ids=errno.errorcode.get)
@pytest.mark.parametrize(
    "names",
    [
        ("fsync", "fdatasync"),
        ("write", "pwrite64"),
        ("ftruncate", "fallocate"),
        ("pread64", "read"),
        ("unlink", "unlinkat", "rename", "renameat"),
    ],
    ids=lambda names: names[0],
)
@pytest.mark.parametrize("when", ["from the beginning", "later"])
async def test_calls_that_fail(
    tmp_path: Path, names: tuple[str, ...], number: int, when: str
) -> None:
    if not seccomp.supported():
        pytest.skip("its system calls are not known")
    path, told = tmp_path / "x.db", list[str]()
    kept = {f"kept {number}": reply(f"{number} {LARGE}") for number in range(30)}
    with opened(path) as (replies, _, _told):
        replies.keep("before", reply("before"))
    with closing(Database(path, now, told.append)) as failing_one:
        if when == "later":
            failing_one.tell(lambda c: None, None).result()
        # In the thread that asks, without a look at the file.
        failing_one._thread.submit(refuse, names, number).result()
        replies = Replies(failing_one, MEGABYTE)
        for key, answer in kept.items():
            replies.keep(key, answer)
        assert await replies.load("before") in (reply("before"), None)
    assert len(told) == len(set(told))
    assert all(line.startswith(str(path)) and "\n" not in line for line in told)
    lacking = [int(line.split()[-4]) for line in told if "it lacks" in line]
    with opened(path) as (replies, _, more):
        there = [key for key in kept if await replies.load(key) == kept[key]]
        assert len(there) + sum(lacking) == len(kept)
        assert await replies.load("before") == reply("before")
        assert more == []


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that others can reach, too."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@linux
async def test_a_folder_that_is_shut_and_opened_again(folder: Path) -> None:
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)

    def as_nobody(user: int) -> None:
        if os.geteuid() == 0:  # only the running thread
            ctypes.CDLL(None).setfsuid(user)

    path, told = folder / "x.db", list[str]()
    with closing(Database(path, now, told.append)) as kept:
        kept._thread.submit(as_nobody, NOBODY).result()
        replies = Replies(kept, MEGABYTE)
        folder.chmod(0o555)
        replies.keep("a", reply("a"))
        assert await replies.load("a") is None
        (line,) = told
        assert line.startswith(f"{path} is not used for now: ")
        folder.chmod(0o755)
        assert await replies.load("a") == reply("a")
        # What is open stays so.
        folder.chmod(0o555)
        replies.keep("b", reply("b"))
        assert await replies.load("b") == reply("b")
        folder.chmod(0o755)
    assert len(told) == 1
    with opened(path) as (replies, _, told):
        assert await replies.load("a") == reply("a")
        assert await replies.load("b") == reply("b")
        assert told == []


# -- files that change under an open connection


def without(path: Path) -> None:
    for end in ("", "-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)


def without_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def exchanged(path: Path) -> None:
    without(path)
    with opened(path.with_name("other.db")) as (replies, _, _told):
        replies.keep("theirs", reply("theirs"))
    path.with_name("other.db").replace(path)


@pytest.mark.skipif(os.name == "nt", reason="open files cannot be removed")
@pytest.mark.parametrize("change", [Path.unlink, without, without_folder, exchanged])
async def test_a_file_that_is_removed_or_replaced(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    path = tmp_path / "folder" / "x.db"
    with opened(path) as (replies, library, told):
        replies.keep("before", reply("before"))
        assert await replies.load("before") == reply("before")
        change(path)
        replies.keep("late", reply("late"))
        library.add(ENTRIES[:1])
        assert await replies.load("before") is None
        (line,) = told
        assert (
            line == f"{path} was removed or replaced while it was open; what is there now is used"
        )
    with opened(path) as (replies, library, told):
        assert await replies.load("late") == reply("late")
        assert await replies.load("theirs") in (None, reply("theirs"))
        assert library.search("") == ENTRIES[:1]
        assert told == []


def cut(path: Path, at: float) -> None:
    with suppress(OSError):
        os.truncate(path, int(at * path.stat().st_size))


def flip(path: Path, at: float) -> None:
    with suppress(OSError), path.open("r+b") as stream:
        stream.seek(int(at * path.stat().st_size))
        byte = stream.read(1) or b"\0"
        stream.seek(-len(byte), os.SEEK_CUR)
        stream.write(bytes([byte[0] ^ 0x55]))


def remove(path: Path, _: float) -> None:
    path.unlink(missing_ok=True)


HARMS = {harm.__name__: harm for harm in (cut, flip, remove)}
harm = st.tuples(
    st.sampled_from(sorted(HARMS)),
    st.sampled_from(["", "-wal"]),
    st.floats(0, 1),
    st.integers(0, 8),
)


@pytest.mark.skipif(os.name == "nt", reason="open files cannot be removed")
@settings(max_examples=25, deadline=None)
@given(harms=st.lists(harm, min_size=1, max_size=4))
async def test_whatever_becomes_of_an_open_file_no_wrong_answer_is_served(
    harms: list[tuple[str, str, float, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.db"
        with opened(path) as (ours, library, told), opened(path) as (theirs, _, more):
            for number in range(9):
                for name, end, at, when in harms:
                    if when == number:
                        HARMS[name](Path(f"{path}{end}"), at)
                kept = (ours, theirs)[number % 2]
                kept.keep(str(number), reply(f"{number} {LARGE}"))
                library.add(ENTRIES[number : number + 1])
                for earlier in range(number + 1):
                    answer = await (ours, theirs)[earlier % 2].load(str(earlier))
                    assert answer in (None, reply(f"{earlier} {LARGE}"))
                assert all(found in ENTRIES for found in library.search("double"))
        for lines in (told, more):
            assert len(lines) == len(set(lines))
        with opened(path) as (ours, library, _):
            ours.keep("last", reply("last"))
            assert await ours.load("last") == reply("last")
            assert all(found in ENTRIES for found in library.search(""))


# -- the shared library in a file


@pytest.mark.skipif(os.name == "nt", reason="open files cannot be removed")
def test_a_shared_file_that_is_full_or_gone(disk: Path) -> None:
    pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed")
    path, told = disk / "team.db", list[str]()
    with closing(SharedCollection(f"sqlite:///{path}", "the team's", told.append)) as team:
        team.store(ENTRIES[0])
        assert team.search("", 9).result() == ENTRIES[:1]
        with room_for(path.stat().st_size):
            team.store(entry(code=LARGE * 20))
            assert team.search("", 9).result() == ENTRIES[:1]
            (line,) = told
            assert line.startswith("the team's is not used for now: ")
        assert len(team.search("", 9).result()) == 2
        path.unlink()
        team.store(ENTRIES[1])
        assert team.search("", 9).result() == ENTRIES[1:2]
        assert "no such table" in told[1]
    assert len(told) == 2
