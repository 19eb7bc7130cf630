"""Results of a bench: one line of JSON each, so that one that was killed goes on where it stood."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

from pseudocode.errors import StoreError

FILE = "results.jsonl"


class Run(NamedTuple):
    """What is measured once."""

    suite: str
    task: str
    digest: str
    """Of the declaration: when it changes, what was measured before does not count."""
    model: str
    policy: str
    seed: int
    budget: int
    """Generated tokens."""
    library: str = ""
    """How many near entries of which library the model was shown, if any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a run."""

    suite: str
    task: str
    digest: str
    model: str
    policy: str
    seed: int
    budget: int
    library: str = ""
    solved: bool
    """Whether the visible tests accepted code."""
    correct: bool | None
    """Whether that code passes the hidden tests, too; nothing where there are none."""
    rounds: int
    generated: int
    """Tokens of all answers."""
    prompted: int
    """Tokens of all prompts."""
    dollars: float | None
    """Nothing where some price is not known."""
    seconds: float
    """Of answers and tests; answers that were asked for together count once."""
    by_round: tuple[int, ...] = ()
    """The generated tokens up to the end of each round."""
    detail: str = ""
    code: str = ""
    """What was accepted."""

    @property
    def run(self) -> Run:
        """Which run it is of."""
        return Run(*(getattr(self, name) for name in Run._fields))

    @property
    def way(self) -> str:
        """What is compared: the policy, and what the model was shown of a library."""
        return f"{self.policy} + {self.library}" if self.library else self.policy


class Results:
    """The file of results in a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def read(self) -> dict[Run, Result]:
        """All that is known; a line that was not written to its end is passed over.

        Raises:
            StoreError: When the file cannot be read.
        """
        try:
            text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"{self.path} cannot be read: {error}") from None
        return {result.run: result for result in _read(text)}

    def append(self, result: Result) -> None:
        """Add one, and see it onto the disk.

        Raises:
            StoreError: When it cannot be written.
        """
        line = json.dumps(asdict(result)).encode() + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+b") as stream:
                if stream.tell() and (stream.seek(-1, os.SEEK_END), stream.read())[1] != b"\n":
                    line = b"\n" + line
                stream.write(line)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise StoreError(f"{self.path} cannot be written: {error.strerror}") from None


def _read(text: str) -> Iterator[Result]:
    known = {field.name for field in fields(Result)}
    for line in text.splitlines():
        try:
            record: dict[str, Any] = json.loads(line)
            told = {name: value for name, value in record.items() if name in known}
            yield Result(**{**told, "by_round": tuple(told.get("by_round", ()))})
        except (ValueError, TypeError, AttributeError):
            continue
