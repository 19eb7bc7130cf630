"""The few calls into the Linux kernel that the standard library has no name for.

Imported by the worker, so it needs only the standard library.
"""

from __future__ import annotations

import ctypes
import os

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38

_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: object) -> int:
    """Make a system call by its number.

    Raises:
        OSError: With what the kernel said.
    """
    return _checked(_libc.syscall(ctypes.c_long(number), *arguments))


def prctl(option: int, *arguments: object) -> int:
    """Change something about this process (prctl(2)); arguments not given are 0.

    Raises:
        OSError: With what the kernel said.
    """
    filled = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments]
    filled += [ctypes.c_ulong(0)] * (4 - len(filled))
    return _checked(_libc.prctl(option, *filled))


def drop_capabilities() -> None:
    """Give up every capability, as capset(2) has it.

    What is started later gains none back: no_new_privs sees to that, also for root.

    Raises:
        OSError: With what the kernel said.
    """
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _checked(_libc.capset(header, nothing))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
