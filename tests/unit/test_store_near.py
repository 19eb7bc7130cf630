"""Which entries of a library a model is shown beside a declaration, and what of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pseudocode.store.database import Database
from pseudocode.store.entries import Entry
from pseudocode.store.library import Library
from pseudocode.store.local import LocalCollection
from pseudocode.store.near import MAX_LETTERS, nearest
from tests.making import now, spec_of
from tests.unit.test_store_exchange import entry

SPEC = spec_of(
    'def parse_price(text: str) -> int:\n    """Parse a price of an order.\n\n'
    '    >>> parse_price("3")\n    3\n    """\n'
)


def priced(name: str, says: str = "Parse a price of an order.", **values: Any) -> Entry:
    stub = f'def {name}(a, b):\n    """{says}\n\n    >>> {name}(77, 0)\n    78  # hidden\n    """\n'
    code = f"def {name}(a, b):\n    return a\n"
    return entry(**{"name": name, "stub": stub, "code": code, "tests": "assert 79", **values})


def names(*entries: Entry, count: int = 3) -> list[str]:
    return [solved.name for solved in nearest(entries, SPEC, count)]


def test_the_nearest_come_first_whatever_their_shape() -> None:
    far = priced("spell", "Check how a word is spelled.")
    near, nearer = priced("price", "Order of a price."), priced("parse_prices")
    assert names(far, near, nearer) == ["parse_prices", "price"]
    assert names(far, near, nearer, count=1) == ["parse_prices"]


def test_neither_tests_nor_examples_are_shown() -> None:
    (solved,) = nearest([priced("parse_prices")], SPEC, 3)
    assert solved.told == "Parse a price of an order."
    assert "7" not in str(solved)
    assert (
        names(priced("parse_prices", code="def f():\n    '''\n    >>> f()\n    78\n    '''")) == []
    )


def test_the_declaration_itself_is_none_of_its_examples() -> None:
    assert names(priced("parse_prices", digest=SPEC.digest)) == []
    assert names(priced("parse_price", stub=SPEC.stub)) == []
    assert names(priced("parse_prices", kind="file")) == []


def test_what_finds_no_room_is_left_out() -> None:
    large = priced("parse_prices", code="x = 1\n" * (MAX_LETTERS // 6))
    half = [priced(f"parse_price_{n}", code=f"x = {n}\n" * (MAX_LETTERS // 13)) for n in range(3)]
    assert names(large, *half) == ["parse_price_0", "parse_price_1"]
    assert names(priced("parse_prices", stub="def (")) == []


async def test_a_library_is_asked_without_the_shape(tmp_path: Path) -> None:
    told: list[str] = []
    database = Database(tmp_path / "x.db", now, told.append)
    library = Library([LocalCollection(database)], "here", now)
    library.add([priced("parse_prices"), priced("spell", "Check how a word is spelled.")])
    assert [solved.name for solved in await library.near(SPEC, 2)] == ["parse_prices"]
    assert await library.near(spec_of(), 2) == ()
    database.close()
    assert told == []
