"""`pseudocode-tui check`: is the accepted code there, fresh and passing? No model is asked."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pseudocode.checkup import Finding, code_to_test, tested
from pseudocode.cli.group import FAILED, USAGE, common_options, open_project
from pseudocode.cli.permitting import allow_option, grant
from pseudocode.inert import one_line
from pseudocode.spec.model import Spec
from pseudocode.spec.uses import in_order
from pseudocode.wiring import load_specs, person_grants, runner

if TYPE_CHECKING:
    from pseudocode.runner.process import ProcessRunner
    from pseudocode.store.grants import Grants

_SIGNS = {"well": ("✓", "green"), "not permitted": ("-", "yellow")}


@click.command("check", short_help="Accepted code is there, fresh and passing (for CI).")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@allow_option
@common_options
def command(
    paths: tuple[str, ...], allow: tuple[str, ...], config: str | None, **flags: Any
) -> int:
    r"""Look at every spec: is code accepted, does it belong to the declaration, does it pass?

    \b
    pseudocode-tui check specs/

    No model is asked. Code that asks for network, files or variables is run only where that was
    granted; elsewhere that it was not run is told, and is no fault.
    """
    _, settings = open_project(Path(paths[0]), config, flags)
    found = load_specs(*map(Path, paths))
    for problem in found.problems:
        click.echo(one_line(str(problem), 500), err=True)
    if not found.specs and not found.problems:
        raise click.ClickException(
            f"no specs in {' '.join(paths)}: declare one with @pseudo_function"
        )
    grants = person_grants()
    grant(allow, found.specs, grants)
    good = asyncio.run(_check_all(found.specs, runner(settings), grants))
    click.echo(f"{good} of {len(found.specs)} specs are well")
    if found.problems:
        return USAGE
    return 0 if good == len(found.specs) else FAILED


async def _check_all(specs: tuple[Spec, ...], tests: ProcessRunner, grants: Grants) -> int:
    """Look at all, as many at once as there are processors, and tell of each in its order."""
    gate = asyncio.Semaphore(os.cpu_count() or 1)

    async def look(spec: Spec) -> Finding:
        found = code_to_test(spec, grants)
        if isinstance(found, Finding):
            return found
        async with gate:
            return await tested(spec, found, tests)

    looking = [(spec, asyncio.ensure_future(look(spec))) for spec in in_order(specs)]
    good = 0
    try:
        for spec, looked in looking:
            finding = await looked
            sign, colour = _SIGNS.get(finding.state, ("✗", "red"))
            told = one_line(finding.told, 1000)
            click.echo(f"{click.style(sign, fg=colour)} {one_line(spec.id):<36} {told}")
            good += not finding.faulty
    finally:
        for _, looked in looking:
            looked.cancel()
        await asyncio.gather(*(looked for _, looked in looking), return_exceptions=True)
        await tests.close()
    return good
