"""Generated code formatted and linted, with the names that its module gives it."""

from __future__ import annotations

import asyncio
import sys
from textwrap import dedent

import pytest

from pseudocode.checks import ruff
from pseudocode.checks.ruff import RuffChecker
from pseudocode.events import CandidateChecked
from pseudocode.spec.discovery import find_specs

needs_312 = pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")


async def check(code: str, context: str = "") -> CandidateChecked:
    source = (
        f"{dedent(context)}\nfrom pseudocode import pseudo_function\n"
        "@pseudo_function\ndef f(x):\n    ...\n"
    )
    found = find_specs("specs/module.py", source.encode())
    assert not found.problems
    return await RuffChecker().check(found.specs[0], dedent(code))


async def test_code_is_formatted() -> None:
    checked = await check("def f( x ):\n  y={'a':x}\n  return   y\n\n\n\n")
    assert checked.code == 'def f(x):\n    y = {"a": x}\n    return y\n'
    assert (checked.faults, checked.notes) == ((), ())


async def test_good_code_stays_as_it_is() -> None:
    code = '"""Umlauts: äöü, 漢字."""\n\n\ndef f(x):\n    # why\n    return "ä" + x\n'
    assert (await check(code)).code == code


async def test_unused_imports_go() -> None:
    checked = await check("import os\nimport math, json\n\ndef f(x):\n    return math.floor(x)\n")
    assert checked.code.startswith("import math\n\n\ndef f")
    assert "json" not in checked.code
    assert checked.faults == ()


async def test_imports_are_sorted() -> None:
    checked = await check("import math\nimport json\ndef f(x): return json.dumps(math.floor(x))\n")
    assert checked.code.startswith("import json\nimport math\n\n\ndef f(x):\n    return ")


@pytest.mark.parametrize(
    ("body", "name"),
    [("return missing(x)", "missing"), ("return x.y + nope", "nope"), ("y += x", "y")],
)
async def test_undefined_names_are_faults(body: str, name: str) -> None:
    checked = await check(f"def f(x):\n    z = x\n    {body}\n    return z\n")
    (fault,) = checked.faults
    assert fault.startswith("line 3: ")
    assert f"`{name}`" in fault


async def test_every_undefined_name_is_told() -> None:
    checked = await check("def f(x):\n    return one + two\n")
    assert len(checked.faults) == 2


@pytest.mark.parametrize(
    ("context", "name"),
    [
        ("import math", "math.pi"),
        ("import os.path", "os.sep"),
        ("import numpy as np", "np.e"),
        ("from math import tau as turn", "turn"),
        ("LIMIT = 3", "LIMIT"),
        ("LIMIT: int = 3", "LIMIT"),
        ("A, (B, C) = 1, (2, 3)", "A + B + C"),
        ("def helper(): ...", "helper()"),
        ("async def helper(): ...", "helper()"),
        ("class Kind: ...", "Kind()"),
        ("try:\n    import tomllib\nexcept ImportError:\n    tomllib = None", "tomllib"),
        ("if True:\n    FLAG = 1", "FLAG"),
        ("from math import *", "sqrt(2)"),
    ],
)
async def test_names_of_the_module_are_known(context: str, name: str) -> None:
    code = f"def f(x):\n    return {name}\n"
    checked = await check(code, context)
    assert checked.faults == ()
    assert checked.code == code


async def test_names_of_the_language_are_known() -> None:
    checked = await check("def f(x):\n    return sorted(x), __name__, ExceptionGroup\n")
    assert checked.faults == ()


async def test_newer_syntax_is_no_fault() -> None:
    checked = await check(
        """\
        def f(x):
            try:
                y = x[*x]
            except* ValueError:
                y = x
            return y
        """
    )
    assert checked.faults == ()


@needs_312
async def test_syntax_of_312_is_no_fault() -> None:
    checked = await check('def f[T](x: T) -> str:\n    return f"{x["a"]}"\n')
    assert checked.faults == ()


async def test_settings_of_the_folder_do_not_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("project")
    (folder / "ruff.toml").write_text('indent-width = 2\n[lint]\nignore = ["F821"]\n')
    monkeypatch.chdir(folder)
    checked = await check("def f(x):\n    return missing\n")
    assert "    return" in checked.code
    assert checked.faults


async def test_without_ruff_the_code_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ruff, "_find", lambda: None)
    checked = await check("def f( x ): return x\n")
    assert checked.code == "def f( x ): return x\n"
    assert checked.notes == ("not formatted: no ruff",)


@pytest.mark.parametrize("program", ["/nowhere/ruff", sys.executable])
async def test_with_a_broken_ruff_the_code_stays(
    monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(ruff, "_find", lambda: program)
    checked = await check("def f( x ): return x\n")
    assert checked.code == "def f( x ): return x\n"
    assert checked.faults == ()
    (note,) = checked.notes
    assert note.startswith("not formatted: ruff failed")


async def test_several_at_once() -> None:
    checked = await asyncio.gather(*(check(f"def f(x): return {n}\n") for n in range(4)))
    assert [c.code.split()[-1] for c in checked] == ["0", "1", "2", "3"]
