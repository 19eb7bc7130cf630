"""The database: what was written comes back or not at all, whatever became of the file."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pseudocode.events import ReplyReceived
from pseudocode.store.database import Database
from pseudocode.store.entries import Entry
from pseudocode.store.library import Library
from pseudocode.store.local import LocalCollection
from pseudocode.store.replies import Replies
from tests.making import now, spec_of
from tests.unit.test_store_exchange import entry

MEGABYTE = 1_000_000
ENTRIES = [
    entry(name=f"double_{n}", code=f"def double_{n}(x):\n    return {n}\n") for n in range(30)
]
REPLIES = {f"{n:064x}": f"answer {n} " * 40 for n in range(60)}
SPEC = spec_of('def double_4(x):\n    """Return it twice.\n\n    >>> double_4(1)\n    2\n    """\n')


def reply(text: str) -> ReplyReceived:
    return ReplyReceived(candidate=0, text=text, finish="stop", prompt_tokens=1)


@contextmanager
def opened(path: Path) -> Iterator[tuple[Replies, Library, list[str]]]:
    told: list[str] = []
    database = Database(path, now, told.append)
    try:
        yield Replies(database, MEGABYTE), Library([LocalCollection(database)], "here", now), told
    finally:
        database.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("filled") / "x.db"
    with opened(path) as (replies, library, told):
        library.add(ENTRIES)
        for key, text in REPLIES.items():
            replies.keep(key, reply(text))
    assert not told
    return path.read_bytes()


@contextmanager
def a_file(data: bytes) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp())
    try:
        (folder / "x.db").write_bytes(data)
        yield folder / "x.db"
    finally:
        shutil.rmtree(folder)


async def read_everything(path: Path) -> tuple[int, int, list[str]]:
    """Ask for all there is; what comes must be as it was written."""
    with opened(path) as (replies, library, told):
        kept = [await replies.load(key) for key in REPLIES]
        assert all(
            r is None or r == reply(text) for r, text in zip(kept, REPLIES.values(), strict=True)
        )
        found = library.search("")
        assert all(known in ENTRIES for known in found)
        assert all(known in ENTRIES for known in library.search("double"))
        for answer in await library.recall(SPEC):
            assert answer.text.startswith("```python\ndef double_4(x):\n    return ")
        replies.keep("new", reply("new"))
        again = await replies.load("new")
        assert again in (None, reply("new"))
    return sum(r is not None for r in kept), len(found), told


async def test_all_comes_back(filled: bytes) -> None:
    with a_file(filled) as path:
        assert await read_everything(path) == (60, 30, [])


@settings(max_examples=150)
@given(data=st.data())
async def test_flipped_bytes_are_never_served(filled: bytes, data: st.DataObject) -> None:
    changed = bytearray(filled)
    places = data.draw(st.lists(st.integers(0, len(filled) - 1), min_size=1, max_size=40))
    for place in places:
        changed[place] ^= data.draw(st.integers(1, 255))
    with a_file(bytes(changed)) as path:
        await read_everything(path)


async def test_a_letter_that_was_changed_shows(filled: bytes) -> None:
    """Nothing of the file's own form is damaged, so that only the checksums can tell."""
    changed = filled.replace(b"    return 4\\n", b"    return 5\\n").replace(
        b"answer 7 a", b"answer 8 a"
    )
    assert len(changed) == len(filled)
    with a_file(changed) as path:
        assert await read_everything(path) == (59, 29, [])


@settings(max_examples=60)
@given(data=st.data())
async def test_half_a_file_is_set_aside_or_read(filled: bytes, data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(filled)))
    with a_file(filled[:length] + data.draw(st.binary(max_size=100))) as path:
        await read_everything(path)


async def test_the_library_is_saved_from_a_damaged_file(filled: bytes) -> None:
    # The pages of the answers come last.
    with a_file(filled[: len(filled) - 8192]) as path:
        kept, found, told = await read_everything(path)
        assert len(told) == 1
        assert "was damaged" in told[0]
        assert "30 functions of its library were saved" in told[0]
        assert (kept, found) == (0, 30)
        assert [aside.read_bytes() for aside in path.parent.glob("x.db.corrupt-*[0-9]")]
        assert await read_everything(path) == (0, 30, [])


async def test_the_bound_holds_and_the_longest_unused_go_first(tmp_path: Path) -> None:
    told: list[str] = []
    database = Database(tmp_path / "x.db", now, told.append)
    replies = Replies(database, 10_000)
    for number in range(50):
        replies.keep(str(number), reply("x" * 900))
        # The first is asked for all the time.
        assert await replies.load("0") is not None
        contents = replies.contents()
        assert contents is not None
        assert contents.size <= 10_000
    assert await replies.load("49") is not None
    assert await replies.load("1") is None
    replies.keep("large", reply("x" * 20_000))
    assert await replies.load("large") is None
    assert replies.clear() is not None
    assert await replies.load("0") is None
    database.close()
    assert not told


async def test_two_processes_worth_of_connections_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with opened(path) as (ours, _, told), opened(path) as (theirs, library, more):
        for number in range(100):
            (ours if number % 2 else theirs).keep(str(number), reply(f"answer {number}"))
        library.add(ENTRIES)
        ours.contents(), theirs.contents()
        for number in range(100):
            kept = await (theirs if number % 2 else ours).load(str(number))
            assert kept == reply(f"answer {number}")
    assert told == more == []


def test_an_entry_is_found_by_every_part_of_its_name(tmp_path: Path) -> None:
    made = [entry(name="parseHTTPDate"), entry(name="parse_price", stub="def parse_price(x): ...")]
    with opened(tmp_path / "x.db") as (_, library, _told):
        library.add(made)
        for text in ("parseHTTPDate", "httpdate", "PARSE", "par htt"):
            assert made[0] in library.search(text), text
        assert library.search("price") == [made[1]]
        assert library.named("parse_price") == [made[1]]
        library.forget(made[1])
        assert library.search("price") == []


@given(st.text())
def test_no_search_is_an_error(text: str) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Path(folder) / "x.db") as (_, library, told),
    ):
        library.add([entry()])
        assert library.search(text) in ([], [entry()])
        assert told == []


def test_entries_of_any_text_can_be_kept(tmp_path: Path) -> None:
    strange = Entry(
        kind="\ud800", module="\0", name="a\udfff", stub="\x1b", context="", tests="",
        code="\ud800", model="", tokens=-1, date="", project="", digest="",
    )  # fmt: skip
    with opened(tmp_path / "x.db") as (_, library, told):
        assert library.add([strange]) == 1
        assert library.add([strange]) == 0
        assert library.search("") == [strange]
        assert told == []
