"""Runs a program as on a system that has neither Landlock nor namespaces for everybody.

`python -m tests.edges.bare PROGRAM ARGUMENT…`
"""

from __future__ import annotations

import errno
import os
import platform
import sys

from pseudocode.runner import seccomp
from pseudocode.runner.seccomp import Instruction

_LOAD, _IF_EQUAL, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW = Instruction(_RETURN, 0x7FFF0000)
_REFUSE = Instruction(_RETURN, 0x00050000 | errno.EPERM)
_MISSING = Instruction(_RETURN, 0x00050000 | errno.ENOSYS)
_CLONE, _UNSHARE, _MOUNT = {"x86_64": (56, 272, 165), "aarch64": (220, 97, 40)}[platform.machine()]
_CLONE3, _CREATE_RULESET = 435, 444
_NAMESPACES = 0x7E020000


def _without_isolation() -> list[Instruction]:
    return [
        Instruction(_LOAD, 0),
        *(Instruction(_IF_EQUAL, _CREATE_RULESET, 0, 1), _MISSING),
        *(Instruction(_IF_EQUAL, _CLONE3, 0, 1), _MISSING),
        *(Instruction(_IF_EQUAL, _UNSHARE, 0, 1), _REFUSE),
        *(Instruction(_IF_EQUAL, _MOUNT, 0, 1), _REFUSE),
        *(Instruction(_IF_EQUAL, _CLONE, 1, 0), _ALLOW),
        *(Instruction(_LOAD, 16), Instruction(_IF_ANY_BIT, _NAMESPACES, 0, 1), _REFUSE),
        _ALLOW,
    ]


if __name__ == "__main__":
    seccomp.load(_without_isolation())
    os.execv(sys.argv[1], sys.argv[1:])
