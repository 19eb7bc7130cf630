"""`pseudocode-tui library`: accepted code, found again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pseudocode.cli.cache import opened
from pseudocode.cli.group import library_url
from pseudocode.errors import StoreError
from pseudocode.inert import one_line, visible

if TYPE_CHECKING:
    from pseudocode.archive import Archive
    from pseudocode.store.entries import Entry

SHORT = 8
"""Digits of an id that are shown."""


@click.group("library", short_help="Search, show and share code that was accepted.")
def command() -> None:
    r"""Every accepted function, class and module is kept with its declaration and its tests.

    \b
    pseudocode-tui library search price order
    pseudocode-tui library show parse_price
    pseudocode-tui library export shared/
    pseudocode-tui library import shared/
    pseudocode-tui library share --library-url postgresql://anna@db.example/code
    """


@command.command("search", short_help="Entries in which all these words begin a word.")
@click.argument("words", nargs=-1, required=True, metavar="WORD…")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@library_url
def search(words: tuple[str, ...], limit: int, library_url: str | None) -> int:
    """Search names, signatures and docstrings; the nearest entry comes first."""
    with opened(Path.cwd(), library_url=library_url) as (archive, _):
        return _list(archive.library.search(" ".join(words), limit))


@command.command("list", short_help="All entries, by name.")
@library_url
def list_all(library_url: str | None) -> None:
    """List all entries of this project, of your own library and of the shared one."""
    with opened(Path.cwd(), library_url=library_url) as (archive, _):
        _list(archive.library.search(""))


@command.command("show", short_help="Declaration, code and origin of an entry.")
@click.argument("name", metavar="NAME|ID")
@library_url
def show(name: str, library_url: str | None) -> None:
    """Show the entries of this name, MODULE.NAME or id."""
    with opened(Path.cwd(), library_url=library_url) as (archive, _):
        for entry in _named(archive, name):
            click.echo(_facts(entry))
            parts = (entry.stub, entry.tests, entry.code)
            click.echo("\n\n".join(visible(part).rstrip() for part in parts if part) + "\n")


@command.command("export", short_help="Write the library as a folder of plain files.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@library_url
def export(folder: Path, library_url: str | None) -> None:
    """Write two files for each entry, always the same for the same entry."""
    with opened(Path.cwd(), library_url=library_url) as (archive, _):
        count = archive.export(archive.library.search(""), folder)
        click.echo(f"{count} entries exported to {folder}")


@command.command("import", short_help="Add what such a folder holds.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@library_url
def import_all(folder: Path, library_url: str | None) -> int:
    """Add the entries of a folder to this project's library; nothing in it is run."""
    with opened(Path.cwd(), create=True, library_url=library_url) as (archive, _):
        found = archive.read_folder(folder)
        added = archive.library.add(found.entries)
        if added is None:
            raise StoreError("nothing was imported: the library of this project is not used")
    for fault in found.faults:
        click.echo(one_line(fault, 500), err=True)
    known = len(found.entries) - added
    click.echo(f"{added} entries imported" + (f", {known} known already" if known else ""))
    return 1 if found.faults else 0


@command.command("share", short_help="Add this machine's entries to the shared library.")
@library_url
def share(library_url: str | None) -> None:
    """Add what was accepted before there was a shared library, or while it was out of reach."""
    with opened(Path.cwd(), create=True, library_url=library_url) as (archive, _):
        added = archive.library.share()
        if added is None:
            raise StoreError("nothing was shared: no shared library is named, or it is not used")
        click.echo(f"{added} entries shared")


@command.command("forget", short_help="Remove an entry.")
@click.argument("name", metavar="NAME|ID")
@library_url
def forget(name: str, library_url: str | None) -> None:
    """Remove the one entry of this name, MODULE.NAME or id, out of every library it is in."""
    with opened(Path.cwd(), library_url=library_url) as (archive, _):
        entries = _named(archive, name)
        if len(entries) > 1:
            told = ", ".join(entry.id[:SHORT] for entry in entries)
            raise click.ClickException(f"{len(entries)} entries are named so; name one: {told}")
        if not archive.library.forget(entries[0]):
            raise StoreError("it was not forgotten everywhere: a library is not used")
        click.echo(f"forgotten: {_facts(entries[0])}")


def _named(archive: Archive, name: str) -> list[Entry]:
    if entries := archive.library.named(name):
        return entries
    raise click.ClickException(f"the library has no {name}; try: pseudocode-tui library search")


def _list(entries: Iterable[Entry]) -> int:
    empty = True
    for entry in entries:
        empty = False
        click.echo(_facts(entry))
        click.echo(f"         {one_line(entry.signature, 100)}")
    if empty:
        click.echo("nothing found", err=True)
    return 1 if empty else 0


def _facts(entry: Entry) -> str:
    name = f"{entry.module}.{entry.name}"
    facts = (name, entry.project, entry.date[:10], entry.model, f"{entry.tokens:,} tokens")
    return f"{entry.id[:SHORT]} {one_line(' · '.join(filter(None, facts)), 150)}"
