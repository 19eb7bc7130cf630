"""A second pass over code that passed: in a fresh worker, in another order, and more than once.

State kept between calls, caches, and answers that are right at the first call only pass a single
run in the order of the docstring.
"""

from __future__ import annotations

from dataclasses import replace

from pseudocode.events import Case, SuiteFinished
from pseudocode.spec.model import Example, Spec
from pseudocode.spec.withheld import stands_alone


def second_pass(spec: Spec, *, repeat: bool) -> Spec:
    """The spec with its examples in the order of the second pass.

    Args:
        spec: The spec.
        repeat: Whether there is time to call everything twice.
    """
    if not _order_is_free(spec):
        return spec
    backwards = tuple(reversed(spec.examples))
    return replace(spec, examples=backwards + spec.examples if repeat else backwards)


def agreed(first: SuiteFinished, second: SuiteFinished) -> SuiteFinished:
    """The verdict of both passes: passed is only what passed every time."""
    wrong = {_place(case): case for case in second.cases if case.went_wrong}
    return replace(
        first,
        cases=tuple(_agreed(case, wrong.get(_place(case))) for case in first.cases),
        seconds=round(first.seconds + second.seconds, 4),
        seen=tuple(dict.fromkeys((*first.seen, *second.seen))),
        error=f"in a second run {second.error}" if second.error else "",
    )


def _place(case: Case) -> tuple[str, int, str]:
    return case.file, case.line, case.call


def _agreed(case: Case, wrong: Case | None) -> Case:
    if wrong is None:
        return case
    told = "right at first, but not when called again in another order"
    return replace(wrong, outcome="failed", error="\n".join(filter(None, [told, wrong.error])))


def _order_is_free(spec: Spec) -> bool:
    """Whether each example is a call by itself, with one answer wherever it stands."""
    examples = [example for example in spec.examples if not example.skipped]
    answers: dict[str, set[str]] = {}
    for example in examples:
        answers.setdefault(example.source, set()).add(_answer(example))
    return all(stands_alone(e.source, spec.name) for e in examples) and all(
        len(different) == 1 for different in answers.values()
    )


def _answer(example: Example) -> str:
    return example.error if example.error is not None else example.want
