"""Whether accepted code is there, belongs to its declaration, and passes; no model is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from pseudocode.errors import StoreError
from pseudocode.events import Case, SuiteFinished
from pseudocode.loop import Runner, RunnerError
from pseudocode.spec.model import Spec
from pseudocode.supplies import look_up
from pseudocode.wiring_code import missing_packages

if TYPE_CHECKING:
    from pseudocode.store.grants import Grants
    from pseudocode.store.supply import Kept

State = Literal["well", "none", "stale", "unusable", "not permitted", "failing"]
MAX_LINES = 30
"""Lines of one traceback that are told."""


class Finding(NamedTuple):
    """What is known of one spec."""

    state: State
    told: str
    report: SuiteFinished | None = None
    """What its tests said, where they ran."""

    @property
    def faulty(self) -> bool:
        """Whether something has to be done about it."""
        return self.state not in ("well", "not permitted")


WELL = Finding("well", "accepted, fresh, passing")


def kept_code(spec: Spec) -> Finding | Kept:
    """What is accepted for a spec as it is declared now, or why there is nothing."""
    try:
        kept = look_up(spec)
    except OSError as error:
        return Finding("unusable", f"accepted code cannot be read: {error.strerror}")
    except StoreError as error:
        return Finding("unusable", str(error))
    mend = f"pseudocode-tui run {spec.path} --only {spec.name}"
    if kept.accepted is None:
        return Finding("none", f"no accepted code; {mend}")
    if kept.state == "stale":
        return Finding("stale", f"stale: {kept.reason}; {mend}")
    return kept


def code_to_test(spec: Spec, grants: Grants) -> Finding | Kept:
    """What is accepted for a spec, or what is known without running it."""
    kept = kept_code(spec)
    if isinstance(kept, Finding):
        return kept
    if spec.around.missing:
        return Finding("unusable", f"waits for {spec.around.missing[0].id}, which is not accepted")
    if absent := missing_packages(spec):
        return Finding("unusable", absent)
    if needs := needed_permission(spec, grants):
        # A person accepted it, and here is nobody to be asked.
        return Finding("not permitted", f"accepted, fresh; not run: {needs}")
    if spec.is_tested:
        return kept
    return Finding("well", f"accepted, untested; {kept.reason}") if kept.reason else WELL


async def tested(spec: Spec, kept: Kept, tests: Runner) -> Finding:
    """Run the tests of a spec on its accepted code."""
    assert kept.accepted is not None
    try:
        report = await tests.run(spec, kept.accepted.code)
    except RunnerError as error:
        return Finding("failing", str(error))
    if report.all_passed and kept.state == "to re-test":
        return Finding("well", f"{WELL.told} again: {kept.reason}", report)
    if report.all_passed:
        return Finding(*WELL[:2], report)
    failed = next((case for case in report.cases if case.went_wrong), None)
    if report.error or failed is None:
        return Finding("failing", f"failing: {report.error}", report)
    if failed.file:
        return Finding("failing", f"failing: {failed.call}: {failed.error}", report)
    got = failed.error or failed.got
    told = f"failing: {failed.call} expected {failed.expected}, got {got}"
    return Finding("failing", told, report)


def needed_permission(spec: Spec, grants: Grants) -> str:
    """What a person has to grant before the code of a spec is run, and how; or nothing."""
    wanted = spec.options.permissions
    if not wanted or grants.holds(spec):
        return ""
    return f"needs permission: {', '.join(wanted)}; grant it with --allow {spec.name}"


def at_length(finding: Finding) -> str:
    """All that failed, on as many lines as it takes."""
    report = finding.report
    if report is None:
        return finding.told
    parts = [report.tally, *([f"it broke off: {report.error}"] if report.error else [])]
    parts += [_case(case) for case in report.cases if case.went_wrong]
    return "\n\n".join(parts)


def _case(case: Case) -> str:
    if case.file:
        told = (case.traceback or case.error).splitlines()[-MAX_LINES:]
        return "\n".join([f"{case.file}::{case.call}", *(f"    {line}" for line in told)])
    lines = [f"line {case.line}: {case.call}", f"    expected: {case.expected or '(no exception)'}"]
    return "\n".join([*lines, f"    got:      {(case.error or case.got or '(nothing)').strip()}"])
