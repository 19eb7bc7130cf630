"""The database of a project or a person: one SQLite file that can be lost without harm.

Whatever is wrong with the file, the work goes on: a damaged one is set aside, one that another
process holds or that cannot be written is done without for a while, one of a newer version is
left alone, one that was removed while it was open is begun anew. Each of these is told once.
"""

from __future__ import annotations

import errno
import math
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from pseudocode.store.asked import Asked
from pseudocode.store.tables import APPLICATION, SCHEMA, TABLES, salvage

BUSY_SECONDS = 1.0
"""Longest wait for another process."""
PAUSE_SECONDS = 10.0
"""How long a file that could not be used is done without, so that not every request waits."""
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM)
_UNWRITTEN = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
)
_SHUT = (
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_NOLFS,
)
_NOT_THE_FILE = (
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    sqlite3.NotSupportedError,
    sqlite3.DataError,
    sqlite3.IntegrityError,
    ValueError,
    TypeError,
)
"""What says nothing about the file."""


class _LeftAlone(Exception):
    """The file is not to be used; the text says why."""


class Database(Asked[sqlite3.Connection]):
    """The file, asked from a thread of its own."""

    faults = (sqlite3.Error, OSError, ValueError, TypeError, _LeftAlone)

    def __init__(
        self,
        path: Path,
        now: Callable[[], datetime],
        notice: Callable[[str], None],
        *,
        create: bool = True,
    ) -> None:
        """Name the file; it is opened when it is first asked.

        Args:
            path: The file.
            now: The time, for the name of a damaged file.
            notice: Told in words what is wrong, each thing once, from another thread.
            create: Whether to make the file where there is none; else it is as if it were empty.
        """
        super().__init__("database", str(path), notice)
        self.path = path
        self._create = create
        self._now = now
        self._connection: sqlite3.Connection | None = None
        self._inode: tuple[int, int] | None = None

    # -- in the thread

    def _connected(self) -> sqlite3.Connection:
        if self._connection is not None and self._inode != _identity(self.path):
            self._disconnect()
            if self._inode is not None:
                told = "was removed or replaced while it was open; what is there now is used"
                self._tell(f"{self.path} {told}")
            self._inode = None
        if self._connection is None:
            place: Path | str = ":memory:"
            if self._create or self.path.exists():
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._inode, place = _claim(self.path), self.path
            connection = sqlite3.connect(
                place, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                _prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _set_right(self, error: Exception) -> bool:
        """Decide what an error means for the file; true where it can be tried again at once."""
        whole = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
        code = whole & 0xFF
        if isinstance(error, _NOT_THE_FILE):
            self._tell(f"{self.path} could not be asked: {error}")
            return False
        if whole in _UNWRITTEN:  # it can be read all the same, but perhaps not be opened again
            self._leave(PAUSE_SECONDS, f"{self.path} cannot be written for now: {error}")
            return False
        self._disconnect()
        if isinstance(error, _LeftAlone):
            self._leave(math.inf, f"{self.path} {error}")
        elif "no such module" in str(error):
            self._leave(math.inf, f"{self.path} is not used: {error}")
        elif isinstance(error, OSError) or code in _SHUT:
            reason = getattr(error, "strerror", None) or error
            self._leave(PAUSE_SECONDS, f"{self.path} is not used for now: {reason}")
        elif code in _BUSY:
            self._leave(PAUSE_SECONDS, f"{self.path} is held by another process; not used for now")
        elif code in _NO_ROOM and whole != sqlite3.SQLITE_IOERR_SHORT_READ:
            self._leave(PAUSE_SECONDS, f"{self.path} is not used for now: {error}")
        else:
            return self._set_aside(str(error))
        return False

    def _set_aside(self, reason: str) -> bool:
        aside = Path(f"{self.path}.corrupt-{self._now():%Y%m%d-%H%M%S-%f}")
        try:
            if _identity(self.path) != self._inode:
                return True  # another process was faster
            _read_through(self.path)  # to SQLite, some errors of the disk look like damage
            # The log first: with a new file it would be taken for that one's.
            for end in ("-shm", "-wal", ""):
                with suppress(FileNotFoundError):
                    os.rename(f"{self.path}{end}", f"{aside}{end}")
        except OSError as error:
            told = f"{self.path} is damaged, and not used for now: {error.strerror}"
            self._leave(PAUSE_SECONDS, told)
            return False
        saved = 0
        with suppress(sqlite3.Error, OSError, _LeftAlone):
            saved = salvage(aside, self._connected())
        kept = f"; {saved} functions of its library were saved" if saved else ""
        self._tell(f"{self.path} was damaged ({reason}): it is now {aside.name}{kept}")
        return True


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is changed inside, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _read_through(path: Path) -> None:
    with suppress(FileNotFoundError), path.open("rb", buffering=0) as stream:
        while stream.read(1 << 20):
            pass


def _claim(path: Path) -> tuple[int, int]:
    """Make the file, for its owner only, or look that it is one."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise _LeftAlone("is no regular file; it is left alone")
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(errno.EACCES, "its folder cannot be written")
    return found.st_dev, found.st_ino


def _prepare(connection: sqlite3.Connection) -> None:
    def number(name: str) -> int:
        return int(connection.execute(f"PRAGMA {name}").fetchone()[0])

    version, whose = number("user_version"), number("application_id")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if whose not in (0, APPLICATION) or (whose == 0 and tables):
        raise _LeftAlone("belongs to another program; it is left alone")
    if version > SCHEMA:
        raise _LeftAlone("is of a newer version of pseudocode-tui; it is left alone")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    if version < SCHEMA:
        with transaction(connection):
            for statement in TABLES:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
