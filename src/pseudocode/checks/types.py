"""Generated code against its declaration, by the type checker that is installed.

Type checkers are wrong at times, so nothing fails by what they say: it is shown to the person, and
told to the model where the tests fail as well. Measured on a function of ten lines: ty takes 40 ms,
mypy 120 ms (the first time 700 ms), pyright 2 s.
"""

from __future__ import annotations

import ast
import asyncio
import json
import os
import shutil
import signal
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import platformdirs

from pseudocode.events import Flag
from pseudocode.plain.signatures import under_declaration
from pseudocode.spec.model import Spec
from pseudocode.spec.parsing import parse

SECONDS = 20.0
MAX_ERRORS = 5
MAX_MESSAGE = 240
FILE = "candidate.py"
_FUTURE = "from __future__ import annotations\n"
_STEERING = ("MYPY", "PYRIGHT", "TY_", "PYTHON", "VIRTUAL_ENV", "CONDA")
"""Beginnings of variables that could lead a checker to other settings or packages."""
_CONFIGS = {"ty.toml": "", "pyrightconfig.json": "{}"}
"""In the folder itself, so that no checker looks for settings above it."""


class Error(NamedTuple):
    """One thing that a type checker says."""

    line: int
    message: str
    rule: str


class Tool(NamedTuple):
    """A type checker: how it is called, what its answer means."""

    name: str
    arguments: Callable[[], list[str]]
    read: Callable[[str], Iterator[Error]]
    ignored: frozenset[str]
    """Rules about what other checks know better, or what is only a matter of taste."""


class TypeChecker:
    """Checks types with one program, if there is one."""

    def __init__(self, wanted: str) -> None:
        """Choose the program.

        Args:
            wanted: A name, `auto` for the fastest that is installed, `off` for none.
        """
        names = [] if wanted == "off" else list(TOOLS) if wanted == "auto" else [wanted]
        found = ((TOOLS[name], program) for name in names if (program := _find(name)))
        self._tool: Tool | None = None
        self._program = ""
        for self._tool, self._program in found:
            break
        self._absent = f"types not checked: no {wanted}" if wanted in TOOLS else ""
        self._one_at_a_time = asyncio.Lock()

    async def check(self, spec: Spec, code: str) -> tuple[tuple[Flag, ...], tuple[str, ...]]:
        """Return what is wrong with the types, and notes.

        Args:
            spec: What is declared; of its own the code gets only this and its context.
            code: As it would be accepted.
        """
        if self._tool is None:
            return (), tuple(filter(None, [self._absent]))
        name = self._tool.name
        try:
            async with self._one_at_a_time:
                errors = await self._errors(self._tool, spec, code)
        except TimeoutError:
            return (), (f"types not checked: {name} took longer than {SECONDS:g} s",)
        except (OSError, ValueError, LookupError, TypeError) as error:
            return (), (f"types not checked: {name} failed ({type(error).__name__})",)
        flags = [_flag(name, error) for error in errors if error.rule not in self._tool.ignored]
        return tuple(dict.fromkeys(flags))[:MAX_ERRORS], ()

    async def _errors(self, tool: Tool, spec: Spec, code: str) -> list[Error]:
        before, text = _laid_out(spec, code)
        with tempfile.TemporaryDirectory(prefix="pseudocode-types-") as folder:
            for name, contents in {**_CONFIGS, FILE: text}.items():
                Path(folder, name).write_text(contents, encoding="utf-8")
            told = await _run([self._program, *tool.arguments(), FILE], folder)
        last = code.count("\n") + 1
        found = (error._replace(line=error.line - before) for error in tool.read(told))
        return sorted(error for error in found if 0 < error.line <= last)


