"""What was paid for once: the cache of answers and the library, wired to the loop's tools.

The cache is in the database of the project. The library is there and, where `library`
says so, in one of the person's own as well, so that one project finds the code of another. Where
`library_url` names one, it is also in a database that several people share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from pseudocode.settings import Settings

if TYPE_CHECKING:
    from pseudocode.loop import Shelf, Tools
    from pseudocode.providers.cache import Answering
    from pseudocode.store.database import Database
    from pseudocode.store.entries import Entry
    from pseudocode.store.exchange import Imported
    from pseudocode.store.library import Library
    from pseudocode.store.near import Known
    from pseudocode.store.replies import Replies
    from pseudocode.store.shared import SharedCollection
    from pseudocode.store.tallies import Tallies

MEGABYTE = 1_000_000


def ignore(_text: str) -> None:
    """Tell nobody."""


class Archive:
    """The databases of one project and its person; files are opened when they are needed."""

    def __init__(
        self,
        root: Path,
        settings: Settings,
        notice: Callable[[str], None] = ignore,
        *,
        create: bool = True,
        count_again: bool = False,
    ) -> None:
        """Name the databases.

        Args:
            root: The folder of the project.
            settings: Whether and where things are kept.
            notice: Told once, from another thread, why a database is not used.
            create: Whether files are made where there are none.
            count_again: Whether kept answers count as if they were paid for now.
        """
        self._root = root
        self._settings = settings
        self._notice = notice
        self._create = create
        self._count_again = count_again

    @property
    def places(self) -> tuple[tuple[str, Path], ...]:
        """The files by what they hold, whether or not they are there."""
        import platformdirs

        personal = platformdirs.user_data_path("pseudocode") / "library.db"
        own = self._root / ".pseudocode" / "pseudocode.db"
        return ("cache", own), ("library", own), ("", personal)

    @cached_property
    def _databases(self) -> tuple[Database, Database]:
        """The project's and the person's."""
        from pseudocode.store.database import Database

        (_, own), _, (_, personal) = self.places
        made = partial(Database, now=_now, notice=self._notice, create=self._create)
        return made(own), made(personal)

    @cached_property
    def replies(self) -> Replies:
        """The cache of answers."""
        from pseudocode.store.replies import Replies

        return Replies(self._databases[0], self._settings.cache_mb * MEGABYTE)

    @cached_property
    def tallies(self) -> Tallies:
        """What each journal adds up to."""
        from pseudocode.store.tallies import Tallies

        return Tallies(self._databases[0])

    @cached_property
    def library(self) -> Library:
        """Accepted code."""
        from pseudocode.store.library import Library
        from pseudocode.store.local import LocalCollection

        count = {"person": 2, "project": 1}.get(self._settings.library, 0)
        local = map(LocalCollection, self._databases[:count])
        return Library(local, self._root.resolve().name, _now, self._shared)

    @cached_property
    def _shared(self) -> SharedCollection | None:
        from pseudocode.store.shared import SharedCollection

        url, shown = self._settings.library_address, self._settings.library_url
        if not url or self._settings.library == "off":
            return None
        return SharedCollection(url, shown, self._notice, create=self._create)

    def around(self, tools: Tools, provider: Answering) -> Tools:
        """The tools, with answers from the cache, and with a library that is filled and asked."""
        from pseudocode.providers.cache import CachedProvider

        if self._settings.cache:
            kept = CachedProvider(provider, self.replies, count_again=self._count_again)
            tools = replace(tools, provider=kept)
        if self._settings.library == "off":
            return tools
        return replace(tools, shelf=self.shelf(tools.shelf), library=self.library)

    def shelf(self, shelf: Shelf) -> Shelf:
        """The shelf, from which what is accepted goes into the library as well."""
        from pseudocode.store.library import LibraryShelf

        return shelf if self._settings.library == "off" else LibraryShelf(shelf, self.library)

    def export(self, entries: list[Entry], folder: Path) -> int:
        """Write entries to a folder of plain files, and say how many.

        Raises:
            StoreError: When a file cannot be written.
        """
        from pseudocode.store.exchange import export

        return export(entries, folder)

    def read_folder(self, folder: Path) -> Imported:
        """Read what such a folder holds.

        Raises:
            StoreError: When it cannot be read.
        """
        from pseudocode.store.exchange import read_folder

        return read_folder(folder)

    def known(self, folder: Path) -> tuple[Known, str]:
        """The entries of such a folder, to be shown as examples alone, and what identifies them.

        Raises:
            StoreError: When it cannot be read, or one of its files cannot be used.
        """
        from pseudocode.errors import StoreError
        from pseudocode.store.near import Known
        from pseudocode.store.tables import checksum

        found = self.read_folder(folder)
        if found.faults:
            raise StoreError(found.faults[0])
        return Known(found.entries), checksum(*sorted(e.id for e in found.entries))[:8]

    def close(self) -> None:
        """Wait until everything is written, and close the files."""
        if "_databases" in self.__dict__:
            for database in self._databases:
                database.close()
        if shared := self.__dict__.get("_shared"):
            shared.close()


def _now() -> datetime:
    return datetime.now(UTC)
