"""What the library knows of one piece of accepted code, and its form as JSON and in the index."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

from pseudocode.rounds import Candidate, saved_tokens
from pseudocode.session import Session
from pseudocode.spec.fitting import shape
from pseudocode.spec.model import Spec
from pseudocode.store.tables import checksum, is_whole

MAX_WORDS = 12
"""Words of a declaration that are looked for."""
STEM = 5
"""Letters in which words agree that mean about the same."""
_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_COMMON = """
    a all also an and any are as at be been both but by can do does each else every for from
    function get give given gives has have how if in into is it its may more must no none not of
    on one only or other otherwise out over return returned returns same self should so such
    than that the their them then there they this those to two up use used value values when
    where which will with without you your
""".split()  # noqa: SIM905 - as a list it would fill the page
"""Words that say nothing about what a function does."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One declaration, the code that was accepted for it, and where both come from."""

    kind: str
    module: str
    name: str
    stub: str
    """The declaration as source text, with its docstring and examples."""
    context: str
    """What its module holds that the code may use."""
    tests: str
    """The test files, as far as they are not withheld from models."""
    code: str
    model: str
    tokens: int
    """What it took until the code was accepted, prompts included."""
    date: str
    """ISO 8601, UTC."""
    project: str
    """Name of the folder of the project."""
    digest: str
    """Of the declaration."""

    @cached_property
    def id(self) -> str:
        """Sixteen hexadecimal digits; the same code for the same declaration has the same."""
        return checksum(self.kind, self.module, self.name, self.stub, self.code)[:16]

    @property
    def origin(self) -> str:
        """Where it comes from, for people."""
        return f"{self.project}: {self.module}.{self.name}"

    @property
    def signature(self) -> str:
        """The line that declares it."""
        starts = ("def ", "async def ", "class ")
        lines = (line.strip() for line in self.stub.split("\n"))
        return next((line.rstrip(":") for line in lines if line.startswith(starts)), self.name)

    @property
    def row(self) -> tuple[str, ...]:
        """What the table holds of it, in the order of its columns."""
        text = to_text(self)
        shown = shape_word(self.stub), _plain(parted(self.name)), _plain(parted(self.stub))
        return self.id, text, checksum(self.id, text, *shown), *shown


def entry_of(session: Session, candidate: Candidate, project: str, date: str) -> Entry:
    """What there is to keep of a session whose candidate is being accepted."""
    spec, started, reply = session.spec, session.started, candidate.reply
    saved = saved_tokens(session.rounds, candidate)
    return Entry(
        kind=spec.kind,
        module=spec.module,
        name=spec.name,
        stub=spec.stub,
        context=spec.context,
        tests="\n\n".join(suite.source for suite in spec.suites),
        code=candidate.code,
        model=reply.model or (started.model if started else ""),
        tokens=session.total.tokens + saved,
        date=date,
        project=project,
        digest=spec.digest,
    )


def to_text(entry: Entry) -> str:
    """The entry as JSON: always the same for the same entry."""
    return json.dumps(asdict(entry), sort_keys=True, indent=1)


def from_text(text: str | bytes) -> Entry:
    """The entry that `to_text` wrote.

    Raises:
        ValueError: When it is none; what a later version adds is passed over.
    """
    try:
        record: Any = json.loads(text)
        values = {field.name: record[field.name] for field in fields(Entry)}
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not an entry of a library: {error}") from None
    for name, value in values.items():
        if type(value) is not (int if name == "tokens" else str):
            raise ValueError(f"not an entry of a library: {name} is {value!r:.40}")
    return Entry(**values)


def whole_entries(rows: Iterable[tuple[object, ...]]) -> list[Entry]:
    """The entries of the rows that are as they were written; a newer program's are left out."""
    found = []
    for row in rows:
        with suppress(ValueError):
            if is_whole(row):
                found.append(from_text(str(row[1])))
    return found


def shape_word(stub: str) -> str:
    """The shape of a declaration as one word of the index."""
    return f"x{checksum(shape(stub))[:12]}"


def parted(text: str) -> str:
    """The text with the words that names are made of, as the index wants them."""
    return _CAMEL.sub(" ", text)


def words_in(text: str) -> list[str]:
    """Its words, and those that its names are made of, in small letters."""
    return [word.lower() for word in _WORD.findall(parted(text))]


def telling_words(spec: Spec) -> list[str]:
    """The words that say what a declaration is about, those of its name first."""
    text = f"{spec.name} {spec.doc.summary} {spec.doc.description}"
    words = dict.fromkeys(words_in(text))
    return [w for w in words if len(w) > 1 and w not in _COMMON and not w.isdigit()][:MAX_WORDS]


def shared(words: list[str], entry: Entry) -> int:
    """How many of these words an entry has, endings apart."""
    theirs = {word[:STEM] for word in words_in(f"{entry.name} {entry.stub}")}
    return sum(word[:STEM] in theirs for word in words)


def searched(text: str) -> Iterator[str]:
    """What a person types as expressions of FTS5: every word has to begin one of the entry's."""
    return (f'"{_plain(word)}"*' for word in _WORD.findall(parted(text)))


def _plain(text: str) -> str:
    """Without what no database takes: halves of characters, and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")
