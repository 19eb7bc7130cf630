"""What a program of the corpus is, and what is expected of it behind each isolation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import dedent, indent
from typing import Literal

Expected = Literal["contained", "not contained", "either", "not run"]
Where = tuple[str, ...]

LIMITS: Where = ("limits only",)
"""No wall: what is out of bounds is only what the limits bound."""
NO_WALLS: Where = ("limits only", "seccomp, files readable")
"""Where files can be read."""
EVERYWHERE: Where = ("bubblewrap", "landlock", "seccomp, files readable", "limits only")

ONE_CALL = (("f(4)", "24"),)
FACTORIAL = tuple(
    (f"f({n})", str(answer)) for n, answer in enumerate((1, 1, 2, 6, 24, 120, 720, 5040))
)
"""The task of the cheats; a model would not be shown the examples of 3, 6 and 7."""
SHORT = {"timeout": 0.6}
"""For what never ends by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Code that does what it should not.

    In its reach are the names of `Scene.names`, `succeeded()` and `read()` of `walls.TOOLS`.
    """

    name: str
    """With the number of the test plan that it comes from, if it does: A1 to A44."""
    code: str
    calls: tuple[tuple[str, str], ...] = ONE_CALL
    """The examples it is run against."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Of the spec."""
    tells: bool = False
    """Whether `f` returns what it got through with, `[]` for nothing."""
    passes: int = 1
    """How often it is run in the same place."""
    gets_through: Where = ()
    """The isolations that do not contain it; `NAME, root` or `NAME, user` for one user only."""
    varies: Where = ()
    """Where chance, or the machine's settings, decide."""
    harmful: Where = ()
    """Where it is not run, since the machine would suffer."""
    flagged: bool = False
    """Whether a reviewer is told of something odd in it, where no machine can."""

    @property
    def about_walls(self) -> bool:
        """Whether it depends on the isolation what becomes of it, and not on the judge alone."""
        return self.tells or bool(self.gets_through or self.varies or self.harmful)

    def expected(self, isolation: str, *, root: bool) -> Expected:
        """What must be found for an isolation and a user."""
        if among(self.harmful, isolation, root=root):
            return "not run"
        if among(self.varies, isolation, root=root):
            return "either"
        through = among(self.gets_through, isolation, root=root)
        return "not contained" if through else "contained"


def among(where: Where, isolation: str, *, root: bool) -> bool:
    """Whether an isolation is listed, for everybody or for this user."""
    return isolation in where or f"{isolation}, {'root' if root else 'user'}" in where


def acts(lines: str, before: str = "") -> str:
    """Code of which `f` tries some acts, lines of `name=lambda: …`, and tells which succeeded."""
    body = indent(dedent(lines).strip("\n"), " " * 8)
    return f"{dedent(before)}\n\ndef f(n):\n    return succeeded(dict(\n{body}\n    ))\n"
