"""Examples in docstrings that are not quite doctests: those that can be read for certain."""

from __future__ import annotations

import ast
import builtins
import io
import re
import tokenize
from typing import NamedTuple

_PROMPT = re.compile(r"\s*>>>\s?")
_BULLET = re.compile(r"\s*(?:[-*•]\s+|\d+[.)]\s+)?")
_SAYS = re.compile(
    r"\s*(?:#\s*)?(?:==>|=>|->|➞|→|⇒|===?|=|(?:should|must|will)\s+(?:return|be)|returns?)\s*"
)


class Example(NamedTuple):
    """A call and what it gives, both as Python expressions."""

    call: str
    want: str


class Read(NamedTuple):
    """A docstring, taken apart."""

    prose: str
    """What is left of it; nothing in it looks like a doctest."""
    examples: tuple[Example, ...]
    left_out: tuple[str, ...]
    """Lines that look like examples, and cannot be read."""


def read_examples(docstring: str, name: str) -> Read:
    """Take the examples out of a docstring.

    Args:
        docstring: Cleaned as by `inspect.cleandoc`.
        name: The function that examples call.
    """
    lines = docstring.split("\n")
    prose: list[str] = []
    examples: list[Example] = []
    left_out: list[str] = []
    while lines:
        line = lines.pop(0)
        prompted = _PROMPT.match(line)
        text = line[prompted.end() :] if prompted else line[_end(_BULLET, line) :]
        example = _on_one_line(text, name, prompted=bool(prompted))
        if example is None and prompted:
            example = _over_lines(text, name, lines)
        if example is not None:
            examples.append(example)
            continue
        if prompted or text.startswith(f"{name}("):
            left_out.append(text.strip())
        prose.append(text if prompted else line)
    return Read("\n".join(prose).strip(), tuple(examples), tuple(left_out))


def _on_one_line(text: str, name: str, *, prompted: bool) -> Example | None:
    """A call, a sign, and a literal; after a prompt the sign may be missing."""
    if not text.startswith(f"{name}("):
        return None
    end = _end_of_call(text)
    call, rest = text[:end], text[end:]
    says = _SAYS.match(rest)
    if not end or not _is_call(call, name) or not (says or (prompted and rest.strip())):
        return None
    want = _literal(rest[says.end() if says else 0 :])
    return None if want is None else Example(call, want)


def _over_lines(text: str, name: str, following: list[str]) -> Example | None:
    """A doctest; the lines of its answer are used up if it is one."""
    call = _without_comment(text)
    if not _is_call(call, name):
        return None
    count = next(
        (n for n, line in enumerate(following) if not line.strip() or _PROMPT.match(line)),
        len(following),
    )
    want = _literal(" ".join(line.strip() for line in following[:count]))
    if want is None:
        return None
    del following[:count]
    return Example(call, want)


def _end(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.match(text)
    return match.end() if match else 0


def _end_of_call(text: str) -> int:
    """Where the parenthesis closes that is opened first; 0 where none does."""
    depth = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.OP and token.string in "([{":
                depth += 1
            elif token.type == tokenize.OP and token.string in ")]}":
                depth -= 1
                if not depth:
                    return token.end[1]
    except (tokenize.TokenError, SyntaxError):
        pass
    return 0


def _without_comment(text: str) -> str:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return text.strip()
    comment = next((t for t in tokens if t.type == tokenize.COMMENT), None)
    return (text[: comment.start[1]] if comment else text).strip()


def _is_call(text: str, name: str) -> bool:
    """Whether it is an expression of nothing but the function, builtins and literals."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return name in used and all(n == name or hasattr(builtins, n) for n in used)


def _literal(text: str) -> str | None:
    """A literal as the interpreter would show it; nothing where the text is more than that."""
    steps, _, last = text.rpartition(" = ")  # as in 19 - 5 - 6 = 8
    if steps and _is_arithmetic(steps):
        text = last
    plain = text.strip()
    # The point at the end of a sentence would make a float of a number.
    for candidate in (plain.rstrip(".,;"), plain, _without_comment(text)):
        found = {"true": "True", "false": "False"}.get(candidate, candidate)
        try:
            return repr(ast.literal_eval(found))
        except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
            continue
    return None


def _is_arithmetic(text: str) -> bool:
    return re.fullmatch(r"[\d\s+*/().-]+", text) is not None
