"""A session becomes the messages that the model gets."""

from __future__ import annotations

import re
from dataclasses import replace

from pseudocode import classic, illustrating
from pseudocode.events import Case, ChatMessage, SuiteFinished
from pseudocode.policy import Plan
from pseudocode.rounds import Candidate, best_so_far, holding, times_asked, with_code
from pseudocode.session import Session
from pseudocode.spec.model import Example, Kind, Spec
from pseudocode.spec.overview import callable_specs, overview

_WANTED: dict[Kind, str] = {
    "function": "the complete function under the declared name and signature",
    "class": "the complete class under its declared name, with all of its methods",
    "module": (
        "the complete module: the code that is there already as it is, and all the rest under the "
        "declared names"
    ),
    "file": "",
}
SHOT = (
    ChatMessage(
        role="user",
        content=(
            "Write a Python function `initials`.\n\n"
            "Return the first letters of the words of a name, in upper case.\n\n"
            "Examples:\ninitials('ada lovelace') == 'AL'\ninitials('') == ''"
        ),
    ),
    ChatMessage(
        role="assistant",
        content=(
            "```python\ndef initials(name: str) -> str:\n"
            "    return ''.join(word[0].upper() for word in name.split())\n```"
        ),
    ),
)
"""A task solved as briefly as can be: small models take after it, and ramble less."""
MAX_FAILURES_SHOWN = 2
"""More cases cost tokens and help little; the smallest are the clearest."""
MAX_ASSERTIONS = 6
MAX_TESTS = 12_000
"""Characters of test files that go to the model."""
MAX_TEXT = 600
"""Characters of one expected or actual value that go to the model."""
MAX_DIAGNOSIS = 2_000
"""Characters of what another model found."""
DIAGNOSE = (
    "You find mistakes in code that somebody else has written. Say in at most five sentences what "
    "is wrong with it and what has to be done instead. Write no code."
)
_BLOCK = re.compile(r"^```.*?(?:^```|\Z)", re.MULTILINE | re.DOTALL)


def messages(session: Session, plan: Plan) -> tuple[ChatMessage, ...]:
    """What is sent in the round that is about to start.

    A repair extends the messages of the round before, word for word, so that servers can reuse
    what they have already read; one that is told of its base alone extends the first prompt.
    """
    if plan.form == "prefill":
        before = (*(SHOT if plan.shot else ()), *illustrating.tasks(session))
        return (*before, *_prefilled(session))
    base = base_of(session, plan)
    if plan.reason not in ("repair", "comment") or base is None or session.round is None:
        return _first(session, plan)
    reply = ChatMessage(role="assistant", content=_answer(session.spec, base, plan))
    said = ChatMessage(role="user", content=_said(session, base, plan))
    # What came out of the library was not asked for.
    asked = holding(session.rounds, base)
    before = (plan.growing and asked and asked.messages) or _first(session, plan)
    return (*before, reply, said)


def base_of(session: Session, plan: Plan) -> Candidate | None:
    """The answer that is to be repaired."""
    named = with_code(session.rounds, plan.base)
    told = _spoken_of(session) if plan.reason == "comment" else None
    return named or told or session.best


def _spoken_of(session: Session) -> Candidate | None:
    """What a person speaks of: the answer that they are shown."""
    return best_so_far(session.rounds[session.since :])


def diagnosing(session: Session, plan: Plan) -> tuple[ChatMessage, ...]:
    """What another model is sent, to say what is wrong with the answer that is to be repaired."""
    base, spec = base_of(session, plan), session.spec
    assert base is not None
    asked = ChatMessage(role="user", content=_request(spec, session.comments))
    answer = ChatMessage(
        role="assistant", content=_answer(spec, base, replace(plan, growing=False))
    )
    told = f"{_verdict(base, detailed=True)}\n\nWhat is wrong with this answer?"
    said = ChatMessage(role="user", content=told)
    return (ChatMessage(role="system", content=DIAGNOSE), asked, answer, said)


def _answer(spec: Spec, base: Candidate, plan: Plan) -> str:
    """An answer as the conversation holds it: as it came, or its code alone."""
    by_hand = base.reply.source == "person"
    if (plan.growing or not base.code) and not by_hand:
        return base.reply.text or "(no answer)"
    fence, kind = ("````", "") if spec.kind == "file" else ("```", "python")
    return f"{fence}{kind}\n{(base.code or base.reply.text).rstrip()}\n{fence}"


