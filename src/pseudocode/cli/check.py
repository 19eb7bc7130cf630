"""`pseudocode-tui check`: is the accepted code there, fresh and passing? No model is asked."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import click

from pseudocode.cli.group import FAILED, USAGE, common_options, open_project
from pseudocode.cli.permitting import allow_option, grant, needed_permission
from pseudocode.errors import StoreError
from pseudocode.inert import one_line
from pseudocode.loop import Runner, RunnerError
from pseudocode.spec.model import Spec
from pseudocode.spec.uses import in_order
from pseudocode.supplies import look_up
from pseudocode.wiring import load_specs, person_grants, runner

if TYPE_CHECKING:
    from pseudocode.runner.process import ProcessRunner
    from pseudocode.store.grants import Grants
    from pseudocode.store.supply import Kept

_COLOURS = {"✓": "green", "-": "yellow", "✗": "red"}


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


class _Finding(NamedTuple):
    """What is known of one spec."""

    sign: Literal["✓", "-", "✗"]
    told: str


_WELL = _Finding("✓", "accepted, fresh, passing")


async def _check_all(specs: tuple[Spec, ...], tests: ProcessRunner, grants: Grants) -> int:
    looked = [(spec, _look(spec, grants)) for spec in in_order(specs)]
    good = 0
    try:
        for number, (spec, found) in enumerate(looked):
            coming = (s for s, later in looked[number + 1 :] if not isinstance(later, _Finding))
            if following := next(coming, None):
                tests.prepare(following)
            finding = found if isinstance(found, _Finding) else await _test(spec, found, tests)
            sign = click.style(finding.sign, fg=_COLOURS[finding.sign])
            click.echo(f"{sign} {one_line(spec.id):<36} {one_line(finding.told, 1000)}")
            good += finding.sign != "✗"
    finally:
        await tests.close()
    return good


def _look(spec: Spec, grants: Grants) -> _Finding | Kept:
    """What is known of a spec, or what has yet to be tested of it."""
    try:
        kept = look_up(spec)
    except OSError as error:
        return _Finding("✗", f"accepted code cannot be read: {error.strerror}")
    except StoreError as error:
        return _Finding("✗", str(error))
    mend = f"pseudocode-tui run {spec.path} --only {spec.name}"
    accepted = kept.accepted
    if accepted is None:
        return _Finding("✗", f"no accepted code; {mend}")
    if kept.state == "stale":
        return _Finding("✗", f"stale: {kept.reason}; {mend}")
    if spec.around.missing:
        return _Finding("✗", f"waits for {spec.around.missing[0].id}, which is not accepted")
    if needs := needed_permission(spec, grants):
        # A person accepted it, and here is nobody to be asked.
        return _Finding("-", f"accepted, fresh; not run: {needs}")
    if spec.is_tested:
        return kept
    return _Finding("✓", f"accepted, untested; {kept.reason}") if kept.reason else _WELL


async def _test(spec: Spec, kept: Kept, tests: Runner) -> _Finding:
    assert kept.accepted is not None
    try:
        report = await tests.run(spec, kept.accepted.code)
    except RunnerError as error:
        return _Finding("✗", str(error))
    if report.all_passed:
        told = f"{_WELL.told} again: {kept.reason}"
        return _Finding("✓", told) if kept.state == "to re-test" else _WELL
    failed = next((case for case in report.cases if case.went_wrong), None)
    if report.error or failed is None:
        return _Finding("✗", f"failing: {report.error}")
    if failed.file:
        return _Finding("✗", f"failing: {failed.call}: {failed.error}")
    got = failed.error or failed.got
    return _Finding("✗", f"failing: {failed.call} expected {failed.expected}, got {got}")
