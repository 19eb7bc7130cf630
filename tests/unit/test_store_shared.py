"""The library that several people share: over SQLite always, over PostgreSQL where there is one."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed: pip install -e '.[dev]'")

from sqlalchemy import create_engine, text

from pseudocode.store import shared, shared_tables
from pseudocode.store.database import Database
from pseudocode.store.entries import Entry
from pseudocode.store.library import Library
from pseudocode.store.local import LocalCollection
from pseudocode.store.shared import SharedCollection
from tests import postgresql
from tests.making import now, spec_of
from tests.unit.test_store_exchange import entry

ENTRIES = [
    entry(name=f"double_{n}", code=f"def double_{n}(x):\n    return {n}\n") for n in range(8)
]
SPEC = spec_of('def double_4(x):\n    """Return it twice.\n\n    >>> double_4(1)\n    2\n    """\n')
RIGHT = "def double_4(x):\n    return x + x\n"
SQLITE, POSTGRESQL = "sqlite", "postgresql"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql.server() as url:
        yield url


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a table."""
    if request.param == SQLITE:
        return f"sqlite:///{tmp_path / 'team.db'}"
    address: str = request.getfixturevalue("server")
    execute(address, f"DROP TABLE IF EXISTS {shared_tables.TABLE}")
    return address


def execute(url: str, statement: str) -> None:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


@contextmanager
def opened(url: str, *, create: bool = True) -> Iterator[tuple[SharedCollection, list[str]]]:
    told: list[str] = []
    collection = SharedCollection(url, "the team's", told.append, create=create)
    try:
        yield collection, told
    finally:
        collection.close()


@contextmanager
def library(url: str, folder: Path) -> Iterator[tuple[Library, list[str]]]:
    with (
        opened(url) as (collection, told),
        closing(Database(folder / "own.db", now, told.append)) as database,
    ):
        yield Library([LocalCollection(database)], "here", now, collection), told


def test_what_one_adds_the_other_finds(url: str) -> None:
    with opened(url) as (ours, told), opened(url) as (theirs, more):
        assert ours.add(ENTRIES).result() == len(ENTRIES)
        assert theirs.add(ENTRIES[:3]).result() == 0
        assert {e.id for e in theirs.search("", 99).result()} == {e.id for e in ENTRIES}
        theirs.forget(ENTRIES[0].id).result()
        assert ENTRIES[0] not in ours.search("", 99).result()
        assert told == more == []


def test_an_entry_is_found_by_every_part_of_its_name(url: str) -> None:
    made = [
        entry(name="parseHTTPDate"),
        entry(name="parse_price", stub="def parse_price(x): self.value.cut"),
        entry(name="order", stub='def order(x):\n    """After parse_price. Größe 0x1F."""'),
    ]
    with opened(url) as (collection, told):
        collection.add(made)

        def found(words: str) -> list[Entry]:
            return collection.search(words, 9).result()

        for words in ("parseHTTPDate", "httpdate", "par htt"):
            assert found(words) == [made[0]], words
        assert found("PRICE")[0] == made[1]
        assert found("value cut") == [made[1]]
        assert found("grö 0x1") == [made[2]]
        assert found("rice") == found("value nothing") == found("--'%_") == []
        assert len(collection.search("parse", 2).result()) == 2
        assert told == []


def test_entries_of_any_text_can_be_kept(url: str) -> None:
    strange = Entry(
        kind="\ud800", module="\0", name="a\udfff", stub="\x1b \0 " + "x" * 3000, context="",
        tests="", code="\ud800", model="", tokens=-1, date="", project="", digest="",
    )  # fmt: skip
    with opened(url) as (collection, told):
        assert collection.add([strange]).result() == 1
        assert collection.search("x" * 2000, 9).result() == [strange]
        assert told == []


async def test_a_declaration_finds_it_after_what_is_local(url: str, tmp_path: Path) -> None:
    with library(url, tmp_path) as (found, told):
        assert await found.recall(SPEC) == ()
        with opened(url) as (theirs, _):
            theirs.add([*ENTRIES, entry(name="double_4", digest=SPEC.digest, code=RIGHT)])
        (first, *_) = await found.recall(SPEC)
        assert "x + x" in first.text
        assert first.source == "library"
        # The very declaration is known here: nobody else is asked.
        known = entry(name="double_4", digest=SPEC.digest, code="def double_4(x):\n    return 0\n")
        found.add([known])
        answers = await found.recall(SPEC)
        assert ["return 0" in answer.text for answer in answers] == [True]
        assert told == []


def test_what_was_local_before_can_be_shared(url: str, tmp_path: Path) -> None:
    with library(url, tmp_path) as (found, told), opened(url) as (theirs, _):
        found.add(ENTRIES)
        theirs.add(ENTRIES[:2]).result()
        assert found.share() == len(ENTRIES) - 2
        assert len(theirs.search("", 99).result()) == len(ENTRIES)
        assert told == []


