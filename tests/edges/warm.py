"""Commands in processes of their own that need not import everything first.

A process that has imported what most commands need waits on a socket. For each command it forks;
the child runs the module as the command line would. Most of the time of a short command, and of the
tests that start hundreds, is otherwise spent on imports.
"""

from __future__ import annotations

import asyncio
import json
import os
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any

HEAVY = (
    "openai.resources.chat.completions",
    "openai.resources.responses",
    "genai_prices",
    *(f"pseudocode.{name}" for name in ("cli.batch", "cli.group", "cli.run", "store.library")),
    *(f"pseudocode.{name}" for name in ("checks.by_kind", "runner.isolation", "runner.process")),
)
"""What takes longest; none of it looks at the environment when it is imported."""


async def run(module: str, *arguments: str, cwd: Path, env: Mapping[str, str]) -> dict[str, Any]:
    """Run a module to its end: its exit code `code`, and what it said, `out` and `err`."""
    reader, writer = await asyncio.open_unix_connection(_address())
    try:
        asked = {"module": module, "arguments": arguments, "cwd": str(cwd), "env": dict(env)}
        writer.write(json.dumps(asked).encode() + b"\n")
        told: dict[str, Any] = json.loads(await reader.read())
        return told
    finally:
        writer.close()


@cache
def _address() -> str:
    """Where the process waits; it is started once, and ends with this one."""
    process = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    _kept.append(process)
    return process.stdout.readline().strip()


_kept: list[subprocess.Popen[str]] = []


def main() -> None:
    """Wait for commands until standard input ends."""
    for name in HEAVY:
        import_module(name)
    folder = tempfile.mkdtemp(prefix="pseudocode-tests-")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{folder}/socket")
    listener.listen()
    waits = _fork(lambda: _accept(listener))
    print(f"{folder}/socket", flush=True)
    sys.stdin.read()
    os.kill(waits, signal.SIGTERM)
    shutil.rmtree(folder)


def _accept(listener: socket.socket) -> int:
    """Answer whoever connects."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks what became of them
    while True:
        connection, _ = listener.accept()
        with connection:
            _fork(lambda: _answer(connection, listener))  # noqa: B023 - it is run at once


def _answer(connection: socket.socket, listener: socket.socket) -> int:
    """Run one command in a child, and tell how it went."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    listener.close()
    asked = json.loads(connection.makefile("rb").readline())
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if not child:
            connection.close()
            _become(asked, out, err)
        _, status = os.waitpid(child, 0)
        told = {"code": os.waitstatus_to_exitcode(status), "out": _said(out), "err": _said(err)}
    connection.sendall(json.dumps(told).encode())
    return 0


def _become(asked: dict[str, Any], out: IO[bytes], err: IO[bytes]) -> None:
    """Be the command, as if it had just been started; its end is that of the interpreter."""
    with open(os.devnull, "rb") as nothing:
        for number, stream in enumerate((nothing, out, err)):
            os.dup2(stream.fileno(), number)
    out.close()
    err.close()
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.argv = [asked["module"], *asked["arguments"]]
    sys.path[0] = asked["cwd"]
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(  # noqa: SIM115
        2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False
    )
    runpy.run_module(asked["module"], run_name="__main__", alter_sys=True)
    sys.exit()


def _said(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode()


def _fork(act: Callable[[], int]) -> int:
    """Do something in a child, which ends with it."""
    child = os.fork()
    if child:
        return child
    os._exit(act())


if __name__ == "__main__":
    main()
