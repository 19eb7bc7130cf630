"""A place with things to steal and to break, and isolations to hold generated code off them."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent, indent

import pytest

from pseudocode.events import SuiteFinished
from pseudocode.runner import isolation
from pseudocode.runner.isolation import Bubblewrapped, Isolation, Landlocked
from pseudocode.runner.process import ProcessRunner
from pseudocode.spec.model import Example, Options, Spec
from tests.edges.processes import MARK, assert_nobody_left, marked

KEY = "sk-very-secret-4711"

TOOLS = """
import os, socket

def succeeded(acts):
    done = []
    for name, act in acts.items():
        try:
            result = act()
        except (OSError, ImportError, ValueError, AttributeError):
            continue
        if result is not False:
            done.append(name)
    return done

def read(path):
    with open(path, "rb") as stream:
        return stream.read(1)
"""
"""Beside the code of all hostile tests: names of the acts that got through."""


def kinds() -> list[object]:
    """Every kind as a parameter, those that do not work here skipped with the reason."""
    found: list[object] = []
    for tried in isolation.probed():
        missing = pytest.mark.skipif(tried.isolation is None, reason=tried.fault)
        found.append(pytest.param(tried.isolation, id=tried.name, marks=missing))
    return found


def walls() -> list[object]:
    """Every kind that is a wall, also as older kernels would have it."""
    real = [kind for kind in kinds() if kind.id not in ("limits only", "seccomp, files readable")]  # type: ignore[attr-defined]
    older: list[object] = []
    for kind in isolation.available():
        if isinstance(kind, Landlocked):
            for abi in (1, 2, 3, 4, 6):
                older.append(pytest.param(replace(kind, abi=abi), id=f"older-landlock-{abi}"))
        if isinstance(kind, Bubblewrapped):
            older.append(pytest.param(replace(kind, abi=0), id="older-bubblewrap-0"))
    return real + older


@dataclass(frozen=True, slots=True)
class Place:
    """A home, a project with specs and tests, and a mark for all that is started."""

    root: Path
    mark: str

    @classmethod
    def make(cls, root: Path) -> Place:
        """Put everything there, readable for all."""
        for name in (
            "home/.ssh/id",
            "project/specs/module.py",
            "project/specs/test_module.py",
            "state/journal.jsonl",
        ):
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"# secret {secrets.token_hex(8)}\n")
        (root / "project/specs/given.txt").write_text("given")
        return cls(root, secrets.token_hex(8))

    @property
    def secrets(self) -> list[str]:
        return [str(p) for p in sorted(self.root.rglob("*")) if p.is_file() and p.stem != "given"]

    @property
    def tokens(self) -> list[str]:
        """What is secret in the secrets."""
        return [Path(path).read_text().split()[2] for path in self.secrets]

    @property
    def state(self) -> dict[str, object]:
        """All that could be changed."""
        return {str(path): _facts(path) for path in [self.root, *sorted(self.root.rglob("*"))]}

    def spec(self, *calls: tuple[str, str], **options: object) -> Spec:
        given = {"timeout": 10.0, "env": (MARK,), **options}
        return Spec(
            name="f",
            module="module",
            path=str(self.root / "project/specs/module.py"),
            line=1,
            signature="def f()",
            examples=tuple(Example(source=f"{c}\n", want=f"{w}\n") for c, w in calls),
            options=Options(**given),  # type: ignore[arg-type]
        )

    async def run(
        self, kind: Isolation, code: str, *calls: tuple[str, str], **options: object
    ) -> SuiteFinished:
        """Run code with the tools beside it, `f()` if nothing else is asked for."""
        spec = self.spec(*(calls or (("f()", "[]"),)), **options)
        environ = {**os.environ, MARK: self.mark, "OPENAI_API_KEY": KEY}
        return await ProcessRunner(kind, environ).run(spec, TOOLS + dedent(code))

    async def escapes(self, kind: Isolation, acts: str, **options: object) -> str:
        """Which acts, lines of `name=lambda: …`, got through; or what else went wrong."""
        code = f"def f():\n    return succeeded(dict(\n{indent(dedent(acts), ' ' * 8)}\n    ))\n"
        report = await self.run(kind, code, **options)
        return report.error or report.cases[0].error or report.cases[0].got

    @property
    def processes(self) -> set[int]:
        return marked(self.mark)

    async def assert_nobody_left(self) -> None:
        await assert_nobody_left(self.mark)


def _facts(path: Path) -> object:
    told = path.lstat()
    # The last of the times changes with every change, and nobody can set it back.
    numbers = told.st_mode, told.st_uid, told.st_gid, told.st_nlink, told.st_ctime_ns
    content = path.read_bytes() if path.is_file() else b""
    attributes = os.listxattr(path) if sys.platform == "linux" else []
    return numbers, content, attributes


@contextmanager
def listening(folder: Path) -> Iterator[dict[str, socket.socket]]:
    """Sockets of every kind, none of which should ever hear anything."""
    made = {
        "tcp": socket.create_server(("127.0.0.1", 0)),
        "udp": socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "path": socket.socket(socket.AF_UNIX),
        "path-datagrams": socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM),
    }
    made["udp"].bind(("127.0.0.1", 0))
    short = os.path.relpath(folder)  # the names of sockets are short
    made["path"].bind(f"{short}/stream")
    made["path"].listen()
    made["path-datagrams"].bind(f"{short}/datagrams")
    if sys.platform == "linux":
        made["abstract"] = socket.socket(socket.AF_UNIX)
        made["abstract"].bind(f"\0{secrets.token_hex(8)}")
        made["abstract"].listen()
    try:
        for one in made.values():
            one.setblocking(False)
        yield made
    finally:
        for one in made.values():
            one.close()


def heard(one: socket.socket) -> bool:
    """Whether a socket was called."""
    try:
        if one.type == socket.SOCK_DGRAM:
            one.recv(100)
        else:
            one.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def drained(one: socket.socket) -> bool:
    """The same, and everything that waits there is taken away."""
    called = False
    while heard(one):
        called = True
    return called