async def test_what_was_changed_on_the_way_is_not_served(url: str, tmp_path: Path) -> None:
    with library(url, tmp_path) as (found, told), opened(url) as (theirs, _):
        theirs.add(ENTRIES)
        theirs.search("", 1).result()
        for change in ("replace(entry, 'return 4', 'return 5')", "'no entry'"):
            execute(url, f"UPDATE {shared_tables.TABLE} SET entry = {change} WHERE name LIKE '%4'")
            left = [known for known in ENTRIES if not known.name.endswith("4")]
            assert {known.id for known in found.search("")} == {known.id for known in left}
            answers = await found.recall(SPEC)
            assert answers
            assert not any("was double_4" in answer.origin for answer in answers)
        assert told == []


def test_many_at_once_lose_nothing(url: str) -> None:
    """They all find no table, and make it."""

    def fill(number: int) -> None:
        with opened(url) as (collection, told):
            for one in range(5):
                collection.add([entry(name=f"f{number}_{one}")])
            collection.search("", 1).result()
            faults.extend(told)

    faults: list[str] = []
    threads = [threading.Thread(target=fill, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with opened(url) as (collection, _):
        assert len(collection.search("", 99).result()) == 20
    assert faults == []


# -- what can be wrong with it


async def assert_done_without(address: str, folder: Path, reason: str) -> str:
    """It is told once, in one line, and all else works."""
    with library(address, folder) as (found, told):
        assert found.add(ENTRIES) == len(ENTRIES)
        assert found.share() is None
        assert len(await found.recall(SPEC)) > 0
        assert len(found.search("")) == len(ENTRIES)
    (line,) = told
    assert reason in line
    assert line.startswith("the team's is not used")
    assert "\n" not in line
    assert postgresql.PASSWORD not in line
    assert postgresql.QUOTED not in line
    return line


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda url: url.replace("s3cret", "wr0ng"), "password authentication failed"),
        (lambda url: url.replace("host=/tmp", "host=/tmp/nowhere"), "No such file"),
        (lambda url: url.replace("/postgres?", "/other?"), 'database "other" does not exist'),
        (lambda url: f"{url}&{postgresql.QUOTED}=1", "invalid"),
    ],
    ids=["password", "place", "database", "option"],
)
async def test_a_server_that_lets_nobody_in(
    server: str, tmp_path: Path, change: Callable[[str], str], reason: str
) -> None:
    line = await assert_done_without(change(server), tmp_path, reason)
    assert "pseudocode-tui library share" in line


async def test_nobody_listens(tmp_path: Path) -> None:
    await assert_done_without("postgresql://a:b@127.0.0.1:9/x", tmp_path, "refused")


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (lambda path: path.mkdir(), "unable to open"),
        (lambda path: path.write_bytes(b"garbage " * 999), "not a database"),
    ],
    ids=["folder", "garbage"],
)
async def test_a_file_that_is_none(
    tmp_path: Path, prepare: Callable[[Path], None], reason: str
) -> None:
    prepare(tmp_path / "team.db")
    await assert_done_without(f"sqlite:///{tmp_path / 'team.db'}", tmp_path, reason)


async def test_a_file_that_is_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_tables, "ANSWER_SECONDS", 0.01)
    path = tmp_path / "team.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as held:
        held.execute("BEGIN EXCLUSIVE")
        await assert_done_without(f"sqlite:///{path}", tmp_path, "locked")


@pytest.mark.parametrize("module", ["sqlalchemy", "psycopg"])
async def test_a_driver_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "pseudocode.store.shared_tables")
    monkeypatch.delattr("pseudocode.store.shared_tables")
    line = await assert_done_without("postgresql://a@127.0.0.1:9/x", tmp_path, module)
    assert "pip install 'pseudocode-tui[shared]'" in line


async def test_it_is_asked_again_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "PAUSE_SECONDS", 0.0)
    path = tmp_path / "later" / "team.db"
    with opened(f"sqlite:///{path}") as (collection, told):
        assert collection.add(ENTRIES).result() is None
        path.parent.mkdir()
        assert collection.add(ENTRIES).result() == len(ENTRIES)
        assert len(told) == 1


def test_who_may_only_read_reads(server: str) -> None:
    execute(server, f"DROP TABLE IF EXISTS {shared_tables.TABLE}")
    execute(server, "DROP ROLE IF EXISTS guest")
    execute(server, f"CREATE ROLE guest LOGIN PASSWORD '{postgresql.PASSWORD}'")
    guest = server.replace("anna", "guest")
    with opened(guest) as (collection, told):
        assert collection.search("", 9).result() == []
        assert "permission denied for schema" in told[0]
    with opened(server) as (ours, _):
        ours.add(ENTRIES).result()
    execute(server, f"GRANT SELECT ON {shared_tables.TABLE} TO guest")
    with opened(guest) as (collection, told):
        assert collection.add([entry(name="more")]).result() is None
        assert len(collection.search("", 99).result()) == len(ENTRIES)
        assert len(told) == 1
        assert "permission denied for table" in told[0]
    execute(server, f"REVOKE ALL ON {shared_tables.TABLE} FROM guest")
    execute(server, "DROP ROLE guest")


def test_looking_makes_nothing(url: str) -> None:
    for _ in range(2):
        with opened(url, create=False) as (collection, told):
            assert collection.search("", 9).result() == []
        assert "holds no library yet" in told[0]
    if url.startswith("sqlite"):
        assert not Path(url.removeprefix("sqlite:///")).exists()
