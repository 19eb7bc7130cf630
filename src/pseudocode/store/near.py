"""Which entries of the library a model may be shown beside a declaration, and what of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from contextlib import suppress

from pseudocode.errors import SpecError
from pseudocode.events import ReplyReceived, Solved
from pseudocode.spec.docstrings import parse_docstring
from pseudocode.spec.model import Spec
from pseudocode.spec.parsing import parse
from pseudocode.store.entries import Entry, shared, telling_words

MIN_SHARED = 1 / 3
"""Share of a declaration's telling words that an entry has to have: its tests may be few."""
MIN_SHOWN = 1 / 5
"""The same for what is only shown: nothing hangs on it, so it may be less near."""
MAX_LETTERS = 1600
"""Of all that is shown, about 400 tokens: small models read no more than 2,000 in all."""
_TELLS_EXAMPLES = re.compile(r"^\s*>>>|^```", re.MULTILINE)


class Known:
    """A library that is none but for examples: entries from somewhere, of which nothing is run."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = tuple(entries)

    async def recall(self, spec: Spec) -> tuple[ReplyReceived, ...]:
        """Nothing."""
        return ()

    async def near(self, spec: Spec, count: int) -> tuple[Solved, ...]:
        """Up to so many declarations that are near to this one, with their code."""
        return nearest(self._entries, spec, count)


def nearest(entries: Iterable[Entry], spec: Spec, count: int) -> tuple[Solved, ...]:
    """What a model is shown of the entries that are nearest to a declaration.

    Neither the declaration itself is among them, nor code that repeats examples, some of which may
    be withheld; what finds no room is left out.
    """
    words = telling_words(spec)
    likeness = {entry.id: shared(words, entry) for entry in entries}
    least = max(min(2, len(words)), len(words) * MIN_SHOWN)
    near = [entry for entry in entries if words and likeness[entry.id] >= least]
    near.sort(key=lambda entry: -likeness[entry.id])
    found: dict[str, Solved] = {}
    room = MAX_LETTERS
    for entry in near:
        if len(found) == count:
            break
        solved = _solved(entry) if _may_be_shown(entry, spec) else None
        if solved and solved.code not in found and len(solved.told + solved.code) <= room:
            found[solved.code] = solved
            room -= len(solved.told + solved.code)
    return tuple(found.values())


def _may_be_shown(entry: Entry, spec: Spec) -> bool:
    own = entry.digest == spec.digest or entry.stub == spec.stub
    return not own and entry.kind != "file" and not _TELLS_EXAMPLES.search(entry.code)


def _solved(entry: Entry) -> Solved | None:
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError, SpecError):
        body = parse(entry.stub).body
        documented = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        declared = next((node for node in body if isinstance(node, documented)), None)
        doc = parse_docstring((declared and ast.get_docstring(declared)) or "")
        told = "\n\n".join(part for part in (doc.summary, doc.description) if part)
        return Solved(
            kind=entry.kind, name=entry.name, told=told, code=entry.code, origin=entry.origin
        )
    return None
