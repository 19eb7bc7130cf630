"""What code gets hold of while it runs is told with the report of its tests."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from pseudocode.runner.isolation import LimitsOnly
from pseudocode.runner.process import ProcessRunner
from pseudocode.spec.discovery import find_specs
from pseudocode.spec.model import Spec, Suite

pytestmark = pytest.mark.skipif(os.name == "nt", reason="process groups and limits of POSIX")

SOURCE = b'''from pseudocode import pseudo_function

@pseudo_function
def f(n: int) -> int:
    """The same.

    >>> f(1)
    1
    >>> f(2)
    2
    """
'''


@pytest.fixture
async def runner() -> AsyncIterator[ProcessRunner]:
    made = ProcessRunner(LimitsOnly())
    yield made
    await made.close()


def declared(path: str = "specs/module.py") -> Spec:
    return find_specs(path, SOURCE).specs[0]


async def seen(runner: ProcessRunner, code: str, spec: Spec | None = None) -> set[tuple[str, str]]:
    report = await runner.run(spec or declared(), dedent(code))
    assert report.all_passed, report
    return {(access.reach, access.what) for access in report.seen}


async def test_honest_code_reaches_for_nothing(runner: ProcessRunner) -> None:
    code = """
        import json, re, zoneinfo

        def f(n):
            return json.loads(json.dumps(n))
    """
    assert await seen(runner, code) == set()


async def test_files_hosts_and_programs_are_told_even_if_it_fails(
    runner: ProcessRunner, tmp_path: Path
) -> None:
    code = f"""
        import os, socket, subprocess
        from contextlib import suppress

        os.listdir({str(tmp_path)!r})

        def f(n):
            with suppress(OSError):
                open("/etc/hostname")
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", 9), timeout=0.1)
            with suppress(OSError):
                subprocess.run(["no-such-program", "-x"])
            os.environ["PSEUDO"] = "1"
            return n
    """
    found = await seen(runner, code)
    assert {
        ("files", str(tmp_path)),
        ("files", "/etc/hostname"),
        ("network", "127.0.0.1:9"),
        ("processes", "no-such-program -x"),
        ("environment", "PSEUDO"),
    } <= found


async def test_what_code_does_when_tests_call_it_is_told(
    runner: ProcessRunner, tmp_path: Path
) -> None:
    test = tmp_path / "test_module.py"
    test.write_text("from module import f\n\ndef test_f():\n    assert f(3) == 3\n")
    (tmp_path / "module.py").write_bytes(SOURCE)
    spec = replace(
        declared(str(tmp_path / "module.py")),
        examples=(),
        suites=(Suite(path=str(test), source=test.read_text(), imports=("f",), uses=("f",)),),
    )
    code = """
        from contextlib import suppress

        def f(n):
            with suppress(OSError):
                open("/etc/hostname")
            return n
    """
    assert await seen(runner, code, spec) == {("files", "/etc/hostname")}


async def test_what_it_says_of_itself_cannot_break_the_report(runner: ProcessRunner) -> None:
    code = """
        import sys

        def f(n):
            for module in list(sys.modules.values()):
                if watch := getattr(module, "Watch", None):
                    watch.take = lambda self: [["files", 3], ["moon", "x"], 4, ["files", "y" * 999]]
            return n
    """
    assert await seen(runner, code) == {("files", "y" * 200)}
