"""`pseudocode-tui sessions`: what was worked on, what it cost, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from pseudocode.cli.app import open_app
from pseudocode.cli.group import FAILED, common_options
from pseudocode.cli.replay import print_rounds
from pseudocode.errors import StoreError
from pseudocode.inert import one_line
from pseudocode.projects import sessions_of
from pseudocode.records import dumps
from pseudocode.rounds import times_asked
from pseudocode.session import Session
from pseudocode.steps import Accept
from pseudocode.wiring import project_root

if TYPE_CHECKING:
    from pseudocode.store.sessions import Past, Sessions


class _Summary(NamedTuple):
    """One session on one line."""

    session: str
    spec: str
    outcome: str
    rounds: int
    tokens: int
    cached_tokens: int
    seconds: float
    cost: float | None
    """US dollars; nothing where some price is not known."""
    model: str
    damaged_lines: int


def _spent(past: Past) -> str:
    """In words."""
    summary, cost = _summary(past), past.session.total.cost
    rounds = f"{summary.rounds} round{'' if summary.rounds == 1 else 's'}"
    cached = f" ({summary.cached_tokens:,} cached)" if summary.cached_tokens else ""
    return f"{rounds}, {summary.tokens:,} tokens{cached}, {cost}, {summary.seconds:.1f} s"


@click.group("sessions", short_help="What was worked on: list, show, resume, delete.")
def command() -> None:
    r"""The sessions of the project that the current folder belongs to.

    \b
    pseudocode-tui sessions list
    pseudocode-tui sessions show 20260102-1504     the beginning of a name is enough
    pseudocode-tui sessions resume text.slugify
    pseudocode-tui sessions stats
    """


@command.command("list", short_help="All sessions, with what they cost and what came of them.")
@click.option("--json", "as_json", is_flag=True, help="One session a line, as JSON.")
def list_sessions(as_json: bool) -> int:
    """List the sessions, the oldest first."""
    sessions = _sessions()
    code = 0
    for path in sessions.all():
        try:
            past = sessions.read(path)
        except StoreError as error:
            click.echo(f"pseudocode-tui: {one_line(str(error), 500)}", err=True)
            code = FAILED
            continue
        summary = _summary(past)
        if as_json:
            click.echo(dumps(summary._asdict()))
        else:
            shown = (summary.session, summary.outcome, _spent(past), summary.model)
            click.echo(" · ".join(one_line(part, 80) for part in shown if part))
        _warn(past)
    return code


@command.command("show", short_help="The rounds of one session.")
@click.argument("name")
def show(name: str) -> None:
    """Print what happened in a session, from its journal; no model is asked and nothing is run."""
    sessions = _sessions()
    past = sessions.read(sessions.find(name))
    print_rounds(past.session.events, whole=False)
    summary = _summary(past)
    click.echo(f"{one_line(summary.outcome)} · {_spent(past)} · model {one_line(summary.model)}")
    _warn(past)


@command.command("stats", short_help="What the sessions add up to, by model and over time.")
def stats() -> None:
    """Solved, rounds, tokens and cost of all sessions here, by model and by day."""
    from pseudocode.figures import overview, told

    for line in told(overview(project_root(Path.cwd()))):
        click.echo(one_line(line, 400) if line else "")


@command.command("resume", short_help="Open the app at one session.")
@click.argument("name")
@common_options
def resume(name: str, config: str | None, **flags: Any) -> int:
    """Open the app where a session stood; the person says how it goes on."""
    sessions = _sessions()
    path = sessions.find(name)
    started = sessions.read(path).session.started
    if started is None:
        raise click.ClickException(f"{path} does not say what it is about; nothing can go on")
    declared = project_root(Path.cwd()) / started.path
    if not declared.exists():
        raise click.ClickException(f"{started.path}, which declared {started.spec}, is gone")
    return open_app(_shown(declared), config, flags, wanted=path)


@command.command("delete", short_help="Remove sessions.")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
def delete(names: tuple[str, ...]) -> None:
    """Remove the journals of sessions; accepted code stays."""
    sessions = _sessions()
    for path in [sessions.find(name) for name in names]:
        sessions.delete(path)
        click.echo(f"removed {path}")


def _sessions() -> Sessions:
    return sessions_of(project_root(Path.cwd()))


def _shown(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _summary(past: Past) -> _Summary:
    session = past.session
    started = session.started
    return _Summary(
        session=past.name,
        spec=started.spec if started else "",
        outcome=_outcome(session),
        rounds=times_asked(session.rounds),
        tokens=session.total.tokens,
        cached_tokens=session.total.cached,
        seconds=round(session.total.seconds, 3),
        cost=session.total.cost.known,
        model=started.model if started else "",
        damaged_lines=past.recording.skipped,
    )


def _outcome(session: Session) -> str:
    if session.started is None:
        return "damaged: its beginning cannot be read"
    if session.accepted:
        return f"accepted: {session.accepted.path}"
    if session.halt:
        return session.halt.detail
    passing = session.passing
    by_tests = passing is not None and session.started.approval == "tests"
    if by_tests or isinstance(session.next_step, Accept):
        return "accepted, not written yet"
    if passing:
        return "passes, waits for a person"
    best = session.shown
    if best and best.report:
        return f"unfinished: {best.report.tally}"
    return "unfinished" if session.rounds else "nothing was asked"


def _warn(past: Past) -> None:
    if past.damage:
        click.echo(f"pseudocode-tui: {one_line(past.damage, 500)}", err=True)
