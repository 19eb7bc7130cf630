"""What the worker answered, compared with what was expected: the only place where both meet."""

from __future__ import annotations

import ast
import doctest
import math
from typing import Any, NamedTuple, get_args

from pseudocode.events import Access, Case, Reach
from pseudocode.runner.arrays import is_scalar_of
from pseudocode.runner.encoding import Unencodable, decode, is_plain
from pseudocode.runner.watch import LONGEST, MOST
from pseudocode.spec.model import Example
from pseudocode.spec.parsing import parse_expression

MAX_SHOWN = 2_000
"""Characters of one value that go into the journal and on the screen."""
MAX_LOCALS, MAX_LOCAL = 12, 80
"""Local variables of a failing frame, and characters of each: more is not told, whoever says it."""
STRICT = doctest.DONT_ACCEPT_TRUE_FOR_1
"""Python once had no bool, and doctest still takes True for 1; a wrong answer must not pass."""


def judge(example: Example, answer: dict[str, Any]) -> Case:
    """Compare the worker's answer to one example with the expectation."""
    got = _Got(answer)
    if got.error is not None:
        return _judge_error(example, got)
    if example.error is not None:
        return _case(example, "failed", got, expected=example.error)
    passed = not example.want or _matches(example, got)
    return _case(example, "passed" if passed else "failed", got)


class Verdict(NamedTuple):
    """What became of examples or tests."""

    cases: tuple[Case, ...]
    fault: str = ""
    """What went wrong with the pass as a whole."""
    seen: tuple[Access, ...] = ()
    """What the code got hold of, as far as it let that be seen."""


def seen_in(record: dict[str, Any]) -> tuple[Access, ...]:
    """What the code got hold of by an answer of its worker; nothing where that is malformed."""
    told = record.pop("seen", ())
    if not isinstance(told, list):
        return ()
    pairs = [tuple(each) for each in told[:MOST] if isinstance(each, list) and len(each) == 2]
    return tuple(
        Access(reach=reach, what=what[:LONGEST])
        for reach, what in pairs
        if reach in get_args(Reach) and isinstance(what, str)
    )


def well_formed(record: dict[str, Any]) -> bool:
    """Whether an answer has the parts it must have, wherever it came from."""
    error, seconds = record.get("error"), record.get("seconds", 0.0)
    if type(record.get("index", 0)) is not int:
        return False
    if type(seconds) is not float or not math.isfinite(seconds):
        return False
    if error is None:
        return record.get("loaded", True) is True
    return (
        isinstance(error, dict)
        and isinstance(error.get("text"), str)
        and isinstance(error.get("frames"), list)
    )


def broken(example: Example, reason: str) -> Case:
    """The case of an example that gave no answer."""
    expected = example.error or example.want
    return Case(
        call=example.call,
        outcome="error",
        expected=_clip(expected.rstrip("\n")),
        error=reason,
        line=example.line,
        hidden=example.hidden,
    )


def skipped(example: Example) -> Case:
    """The case of an example that its author switched off."""
    return Case(call=example.call, outcome="skipped", expected=example.want, line=example.line)


