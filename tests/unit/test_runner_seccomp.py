"""The filter, run by a small machine of our own: also for architectures that are not at hand."""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import struct

import pytest

from pseudocode.runner import syscalls
from pseudocode.runner.seccomp import MACHINES, Instruction, Machine, Policy, program

OPEN = Policy(
    processes=True,
    writing=True,
    metadata=True,
    truncating=True,
    network=True,
    only_signals=None,
)
CLOSED = Policy(
    processes=False,
    writing=False,
    metadata=False,
    truncating=False,
    network=False,
    only_signals=77,
)
TABLES = (
    syscalls.ALWAYS,
    syscalls.WRITING,
    syscalls.METADATA,
    syscalls.NETWORK,
    syscalls.CONDITIONAL,
)
machines = pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES.keys())


def run(code: list[Instruction], number: int, *arguments: int, audit: int) -> int:
    """What the kernel would answer: 0 for yes, else the error."""
    filled = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("<iIQ6Q", number, audit, 0, *filled)
    accumulator, at = 0, 0
    while True:
        step = code[at]
        at += 1
        match step.code:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, step.k)
            case 0x54:
                accumulator &= step.k
            case 0x06:
                return 0 if step.k == 0x7FFF0000 else step.k & 0xFFFF
            case 0x15:
                at += step.jt if accumulator == step.k else step.jf
            case 0x35:
                at += step.jt if accumulator >= step.k else step.jf
            case 0x45:
                at += step.jt if accumulator & step.k else step.jf
            case _:
                raise AssertionError(step)


class Kernel:
    """Answers to calls by name."""

    def __init__(self, machine: Machine, policy: Policy) -> None:
        self._machine = machine
        self._code = program(machine, policy)
        self._numbers = {
            name: number
            for table in TABLES
            for name, number in syscalls.numbers(table, machine.column).items()
        }

    def __call__(self, name: str, *arguments: int) -> int:
        return run(self._code, self._numbers[name], *arguments, audit=self._machine.audit)

    def number(self, number: int, audit: int | None = None) -> int:
        return run(self._code, number, audit=self._machine.audit if audit is None else audit)


@machines
def test_other_numberings_are_refused(machine: Machine) -> None:
    kernel = Kernel(machine, OPEN)
    read = syscalls.numbers(syscalls.ALWAYS, machine.column)["read"]
    assert kernel.number(read) == 0
    for other in {0x40000003, *(m.audit for m in MACHINES.values())} - {machine.audit}:
        assert kernel.number(read, audit=other) == errno.EPERM
    assert kernel.number(0x40000000 | read) != 0


@machines
def test_what_is_not_known_does_not_exist(machine: Machine) -> None:
    kernel = Kernel(machine, OPEN)
    assert kernel.number(syscalls.NEWEST_KNOWN) == errno.EPERM
    assert kernel.number(syscalls.NEWEST_KNOWN + 1) == errno.ENOSYS
    assert kernel("clone3") == kernel("openat2") == errno.ENOSYS


@machines
def test_opening(machine: Machine) -> None:
    read, write, both, neither, create, truncate = 0, 1, 2, 3, 0o100, 0o1000
    allowed = Kernel(machine, OPEN)
    for flags in (read, write, both, write | create | truncate, both | truncate, read | create):
        assert allowed("openat", 0, 0, flags) == 0
    for flags in (read | truncate, neither, neither | truncate, read | truncate | create):
        assert allowed("openat", 0, 0, flags) == errno.EPERM
    reading = Kernel(machine, CLOSED)
    assert reading("openat", 0, 0, 0o2000000 | read) == 0
    for flags in (write, both, neither, create, truncate, 0o20000000 | both):
        assert reading("openat", 0, 0, flags) == errno.EPERM


@machines
def test_threads_processes_and_namespaces(machine: Machine) -> None:
    thread, process, namespaces = 0x3D0F00, 0x1200011, 0x7E020000
    for policy in (OPEN, CLOSED):
        kernel = Kernel(machine, policy)
        assert kernel("clone", thread) == 0
        assert kernel("clone", process) == (0 if policy.processes else errno.EPERM)
        for bit in range(32):
            if 1 << bit & namespaces:
                assert kernel("clone", process | 1 << bit) == errno.EPERM
                assert kernel("clone", thread | 1 << bit) == errno.EPERM


