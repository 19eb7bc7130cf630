"""`pseudocode-tui check`: is the accepted code there, fresh and passing? No model is asked."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from pseudocode.cli.group import FAILED, USAGE, common_options
from pseudocode.inert import one_line
from pseudocode.loop import Runner, RunnerError
from pseudocode.settings import load_settings
from pseudocode.spec.model import Spec
from pseudocode.wiring import load_accepted, load_specs, project_root, runner


@click.command("check", short_help="Accepted code is there, fresh and passing (for CI).")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@common_options
def command(paths: tuple[str, ...], config: str | None, **flags: Any) -> int:
    r"""Look at every spec: is code accepted, does it belong to the declaration, does it pass?

    \b
    pseudocode-tui check specs/

    No model is asked. Specs that need the network are not run.
    """
    root = project_root(Path(paths[0]))
    settings = load_settings(flags, project=root, config=Path(config) if config else None)
    found = sum((load_specs(Path(path)) for path in paths[1:]), load_specs(Path(paths[0])))
    for problem in found.problems:
        click.echo(one_line(str(problem), 500), err=True)
    if not found.specs and not found.problems:
        raise click.ClickException(
            f"no specs in {' '.join(paths)}: declare one with @pseudo_function"
        )
    good = asyncio.run(_check_all(found.specs, runner(settings)))
    click.echo(f"{good} of {len(found.specs)} specs are well")
    if found.problems:
        return USAGE
    return 0 if good == len(found.specs) else FAILED


async def _check_all(specs: tuple[Spec, ...], tests: Runner) -> int:
    good = 0
    for spec in specs:
        reason = await _fault(spec, tests)
        sign = click.style("✗", fg="red") if reason else click.style("✓", fg="green")
        told = one_line(reason or "accepted, fresh, passing", 300)
        click.echo(f"{sign} {one_line(spec.id):<36} {told}")
        good += not reason
    return good


async def _fault(spec: Spec, tests: Runner) -> str:
    try:
        accepted = load_accepted(spec.path, spec.module, spec.name)
    except OSError as error:
        return f"accepted code cannot be read: {error.strerror}"
    mend = f"pseudocode-tui run {spec.path} --only {spec.name}"
    if accepted is None:
        return f"no accepted code; {mend}"
    if accepted.digest != spec.digest:
        return f"stale: the declaration changed; {mend}"
    if spec.options.network or not spec.is_tested:
        return ""
    try:
        report = await tests.run(spec, accepted.code)
    except RunnerError as error:
        return str(error)
    if report.all_passed:
        return ""
    failed = next((case for case in report.cases if case.outcome in ("failed", "error")), None)
    if report.error or failed is None:
        return f"failing: {report.error}"
    return f"failing: {failed.call} expected {failed.expected}, got {failed.error or failed.got}"
