"""Seccomp: of the system calls, those that honest code needs; the rest is refused.

https://docs.kernel.org/userspace-api/seccomp_filter.html; the filter is a program of classic BPF
(https://docs.kernel.org/networking/filter.html). It is a list of what is allowed, since a list of
what is not misses what later kernels add. Imported by the worker.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from typing import NamedTuple

from pseudocode.runner import kernel, syscalls


class Machine(NamedTuple):
    """An architecture: its name for the kernel's audit, and its column of call numbers."""

    audit: int
    column: int


MACHINES = {"x86_64": Machine(0xC000003E, 0), "aarch64": Machine(0xC00000B7, 1)}
_X32 = 0x40000000
"""Marks the calls of a second, hardly used numbering on x86_64."""


class Policy(NamedTuple):
    """What beyond computing and reading is allowed."""

    processes: bool
    writing: bool
    metadata: bool
    truncating: bool
    """By path; of an open file it always is."""
    network: bool
    only_signals: int | None
    """The one process that may be signalled; None where something else looks after that."""


class Instruction(NamedTuple):
    """One of classic BPF's: `jt` and `jf` are how many to skip where a test holds or does not."""

    code: int
    k: int
    jt: int = 0
    jf: int = 0


_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT = 0x15, 0x35, 0x45
_NUMBER_AT, _AUDIT_AT, _ARGUMENTS_AT = 0, 4, 16

_ALLOW = Instruction(_RETURN, 0x7FFF0000)
_REFUSE = Instruction(_RETURN, 0x00050000 | errno.EPERM)
_UNKNOWN = Instruction(_RETURN, 0x00050000 | errno.ENOSYS)
"""For what newer libraries only try: they fall back, which after EPERM they would not."""

Program = list[Instruction]


def supported() -> bool:
    """Whether this machine's calls are known here."""
    return os.uname().machine in MACHINES and sys.maxsize > 1 << 32


def install(policy: Policy) -> None:
    """Refuse everything that the policy does not allow, for good.

    Raises:
        OSError: With what the kernel said.
        KeyError: On a machine that is not supported.
    """
    load(program(MACHINES[os.uname().machine], policy))


def load(code: Program) -> None:
    """Put a filter in force, for good.

    Raises:
        OSError: With what the kernel said.
    """
    packed = b"".join(struct.pack("=HBBI", i.code, i.jt, i.jf, i.k) for i in code)
    instructions = ctypes.create_string_buffer(packed)
    header = struct.pack("@HP", len(code), ctypes.addressof(instructions))
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.prctl(kernel.PR_SET_SECCOMP, 2, ctypes.c_char_p(header))


def program(machine: Machine, policy: Policy) -> Program:
    """The filter as instructions."""
    made = [Instruction(_LOAD, _AUDIT_AT), Instruction(_IF_EQUAL, machine.audit, 1, 0), _REFUSE]
    made += [Instruction(_LOAD, _NUMBER_AT)]
    if machine is MACHINES["x86_64"]:
        made += [Instruction(_IF_AT_LEAST, _X32, 0, 1), _REFUSE]
    for number in _allowed(machine, policy):
        made += [Instruction(_IF_EQUAL, number, 0, 1), _ALLOW]
    known = syscalls.numbers(syscalls.CONDITIONAL, machine.column)
    for name, block in _conditions(policy).items():
        if name in known:
            made += [Instruction(_IF_EQUAL, known[name], 0, len(block)), *block]
    return [*made, Instruction(_IF_AT_LEAST, syscalls.NEWEST_KNOWN + 1, 0, 1), _UNKNOWN, _REFUSE]


def _allowed(machine: Machine, policy: Policy) -> list[int]:
    tables = [syscalls.ALWAYS]
    tables += [syscalls.WRITING] if policy.writing else []
    tables += [syscalls.METADATA] if policy.metadata else []
    tables += [syscalls.NETWORK] if policy.network else []
    return [n for table in tables for n in syscalls.numbers(table, machine.column).values()]


