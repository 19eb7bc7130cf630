"""What a run shows: lines for people, events for programs, XML for CI."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click

from pseudocode.cli.batch import Outcome
from pseudocode.cost import NOTHING
from pseudocode.errors import StoreError
from pseudocode.events import (
    Event,
    PermissionsGranted,
    ProviderFailed,
    ReplyReceived,
    RoundStarted,
    SuiteFinished,
)
from pseudocode.inert import one_line
from pseudocode.records import dumps, to_json
from pseudocode.rounds import times_asked
from pseudocode.session import Session
from pseudocode.spec.model import Problem

_SIGNS = {"accepted": ("✓", "green"), "fresh": ("✓", None)}


class TextReport:
    """One line for each spec on standard output; what goes on meanwhile on a terminal only."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._warned: set[str] = set()

    def problem(self, problem: Problem) -> None:
        """Name file, line and reason on standard error."""
        click.echo(one_line(str(problem), 500), err=True)

    def event(self, session: Session, event: Event) -> None:
        """Show the round and the tests of the spec in the works."""
        match event:
            case RoundStarted():
                when = f"round {event.round}, " if event.round else ""
                self._show(f"{session.spec.id}: {when}{event.reason}, {session.total.cost} so far")
            case SuiteFinished():
                told = f"round {times_asked(session.rounds)}, {event.tally}, {session.total.cost}"
                self._show(f"{session.spec.id}: {told}")
            case ReplyReceived(warning=warning) if warning and warning not in self._warned:
                self._warned.add(warning)
                self.warning(f"{session.spec.id}: {warning}")
            case PermissionsGranted():
                self._show(f"{session.spec.id}: {', '.join(event.permissions)}")
            case ProviderFailed():
                self._show("")

    def outcome(self, outcome: Outcome) -> None:
        """The spec's line."""
        self._show("")
        sign, colour = _SIGNS.get(outcome.state, ("✗", "red"))
        used = f"{_count(outcome.rounds, 'round')}, {outcome.tokens:,} tokens"
        used += f", {outcome.cost}, {outcome.seconds:.1f} s"
        saved = f"{outcome.saved:,} tokens saved" if outcome.saved else ""
        facts = [outcome.state, outcome.detail, used if outcome.rounds else "", saved]
        told = one_line(" · ".join(filter(None, facts)), 1000)
        name = f"{one_line(outcome.spec.id):<36}"
        click.echo(f"{click.style(sign, fg=colour)} {name} {told}")

    def warning(self, text: str) -> None:
        """A line on standard error."""
        self._show("")
        click.echo(f"pseudocode-tui: {one_line(text, 500)}", err=True)

    def progress(self, share: float, doing: str) -> None:
        """How fetching and starting the embedded model goes."""
        done = f"{share:4.0%} " if share < 1 else ""
        self._show(f"{done}{doing}")

    def summary(self, outcomes: list[Outcome], model: str, seconds: float) -> None:
        """The counts, the tokens and the time of the whole run."""
        counts = Counter(outcome.state for outcome in outcomes)
        wanted = len(outcomes) - counts["fresh"] - counts["not started"]
        tokens, saved = sum(o.tokens for o in outcomes), sum(o.saved for o in outcomes)
        parts = [f"accepted {counts['accepted']} of {wanted}"]
        parts += [f"{counts[s]} {s}" for s in ("fresh", "not started") if counts[s]]
        parts += [f"{tokens:,} tokens", *([f"{saved:,} saved"] if saved else [])]
        parts += [str(sum((o.cost for o in outcomes), NOTHING))]
        parts += [f"{seconds:.0f} s", f"model {model}"]
        click.echo(" · ".join(parts))

    def _show(self, text: str) -> None:
        if self._live:
            click.echo(f"\r\x1b[K{one_line(text, 78)}", err=True, nl=False)


class JsonReport:
    """Every event as one line of JSON on standard output, with the session it belongs to."""

    def problem(self, problem: Problem) -> None:
        """A record of its own kind."""
        record = {"path": problem.path, "line": problem.line, "reason": problem.reason}
        click.echo(dumps({"event": "Problem", **record}))

    def event(self, session: Session, event: Event) -> None:
        """The event, and the session's name."""
        assert session.started is not None
        click.echo(dumps({"session": session.started.session, **to_json(event)}))

    def outcome(self, outcome: Outcome) -> None:
        """A record of its own kind."""
        record = {"spec": outcome.spec.id, "state": outcome.state, "detail": outcome.detail}
        used = {"rounds": outcome.rounds, "tokens": outcome.tokens, "seconds": outcome.seconds}
        saved = {"saved": outcome.saved, "cost": outcome.cost.known}
        click.echo(dumps({"event": "Outcome", **record, **used, **saved, **_best(outcome)}))

    def warning(self, text: str) -> None:
        """A record of its own kind."""
        click.echo(dumps({"event": "Warning", "text": text}))

    def progress(self, share: float, doing: str) -> None:
        """Nothing: it is no fact."""

    def summary(self, outcomes: list[Outcome], model: str, seconds: float) -> None:
        """Nothing: a program can add up."""


def write_junit(path: Path, outcomes: list[Outcome]) -> None:
    """Write one test case for each spec.

    Raises:
        StoreError: When the file cannot be written.
    """
    suite = ElementTree.Element("testsuite", name="pseudocode", tests=str(len(outcomes)))
    suite.set("failures", str(sum(outcome.failed for outcome in outcomes)))
    for outcome in outcomes:
        spec = outcome.spec
        case = ElementTree.SubElement(suite, "testcase", classname=spec.module, name=spec.name)
        case.set("time", f"{outcome.seconds:.3f}")
        if outcome.failed:
            message = one_line(outcome.detail or outcome.state)
            ElementTree.SubElement(case, "failure", message=message)
    try:
        ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise StoreError(f"--junit {path}: {error.strerror}") from None


def _best(outcome: Outcome) -> dict[str, Any]:
    """The answer that got farthest, with what still fails; nothing where none was tested."""
    best = outcome.best
    if best is None or best.report is None:
        return {}
    failing = [case.call for case in best.report.cases if case.went_wrong]
    share = {"passed": best.report.passed, "cases": len(best.report.cases)}
    return {"best": {**share, "failing": failing, "code": best.code}}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
