"""What the person says and decides in a session, as facts of it; `events` holds them all.

Each is the person's word and nothing else: what follows from it, the session tells.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionsGranted:
    """The person lets the code have exactly this when it is run."""

    permissions: tuple[str, ...]
    remembered: bool = False
    """Whether they said so in an earlier session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionsDenied:
    """The person does not let the code have this, so it is not run."""

    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """The person approved exactly this code."""

    sha256: str
    replaces: str = ""
    """The SHA-256 of the file in the project that the person saw it replace, if there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The person turned the code down, with or without a reason."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commented:
    """The person said something that the model should take into account."""

    text: str
    line: int = 0
    """The first line of the code that it is about; 0 where it is about all of it."""
    last: int = 0
    """The last one."""
    quoted: str = ""
    """These lines."""
    sha256: str = ""
    """What identifies the code that they stand in."""

    @property
    def said(self) -> str:
        """The comment with what it refers to, for the model."""
        if not self.line:
            return self.text
        if self.line == self.last:
            return f"About line {self.line}, `{self.quoted.strip()}`: {self.text}"
        quoted = "\n".join(f"    {line}" for line in self.quoted.split("\n"))
        return f"About lines {self.line} to {self.last}:\n\n{quoted}\n\n{self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentMarked:
    """The person looked at what became of a comment on lines."""

    number: int
    """Which of the comments on lines it is, counted from 1."""
    addressed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HandEdited:
    """The person wrote code: a candidate like any other, that goes through the same checks."""

    code: str
    base: str = ""
    """What identifies the code that they began from; empty where there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidatePicked:
    """The person chose one of the answers of the latest round, which is gone on from."""

    candidate: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRequested:
    """The person asked for another go; the budget starts anew."""

    candidates: int = 0
    """How many answers the person wants to compare; 0 for as many as usual, until one passes."""
