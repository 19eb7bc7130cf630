"""Exercises in the manner of those that people learn Python with, each with two answers.

A file holds the stub, its tests and what else lies beside them, then an answer that is wrong and
one that is right. Each part begins with `=== ` and its path.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Exercise:
    """One of them."""

    name: str
    files: dict[str, str]
    """By their paths; the first is the stub."""
    wrong: str
    right: str

    @property
    def path(self) -> str:
        """The file of the stub."""
        return next(iter(self.files))


def read_exercises() -> tuple[Exercise, ...]:
    """All of them, by their names."""
    return tuple(_read(path) for path in sorted(_FOLDER.glob("*.txt")))


def _read(path: Path) -> Exercise:
    parts: dict[str, str] = {}
    for part in f"\n{path.read_text(encoding='utf-8')}".split("\n=== ")[1:]:
        name, _, text = part.partition("\n")
        parts[name] = f"{text}\n" if text else ""
    wrong, right = parts.pop("wrong"), parts.pop("right")
    return Exercise(path.stem, parts, wrong, right)
