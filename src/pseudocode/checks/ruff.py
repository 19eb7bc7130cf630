"""Generated code formatted and linted by ruff, with its safe fixes."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Any

from pseudocode.events import CandidateChecked
from pseudocode.spec.model import Spec
from pseudocode.spec.outline import bound_names
from pseudocode.spec.parsing import parse

SECONDS = 20.0
FAULTS = ("F821", "F822", "F823")
"""Undefined names: errors for certain, which need no test pass to show."""
FIXED = ("F401", "F541", "I001", "UP", "E7", "W")
_CONFIG = ("--isolated", "--no-cache", "--line-length", "88")


async def format_file(text: str, path: str) -> str:
    """Format a file by the settings of its project.

    Args:
        text: Its contents.
        path: Where it is, or would be.

    Returns:
        The text as it was, where there is no ruff or it fails.
    """
    program = _find()
    for config in (("--no-cache",), _CONFIG) if program else ():
        try:
            options = (*config, "--stdin-filename", path)
            return (await _run(str(program), "format", *options, stdin=text))[0]
        except (OSError, TimeoutError, ValueError):
            continue
    return text


class RuffChecker:
    """Formats code, applies safe fixes, and reports undefined names."""

    def __init__(self) -> None:
        self._ruff = _find()

    async def check(self, spec: Spec, code: str) -> CandidateChecked:
        """Return the code as it would be accepted, or its faults.

        Where ruff is missing or fails, the code is returned as it is, with a note that says so.
        """
        if self._ruff is None:
            return CandidateChecked(candidate=0, code=code, notes=("not formatted: no ruff",))
        try:
            options = _looking_for_faults(spec)
            fixed, found = await self._run("check", "--fix", *options, stdin=code)
            # Where something was fixed above a fault, its line is not that of the code.
            faults = _faults(found) and _faults((await self._run("check", *options, stdin=code))[0])
            formatted, _ = await self._run("format", stdin=fixed)
        except (OSError, TimeoutError, ValueError) as error:
            note = f"not formatted: ruff failed ({type(error).__name__})"
            return CandidateChecked(candidate=0, code=code, notes=(note,))
        return CandidateChecked(candidate=0, code=formatted, faults=faults)

    async def _run(self, command: str, *options: str, stdin: str) -> tuple[str, str]:
        assert self._ruff is not None
        config = _CONFIG[: 2 if command == "check" else 4]
        return await _run(self._ruff, command, *config, *options, stdin=stdin)


async def _run(program: str, command: str, *options: str, stdin: str) -> tuple[str, str]:
    """What it writes, and what it says beside that: where it fixes, all that it finds."""
    process = await asyncio.create_subprocess_exec(
        program,
        command,
        *options,
        "-",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(SECONDS):
            out, err = await process.communicate(stdin.encode("utf-8"))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode not in (0, 1):
        raise ValueError(err.decode(errors="replace"))
    return out.decode("utf-8"), err.decode("utf-8")


def _looking_for_faults(spec: Spec) -> tuple[str, ...]:
    """What is fixed and what is found in code for this module, in one call of the program."""
    defined = bound_names(parse(spec.context).body) - spec.around.unusable
    faults = () if "*" in defined else FAULTS  # nobody knows what that brings
    config = f"builtins={json.dumps(sorted(defined - {'*'}))}"
    rules = ",".join((*FIXED, *faults))
    return ("--select", rules, "--config", config, "--output-format", "json")


def _faults(found: str) -> tuple[str, ...]:
    records: list[dict[str, Any]] = json.loads(found or "[]")
    faults = (record for record in records if record["code"] in FAULTS)
    return tuple(f"line {fault['location']['row']}: {fault['message']}" for fault in faults)


def _find() -> str | None:
    """Ruff's program, the one of our own environment first."""
    beside = Path(sysconfig.get_path("scripts")) / (
        "ruff.exe" if sys.platform == "win32" else "ruff"
    )
    return str(beside) if beside.is_file() else shutil.which("ruff")