def _laid_out(spec: Spec, code: str) -> tuple[int, str]:
    """How many lines come before the code, and the whole text."""
    lines = under_declaration(spec, code).split("\n")
    futures = [n for n in parse(code).body if isinstance(n, ast.ImportFrom)]
    futures = [node for node in futures if node.module == "__future__"]
    for node in futures:
        lines[node.lineno - 1 : node.end_lineno] = [""] * len(
            range(node.lineno - 1, node.end_lineno or node.lineno)
        )
    late = futures and "from __future__" not in spec.context
    before = (_FUTURE if late else "") + spec.context + "\n\n"
    return before.count("\n"), before + "\n".join(lines)


def _flag(name: str, error: Error) -> Flag:
    message = " ".join(error.message.split())
    return Flag(line=error.line, reason=f"{name}: {message[:MAX_MESSAGE]}", feedback=True)


async def _run(command: list[str], folder: str) -> str:
    environ = {k: v for k, v in os.environ.items() if not k.upper().startswith(_STEERING)}
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=environ,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(SECONDS):
            out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            with suppress(OSError):
                # Some are a script that starts the program proper.
                os.killpg(process.pid, signal.SIGKILL) if os.name == "posix" else process.kill()
            await process.wait()
    if process.returncode not in (0, 1):
        raise ValueError(f"exit code {process.returncode}")
    return out.decode("utf-8", errors="replace")


def _find(name: str) -> str | None:
    """A program of that name, the one of our own environment first."""
    suffix = ".exe" if sys.platform == "win32" else ""
    beside = Path(sysconfig.get_path("scripts"), name + suffix)
    return str(beside) if beside.is_file() else shutil.which(name)


def _mypy_arguments() -> list[str]:
    cache = platformdirs.user_cache_path("pseudocode") / "mypy"
    with suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
    place = str(cache) if os.access(cache, os.W_OK) else os.devnull
    return [
        # Without a file of settings there are no plugins, which would be run.
        *("--config-file=", f"--cache-dir={place}", f"--python-executable={sys.executable}"),
        *("--output=json", "--check-untyped-defs", "--ignore-missing-imports"),
    ]


def _mypy_errors(text: str) -> Iterator[Error]:
    # In between it gives advice in plain words.
    for line in (line for line in text.splitlines() if line.startswith("{")):
        told = json.loads(line)
        if told["severity"] == "error" and os.path.basename(told["file"]) == FILE:
            yield Error(int(told["line"]), str(told["message"]), str(told["code"]))


def _ty_arguments() -> list[str]:
    python = f"--python={sys.executable}"
    return ["check", "--config-file=ty.toml", python, "--output-format=gitlab", "--no-progress"]


def _ty_errors(text: str) -> Iterator[Error]:
    for told in json.loads(text):
        if told["severity"] in ("major", "critical", "blocker"):
            rule, line = str(told["check_name"]), told["location"]["positions"]["begin"]["line"]
            yield Error(int(line), str(told["description"]).removeprefix(f"{rule}: "), rule)


def _pyright_arguments() -> list[str]:
    return ["--outputjson", f"--pythonpath={sys.executable}"]


def _pyright_errors(text: str) -> Iterator[Error]:
    for told in json.loads(text)["generalDiagnostics"]:
        if told["severity"] == "error":
            line = int(told["range"]["start"]["line"]) + 1
            yield Error(line, str(told["message"]), str(told.get("rule", "")))


_OF_MYPY = ("import", "import-not-found", "import-untyped", "name-defined", "no-redef")
_OF_TY = ("import-not-found", "unresolved-import", "unresolved-reference", "undefined-reference")
_OF_PYRIGHT = (
    *("reportMissingImports", "reportMissingModuleSource", "reportUndefinedVariable"),
    *("reportRedeclaration", "reportPossiblyUnbound"),
)
TOOLS = {
    "ty": Tool("ty", _ty_arguments, _ty_errors, frozenset(_OF_TY)),
    "mypy": Tool("mypy", _mypy_arguments, _mypy_errors, frozenset({*_OF_MYPY, "var-annotated"})),
    "pyright": Tool("pyright", _pyright_arguments, _pyright_errors, frozenset(_OF_PYRIGHT)),
}
"""The type checkers that are known, the fastest first."""
