"""Types of generated code, by a real type checker: told, never decisive."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from pseudocode.checks import types
from pseudocode.checks.by_kind import KindChecker
from pseudocode.checks.types import TOOLS, TypeChecker
from pseudocode.events import Flag
from pseudocode.spec.discovery import find_specs
from pseudocode.spec.model import Spec
from tests.edges.test_cli import Project, keyed
from tests.server import ModelServer, code


def spec_of(declared: str, before: str = "") -> Spec:
    source = f"from pseudocode import pseudo_class, pseudo_function\n{before}\n{dedent(declared)}"
    found = find_specs("specs/module.py", source.encode())
    assert not found.problems
    return found.specs[0]


MERGED = spec_of(
    """\
    @pseudo_function
    def merged(
        spans: list[Span], /, limit: int = ..., *more: str, key: str = "a"
    ) -> dict[str, Span]: ...
    """,
    "from dataclasses import dataclass\n@dataclass\nclass Span:\n    start: int\n",
)


async def check(spec: Spec, text: str, tool: str = "mypy") -> tuple[Flag, ...]:
    flags, notes = await TypeChecker(tool).check(spec, dedent(text))
    assert notes == ()
    return flags


async def test_code_is_checked_against_the_declaration() -> None:
    flags = await check(
        MERGED,
        """\
        from __future__ import annotations


        def merged(
            spans,
            limit=3,
            *more,
            key="a",
        ):
            if key + 1:
                return spans
            return {span.begin: span for span in spans}
        """,
    )
    assert [flag.line for flag in flags][:2] == [10, 11]
    assert flags[0].reason.startswith("mypy: Unsupported operand types for +")
    assert any('"Span" has no attribute "begin"' in flag.reason for flag in flags)
    assert all(flag.feedback for flag in flags)


async def test_correct_code_is_left_alone() -> None:
    right = """\
        import requests
        from dataclasses import dataclass


        class Helper:
            def __init__(self, n):
                self.n = n


        def merged(others, limit=3, *more, key="b"):
            found = {}
            for other in others:
                found[key] = other
            return found
        """
    assert await check(MERGED, right) == ()


async def test_methods_are_checked_under_their_declared_signatures() -> None:
    spec = spec_of(
        """\
        @pseudo_class
        class Stack:
            def push(self, item: int) -> None: ...
            @property
            def top(self) -> int: ...
        """
    )
    flags = await check(
        spec,
        """\
        class Stack:
            def push(self, item):
                item.append(1)

            @property
            def top(self):
                return "x"
        """,
    )
    assert [flag.line for flag in flags] == [3, 7]


async def test_inventions_of_the_standard_library_are_found() -> None:
    spec = spec_of("@pseudo_function\ndef f(x: float) -> float: ...\n")
    (flag,) = await check(spec, "from math import cosec\n\n\ndef f(x):\n    return cosec(x)\n")
    assert '"math" has no attribute "cosec"' in flag.reason


async def test_names_of_other_specs_and_of_missing_packages_are_no_matter() -> None:
    spec = spec_of("@pseudo_function\ndef f(x: int) -> int: ...\n")
    assert (
        await check(spec, "import no_such\n\n\ndef f(x):\n    return other(no_such.g(x))\n") == ()
    )


async def test_no_more_than_a_few_are_told() -> None:
    spec = spec_of("@pseudo_function\ndef f(x: int) -> int: ...\n")
    body = "".join(f"    y{n}: str = {n}\n" for n in range(20))
    assert len(await check(spec, f"def f(x):\n{body}    return x\n")) == types.MAX_ERRORS


@pytest.mark.parametrize("name", [name for name in TOOLS if name != "mypy"])
async def test_the_other_checkers_say_the_same(name: str) -> None:
    if types._find(name) is None:
        pytest.skip(f"{name} is not installed")
    spec = spec_of("@pseudo_function\ndef f(x: int) -> int: ...\n")
    (flag,) = await check(spec, "import no_such\n\n\ndef f(x):\n    return str(x)\n", name)
    assert flag.line == 5
    assert flag.reason.startswith(f"{name}: ")
    assert await check(spec, "def f(x):\n    return other(x)\n", name) == ()


async def test_plugins_and_settings_of_the_project_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'executed')!r}, 'w')\n")
    for place in (tmp_path, tmp_path / "home"):
        place.mkdir(exist_ok=True)
        (place / "mypy.ini").write_text("[mypy]\nplugins = evil\nignore_errors = True\n")
    monkeypatch.setenv("MYPYPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    spec = spec_of("@pseudo_function\ndef f(x: int) -> int: ...\n")
    (flag,) = await check(spec, "def f(x):\n    return str(x)\n")
    assert flag.line == 2
    assert not (tmp_path / "executed").exists()
    assert not (tmp_path / ".mypy_cache").exists()


async def test_a_checker_that_is_missing_broken_or_slow_is_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = spec_of("@pseudo_function\ndef f(x: int) -> int: ...\n")
    monkeypatch.setattr(types, "_find", lambda name: None)
    assert await TypeChecker("auto").check(spec, "") == ((), ())
    assert await TypeChecker("off").check(spec, "") == ((), ())
    assert await TypeChecker("ty").check(spec, "") == ((), ("types not checked: no ty",))
    program = tmp_path / "checker"
    monkeypatch.setattr(types, "_find", lambda name: str(program))
    for script, told in (
        ("import sys; sys.exit(7)", "types not checked: mypy failed (ValueError)"),
        ("print('{no json')", "types not checked: mypy failed (JSONDecodeError)"),
    ):
        program.write_text(f"#!{sys.executable}\n{script}\n")
        program.chmod(0o755)
        assert await TypeChecker("mypy").check(spec, "x = 1\n") == ((), (told,))
    program.write_text(f"#!{sys.executable}\nimport signal\nsignal.pause()\n")
    monkeypatch.setattr(types, "SECONDS", 0.2)
    told = "types not checked: mypy took longer than 0.2 s"
    assert await TypeChecker("mypy").check(spec, "x = 1\n") == ((), (told,))


async def test_types_alone_are_no_fault() -> None:
    spec = spec_of("@pseudo_function\ndef f(x: int) -> int: ...\n")
    checked = await KindChecker("mypy").check(spec, "def f(x):\n    return str(x)\n")
    assert checked.faults == ()
    assert [flag.line for flag in checked.flags] == [2]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


LENGTH = '''
@pseudo_function
def length(text: str) -> int:
    """How long.

    >>> length("ab")
    2
    """
'''
WRONG = "def length(text):\n    return text + 'b'\n"
RIGHT = "def length(text):\n    size: str = len(text)\n    return size\n"


async def test_the_model_is_told_where_tests_fail_and_the_person_where_they_pass(
    project: Project, model_server: ModelServer
) -> None:
    project.declare(LENGTH)
    model_server.script.extend([code(WRONG), code(RIGHT)])
    told = await project.command("run", "specs", "--type-check", "mypy", **keyed(model_server))
    assert told.code == 0, told.out
    said = model_server.requests[1].last
    assert "0 of 1 examples pass." in said
    assert "It may have to do with this:\n- line 2: mypy: Incompatible return value" in said
    # Code that passes is accepted; the person is told.
    assert "look at line 2: mypy: Incompatible types in assignment" in told.lines[0]


async def test_it_can_be_switched_off(project: Project, model_server: ModelServer) -> None:
    project.declare(LENGTH)
    project.write("pyproject.toml", '[tool.pseudocode]\ntype_check = "off"\n')
    model_server.script.append(code(RIGHT))
    server = {**keyed(model_server), "PSEUDOCODE_TYPE_CHECK": ""}
    told = await project.command("run", "specs", **server)
    assert told.code == 0, told.out
    assert "look at" not in told.out
    told = await project.command("info", PSEUDOCODE_TYPE_CHECK="flow")
    assert (told.code, told.out) == (2, "")
    assert "type_check must be one of auto, off, ty, mypy, pyright" in told.err
