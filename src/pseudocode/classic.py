"""The words of the article's experiment, for the policy `classic`.

They are those of Quansight/pseudocode, but for the function's name, which there was always `run`.
The docstring's examples are not shown; one that fails is told, with what was expected.
"""

from __future__ import annotations

import ast

from pseudocode.events import Case, ChatMessage
from pseudocode.rounds import Candidate
from pseudocode.spec.model import Spec
from pseudocode.spec.parsing import parse


def opening(spec: Spec) -> tuple[ChatMessage, ...]:
    """What the conversation about a function begins with."""
    system = (
        "You are a helpful assistant which only outputs python code in response to questions with "
        f"no additional text.\nYou always return a python function named {spec.name} within code "
        "blocks ```python ... ```.\nDo not include docstrings or type annotations with the "
        "function."
    )
    parameters, returns = _annotations(spec)
    lines = [
        "The following is a short description of what this function should do "
        f'"{spec.doc.summary}".',
        "A longer more detailed description of what this function should do is as follows:",
        spec.doc.description,
        "The function takes the following arguments:",
        *parameters,
        *([f'This function must return a result of python type "{returns}".'] if returns else []),
        "Output code that will satisfy the given requirements.",
    ]
    return (
        ChatMessage(role="system", content=system),
        ChatMessage(role="user", content="\n".join(lines)),
    )


def feedback(spec: Spec, candidate: Candidate) -> str:
    """What is said of an answer: its first fault."""
    faults = candidate.checked.faults if candidate.checked else ()
    if faults and "```" not in candidate.reply.text:
        return "Your response must be wrapped in ```python ... ```"
    if faults:
        return (
            "I ran into an exception when I tried to execute the code you supplied. Could you try "
            f"and fix it? Here is the exception {faults[0]}"
        )
    report = candidate.report
    failed = [c for c in report.cases if c.went_wrong and not c.hidden] if report else []
    if failed:
        return _failed(failed[0])
    if report and report.fits_only_the_shown:
        return "Some python test cases that you have not seen failed and gave the wrong result"
    return f"The function {spec.name} does not do what it should yet."


def _failed(case: Case) -> str:
    wanted = f"{case.call} == {case.expected}" if case.expected else case.call
    told = f"The following python test case `{wanted}` failed and"
    if case.error:
        return f"{told} raised an exception. The exception was {case.error}"
    return f'{told} gave the wrong result of "{case.got}"'


def _annotations(spec: Spec) -> tuple[list[str], str]:
    """A line for each argument, and the declared type of the answer."""
    (function,) = parse(f"{spec.signature}: ...").body
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    given = function.args
    everything = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    everything += [each for each in (given.vararg, given.kwarg) if each]
    lines = [
        f' - variable "{each.arg}"'
        + (f' of python type "{ast.unparse(each.annotation)}"' if each.annotation else "")
        for each in everything
    ]
    return lines, ast.unparse(function.returns) if function.returns else ""
