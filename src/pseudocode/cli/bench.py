"""`pseudocode-tui bench`: how many specs of a suite the loop solves, for how many tokens."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from pseudocode.archive import Archive
from pseudocode.bench.curves import in_terminal
from pseudocode.bench.measuring import Bench, Plan
from pseudocode.bench.report import NOTE, as_data, tables, title, write_report
from pseudocode.bench.results import Result, Results
from pseudocode.bench.suites import Task, TaskSuite, load_suite
from pseudocode.bench.summary import Summary
from pseudocode.cli.group import common_options, library_examples, open_project
from pseudocode.cli.run import NO_MODEL_HINT
from pseudocode.errors import ProviderError
from pseudocode.inert import one_line
from pseudocode.loop import Library, NoLibrary
from pseudocode.policy import POLICIES, default_policy
from pseudocode.settings import Settings
from pseudocode.wiring import ModelChoice, choose_model

EVERY = 25
"""Results after which it is told how far it is, where there is no terminal."""


class _Group(click.Group):
    """Without a command of its own, the first word is the suite."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = (*self.commands, "--help", "-h")
        return super().parse_args(ctx, args if not args or args[0] in own else ["run", *args])


@click.group(
    "bench",
    cls=_Group,
    short_help="Measure how much of a suite is solved.",
    options_metavar="",
    subcommand_metavar="SUITE [OPTIONS] | report FOLDER",
    epilog="Options of a measurement: pseudocode-tui bench run --help",
)
def command() -> None:
    r"""Measure how many specs of a suite the loop solves, for how many tokens.

    \b
    pseudocode-tui bench humaneval --model local --policy classic,resample -o out
    pseudocode-tui bench specs/ --tokens 4000 --seeds 5
    pseudocode-tui bench report out

    SUITE is 'specs' (those that come with the program), 'humaneval' (pip install
    'pseudocode-tui[bench]') or a folder. Files hidden_test_NAME.py in it, NAME being that of a spec
    or of its file, are run on what was accepted; no model is shown them.
    """


@command.command("run", short_help="Measure; the same command again goes on where it stood.")
@click.argument("suite")
@click.option("--policy", default="auto", show_default=True, metavar="NAMES",
              help=f"Policies, with commas: {', '.join(POLICIES)}, auto or all.")  # fmt: skip
@click.option("--seeds", type=click.IntRange(1, 1000), default=3, show_default=True, help="Number.")
@click.option("--tokens", type=click.IntRange(1), default=2000, show_default=True,
              help="Generated tokens that a task may take.")  # fmt: skip
@click.option("--half", type=click.Choice(["even", "odd", "all"]), default="all", show_default=True,
              help="Tasks by their place: tune on one half, report the other.")  # fmt: skip