def _first(session: Session, plan: Plan) -> tuple[ChatMessage, ...]:
    if plan.form == "classic" and session.spec.kind == "function":
        *before, last = classic.opening(session.spec)
        content = "\n\n".join([last.content, *_in_mind(session.comments)])
        return (*before, ChatMessage(role=last.role, content=content))
    return _opening(session.spec, session.comments, illustrating.part(session))


def _said(session: Session, base: Candidate, plan: Plan) -> str:
    if plan.form == "classic" and session.spec.kind == "function" and not session.remarks:
        return classic.feedback(session.spec, base)
    return feedback(session, base)


def _opening(spec: Spec, comments: list[str], near: str) -> tuple[ChatMessage, ...]:
    first = ChatMessage(role="user", content=_request(spec, comments, near))
    return (ChatMessage(role="system", content=system(spec)), first)


def system(spec: Spec) -> str:
    """What a chat begins with."""
    if spec.kind == "file":
        return (
            "You write files. Answer with one block between ```` fences that holds the complete "
            "contents of the file, and nothing else: no explanation before or after it."
        )
    return (
        f"You write Python. Answer with one ```python block that holds {_WANTED[spec.kind]}, with "
        "the imports and helpers it needs, and nothing else: no tests, no examples, no calls. Do "
        "not repeat docstrings."
    )


def feedback(session: Session, candidate: Candidate) -> str:
    """What the model is told about its last answer."""
    by_hand = candidate.reply.source == "person"
    parts = ["I changed your answer by hand, as it stands there; keep that."] if by_hand else []
    parts += [*session.remarks, _verdict(candidate, detailed=times_asked(session.rounds) > 1)]
    parts.append(_diagnosis(session, candidate))
    parts.append(f"Write the complete {session.spec.kind} {session.spec.name} again.")
    return "\n\n".join(part for part in parts if part)


def _verdict(candidate: Candidate, *, detailed: bool) -> str:
    if candidate.checked is not None and candidate.checked.faults:
        return "Your answer cannot be used:\n" + "\n".join(
            f"- {fault}" for fault in candidate.checked.faults
        )
    if candidate.report is None or not candidate.report.needs_work:
        return ""
    return "\n\n".join(filter(None, [_failures(candidate.report, detailed), _doubts(candidate)]))


def _diagnosis(session: Session, candidate: Candidate) -> str:
    """What another model found wrong with an answer; quoted, as it may say whatever it likes."""
    found = session.diagnosis
    if found is None or found.base != candidate.sha256:
        return ""
    words = _BLOCK.sub("", found.text).strip()[:MAX_DIAGNOSIS]
    quoted = "\n".join(f"> {line}".rstrip() for line in words.split("\n"))
    return f"Somebody who looked at your answer says:\n{quoted}" if words else ""


def _doubts(candidate: Candidate) -> str:
    """What alone is no reason to turn code down, but may explain why it fails."""
    flags = candidate.checked.flags if candidate.checked else ()
    told = [f"- line {flag.line}: {flag.reason}" for flag in flags if flag.feedback]
    return "\n".join(["It may have to do with this:", *told]) if told else ""


def _failures(report: SuiteFinished, detailed: bool) -> str:
    """The smallest failing cases; of those that are withheld only that there are some.

    Values of variables cost tokens, so they are told where a failure alone was no help.
    """
    counted = [case for case in report.cases if case.outcome != "skipped" and not case.hidden]
    passed = sum(case.outcome == "passed" for case in counted)
    kind = "tests" if any(case.file for case in counted) else "examples"
    lines = [f"{passed} of {len(counted)} {kind} pass."] if counted else []
    if report.error:
        lines.append(f"The run broke off: {report.error}")
    if report.fits_only_the_shown:
        lines.append(
            f"{'But it' if counted else 'It'} is wrong for other arguments, which you have not "
            "seen. Follow what the description says for all of them."
        )
    failed = sorted((c for c in counted if c.outcome != "passed"), key=lambda c: len(c.call))
    lines += [_failure(case, detailed) for case in failed[:MAX_FAILURES_SHOWN]]
    return "\n\n".join(lines)


def _failure(case: Case, detailed: bool) -> str:
    if case.file:
        return f"{case.call} fails:\n{_clip(case.error)}"
    lines = [f">>> {case.call}", f"expected: {_clip(case.expected) or '(no exception)'}"]
    if case.error:
        lines.append(f"got: {_clip(case.error)}")
        lines += ["where " + ", ".join(case.locals)] if detailed and case.locals else []
    else:
        lines.append(f"got: {_clip(case.got) or '(nothing)'}")
    return "\n".join(lines)


