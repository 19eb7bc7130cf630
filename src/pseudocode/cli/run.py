"""`pseudocode-tui run`: the loop without a person."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import click

from pseudocode.cli.batch import Batch, Outcome
from pseudocode.cli.group import (
    FAILED,
    NO_MODEL,
    USAGE,
    bounding_options,
    common_options,
    keeping_options,
    open_project,
)
from pseudocode.cli.permitting import allow_option, grant
from pseudocode.cli.report import JsonReport, TextReport, write_junit
from pseudocode.errors import ProviderError
from pseudocode.projects import Project
from pseudocode.wiring import choose_model, hold_cost, load_specs

NO_MODEL_HINT = (
    "set OPENAI_API_KEY, or OPENAI_BASE_URL for another server, or use --model local "
    "for the embedded one"
)


@click.command("run", short_help="Write the missing code, without a person.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Specs at once.")
@click.option("--only", multiple=True, metavar="NAME", help="Only this spec; may be repeated.")
@allow_option
@click.option("--candidates", type=int, help="Answers asked for in each round.")
@click.option("--type-check", metavar="NAME", help="auto, off, ty, mypy or pyright.")
@bounding_options
@click.option("--json", "as_json", is_flag=True, help="One event a line on standard output.")
@click.option("--junit", metavar="FILE", help="Write the outcome as JUnit XML.")
@keeping_options
@common_options
def command(
    paths: tuple[str, ...],
    jobs: int,
    only: tuple[str, ...],
    allow: tuple[str, ...],
    as_json: bool,
    junit: str | None,
    config: str | None,
    **flags: Any,
) -> int:
    r"""Ask the model for every spec that has no fresh accepted code, test it, accept what passes.

    \b
    pseudocode-tui run specs/ --model local
    pseudocode-tui run specs/text.py --only slugify --max-rounds 8

    Code that asks for network, files or variables is run only where that was granted, here with
    --allow or in the app; specs with review=True are left to the app.

    The bounds of a spec (--max-…) and of the whole run (--total-…) are never passed by more than
    the answers in flight; what they stop, the next run goes on with.
    """
    root, settings = open_project(Path(paths[0]), config, flags)
    found = load_specs(*map(Path, paths))
    report = JsonReport() if as_json else TextReport()
    for problem in found.problems:
        report.problem(problem)
    if not found.specs and not found.problems:
        raise click.ClickException(
            f"no specs in {' '.join(paths)}: declare one with @pseudo_function"
        )
    if unknown := set(only) - {name for spec in found.specs for name in (spec.name, spec.id)}:
        raise click.ClickException(f"no spec is named {', '.join(sorted(unknown))}")
    project = Project(root, settings)
    grant(allow, found.specs, project.grants)
    choice = choose_model(settings)
    if choice is None:
        raise ProviderError("no model to ask", hint=NO_MODEL_HINT)
    hold_cost(choice, settings, filter(None, (spec.options.model for spec in found.specs)))
    started = time.monotonic()
    batch = Batch(project, choice, report, frozenset(only))
    outcomes = asyncio.run(batch.run(found.specs, jobs))
    report.summary(outcomes, choice.name, time.monotonic() - started)
    if junit:
        write_junit(Path(junit), outcomes)
    return _exit_code(outcomes, bool(found.problems))


def _exit_code(outcomes: list[Outcome], problems: bool) -> int:
    if any(outcome.state == "no model" for outcome in outcomes):
        return NO_MODEL
    if problems:
        return USAGE
    return FAILED if any(outcome.failed for outcome in outcomes) else 0
