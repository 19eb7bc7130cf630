"""What a worker gives up before it runs generated code, by the rules that came with the request.

Applied after the worker's own imports, so that a worker can be kept warm. Imported by the worker.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

TASKS = 64
"""Threads and processes that generated code may have at once."""
OWN_FILE_BYTES = 16 << 20
DECLARED = "test_declared.py"
"""The judge's file for the callables in `tests=[…]`."""
EMPTY = "test_nothing.py"
"""The judge's file for a run ahead of the tests."""


class Rules(NamedTuple):
    """What generated code may use, and what is done about the rest."""

    scratch: str
    """The folder of its own."""
    memory_mb: int
    cpu_seconds: int
    disk_mb: int = 64
    readable: Sequence[str] = ()
    """Paths beyond what Python itself needs."""
    links: Sequence[tuple[str, str]] = ()
    """Names within the scratch folder, and the paths outside of it that they stand for."""
    texts: Sequence[tuple[str, str]] = ()
    """Names within the scratch folder, and what is in these files."""
    network: bool = False
    ports: Sequence[int] | None = ()
    """The TCP ports that may be connected to; None for all."""

    # What is in force, as the isolation fills it in:
    supervised: bool = False
    landlock: int = 0
    """The version of Landlock's interface to use; 0 for none."""
    seccomp: bool = False
    writing: bool = True
    private_files: bool = False
    """Whether files are out of reach by a mount view already."""
    library: Sequence[str] = ()
    """What Python itself needs to read."""
    programs: Sequence[str] = ()
    """What may be started."""
    user: int = 0
    """The user to become; 0 to stay who one is."""
    processes: bool = True
    counted_alone: bool = False
    """Whether the kernel counts this user's processes from zero."""


def enter(rules: Rules) -> Callable[[], None]:
    """Give up what the rules do not allow; with supervision it returns in another process.

    Returns:
        What is to be called before generated code runs: the supervisor looks on from then.

    Raises:
        OSError: When the kernel does not do what is asked; generated code must not run then.
    """
    begin = _supervise(rules) if rules.supervised else _nothing
    _limit(rules)
    for name, target in rules.links:
        path = os.path.join(rules.scratch, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)
    for name, text in rules.texts:
        with open(os.path.join(rules.scratch, name), "w", encoding="utf-8") as stream:
            stream.write(text)
    if rules.landlock or rules.seccomp:
        _wall_in(rules)
    return begin


def _nothing() -> None:
    pass


def _supervise(rules: Rules) -> Callable[[], None]:
    from pseudocode.runner.supervise import Bounds, go_on_supervised

    begin = go_on_supervised(
        Bounds(
            # Pages that several processes share are counted for each of them.
            memory=2 * rules.memory_mb << 20,
            disk=rules.disk_mb << 20,
            tasks=2 * TASKS,
            scratch=rules.scratch,
        )
    )
    with suppress(OSError):  # should memory run out, this goes first; proc_pid_oom_score_adj(5)
        descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(descriptor, b"1000")
        os.close(descriptor)
    return begin


def _wall_in(rules: Rules) -> None:
    from pseudocode.runner import kernel, landlock, seccomp
    from pseudocode.runner.supervise import end_with_supervisor

    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    if rules.user:
        os.chown(rules.scratch, rules.user, rules.user)
    if rules.landlock:
        open_ports = rules.ports if rules.network else ()
        landlock.restrict(rules.landlock, _landlock_paths(rules), ports=open_ports)
    if rules.user:
        os.setgroups([])
        os.setresgid(rules.user, rules.user, rules.user)
        os.setresuid(rules.user, rules.user, rules.user)
    kernel.drop_capabilities()
    if rules.supervised:
        end_with_supervisor()
    if rules.seccomp:
        covered = rules.private_files or rules.landlock >= landlock.TRUNCATE_ABI
        seccomp.install(
            seccomp.Policy(
                processes=rules.processes,
                writing=rules.writing,
                metadata=rules.private_files and (rules.user > 0 or os.getuid() > 0),
                truncating=covered,
                network=rules.network,
                only_signals=None if rules.landlock >= landlock.SCOPES_ABI else os.getpid(),
            )
        )


def _landlock_paths(rules: Rules) -> list[tuple[str, int]]:
    from pseudocode.runner import landlock

    allowed = [(path, landlock.READ) for path in (*rules.library, *rules.readable)]
    # Not /dev/zero: mapped, it is memory that no process is charged with.
    allowed += [(path, landlock.READ) for path in ("/dev/urandom", "/dev/random")]
    allowed += [(path, landlock.EXECUTE) for path in rules.programs]
    writable = [rules.scratch, os.devnull, *(["/dev/shm"] if rules.private_files else [])]
    return allowed + [(path, landlock.WRITE) for path in writable]


def _limit(rules: Rules) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; the parent still bounds time and output
        return
    limits: list[tuple[Any, int]] = [
        (resource.RLIMIT_AS, rules.memory_mb << 20),
        (resource.RLIMIT_CPU, rules.cpu_seconds),
        (resource.RLIMIT_FSIZE, OWN_FILE_BYTES),
        (resource.RLIMIT_NOFILE, 128),
        (resource.RLIMIT_CORE, 0),
    ]
    if rules.seccomp:
        limits.append((resource.RLIMIT_NPROC, _task_limit(rules)))
    for kind, value in limits:
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):  # macOS refuses some; an outer bound may be lower already
            continue


def _task_limit(rules: Rules) -> int:
    """The kernel counts all of a user's threads together, wherever they run."""
    if rules.user or rules.counted_alone or sys.platform != "linux":
        return TASKS
    return TASKS + sum(_threads(name) for name in os.listdir("/proc") if name.isdecimal())


def _threads(pid: str) -> int:
    with suppress(OSError):
        if os.stat(f"/proc/{pid}").st_uid == os.getuid():
            return len(os.listdir(f"/proc/{pid}/task"))
    return 0
