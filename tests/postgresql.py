"""A PostgreSQL server of the tests' own, where its programs are installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PASSWORD = "s3cret/4711"
QUOTED = "s3cret%2F4711"


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    at_hand = shutil.which("initdb")
    return found[-1].parent if found else Path(at_hand).parent if at_hand else None


def _call(*command: str | Path, **options: Any) -> None:
    """Run a program that must succeed; it may leave a server behind that keeps its output open."""
    with tempfile.TemporaryFile() as told:
        done = subprocess.Popen(
            command, stdout=told, stderr=told, stdin=subprocess.DEVNULL, **options
        )
        if done.wait(60):
            told.seek(0)
            pytest.fail(f"{command[0]}: {told.read().decode(errors='replace')}")


@contextmanager
def server() -> Iterator[str]:
    """A server that listens on a socket in a temporary folder; gives the URL of its database.

    It runs as an ordinary user, and ends with the block.
    """
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: there is no initdb")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    options: dict[str, Any] = {"cwd": folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        options |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    try:
        data, word = folder / "data", folder / "word"
        word.write_text(PASSWORD)
        word.chmod(0o644)
        made = ("--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync")
        _call(programs / "initdb", "-D", data, "-U", "anna", f"--pwfile={word}", *made, **options)
        heard = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=20"
        control = (programs / "pg_ctl", "-D", data, "-w")
        _call(*control, "-l", folder / "log", "-o", heard, "start", **options)
        try:
            yield f"postgresql://anna:{QUOTED}@/postgres?host={folder}"
        finally:
            _call(*control, "-m", "immediate", "stop", **options)
    finally:
        shutil.rmtree(folder)
