"""Landlock: a process gives up rights to files, network and other processes, for good.

https://docs.kernel.org/userspace-api/landlock.html names the rights and which version of the
interface (ABI) brought them; the numbers are those of linux/landlock.h. Imported by the worker.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from pseudocode.runner import kernel

NEWEST_ABI = 7
"""Later versions are used as if they were this one."""
NETWORK_ABI = 4
TRUNCATE_ABI = 3
SCOPES_ABI = 6
_LOGGING_ABI = 7

# The same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_CREATE_RULESET_VERSION = 1 << 0
_RULE_PATH_BENEATH, _RULE_NET_PORT = 1, 2

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = (1 << bit for bit in range(4))
_REMOVE_DIR, _REMOVE_FILE, _MAKE_CHAR, _MAKE_DIR = (1 << bit for bit in range(4, 8))
_MAKE_REG, _MAKE_SOCK, _MAKE_FIFO, _MAKE_BLOCK = (1 << bit for bit in range(8, 12))
_MAKE_SYM, _REFER, _TRUNCATE, _IOCTL_DEV = (1 << bit for bit in range(12, 16))
_HANDLED_SINCE = {1: (1 << 13) - 1, 2: _REFER, TRUNCATE_ABI: _TRUNCATE, 5: _IOCTL_DEV}
_FOR_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV

READ = _READ_FILE | _READ_DIR
EXECUTE = _EXECUTE | _READ_FILE
WRITE = (
    READ
    | _WRITE_FILE
    | _TRUNCATE
    | _REFER
    | (_REMOVE_DIR | _REMOVE_FILE)
    | (_MAKE_DIR | _MAKE_REG | _MAKE_SYM)
)
"""No devices, pipes or sockets can be made, and no device be commanded."""

_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1
_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1 << 0, 1 << 1
_DO_NOT_LOG = 1 << 0
"""Hostile code could otherwise fill the audit log with what it was refused."""


def abi() -> int:
    """The version that the kernel has; 0 where there is none or it is switched off."""
    try:
        found = kernel.call(_CREATE_RULESET, None, ctypes.c_size_t(0), _CREATE_RULESET_VERSION)
    except OSError:
        return 0
    return min(found, NEWEST_ABI)


def restrict(
    version: int, allowed: Iterable[tuple[str, int]], *, ports: Iterable[int] | None
) -> None:
    """Give up what is not allowed, in this process and all that it starts.

    Args:
        version: The ABI to use.
        allowed: Paths, with the rights to what is there and beneath; those that are not there
            are left out.
        ports: The TCP ports that may be connected to; None leaves the network open.

    Raises:
        OSError: With what the kernel said.
    """
    handled = sum(right for since, right in _HANDLED_SINCE.items() if since <= version)
    network = _BIND_TCP | _CONNECT_TCP if ports is not None and version >= NETWORK_ABI else 0
    ruleset = _ruleset(version, handled, network)
    try:
        for path, rights in allowed:
            _allow_path(ruleset, path, rights & handled)
        for port in (ports or ()) if network else ():
            _add_rule(ruleset, _RULE_NET_PORT, struct.pack("=QQ", _CONNECT_TCP, port))
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.call(_RESTRICT_SELF, ruleset, _DO_NOT_LOG if version >= _LOGGING_ABI else 0)
    finally:
        os.close(ruleset)


def _ruleset(version: int, handled: int, network: int) -> int:
    attribute = struct.pack("=Q", handled)
    if version >= NETWORK_ABI:
        attribute += struct.pack("=Q", network)
    if version >= SCOPES_ABI:
        attribute += struct.pack("=Q", _SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS)
    return kernel.call(_CREATE_RULESET, attribute, ctypes.c_size_t(len(attribute)), 0)


def _allow_path(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # what cannot be reached needs no right
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _FOR_FILES
        _add_rule(ruleset, _RULE_PATH_BENEATH, struct.pack("=Qi", rights, descriptor))
    finally:
        os.close(descriptor)


def _add_rule(ruleset: int, kind: int, attribute: bytes) -> None:
    kernel.call(_ADD_RULE, ruleset, kind, attribute, 0)
