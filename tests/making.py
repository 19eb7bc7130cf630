"""Specs, sessions and facts for tests, made from the least that has to be said."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from pseudocode.events import (
    CandidateChecked,
    Case,
    ChatMessage,
    Event,
    PromptSent,
    ReplyReceived,
    RoundStarted,
    SessionStarted,
    SuiteFinished,
)
from pseudocode.session import Session
from pseudocode.spec.discovery import find_specs
from pseudocode.spec.model import Found, Spec

IMPORT = "from pseudocode import pseudo_function\n\n"
ADD = '''def add(a: int, b: int) -> int:
    """Add two numbers.

    >>> add(1, 2)
    3
    >>> add(3, 4)
    7
    """
'''
RIGHT = "def add(a: int, b: int) -> int:\n    return a + b\n"
MINUS = "def add(a: int, b: int) -> int:\n    return a - b\n"
TIMES = "def add(a: int, b: int) -> int:\n    return a * b\n"
THREE = "def add(a: int, b: int) -> int:\n    return 3\n"
AT = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)


def shown(value: object) -> str:
    """The name of a parameter, the same in every process: without addresses."""
    return re.sub(" at 0x[0-9a-f]+", "", repr(value))


def now() -> datetime:
    """The same moment, always."""
    return AT


def found_in(text: str, path: str = "specs/sums.py") -> Found:
    """What a file holds that imports the decorator and then goes on as given."""
    return find_specs(path, (IMPORT + text).encode())


def spec_of(declaration: str = ADD, *, options: str = "", path: str = "specs/sums.py") -> Spec:
    """The one spec of a declaration; what stands before its `def` is its module."""
    before, keyword, rest = declaration.rpartition("async def ")
    if not keyword:
        before, keyword, rest = declaration.partition("def ")
    text = f"{before}@pseudo_function{options and f'({options})'}\n{keyword}{rest}"
    found = found_in(text, path)
    assert not found.problems, found.problems
    (spec,) = found.specs
    return spec


def fenced(code: str) -> str:
    """An answer as models usually give it."""
    return f"Here it is:\n\n```python\n{code}```\n"


def started(spec: Spec | None = None, **values: Any) -> SessionStarted:
    """The first fact of a session; passing tests accept, unless said otherwise."""
    spec = spec or spec_of()
    told: dict[str, Any] = {"approval": "tests", "review": spec.options.review, **values}
    return SessionStarted(
        session="20250102-030405-sums.add-0000",
        spec=spec.id,
        path=spec.path,
        stub=spec.stub,
        model="scripted",
        **{"digest": spec.digest, **told},
    )


def session_of(spec: Spec | None = None, **values: Any) -> Session:
    """A session that has just begun."""
    spec = spec or spec_of()
    session = Session(spec)
    session.append(started(spec, **values))
    return session


def round_of(
    session: Session,
    code: str,
    *got: str,
    reason: Any = "first",
    counted: bool = True,
    faults: tuple[str, ...] = (),
    base: str = "",
) -> None:
    """Append a whole round: asked, answered, checked and, where there are answers, tested."""
    number = len(session.rounds) + 1
    prompt = ChatMessage(role="user", content=f"prompt {number}")
    facts: list[Event] = [
        RoundStarted(
            round=number,
            reason=reason,
            candidates=1,
            temperature=0.2,
            counted=counted,
            base=base,
        ),
        PromptSent(messages=(prompt,)),
        ReplyReceived(candidate=0, text=fenced(code), finish="stop"),
        CandidateChecked(candidate=0, code="" if faults else code, faults=faults),
    ]
    if got:
        facts.append(report_of(session.spec, *got))
    for fact in facts:
        session.append(fact)


def report_of(spec: Spec, *got: str, **values: Any) -> SuiteFinished:
    """A test pass in which the examples gave these answers, in their order."""
    answers = iter(got)
    cases = tuple(
        Case(call=example.call, outcome="skipped", line=example.line)
        if example.skipped
        else _case(example.call, example.want.strip(), next(answers, ""), example.line)
        for example in spec.examples
    )
    return SuiteFinished(**{"candidate": 0, "cases": cases, **values})


def _case(call: str, want: str, got: str, line: int) -> Case:
    passed = want in ("", got)
    return Case(
        call=call, outcome="passed" if passed else "failed", expected=want, got=got, line=line
    )
