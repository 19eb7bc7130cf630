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
from pseudocode.wiring import load_kept, load_specs, person_grants, runner

if TYPE_CHECKING:
    from pseudocode.runner.process import ProcessRunner
    from pseudocode.store.accepted import Accepted
    from pseudocode.store.grants import Grants

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
    found = sum((load_specs(Path(path)) for path in paths[1:]), load_specs(Path(paths[0])))
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


def _edited(accepted: Accepted) -> str:
    return "; edited since accepted" if accepted.edited else ""


async def _check_all(specs: tuple[Spec, ...], tests: ProcessRunner, grants: Grants) -> int:
    looked = [(spec, _look(spec, grants)) for spec in specs]
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


def _look(spec: Spec, grants: Grants) -> _Finding | Accepted:
    """What is known of a spec, or the code that has yet to be tested."""
    try:
        accepted = load_kept(spec)
    except OSError as error:
        return _Finding("✗", f"accepted code cannot be read: {error.strerror}")
    except StoreError as error:
        return _Finding("✗", str(error))
    mend = f"pseudocode-tui run {spec.path} --only {spec.name}"
    if accepted and accepted.edited and accepted.digest != spec.digest:
        # A run would not replace what a person wrote.
        mend = "edited since it was accepted, so it is kept; see it in the app"
    if accepted is None:
        return _Finding("✗", f"no accepted code; {mend}")
    if accepted.digest != spec.digest:
        return _Finding("✗", f"stale: the declaration changed; {mend}")
    if needs := needed_permission(spec, grants):
        # A person accepted it, and here is nobody to be asked.
        return _Finding("-", f"accepted, fresh{_edited(accepted)}; not run: {needs}")
    if not spec.is_tested:
        return _Finding("✓", f"accepted, fresh{_edited(accepted)}")
    return accepted


async def _test(spec: Spec, accepted: Accepted, tests: Runner) -> _Finding:
    try:
        report = await tests.run(spec, accepted.code)
    except RunnerError as error:
        return _Finding("✗", str(error))
    if report.all_passed:
        return _Finding("✓", f"accepted, fresh, passing{_edited(accepted)}")
    failed = next((case for case in report.cases if case.went_wrong), None)
    if report.error or failed is None:
        return _Finding("✗", f"failing: {report.error}")
    if failed.file:
        return _Finding("✗", f"failing: {failed.call}: {failed.error}")
    got = failed.error or failed.got
    return _Finding("✗", f"failing: {failed.call} expected {failed.expected}, got {got}")
