"""`pseudocode-tui eject`: accepted code as plain Python, without this package."""

from __future__ import annotations

from pathlib import Path

import click

from pseudocode.cli.group import FAILED, USAGE
from pseudocode.ejection import Ejected, eject
from pseudocode.inert import one_line


@click.command("eject", short_help="Write plain Python that needs nothing of this program.")
@click.argument("path", metavar="PATH")
@click.option("-o", "--output", required=True, metavar="DIR", help="The folder to write.")
@click.option("--force", is_flag=True, help="Replace files of the same names in it.")
def command(path: str, output: str, force: bool) -> int:
    r"""Write each declaration with its accepted code, as plain Python; tests go along.

    \b
    pseudocode-tui eject specs/ -o plain/

    Signature, annotations and docstring are those of the declaration. Nothing is written unless
    every spec has accepted code that belongs to it, and nothing in DIR is replaced unasked.
    """
    done = eject(Path(path), Path(output), force=force)
    for problem in done.problems:
        click.echo(one_line(str(problem), 500), err=True)
    for spec, told in done.faults:
        click.echo(f"✗ {one_line(spec.id):<36} {one_line(told, 1000)}", err=True)
    for note in done.notes:
        click.echo(one_line(note, 500), err=True)
    if not done.specs and not done.problems:
        raise click.ClickException(f"no specs in {path}: declare one with @pseudo_function")
    if done.problems or done.faults:
        click.echo("nothing was written", err=True)
        return USAGE if done.problems else FAILED
    _tell(done, output)
    return 0


def _tell(done: Ejected, output: str) -> None:
    count = len(done.specs)
    where = one_line(output, 200)
    click.echo(f"{count} spec{'' if count == 1 else 's'} in {len(done.files)} files of {where}")
    if done.requires:
        click.echo(f"needs {', '.join(map(one_line, done.requires))}")
