"""The options of all declarations, as types; read by type checkers only."""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class Options(TypedDict, total=False):
    """What a declaration may ask for; the tools read it from the source."""

    review: bool
    """A person approves the code before it is run."""
    max_rounds: int
    candidates: int
    model: str
    network: list[str] | bool
    env: list[str]
    requires: list[str]
    files: list[str]
    timeout: float
    """Seconds for one test pass."""
    memory_mb: int


class OptionsOfCode(Options, total=False):
    """The same for functions and classes."""

    tests: list[Any] | tuple[Any, ...]
    """Functions of the file, and test files by their paths."""
    mode: Literal["serve", "generate"]
    """What is done where code is missing or stale."""
