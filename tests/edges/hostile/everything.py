"""The whole corpus by name."""

from __future__ import annotations

from tests.edges.hostile.cheats import CHEATS
from tests.edges.hostile.corpus import Program
from tests.edges.hostile.honest import SOLUTIONS, Honest
from tests.edges.hostile.own import OWN
from tests.edges.hostile.programs import PROGRAMS

HOSTILE: dict[str, Program] = {one.name: one for one in (*PROGRAMS, *CHEATS, *OWN)}
HONEST: dict[str, Honest] = {one.name: one for one in SOLUTIONS}

assert len(HOSTILE) == len(PROGRAMS) + len(CHEATS) + len(OWN), "two programs share a name"
