"""The table of a shared library, and how it is asked; PostgreSQL has an index of its words."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, quote_plus

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    case,
    cast,
    create_engine,
    delete,
    func,
    inspect,
    literal,
    literal_column,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.pool import NullPool

from pseudocode.store.entries import STEM, Entry, whole_entries, words_in

TABLE = "pseudocode_library_1"
"""Ends in the version of its form; a newer program uses another."""
CONNECT_SECONDS = 5
ANSWER_SECONDS = 5
MAX_LETTERS = 4 << 20
"""Of one entry."""
MAX_WORD = 40
_NOTHING = "it holds no library yet, the first acceptance makes one"
_ROW = ("id", "entry", "sha256", "shape", "name", "words")
# Made of the words as they are: a parser of prose would take names with dots for hosts.
_VECTOR = "array_to_tsvector(string_to_array(terms, ' '))"
_LIBRARY = Table(
    TABLE,
    MetaData(),
    Column("number", Integer, primary_key=True),
    Column("id", Text, unique=True, nullable=False),
    *(Column(name, Text, nullable=False) for name in _ROW[1:]),
    Column("terms", Text, nullable=False),
    Index(f"{TABLE}_shape", "shape"),
    Index(f"{TABLE}_terms", literal_column(_VECTOR), postgresql_using="gin").ddl_if(
        dialect="postgresql"
    ),
)
_C = _LIBRARY.c


class SharedTables:
    """A connection to the database, with the table in it."""

    def __init__(self, url: str, *, create: bool) -> None:
        """Connect, and make the table where there is none.

        Raises:
            ImportError: When the driver is missing.
            LookupError: When there is no table, and none is to be made.
            Exception: Whatever the driver says, as SQLAlchemy's or its own.
        """
        made = _completed(url)
        self._lite = made.get_backend_name() == "sqlite"
        if self._lite and not create and not Path(made.database or "").exists():
            raise LookupError(_NOTHING)  # to look would make the file
        self._engine = _engine(made)
        try:
            _make_table(self._engine, create=create)
        except BaseException:
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()

    def nearest(self, shape: str, words: list[str], limit: int) -> list[Entry]:
        """Entries of a shape, or any, with words which begin as these do, most of them first."""
        begun = [word[:STEM] for word in words]
        shaped = _C.shape == shape if shape else true()
        return self._read(begun, limit, and_(shaped, self._has(begun, every=False)))

    def search(self, text: str, limit: int) -> list[Entry]:
        """Entries in which all these words begin a word; without words all."""
        begun = [word[:MAX_WORD] for word in words_in(text)]
        if text.strip() and not begun:
            return []
        return self._read(begun, limit, self._has(begun, every=True))

    def add(self, entries: Iterable[Entry]) -> int:
        """Add entries, all or none, and say how many were not there."""
        insert = sqlite.insert if self._lite else postgresql.insert
        statement = insert(_LIBRARY).on_conflict_do_nothing(index_elements=["id"])
        added = statement.returning(_C.number)
        with self._engine.begin() as connection:
            _bound(connection)
            return sum(connection.scalar(added, _values(e)) is not None for e in entries)

    def forget(self, entry_id: str) -> bool:
        """Remove an entry, if it is there."""
        with self._engine.begin() as connection:
            connection.execute(delete(_LIBRARY).where(_C.id == entry_id))
        return True

    def _has(self, begun: list[str], *, every: bool) -> ColumnElement[bool]:
        """That all or any of these begin a word of an entry."""
        if not begun:
            return true()
        if self._lite:
            return (and_ if every else or_)(*(_begins(word) for word in begun))
        query = (" & " if every else " | ").join(f"'{word}':*" for word in begun)
        asked = cast(literal(query), postgresql.TSQUERY)
        return literal_column(_VECTOR).op("@@", is_comparison=True)(asked)

    def _read(self, begun: list[str], limit: int, where: ColumnElement[bool]) -> list[Entry]:
        score: ColumnElement[int] = literal(0)
        for word in begun:
            for hit in (_begins(word), _C.name.icontains(word)):
                score = score + case((hit, 1), else_=0)
        statement = (
            select(*(_C[name] for name in _ROW))
            .where(where, func.length(_C.entry) <= MAX_LETTERS)
            .order_by(score.desc(), _C.number.desc())
            .limit(limit)
        )
        with self._engine.connect() as connection:
            _bound(connection)
            return whole_entries(map(tuple, connection.execute(statement)))


def reason(error: Exception, url: str) -> str:
    """What is wrong in the words of the database, without the password."""
    told = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    for secret in _secrets(url):
        told = told.replace(secret, "***")
    return told


def was_lost(error: Exception) -> bool:
    """Whether an error says that the database cannot be asked now, rather than what was asked."""
    if not isinstance(error, OperationalError | InterfaceError):
        return isinstance(error, DBAPIError) and error.connection_invalidated
    return "readonly" not in str(error.orig)


def _completed(url: str) -> URL:
    made = make_url(url)
    return (
        made if made.get_backend_name() == "sqlite" else made.set(drivername="postgresql+psycopg")
    )


def _secrets(url: str) -> set[str]:
    """The passwords in a URL, in every form in which they may be repeated."""
    try:
        made = make_url(url)
    except Exception:  # it is none, and may be repeated as a whole
        return {url}
    given = {str(made.password or "")}
    given |= {str(value) for name, value in made.query.items() if "password" in name}
    return {form for one in given if one for form in (one, quote(one, safe=""), quote_plus(one))}


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        # Opened for each question: a file that was removed would go on being written to.
        lite = {"timeout": ANSWER_SECONDS}
        return create_engine(url, hide_parameters=True, poolclass=NullPool, connect_args=lite)
    arguments = {
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": ANSWER_SECONDS * 1000,
        "prepare_threshold": None,  # poolers between us and the server do not know prepared ones
    }
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=arguments)


def _make_table(engine: Engine, *, create: bool) -> None:
    if not create and not inspect(engine).has_table(TABLE):
        raise LookupError(_NOTHING)
    try:
        _LIBRARY.create(engine, checkfirst=True)
    except (ProgrammingError, IntegrityError, OperationalError):
        if not inspect(engine).has_table(TABLE):  # else somebody else was faster
            raise


def _bound(connection: Connection) -> None:
    """No question takes longer, as far as the server goes by it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL statement_timeout = {ANSWER_SECONDS * 1000}"))


def _begins(word: str) -> ColumnElement[bool]:
    """That a word of an entry begins so."""
    return (literal(" ") + _C.terms).like(f"% {word}%")


def _values(entry: Entry) -> dict[str, str]:
    terms = {word[:MAX_WORD] for word in words_in(f"{entry.name} {entry.stub}")}
    return dict(zip(_ROW, entry.row, strict=True)) | {"terms": " ".join(sorted(terms))}