class _Got:
    """An answer of the worker, read with suspicion."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self._shown: list[str] = []
        self.values: list[Any] = []
        self.opaque: list[str] = []
        self.typed: list[str] = []
        self.only_shown: list[tuple[Any, str]] = []
        for kind, *content in answer.get("pieces") or ():
            self._add(str(kind), content)
        self.text = "".join(self._shown)
        error = answer.get("error")
        self.error = str(error["text"]).rstrip("\n") if error else None
        self.frames = [str(frame) for frame in error["frames"]] if error else []
        held = error.get("locals") if error else None
        self.locals = [str(text) for text in held] if isinstance(held, list) else []
        self.seconds = float(answer.get("seconds") or 0.0)

    @property
    def is_one_value(self) -> bool:
        """Whether the answer is a single value, with nothing printed beside it."""
        return len(self.values) == 1 and self.text == f"{_shown(self.values[0])}\n"

    def _add(self, kind: str, content: list[Any]) -> None:
        if kind == "text":
            self._shown.append(str(content[0]))
        elif kind == "opaque":
            self.opaque.append(str(content[0]))
            self._show(None, str(content[1]))
        elif kind == "typed":
            self.typed.append(_kind_of(content[0]))
            self._show(content[0], str(content[1]))
        elif not is_plain(content[0]):  # decoding it would import what has no place in here
            raise Unencodable("a plain value expected")
        else:
            value = decode(content[0])
            self.values.append(value)
            self._shown.append(f"{_shown(value)}\n")

    def _show(self, data: Any, shown: str) -> None:
        self.only_shown.append((data, shown))
        self._shown.append(f"{shown}\n")


def _kind_of(data: Any) -> str:
    if is_plain(data) or not isinstance(data, list) or not data:
        raise Unencodable("a value of a type that is not plain expected")
    return str(data[0])


def _shown(value: object) -> str:
    try:
        return repr(value)
    except ValueError:  # an integer of more digits than the interpreter prints
        return "<a number too long to print>"


def _matches(example: Example, got: _Got) -> bool:
    checker = doctest.OutputChecker()
    if checker.check_output(example.want, got.text, example.flags | STRICT):
        return not any(_misleads(example.want, *piece) for piece in got.only_shown)
    return got.is_one_value and _same_set(example.want, got.values[0])


def _misleads(want: str, data: Any, shown: str) -> bool:
    # What prints like a literal has to be one: an object that prints as 24 is not 24. A scalar of
    # numpy 1 prints as the literal that it holds.
    return (_literal(want) or _literal(shown)) and not is_scalar_of(data, shown)


def _literal(text: str) -> bool:
    try:
        ast.literal_eval(parse_expression(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _same_set(want: str, value: object) -> bool:
    """Sets have no order of printing, so their members are compared one by one."""
    if not isinstance(value, set | frozenset):
        return False
    inner = want.strip()
    if isinstance(value, frozenset):
        if not inner.startswith("frozenset("):
            return False
        inner = inner.removeprefix("frozenset(").removesuffix(")")
    try:
        expected = ast.literal_eval(parse_expression(inner))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False
    return type(expected) is set and sorted(map(repr, expected)) == sorted(map(repr, value))


def _judge_error(example: Example, got: _Got) -> Case:
    if example.error is None:
        return _case(example, "error", got)
    want, text = example.error, got.error or ""
    if example.flags & doctest.IGNORE_EXCEPTION_DETAIL:
        want, text = (line.split(":", 1)[0].split(".")[-1] for line in (want, text))
    matches = doctest.OutputChecker().check_output(f"{want}\n", f"{text}\n", example.flags)
    return _case(example, "passed" if matches else "failed", got, expected=example.error)


def _case(example: Example, outcome: Any, got: _Got, expected: str | None = None) -> Case:
    wanted = example.want if expected is None else expected
    shown = got.text.rstrip("\n")
    notes = [f"({', '.join(told)})"] if outcome != "passed" and (told := _told(got, wanted)) else []
    error = "\n".join([got.error, *got.frames]) if got.error is not None else ""
    return Case(
        call=example.call,
        outcome=outcome,
        expected=_clip(wanted.rstrip("\n")),
        got=_clip(" ".join([shown, *notes]) if got.error is None else ""),
        error=_clip(error),
        output=_clip(shown if got.error is not None else ""),
        seconds=round(got.seconds, 6),
        line=example.line,
        hidden=example.hidden,
        locals=tuple(text[:MAX_LOCAL] for text in got.locals[:MAX_LOCALS]),
    )


def _told(got: _Got, wanted: str) -> list[str]:
    """Why an answer that may look right is not."""
    same = got.text.rstrip("\n") == wanted.rstrip("\n")
    return [*got.opaque, *(f"an answer of the kind {kind}" for kind in got.typed if same)]


def _clip(text: str) -> str:
    if len(text) <= MAX_SHOWN:
        return text
    return f"{text[:MAX_SHOWN]} … ({len(text):,} characters)"


__all__ = ["Unencodable", "broken", "judge", "skipped", "well_formed"]
