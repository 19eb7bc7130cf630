"""`pseudocode-tui replay SESSION`: a recorded session, in the app, as text, or as a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from pseudocode.cli.group import common_options, open_project
from pseudocode.events import Event
from pseudocode.projects import sessions_of
from pseudocode.recordings import Replay, load_replay

AT_ONCE = "max"
_SIZE = (120, 36)


class _Speed(click.ParamType[Any]):
    """A factor, or as fast as it goes."""

    name = "FACTOR"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | str:
        if value == AT_ONCE:
            return AT_ONCE
        try:
            speed = float(value)
        except ValueError:
            speed = 0.0
        if not 0.25 <= speed <= 100:
            self.fail(f"{value!r} is neither from 0.25 to 100 nor '{AT_ONCE}'", param, ctx)
        return speed


class _Size(click.ParamType[Any]):
    """Columns and lines."""

    name = "COLUMNSxLINES"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        columns, _, lines = str(value).partition("x")
        if not (columns.isdecimal() and lines.isdecimal()):
            self.fail(f"{value!r} is no size such as 120x36", param, ctx)
        size = int(columns), int(lines)
        if not (60 <= size[0] <= 400 and 20 <= size[1] <= 200):
            self.fail(f"{value} is not between 60x20 and 400x200", param, ctx)
        return size


@click.command("replay", short_help="Play a recorded session.")
@click.argument("session")
@click.option("--speed", type=_Speed(), default="1", help="0.25 to 100, or 'max'.")
@click.option("--export", type=click.Choice(["cast", "svg", "md", "html"]), help="Write a file.")
@click.option("-o", "--output", metavar="FILE", help="Where to; standard output by default.")
@click.option("--size", type=_Size(), default=_SIZE, help="Of the screen in cast and svg.")
@click.option("--print", "as_text", is_flag=True, help="Print the rounds instead.")
@click.option("--whole", is_flag=True, help="Print prompts and answers as well.")
@common_options
def command(
    session: str,
    speed: float | str,
    export: str | None,
    output: str | None,
    size: tuple[int, int],
    as_text: bool,
    whole: bool,
    config: str | None,
    **flags: Any,
) -> int:
    r"""Play SESSION, the name of a session (or how it begins), or the path of a journal.

    \b
    pseudocode-tui replay 20260102-1015
    pseudocode-tui replay 20260102-1015 --export html -o session.html

    No model is asked and no code is run. Without a terminal the rounds are printed.
    """
    root, settings = open_project(Path.cwd(), config, flags)
    journal = Path(session) if Path(session).is_file() else sessions_of(root).find(session)
    factor = None if speed == AT_ONCE else float(speed)
    if export in ("cast", "svg"):
        from pseudocode.tui.recording import as_cast, as_svg

        film = as_cast if export == "cast" else as_svg
        _write(film(journal, root, settings, size=size, speed=factor), output)
        return 0
    if export:
        _write(_transcript(export, load_replay(journal, root), journal.stem), output)
        return 0
    if as_text or whole or not (sys.stdin.isatty() and sys.stdout.isatty()):
        recording = load_replay(journal, root)
        print_rounds(recording.events, whole=whole)
        if recording.skipped:
            told = f"{recording.skipped} lines of the journal cannot be read and are left out"
            click.echo(f"pseudocode-tui: {told}", err=True)
        return 0

    from pseudocode.tui.app import PseudocodeApp

    app = PseudocodeApp(journal, root, settings, replay=True, speed=factor)
    app.run()
    return app.return_code or 0


def print_rounds(events: Iterable[Event], *, whole: bool) -> None:
    """Print what happened; prompts and answers only where the whole is wanted."""
    from pseudocode.export.text import as_text

    for paragraph in as_text(events, whole=whole):
        click.echo(paragraph)


def _transcript(form: str, recording: Replay, name: str) -> str:
    from pseudocode.export.html import as_html
    from pseudocode.export.markdown import as_markdown

    return (as_html if form == "html" else as_markdown)(name, recording.events)


def _write(text: str, output: str | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {output}: {error.strerror}") from None
