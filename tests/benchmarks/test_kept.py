"""What is kept against what would have to be asked for, and the library when it has grown."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pseudocode.events import ChatMessage
from pseudocode.loop import Request
from pseudocode.providers.cache import CachedProvider
from pseudocode.providers.chat import ChatProvider
from pseudocode.providers.endpoint import Endpoint
from pseudocode.store.database import Database
from pseudocode.store.entries import Entry
from pseudocode.store.library import Library
from pseudocode.store.local import LocalCollection
from pseudocode.store.replies import Replies
from tests.benchmarks.measuring import ratio
from tests.benchmarks.test_verdict import bare_python
from tests.making import now, spec_of
from tests.server import ModelServer, code
from tests.unit.test_store_exchange import entry

pytestmark = pytest.mark.benchmark
FUNCTION = "def add(a, b):\n" + "    # a line of a longer function\n" * 20 + "    return a + b\n"
WORDS = """
parse format sort merge split join date time number string list tree graph node edge path file line
word char count sum mean median config color price order user name email url token hash key table
row column cell invoice customer weight length angle point vector matrix
""".split()  # noqa: SIM905
WANTED = '''\
def parse_price(line: str) -> str:
    """Parse the price in the line of an order.

    >>> parse_price("1")
    1
    """
'''


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "x.db", now, pytest.fail)
    yield made
    made.close()


def test_a_kept_answer_against_that_of_a_local_server(
    loop: asyncio.Runner, database: Database, model_server: ModelServer
) -> None:
    model_server.otherwise = lambda asked: code(FUNCTION)
    chat = ChatProvider(Endpoint(base_url=model_server.url, model="m"))
    cached = CachedProvider(chat, Replies(database, 1_000_000))
    request = Request(
        messages=(ChatMessage(role="user", content="x" * 4000),), temperature=0.2, sample=1000
    )

    def seconds(provider: CachedProvider | ChatProvider) -> float:
        started = time.perf_counter()
        reply = loop.run(provider.reply(request, lambda text: None))
        assert FUNCTION.strip() in reply.text
        return time.perf_counter() - started

    seconds(cached)
    before = len(model_server.requests)
    measured = ratio(lambda: seconds(cached), lambda: seconds(chat))
    assert len(model_server.requests) - before == 12  # only those of the baseline
    loop.run(chat.close())
    assert measured < 0.5


def _entries(count: int) -> Iterator[Entry]:
    chance = random.Random(1)
    for number in range(count):
        a, b, c, d = chance.sample(WORDS, 4)
        name = f"{a}_{b}_{number}"
        parameters = ("text: str", "a: int, b: int", "items: list[int]")[number % 3]
        stub = f'def {name}({parameters}) -> str:\n    """Return the {a} of a {b} as {c}, {d}."""\n'
        yield entry(name=name, stub=stub, code=f"{stub}    return {number}\n", digest=str(number))


def test_looking_up_among_ten_thousand_entries(loop: asyncio.Runner, database: Database) -> None:
    library = Library([LocalCollection(database)], "here", now)
    assert library.add(_entries(10_000)) == 10_000
    wanted = spec_of(WANTED)

    def recall() -> float:
        started = time.perf_counter()
        assert len(loop.run(library.recall(wanted))) == 3
        return time.perf_counter() - started

    def search() -> float:
        started = time.perf_counter()
        assert library.search("parse price", 20)
        return time.perf_counter() - started

    # An interpreter that does nothing takes about 20 ms.
    assert ratio(recall, bare_python) < 1
    assert ratio(search, bare_python) < 1
