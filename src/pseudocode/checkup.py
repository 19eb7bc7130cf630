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
    edited: bool = False
    """Whether a person changed the code since it was accepted; what is told says so."""

    @property
    def faulty(self) -> bool:
        """Whether something has to be done about it."""
        return self.state not in ("well", "not permitted")


_EDITED = "edited since accepted"


def kept_code(spec: Spec) -> Finding | Kept:
    """What is accepted for a spec as it is declared now, or why there is nothing."""
    try:
        kept = look_up(spec)
    except OSError as error:
        return Finding("unusable", f"accepted code cannot be read: {error.strerror}")
    except StoreError as error:
        return Finding("unusable", str(error))
    mend = f"pseudocode-tui run {spec.path} --only {spec.name}"
    if kept.edited:
        # A run would not replace what a person wrote.
        mend = "edited since it was accepted, so it is kept; see it in the app"
    if kept.accepted is None:
        return Finding("none", f"no accepted code; {mend}")
    if kept.state == "stale":
        return Finding("stale", f"stale: {kept.reason}; {mend}", edited=kept.edited)
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
        return _finding(kept, "not permitted", "accepted, fresh", f"not run: {needs}")
    if spec.is_tested:
        return kept
    told = "accepted, untested" if kept.reason else "accepted, fresh"
    return _finding(kept, "well", told, kept.reason)


async def tested(spec: Spec, kept: Kept, tests: Runner) -> Finding:
    """Run the tests of a spec on its accepted code."""
    assert kept.accepted is not None
    try:
        report = await tests.run(spec, kept.accepted.code)
    except RunnerError as error:
        return _finding(kept, "failing", str(error))
    if report.all_passed:
        again = f" again: {kept.reason}" if kept.state == "to re-test" else ""
        return _finding(kept, "well", f"accepted, fresh, passing{again}", report=report)
    return _finding(kept, "failing", f"failing: {_failure(report)}", report=report)


def _finding(
    kept: Kept, state: State, told: str, more: str = "", report: SuiteFinished | None = None
) -> Finding:
    """A finding on accepted code, which says whether that is still what was accepted."""
    told = "; ".join(filter(None, (told, _EDITED if kept.edited else "", more)))
    return Finding(state, told, report, kept.edited)


def _failure(report: SuiteFinished) -> str:
    failed = next((case for case in report.cases if case.went_wrong), None)
    if report.error or failed is None:
        return report.error
    if failed.file:
        return f"{failed.call}: {failed.error}"
    return f"{failed.call} expected {failed.expected}, got {failed.error or failed.got}"


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
    parts += [_EDITED] if finding.edited else []
    return "\n\n".join(parts)


def _case(case: Case) -> str:
    if case.file:
        told = (case.traceback or case.error).splitlines()[-MAX_LINES:]
        return "\n".join([f"{case.file}::{case.call}", *(f"    {line}" for line in told)])
    lines = [f"line {case.line}: {case.call}", f"    expected: {case.expected or '(no exception)'}"]
    return "\n".join([*lines, f"    got:      {(case.error or case.got or '(nothing)').strip()}"])
