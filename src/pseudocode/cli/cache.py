"""`pseudocode-tui cache`: the answers that are kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from pseudocode.archive import MEGABYTE, Archive
from pseudocode.cli.group import open_project
from pseudocode.errors import StoreError


@click.group("cache", short_help="The answers that are kept: how much, and forgetting them.")
def command() -> None:
    r"""Answers of models are kept in .pseudocode/pseudocode.db: the same request costs nothing.

    \b
    pseudocode-tui cache info
    pseudocode-tui cache clear
    pseudocode-tui run specs/ --no-cache
    """


@command.command("info", short_help="How much is kept, and where.")
def info() -> None:
    """Show where the answers are, how many, and how much room they take and may take."""
    with opened(Path.cwd()) as (archive, limit):
        contents = archive.replies.contents()
        if contents is None:
            raise StoreError("the cache cannot be read")
        used = f"{contents.size / MEGABYTE:.1f} of {limit} MB"
        click.echo(f"{_answers(contents.replies)}, {used}, in {archive.places[0][1]}")


@command.command("clear", short_help="Forget all answers; the library stays.")
def clear() -> None:
    """Forget all answers of this project's cache; the library of accepted code stays."""
    with opened(Path.cwd()) as (archive, _):
        count = archive.replies.clear()
        if count is None:
            raise StoreError("the cache was not cleared")
        click.echo(f"{_answers(count)} forgotten")


@contextmanager
def opened(folder: Path, *, create: bool = False, **flags: Any) -> Iterator[tuple[Archive, int]]:
    """The archive of the project that a folder belongs to, and the bound of its cache in MB."""
    root, settings = open_project(folder, None, flags)
    archive = Archive(root, settings, tell, create=create)
    try:
        yield archive, settings.cache_mb
    finally:
        archive.close()


def _answers(count: int) -> str:
    return f"{count} answer{'' if count == 1 else 's'}"


def tell(text: str) -> None:
    """Say on standard error why a database is not used."""
    click.echo(f"pseudocode-tui: {text}", err=True)
