"""What stands between generated code and the machine: the kinds, and the best that works here."""

from __future__ import annotations

import os
import random
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol

from pseudocode.errors import SandboxUnavailable
from pseudocode.runner import places, seatbelt
from pseudocode.runner.bubblewrap import Bubblewrap
from pseudocode.runner.confine import Rules

Level = Literal["strict", "best-effort", "off"]
MEND = "install bubblewrap (apt, dnf or pacman install bubblewrap)"

# Nobody's, by https://systemd.io/UIDS-GIDS/; one for each run, so that nothing else is its own.
_SPARE_USERS = range(1_879_048_192, 2_147_483_647)


class Isolation(Protocol):
    """What stands between a worker and the machine."""

    @property
    def name(self) -> str:
        """As it is told to people."""
        ...

    @property
    def walls(self) -> bool:
        """Whether it keeps code from the person's files, network and processes."""
        ...

    def rules(self, wanted: Rules) -> Rules:
        """What the worker must apply to itself, beside the limits that are wanted anyway."""
        ...

    def command(self, worker: list[str], rules: Rules) -> list[str]:
        """The command line that runs the worker behind it."""
        ...


@dataclass(frozen=True, slots=True)
class LimitsOnly:
    """A clean environment, resource limits and, on Linux, a supervisor; no walls."""

    name: str = "limits only"
    walls: bool = False

    def rules(self, wanted: Rules) -> Rules:
        """Nothing but supervision."""
        return wanted._replace(supervised=sys.platform == "linux")

    def command(self, worker: list[str], rules: Rules) -> list[str]:
        """The worker itself."""
        return worker


@dataclass(frozen=True, slots=True)
class Seccomp:
    """No network, no writing, no other processes; but files can be read."""

    name: str = "seccomp, files readable"
    walls: bool = False

    def rules(self, wanted: Rules) -> Rules:
        """A filter that lets nothing be written."""
        return wanted._replace(
            supervised=True,
            seccomp=True,
            writing=False,
            processes=os.geteuid() > 0,
        )

    def command(self, worker: list[str], rules: Rules) -> list[str]:
        """The worker itself."""
        return worker


@dataclass(frozen=True, slots=True)
class Landlocked:
    """Landlock and seccomp, which need no rights and no other program."""

    abi: int
    """The version of Landlock's interface."""
    name: str = "landlock"
    walls: bool = True

    def rules(self, wanted: Rules) -> Rules:
        """Both, and for root another user where that one could read what it must."""
        rules = _walled(wanted, self.abi)
        return _as_nobody(rules, above=True)

    def command(self, worker: list[str], rules: Rules) -> list[str]:
        """The worker itself."""
        return worker


@dataclass(frozen=True, slots=True)
class Bubblewrapped:
    """Bubblewrap around Landlock, where there is Landlock, and seccomp."""

    bubblewrap: Bubblewrap
    abi: int
    name: str = "bubblewrap"
    walls: bool = True

    def rules(self, wanted: Rules) -> Rules:
        """All of them; mounts reach what is in closed folders, too."""
        rules = _walled(wanted, self.abi)._replace(private_files=True)
        if os.geteuid():
            return rules._replace(counted_alone=True)
        return _as_nobody(rules, above=False)

    def command(self, worker: list[str], rules: Rules) -> list[str]:
        """The worker in its own view."""
        return self.bubblewrap.command(worker, rules)


@dataclass(frozen=True, slots=True)
class SandboxExec:
    """The sandbox of macOS. Not yet tried on a Mac: only its probe can say that it works."""

    name: str = "sandbox-exec"
    walls: bool = True

    def rules(self, wanted: Rules) -> Rules:
        """Limits; the rest is in the profile."""
        return wanted._replace(library=places.library(), programs=places.programs())

    def command(self, worker: list[str], rules: Rules) -> list[str]:
        """The worker under a profile."""
        return seatbelt.command(worker, rules)


def _walled(wanted: Rules, abi: int) -> Rules:
    library = places.library() + (places.network_library() if wanted.network else ())
    return wanted._replace(
        supervised=True,
        landlock=abi,
        seccomp=True,
        library=library,
        programs=places.programs(),
    )


def _as_nobody(rules: Rules, *, above: bool) -> Rules:
    """Another user for root; where there can be none, nothing that could multiply.

    The kernel limits the number of processes of every user but root.
    """
    if os.geteuid():
        return rules
    user = random.SystemRandom().choice(_SPARE_USERS)
    reachable = _library_reachable(tuple(rules.library), above) and _reachable(
        rules.readable, above
    )
    if not _can_become(user) or not reachable:
        return rules._replace(processes=False)
    return rules._replace(user=user)


@lru_cache(maxsize=8)
def _library_reachable(library: tuple[str, ...], above: bool) -> bool:
    """Of what does not change while we run, and is long."""
    return _reachable(library, above)


def _reachable(paths: Sequence[str], above: bool) -> bool:
    return all(places.others_can_reach(path, above) for path in paths)


def _can_become(user: int) -> bool:
    """Whether the user exists in this namespace, and root is free to change users."""
    try:
        maps = Path("/proc/self/uid_map").read_text().splitlines()
        status = Path("/proc/self/status").read_text()
    except OSError:
        return False
    effective = next((s for s in status.splitlines() if s.startswith("CapEff:")), "CapEff: 0")
    needed = 0b1110_0001  # CHOWN, KILL, SETGID, SETUID; capabilities(7)
    return int(effective.split()[1], 16) & needed == needed and any(
        int(first) <= user < int(first) + int(count) for first, _, count in map(str.split, maps)
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """A kind of isolation, and what its probe found."""

    name: str
    fault: str = ""
    """Why it does not work here; empty where it does."""
    isolation: Isolation | None = None


@dataclass(slots=True)
class _Found:
    """What was found out in this process."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    tried: tuple[Tried, ...] = ()
    best: Isolation | None = None


_found = _Found()


def choose(level: str) -> Isolation:
    """The best isolation that works here and that the level allows; found out once.

    Takes some tenths of a second the first time, and must not be called in a running event loop's
    thread then.

    Args:
        level: `strict`, `best-effort` or `off`.

    Raises:
        SandboxUnavailable: When only real walls would do, and there are none.
    """
    if level == "off":
        return LimitsOnly()
    best = _best()
    if level == "strict" and not best.walls:
        faults = "; ".join(f"{t.name}: {t.fault}" for t in probed() if t.fault)
        raise SandboxUnavailable(
            f"--sandbox strict is not available here ({faults}); {MEND}, "
            "or use --sandbox best-effort"
        )
    return best


def chosen(level: str) -> Isolation | None:
    """What `choose` would give, if that is known already."""
    return LimitsOnly() if level == "off" else _found.best


def available() -> tuple[Isolation, ...]:
    """All that work here, the best first."""
    return tuple(t.isolation for t in probed() if t.isolation is not None)


def probed() -> tuple[Tried, ...]:
    """Every kind with its probe's result, the best first."""
    from pseudocode.runner import probe

    with _found.lock:
        if not _found.tried:
            _found.tried = probe.try_all()
        return _found.tried


def _best() -> Isolation:
    from pseudocode.runner import probe

    with _found.lock:
        if _found.best is None:
            _found.best = probe.find_best()
        return _found.best
