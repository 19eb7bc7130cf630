"""The process above a worker: it ends all that the worker started, and what grows too large.

Whoever leaves its parents becomes a child of the supervisor (PR_SET_CHILD_SUBREAPER, see
prctl(2)), so that nothing escapes it by forking twice. It hears of the app's end by a signal
(PR_SET_PDEATHSIG). It holds no pipe and runs no generated code. Linux only; imported by the worker.
"""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import NamedTuple, NoReturn

from pseudocode.runner import kernel

TOO_MUCH_MEMORY, TOO_MUCH_DISK, TOO_MANY_TASKS = 201, 202, 203
"""Exit codes, beyond those that a person would choose."""

_TICK = 0.05
_MAX_ENTRIES = 2_000
"""Files and folders in the scratch folder."""
_ENDLESS = 1 << 62


class Bounds(NamedTuple):
    """What the worker and all that it started may use together."""

    memory: int
    """Bytes that are resident."""
    disk: int
    """Bytes in the scratch folder, or written to disk."""
    tasks: int
    """Processes and threads."""
    scratch: str


def go_on_supervised(bounds: Bounds) -> Callable[[], None]:
    """Return in a new process; this one supervises it and never returns.

    Returns:
        What is to be called before there is something to look at: until then it costs nothing.

    Raises:
        OSError: When there can be no new process.
    """
    app = os.getppid()
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != app:  # it has ended already
        os._exit(1)
    awaited = {signal.SIGCHLD, signal.SIGTERM}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    begun, beginning = os.pipe()
    worker = os.fork()
    if worker:
        _supervise(worker, bounds, awaited, begun)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    os.close(begun)
    os.setsid()
    return partial(os.close, beginning)


def end_with_supervisor() -> None:
    """Should the supervisor be killed, this process ends too.

    To be called after changes of user, which undo it.
    """
    supervisor = os.getppid()
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != supervisor:
        os._exit(1)


def _supervise(worker: int, bounds: Bounds, awaited: set[signal.Signals], begun: int) -> NoReturn:
    try:
        _let_go_of_descriptors(begun)
        # The worker of the same user would else find a way in through /proc/PID/mem.
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        try:
            _wait_idle(begun)
            status = _watch(worker, bounds, awaited)
        except _ToldToEnd:
            status = -signal.SIGKILL
        _end_all(worker)
    except BaseException:  # nobody is there to be told
        with suppress(OSError):
            os.kill(worker, signal.SIGKILL)
        os._exit(1)
    if status < 0:
        if -status != signal.SIGKILL:  # which always has its way
            signal.signal(-status, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {-status})
        os.kill(os.getpid(), -status)
    os._exit(status)


def _let_go_of_descriptors(but: int) -> None:
    os.closerange(3, but)
    os.closerange(but + 1, 64)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)


def _wait_idle(begun: int) -> None:
    """Sleep until the worker begins, or ends.

    Raises:
        _ToldToEnd: When the app is gone, or wants it to end.
    """
    signal.signal(signal.SIGTERM, _told_to_end)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        os.read(begun, 1)
    finally:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        os.close(begun)


class _ToldToEnd(Exception):
    pass


def _told_to_end(*_: object) -> NoReturn:
    raise _ToldToEnd


def _watch(worker: int, bounds: Bounds, awaited: set[signal.Signals]) -> int:
    """Wait for the end of the worker: its exit code, or the signal that ended it below zero."""
    looked = time.monotonic()
    while True:
        told = signal.sigtimedwait(awaited, _TICK)
        status = _reaped(worker)
        if status is not None:
            return status
        if told is not None and told.si_signo == signal.SIGTERM:
            return -signal.SIGKILL
        if time.monotonic() - looked > _TICK:
            if code := _excess(worker, bounds):
                return code
            looked = time.monotonic()


def _reaped(worker: int) -> int | None:
    """Bury who has ended; the status of the worker if it was among them."""
    found = None
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            if pid == worker:
                found = os.waitstatus_to_exitcode(status)
    return found


def _end_all(worker: int) -> None:
    """Kill until nobody is left, however fast they multiply."""
    while True:
        with suppress(OSError):  # the whole session of the worker at once
            os.killpg(worker, signal.SIGKILL)
        for pid in _descendants(os.getpid()):
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        signal.sigtimedwait({signal.SIGCHLD}, 0.002)


def _descendants(pid: int) -> Iterator[int]:
    """All of them, as /proc has it (proc_pid_task(5)); nobody where there is no /proc."""
    waiting = [pid]
    while waiting:
        above = waiting.pop()
        with suppress(OSError):
            for task in os.listdir(f"/proc/{above}/task"):
                with suppress(OSError), open(f"/proc/{above}/task/{task}/children") as stream:
                    waiting += (children := [int(child) for child in stream.read().split()])
                    yield from children


def _excess(worker: int, bounds: Bounds) -> int:
    """The exit code of the bound that is passed, or 0."""
    pids = {worker, *_descendants(os.getpid())}
    if sum(map(_tasks, pids)) > bounds.tasks:
        return TOO_MANY_TASKS
    if sum(map(_resident, pids)) > bounds.memory:
        return TOO_MUCH_MEMORY
    if max(_size_of(bounds.scratch), sum(map(_written, pids))) > bounds.disk:
        return TOO_MUCH_DISK
    return 0


def _tasks(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm") as stream:
            return int(stream.read().split()[1]) * resource.getpagesize()
    except (OSError, LookupError):
        return 0


def _written(pid: int) -> int:
    """What it wrote to disks, deleted files among it."""
    try:
        with open(f"/proc/{pid}/io") as stream:
            fields = dict(line.split(": ") for line in stream.read().splitlines())
        return int(fields["write_bytes"])
    except (OSError, LookupError, ValueError):
        return 0


def _size_of(folder: str) -> int:
    """Bytes in the files of a folder; without end where they cannot be counted, or are too many."""
    total = entries = 0
    folders = [folder]
    while folders:
        try:
            with os.scandir(folders.pop()) as found:
                for entry in found:
                    entries += 1
                    if entries > _MAX_ENTRIES:
                        return _ENDLESS
                    total += _add(entry, folders)
        except FileNotFoundError:  # gone meanwhile
            continue
        except OSError:  # a folder was made to hide files in: closed, or too deep to name
            return _ENDLESS
    return total


def _add(entry: os.DirEntry[str], folders: list[str]) -> int:
    if entry.is_dir(follow_symlinks=False):
        folders.append(entry.path)
    with suppress(FileNotFoundError):
        return entry.stat(follow_symlinks=False).st_blocks * 512
    return 0
