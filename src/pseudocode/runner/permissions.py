"""What a spec's options allow the generated code, as rules for its worker."""

from __future__ import annotations

import os
from pathlib import Path

import pseudocode
from pseudocode.loop import RunnerError
from pseudocode.runner.confine import DECLARED, EMPTY, Rules
from pseudocode.spec.model import DEFAULT_MEMORY_MB, DEFAULT_SECONDS, Spec

JUDGE_SECONDS = 10
"""What pytest and its plugins may take to be imported."""
_LEVELS = 3
_INI = """\
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
verbosity_assertions = 2
markers = hidden: not shown to the model
"""
_PORTS = frozenset({53, 80, 443})
"""What named hosts are asked on, and the name server."""


def seconds_for(spec: Spec) -> float:
    """How long a test pass may take."""
    return spec.options.timeout or DEFAULT_SECONDS


def wanted_rules(spec: Spec) -> Rules:
    """Limits and permissions, before there is a scratch folder and an isolation to keep them.

    Raises:
        RunnerError: For files that are not there or that a spec must not name.
    """
    files = _files(spec)
    return Rules(
        scratch="",
        memory_mb=spec.options.memory_mb or DEFAULT_MEMORY_MB,
        cpu_seconds=int(seconds_for(spec)) + 1,
        readable=tuple(files.values()),
        links=tuple(files.items()),
        network=bool(spec.options.network),
        ports=_ports(spec.options.network),
    )


def judge_rules(spec: Spec) -> Rules:
    """For the process of the tests: the folder of the spec can be read, and nothing is open."""
    folder = Path(spec.path).resolve().parent
    return Rules(
        scratch="",
        memory_mb=spec.options.memory_mb or DEFAULT_MEMORY_MB,
        cpu_seconds=int(seconds_for(spec)) + 1 + JUDGE_SECONDS,
        readable=(str(folder), os.path.dirname(pseudocode.__file__)),
        links=((within(spec), str(folder)),),
        texts=(("pytest.ini", _INI), (EMPTY, ""), *_declared(spec)),
    )


def _declared(spec: Spec) -> tuple[tuple[str, str], ...]:
    """A file of tests made of the callables in `tests=[…]`, if there are any."""
    names = [name for suite in spec.suites for name in suite.names]
    if not names:
        return ()
    lines = [f"import {spec.module} as _module"]
    for name in names:
        last = name.rpartition(".")[2]
        shown = last if last.startswith("test") else f"test_{last}"
        lines += _wrapped(shown, name) if spec.kind == "file" else [f"{shown} = _module.{name}"]
    return ((DECLARED, "\n".join(lines) + "\n"),)


def _wrapped(shown: str, name: str) -> list[str]:
    """A test that is given the contents of the file, whatever it calls them."""
    return [
        "from pseudocode import stand_ins as _stand_ins",
        f"def {shown}():",
        "    __tracebackhide__ = True",
        f"    _module.{name}(_stand_ins.contents)",
    ]


def within(spec: Spec) -> str:
    """Where a judge sees the folder of a spec, beneath its own.

    Some of the folders above keep their names, so that tests can import the spec's module as part
    of whichever package they do.
    """
    return "/".join(Path(spec.path).resolve().parent.parts[1:][-_LEVELS:]) or "specs"


def told(name: str, spec: Spec, *, beside: bool) -> str:
    """The isolation's name, and what takes something away from it.

    Args:
        name: What people call it.
        spec: Its permissions open something.
        beside: Whether tests ran in the process of the code.
    """
    parts = [name]
    if spec.options.network:
        # No platform here tells hosts apart: addresses are plain numbers by then.
        hosts = "" if spec.options.network is True else ", not limited to the named hosts"
        parts.append(f"network open{hosts}")
    if beside:
        parts.append("shared process")
    return ", ".join(parts)


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
