"""The two pipes of a process that runs code, kept out of that code's way.

Imported by the worker and by the judge.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple, TextIO

Record = dict[str, Any]


class Pipes(NamedTuple):
    """What comes in, and what goes out."""

    requests: TextIO
    answers: TextIO


def private_pipes() -> Pipes:
    """Keep both ends for ourselves; what code writes goes to standard error."""
    requests = os.fdopen(os.dup(0), encoding="ascii")
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    sys.stdin = io.StringIO()
    return Pipes(requests, answers)


def reporter(answers: TextIO, key: str) -> Callable[[Record], None]:
    """What writes answers under the key of this run: a line without it is not ours."""

    def report(record: Record) -> None:
        answers.write(json.dumps({"key": key, **record}) + "\n")
        answers.flush()

    return report