@machines
def test_sockets(machine: Machine) -> None:
    unix, inet, inet6, netlink, stream, datagram, close = 1, 2, 10, 16, 1, 2, 0o2000000
    kernel = Kernel(machine, OPEN)
    assert kernel("socket", inet, stream | close, 0) == kernel("socket", inet6, datagram, 17) == 0
    assert kernel("socket", unix, stream, 0) == errno.EPERM
    assert kernel("socket", netlink, stream, 0) == errno.EPERM
    assert kernel("socket", inet, stream, 262) == errno.EPERM  # MPTCP
    closed = Kernel(machine, CLOSED)
    assert closed("socket", inet, stream, 0) == closed("connect", 3) == errno.EPERM
    for either in (kernel, closed):
        assert either("socketpair", unix, stream | close) == 0
        assert either("socketpair", unix, datagram | close) == errno.EPERM
        assert either("socketpair", inet, stream) == errno.EPERM


@machines
def test_buffers_of_sockets_keep_their_size(machine: Machine) -> None:
    general, tcp, no_delay = 1, 6, 1
    reuse, buffers = 2, (7, 8, 32, 33)
    for policy in (OPEN, CLOSED):
        kernel = Kernel(machine, policy)
        assert kernel("setsockopt", 3, general, reuse) == 0
        assert kernel("setsockopt", 3, tcp, no_delay) == 0
        for option in buffers:
            assert kernel("setsockopt", 3, general, option) == errno.EPERM


@machines
def test_memory_is_private_or_of_a_file(machine: Machine) -> None:
    shared, private, validated, anonymous, fixed = 1, 2, 3, 0x20, 0x10
    for policy in (OPEN, CLOSED):
        kernel = Kernel(machine, policy)
        for flags in (private, private | anonymous, private | anonymous | fixed, shared, validated):
            assert kernel("mmap", 0, 4096, 3, flags) == 0
        for flags in (shared | anonymous, validated | anonymous, shared | anonymous | fixed):
            assert kernel("mmap", 0, 4096, 3, flags) == errno.EPERM


@machines
def test_other_processes(machine: Machine) -> None:
    kernel = Kernel(machine, CLOSED)
    for name in ("kill", "tgkill"):
        assert kernel(name, 77, 9) == 0
        for pid in (0, 1, 76, 2**32 - 1, 2**64 - 1):
            assert kernel(name, pid, 9) == errno.EPERM
        assert Kernel(machine, OPEN)(name, 1, 9) == 0
    assert kernel("prlimit64", 0) == 0
    assert kernel("prlimit64", 1) == errno.EPERM
    assert kernel("fcntl", 0, 3) == 0
    assert kernel("fcntl", 0, 8) == kernel("fcntl", 0, 10) == errno.EPERM
    assert kernel("ioctl", 0, 0x5401) == 0
    assert kernel("ioctl", 0, 0x5412) == kernel("ioctl", 0, 0x5412 | 1 << 40) == errno.EPERM
    assert kernel("prctl", 15) == 0
    assert kernel("prctl", 36) == errno.EPERM


@machines
@pytest.mark.parametrize(
    ("field", "name"),
    [("writing", "mkdirat"), ("metadata", "fchmodat"), ("network", "connect")],
)
def test_each_permission_opens_its_own(machine: Machine, field: str, name: str) -> None:
    assert Kernel(machine, CLOSED)(name) == errno.EPERM
    assert Kernel(machine, CLOSED._replace(**{field: True}))(name) == 0
    assert Kernel(machine, OPEN._replace(**{field: False}))(name) == errno.EPERM


@machines
def test_truncating_is_writing(machine: Machine) -> None:
    assert Kernel(machine, OPEN)("truncate") == 0
    for field in ("writing", "truncating"):
        policy = OPEN._replace(**{field: False})
        assert Kernel(machine, policy)("truncate") == errno.EPERM


@machines
def test_no_call_is_listed_twice_and_jumps_are_short(machine: Machine) -> None:
    numbers = [n for t in TABLES for n in syscalls.numbers(t, machine.column).values()]
    assert len(numbers) == len(set(numbers))
    code = program(machine, OPEN)
    assert len(code) < 4096  # BPF_MAXINSNS
    assert all(0 <= step.jt < 256 and 0 <= step.jf < 256 for step in code)


@machines
def test_numbers_are_those_of_libseccomp(machine: Machine) -> None:
    found = ctypes.util.find_library("seccomp")
    if found is None:
        pytest.skip("libseccomp is missing")
    library = ctypes.CDLL(found)
    library.seccomp_syscall_resolve_name_arch.argtypes = [ctypes.c_uint32, ctypes.c_char_p]
    for table in TABLES:
        for name, number in syscalls.numbers(table, machine.column).items():
            told = library.seccomp_syscall_resolve_name_arch(machine.audit, name.encode())
            assert told < 0 or told == number, name  # below zero: newer than the library