def _clip(text: str) -> str:
    text = text.strip("\n")
    if len(text) <= MAX_TEXT:
        return text
    half = MAX_TEXT // 2
    return f"{text[:half]} … {text[-half:]}"


def _request(spec: Spec, comments: list[str], near: str = "") -> str:
    if spec.kind == "file":
        return _file_request(spec, comments)
    parts = [f"Write this {spec.kind}. Its examples must hold exactly."]
    if around := overview(spec):
        parts.append(f"Its module already holds:\n\n```python\n{around}\n```")
    parts += [near] if near else []
    parts.append(f"```python\n{spec.shown_stub}```")
    if tests := _tests(spec):
        parts.append(f"These tests have to pass as well:\n\n```python\n{tests}\n```")
    if spec.options.requires:
        parts.append(f"You may use: {', '.join(spec.options.requires)}.")
    return "\n\n".join([*parts, *_in_mind(comments)])


def _file_request(spec: Spec, comments: list[str]) -> str:
    parts = [f"Write the file `{spec.name}`:\n\n{spec.docstring}"]
    if tests := _tests(spec):
        told = "These tests get its contents as text, and have to pass:"
        parts.append(f"{told}\n\n```python\n{tests}\n```")
    return "\n\n".join([*parts, *_in_mind(comments)])


def _tests(spec: Spec) -> str:
    """The test files as the model is shown them, cut where they are very long."""
    text = "\n\n\n".join(suite.source.strip() for suite in spec.suites if suite.source.strip())
    if len(text) <= MAX_TESTS:
        return text
    return text[:MAX_TESTS].rpartition("\n")[0] + "\n# … and more of the kind"


def _prefilled(session: Session) -> tuple[ChatMessage, ...]:
    """The start of an answer behind the request, and behind what the person wrote or picked.

    An answer of the model's own is not shown with what the person says of it: the embedded model
    then gives it once more, while of the words alone it makes something at times.
    """
    spec = session.spec
    request = ChatMessage(role="user", content=_short_request(spec, session.comments))
    start = ChatMessage(role="assistant", content=prefill(spec))
    base = _spoken_of(session)
    theirs = session.round is not None and session.round.released
    said_of_theirs = session.remarks and base and base.reply.source == "person"
    if base is None or not base.code or not (theirs or said_of_theirs):
        return (request, start)
    answer = ChatMessage(role="assistant", content=f"```python\n{base.code.rstrip()}\n```")
    return (request, answer, ChatMessage(role="user", content=feedback(session, base)), start)


def _short_request(spec: Spec, comments: list[str]) -> str:
    request = f"Write a Python {spec.kind} `{spec.name}`.\n\n{_prose(spec)}"
    if usable := callable_specs(spec):
        request += f"\n\nYou may call: {', '.join(usable)}."
    shown = [_equation(e) for e in spec.examples if e.want and not e.hidden]
    shown = shown or _assertions(spec)
    if shown:
        request += "\n\nExamples:\n" + "\n".join(shown)
    return "\n\n".join([request, *_in_mind(comments)])


def _in_mind(comments: list[str]) -> list[str]:
    listed = "\n".join(f"- {comment}" for comment in comments)
    return [f"Keep in mind:\n{listed}"] if comments else []


def _assertions(spec: Spec) -> list[str]:
    """The shortest things that tests say about a function, for a model that reads little."""
    lines = (line.strip() for suite in spec.suites for line in suite.source.split("\n"))
    found = {line.removeprefix("assert ") for line in lines if line.startswith("assert ")}
    about = sorted((line for line in found if f"{spec.name}(" in line), key=len)
    return about[:MAX_ASSERTIONS]


def prefill(spec: Spec) -> str:
    """The start of the answer that a model of style `prefill` continues from."""
    imports = [line for line in spec.context.split("\n") if line.startswith(("import ", "from "))]
    header = "\n".join(imports) + "\n\n" if imports else ""
    return f"```python\n{header}{_first_line(spec)}\n"


def _first_line(spec: Spec) -> str:
    if spec.signature:
        return f"{spec.signature}:"
    starts = ("def ", "async def ", "class ")
    return next((line for line in spec.source.split("\n") if line.startswith(starts)), "")


def _prose(spec: Spec) -> str:
    return "\n\n".join(part for part in (spec.doc.summary, spec.doc.description) if part)


def _equation(example: Example) -> str:
    return f"{example.source.strip()} == {example.want.strip()}"
