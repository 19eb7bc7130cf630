"""`pseudocode-tui [PATH]`: the app."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from pseudocode.cli.group import USAGE, common_options, keeping_options, open_project
from pseudocode.wiring import choose_model, hold_cost, runner


@click.command("app", short_help="Open the app over a folder of specs.")
@click.argument("path", default="specs", metavar="[PATH]")
@click.option("--max-rounds", type=int, help="Rounds for each spec.")
@click.option("--candidates", type=int, help="Answers asked for in each round.")
@click.option("--jobs", type=click.IntRange(1), help="Specs at once, when all are generated.")
@click.option("--type-check", metavar="NAME", help="auto, off, ty, mypy or pyright.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.option("--demo", is_flag=True, help="Play a recorded session; needs no key and no model.")
@keeping_options
@common_options
def command(path: str, no_mouse: bool, demo: bool, config: str | None, **flags: Any) -> int:
    r"""Open the app over a folder of specs, or one file (default: specs/).

    \b
    pseudocode-tui specs/
    pseudocode-tui specs/text.py --model local
    pseudocode-tui --demo                       see how it goes first
    """
    if demo:
        return play_demo(config, flags, mouse=not no_mouse)
    folder = Path(path)
    if not folder.exists():
        raise click.ClickException(
            f"there is no {path}; name a folder of specs, or make one: mkdir {path}"
        )
    return open_app(folder, config, flags, mouse=not no_mouse)


def open_app(
    folder: Path,
    config: str | None,
    flags: dict[str, Any],
    *,
    wanted: Path | None = None,
    mouse: bool = True,
) -> int:
    """Run the app until the person leaves it; the exit code.

    Args:
        folder: The specs, or one file of them.
        config: Configuration file to use.
        flags: Settings of the command line.
        wanted: The journal of the session to show first.
        mouse: Whether the app is to have the mouse.
    """
    if not _in_terminal(f"'pseudocode-tui run {folder}' or 'pseudocode-tui check {folder}'"):
        return USAGE
    root, settings = open_project(folder, config, flags)
    if choice := choose_model(settings):
        hold_cost(choice, settings)
    if settings.sandbox == "strict":
        runner(settings)

    from pseudocode.tui.app import PseudocodeApp

    app = PseudocodeApp(folder, root, settings, wanted)
    app.run(mouse=mouse)
    for fault in app.lost:
        click.echo(f"pseudocode-tui: {fault}", err=True)
    return app.return_code or 0


def play_demo(config: str | None, flags: dict[str, Any], *, mouse: bool) -> int:
    """Play the session that comes with the program; the exit code.

    Raises:
        StoreError: When there is no place for it.
    """
    from pseudocode.recordings import lay_out_demo

    if not _in_terminal("'pseudocode-tui --help'"):
        return USAGE
    journal, folder = lay_out_demo()
    root, settings = open_project(folder, config, flags)

    from pseudocode.tui.app import PseudocodeApp

    app = PseudocodeApp(journal, root, settings, replay=True, invites=True)
    app.run(mouse=mouse)
    return app.return_code or 0


def _in_terminal(instead: str) -> bool:
    """Whether there is a terminal; where there is none, say what can be used."""
    # Behind a page in a browser, it is the page.
    if (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TEXTUAL_DRIVER"):
        return True
    told = f"pseudocode-tui: the app needs a terminal; without one use {instead}"
    click.echo(told, err=True)
    return False
