"""`pseudocode-tui undo`: take an acceptance back, or look at what was accepted before."""

from __future__ import annotations

from pathlib import Path

import click

from pseudocode.cli.group import FAILED, open_project
from pseudocode.earlier import difference, undo, versions
from pseudocode.inert import one_line, visible
from pseudocode.spec.model import Spec
from pseudocode.wiring import load_specs


@click.command("undo", short_help="Bring back what was accepted before.")
@click.argument("path", metavar="PATH")
@click.option("--only", "name", required=True, metavar="NAME", help="The spec.")
@click.option("--list", "listing", is_flag=True, help="Only tell what there was, with differences.")
def command(path: str, name: str, listing: bool) -> int:
    r"""Put the code that a spec had before its latest acceptance back in its place.

    \b
    pseudocode-tui undo specs/text.py --only slugify
    pseudocode-tui undo specs/text.py --only slugify --list

    Where there was none before, the accepted code is taken away. What is taken back is kept among
    the earlier versions. Repeated, it goes further back.
    """
    open_project(Path(path), None, {})
    spec = _named(name, load_specs(Path(path)).specs)
    if listing:
        return _list(spec)
    accepted = undo(spec)
    if accepted is None:
        click.echo(f"{one_line(spec.id)}: nothing is accepted any more")
    else:
        facts = accepted.facts
        told = " · ".join(filter(None, (facts.get("date", ""), facts.get("model", ""))))
        state = "" if accepted.digest == spec.digest else "; it is for an earlier declaration"
        click.echo(f"{one_line(spec.id)}: back to {one_line(told) or 'what was there'}{state}")
    return 0


def _named(name: str, specs: tuple[Spec, ...]) -> Spec:
    found = [spec for spec in specs if name in (spec.name, spec.id)]
    if len(found) != 1:
        told = " and ".join(f"{spec.id} ({spec.path}:{spec.line})" for spec in found)
        raise click.ClickException(f"{told or 'no spec'} {'are' if found else 'is'} named {name}")
    return found[0]


def _list(spec: Spec) -> int:
    earlier, now = versions(spec)
    if not earlier:
        click.echo(f"{one_line(spec.id)}: nothing was accepted before")
        return FAILED
    codes = [version.accepted.code for version in earlier] + [now]
    for version, after in zip(earlier, codes[1:], strict=True):
        how = "taken back" if version.undone else "replaced"
        model = version.accepted.facts.get("model", "")
        click.echo(f"{version.number} · {how} {version.at} · {one_line(model)}")
        for line in difference(version.accepted.code, after):
            click.echo(f"  {visible(line)}")
    return 0