@click.option("--tasks", type=click.IntRange(1), metavar="N", help="Only the first N of these.")
@click.option("--only", multiple=True, metavar="NAME", help="Only this task; may be repeated.")
@click.option("--candidates", type=int, help="Answers asked for in each round.")
@click.option("--jobs", type=click.IntRange(1), default=3, show_default=True, help="Runs at once.")
@click.option("-o", "--output", default="bench", show_default=True, metavar="FOLDER",
              help="Where results and report go.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="The report as JSON on standard output.")
@library_examples
@click.option("--library", "entries", type=click.Path(path_type=Path, exists=True),
              metavar="FOLDER", help="Their library, as 'library export' has it.")  # fmt: skip
@common_options
def run(
    suite: str,
    policy: str,
    seeds: int,
    tokens: int,
    half: str,
    tasks: int | None,
    only: tuple[str, ...],
    jobs: int,
    output: str,
    as_json: bool,
    entries: Path | None,
    config: str | None,
    **flags: Any,
) -> None:
    """Run tasks through the loop, once for each policy and seed, and report.

    What is done is in FOLDER at once: the same command goes on where it was broken off.
    """
    folder = Path(output)
    root = Path(suite) if Path(suite).is_dir() else Path.cwd()
    _, settings = open_project(root, config, flags)
    choice = choose_model(settings)
    if choice is None:
        raise ProviderError("no model to ask", hint=NO_MODEL_HINT)
    with tempfile.TemporaryDirectory(prefix="pseudocode-bench-") as scratch:
        loaded = load_suite(suite, Path(scratch))
        chosen = _chosen(loaded, half, tasks, frozenset(only))
        if loaded.left_out:
            _say(f"{len(loaded.left_out)} left out, as {loaded.left_out[0]}")
        progress = _Progress()
        bench = Bench(
            suite=chosen,
            plan=Plan(_policies(policy, choice), tuple(range(seeds)), tokens),
            choice=choice,
            settings=settings,
            folder=folder,
            on_result=progress.result,
            warn=progress.warning,
            examples=_examples(settings, entries),
        )
        todo = bench.missing(Results(folder).read())
        progress.total = len(todo)
        if kept := len(bench.runs()) - len(todo):
            _say(f"{kept} of {len(bench.runs())} runs are in {folder} already")
        if todo:
            try:
                asyncio.run(bench.measure(todo, jobs, progress.model))
            finally:
                progress.clear()
    _report(folder, as_json)


@command.command("report", short_help="Make the report of a folder anew.")
@click.argument("folder")
@click.option("--json", "as_json", is_flag=True, help="As JSON on standard output.")
def report(folder: str, as_json: bool) -> None:
    """Print what was measured, and write it: report.md, report.json and curves.svg."""
    _report(Path(folder), as_json)


def _report(folder: Path, as_json: bool) -> None:
    summaries = write_report(folder)
    if as_json:
        click.echo(json.dumps(as_data(summaries)))
        return
    for summary in summaries:
        _print(summary)
    click.echo(f"{NOTE}\nThe same is in {folder / 'report.md'}, report.json and curves.svg.")


def _print(summary: Summary) -> None:
    width = shutil.get_terminal_size().columns
    parts = [title(summary), *tables(summary), in_terminal(summary, width)]
    click.echo("\n\n".join(parts) + "\n")


def _examples(settings: Settings, entries: Path | None) -> tuple[Library, str]:
    """The library whose near entries the model is shown, and how results tell it from others."""
    count = settings.library_examples
    if (count == "0") != (entries is None):
        raise click.ClickException("--library-examples N and --library FOLDER go together")
    if entries is None:
        return NoLibrary(), ""
    library, digest = Archive(Path.cwd(), settings).known(entries)
    return library, f"{count} of {digest}"


def _policies(given: str, choice: ModelChoice) -> tuple[str, ...]:
    """The names; `auto` is the one that suits the model, under its own name."""
    names = list(filter(None, map(str.strip, given.split(","))))
    if names == ["all"]:
        return tuple(POLICIES)
    names = [default_policy(choice.style) if name == "auto" else name for name in names]
    if not names or not all(name in POLICIES for name in names):
        told = f"--policy {given}: there are {', '.join(POLICIES)}, auto and all"
        raise click.ClickException(told)
    return tuple(dict.fromkeys(names))


def _chosen(suite: TaskSuite, half: str, first: int | None, only: frozenset[str]) -> TaskSuite:
    """The part of a suite that is asked for."""

    def wanted(task: Task) -> bool:
        named = not only or only & {task.name, task.spec.name, task.spec.module}
        return bool(named) and half in ("all", "odd" if task.number % 2 else "even")

    tasks = tuple(filter(wanted, suite.tasks))[:first]
    if not tasks:
        raise click.ClickException(f"no task of {suite.name} is left to be measured")
    return TaskSuite(name=suite.name, tasks=tasks, left_out=suite.left_out)


class _Progress:
    """How far it is, on standard error."""

    def __init__(self) -> None:
        self.total = 0
        self._live = sys.stderr.isatty()
        self._done = self._solved = 0
        self._began = time.monotonic()

    def result(self, result: Result) -> None:
        """One more run is done."""
        self._done += 1
        self._solved += result.solved
        passed = time.monotonic() - self._began
        left = passed / self._done * (self.total - self._done)
        told = f"{self._done} of {self.total} runs, {self._solved} solved"
        told += f", {passed:.0f} s, about {left:.0f} s to go"
        if self._live:
            click.echo(f"\r\x1b[K{told} · {one_line(result.task, 30)}", err=True, nl=False)
        elif self._done % EVERY == 0 or self._done == self.total:
            _say(told)

    def warning(self, text: str) -> None:
        """Something that the person should know."""
        self.clear()
        _say(text)

    def model(self, share: float, doing: str) -> None:
        """How fetching and starting the embedded model goes."""
        if self._live and doing:
            click.echo(f"\r\x1b[K{share:4.0%} {one_line(doing, 70)}", err=True, nl=False)

    def clear(self) -> None:
        """Leave the line to others."""
        if self._live:
            click.echo("\r\x1b[K", err=True, nl=False)


def _say(text: str) -> None:
    click.echo(f"pseudocode-tui: {one_line(text, 500)}", err=True)
