"""What a spec's options allow the generated code, as rules for its worker."""

from __future__ import annotations

import os
from pathlib import Path

from pseudocode.loop import RunnerError
from pseudocode.runner.confine import Rules
from pseudocode.spec.model import DEFAULT_MEMORY_MB, DEFAULT_SECONDS, Spec

_PORTS = frozenset({53, 80, 443})
"""What named hosts are asked on, and the name server."""


def seconds_for(spec: Spec) -> float:
    """How long a test pass may take."""
    return spec.options.timeout or DEFAULT_SECONDS


def wanted_rules(spec: Spec, scratch: str) -> Rules:
    """Limits and permissions, before an isolation adds what it does about them.

    Raises:
        RunnerError: For files that are not there or that a spec must not name.
    """
    files = _files(spec)
    return Rules(
        scratch=scratch,
        memory_mb=spec.options.memory_mb or DEFAULT_MEMORY_MB,
        cpu_seconds=int(seconds_for(spec)) + 1,
        readable=tuple(files.values()),
        links=files,
        network=bool(spec.options.network),
        ports=_ports(spec.options.network),
    )


def told(name: str, spec: Spec) -> str:
    """The isolation's name, and what the spec's permissions take away from it."""
    if not spec.options.network:
        return name
    # No platform here tells hosts apart: addresses are plain numbers by then.
    hosts = "" if spec.options.network is True else ", not limited to the named hosts"
    return f"{name}, network open{hosts}"


def _files(spec: Spec) -> dict[str, str]:
    folder = Path(spec.path).resolve().parent
    found = {}
    for name in spec.options.files:
        path = (folder / name).resolve()
        # A spec can come from a stranger, so it cannot open what lies outside of its folder, nor
        # all that is in it, the tests among it.
        if not path.is_relative_to(folder) or path == folder:
            raise RunnerError(f"files: {name!r} is not inside the folder of the spec")
        if not path.exists():
            raise RunnerError(f"files: {name!r} is not there")
        found[os.path.relpath(path, folder)] = str(path)
    return found


def _ports(network: tuple[str, ...] | bool) -> tuple[int, ...] | None:
    if isinstance(network, bool):
        return None if network else ()
    named = (host.rpartition(":")[2] for host in network)
    return tuple(sorted(_PORTS | {int(port) for port in named if port.isdecimal()}))