def _conditions(policy: Policy) -> dict[str, Program]:
    whole = [_ALLOW] if policy.processes else [_REFUSE]
    signalled = None if policy.only_signals is None else (policy.only_signals,)
    signal = [*(_require(0, signalled) if signalled else ()), _ALLOW]
    return {
        "open": _opening(1, policy),
        "openat": _opening(2, policy),
        # Their flags are in memory, where a filter cannot look; libraries fall back.
        "openat2": [_UNKNOWN],
        "clone3": [_UNKNOWN],
        "clone": _cloning(policy),
        "fork": whole,
        "vfork": whole,
        "truncate": [_ALLOW] if policy.truncating and policy.writing else [_REFUSE],
        # Datagrams could be sent to any socket that has a name.
        "socketpair": [*_require(0, (_AF_UNIX,)), *_require(1, (_SOCK_STREAM,), 0xF), _ALLOW],
        "socket": _sockets(policy),
        "mmap": [*_require(3, (0, _MAP_SHARED, _MAP_ANONYMOUS), _MAP_EITHER), _ALLOW],
        "setsockopt": [
            *(_load(1), Instruction(_IF_EQUAL, _SOL_SOCKET, 1, 0), _ALLOW),
            *(*_require(2, _SOCKET_OPTIONS), _ALLOW),
        ],
        "ioctl": [*_require(1, _IOCTLS), _ALLOW],
        "fcntl": [*_require(1, _FCNTLS), _ALLOW],
        "prctl": [*_require(0, _PRCTLS), _ALLOW],
        # Of other processes of the same user it could lower the limits.
        "prlimit64": [*_require(0, (0,)), _ALLOW],
        "kill": signal,
        "tgkill": signal,
    }


_AF_UNIX, _AF_INET, _AF_INET6 = 1, 2, 10
_SOCK_STREAM = 1
_MAP_SHARED, _MAP_ANONYMOUS = 0x01, 0x20
# Both together are memory that no process is charged with once it has looked away.
_MAP_EITHER = _MAP_SHARED | _MAP_ANONYMOUS
_SOL_SOCKET = 1
# Addresses in use, broadcasts, keeping alive, urgent data, lingering, and times. Larger buffers are
# memory of the kernel's that no limit of ours counts.
_SOCKET_OPTIONS = (2, 6, 9, 10, 13, 15, 20, 21, 66, 67)
_PROTOCOLS = (0, 6, 17)
"""Unspecified, TCP, UDP: Landlock's rules about ports know no others."""

_O_ACCMODE, _O_WRONLY, _O_RDWR, _O_CREAT, _O_TRUNC = 0o3, 0o1, 0o2, 0o100, 0o1000
_O_TMPFILE = 0o20000000

_CLONE_THREAD = 0x00010000
# New namespaces of every kind; a tracer of one's own; a sister instead of a daughter.
_CLONE_REFUSED = 0x7E020000 | 0x00002000 | 0x00008000

# FIONCLEX, FIOCLEX, FIONBIO, FIONREAD; TCGETS, TCGETS2 and TIOCGWINSZ for isatty() and the like.
_IOCTLS = (0x5450, 0x5451, 0x5421, 0x541B, 0x5401, 0x802C542A, 0x5413)
# All but owners and signals of a descriptor (F_SETOWN, F_SETSIG), with which any process of the
# same user can be killed, leases and notifications.
_FCNTLS = (*range(8), 36, 37, 38, 1030, 1031, 1032)
# Reading: death signal, dumpable, the bounding set. Setting: names of threads and of memory.
_PRCTLS = (2, 3, 15, 16, 23, 0x53564D41)


def _opening(flags: int, policy: Policy) -> Program:
    if not policy.writing:
        bits = _O_ACCMODE | _O_CREAT | _O_TRUNC | _O_TMPFILE
        return [_load(flags), Instruction(_IF_ANY_BIT, bits, 0, 1), _REFUSE, _ALLOW]
    # Neither truncating what is opened for reading, nor the access mode of neither kind, was
    # Landlock's business before version 3.
    kinds = (0, _O_WRONLY, _O_RDWR, _O_WRONLY | _O_TRUNC, _O_RDWR | _O_TRUNC)
    return [*_require(flags, kinds, _O_ACCMODE | _O_TRUNC), _ALLOW]


def _cloning(policy: Policy) -> Program:
    code = [_load(0), Instruction(_IF_ANY_BIT, _CLONE_REFUSED, 0, 1), _REFUSE]
    if not policy.processes:
        code += [Instruction(_IF_ANY_BIT, _CLONE_THREAD, 1, 0), _REFUSE]
    return [*code, _ALLOW]


def _sockets(policy: Policy) -> Program:
    if not policy.network:
        return [_REFUSE]
    return [*_require(0, (_AF_INET, _AF_INET6)), *_require(2, _PROTOCOLS), _ALLOW]


def _load(argument: int) -> Instruction:
    """The lower half, little end first; the kernel looks at no more of what we test."""
    return Instruction(_LOAD, _ARGUMENTS_AT + 8 * argument)


def _require(argument: int, values: tuple[int, ...], mask: int = 0) -> Program:
    """Refuse unless the argument is one of the values."""
    code = [_load(argument), *([Instruction(_AND, mask)] if mask else ())]
    code += [Instruction(_IF_EQUAL, v, len(values) - i, 0) for i, v in enumerate(values)]
    return [*code, _REFUSE]
