"""Packages that code needs: named where they are missing, inventions fed back, never installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pseudocode.checks.by_kind import KindChecker
from pseudocode.checks.packages import look_at_imports, missing
from pseudocode.events import CandidateChecked
from pseudocode.spec.discovery import find_specs
from pseudocode.spec.model import Spec
from tests.edges.test_cli import IMPORT, Project, keyed, only_line
from tests.server import ModelServer, code

DECLARED = '''
@pseudo_function(requires={requires})
def triple(x: int) -> int:
    """Three times a number.

    >>> triple(2)
    6
    >>> triple(10)
    30
    """
'''


def spec_of(folder: Path, requires: str = "[]", context: str = "") -> Spec:
    source = f"{IMPORT}{context}\n{DECLARED.format(requires=requires)}"
    found = find_specs(str(folder / "sums.py"), source.encode())
    assert not found.problems
    return found.specs[0]


def importing(*lines: str) -> str:
    return "\n".join(lines) + "\n\n\ndef triple(x):\n    return 3 * x\n"


@pytest.mark.parametrize(
    "requires",
    [(), ("requests",), ("Requests>=2.1",), ("PyYAML",), ("yaml",), ("pytest-asyncio",), ("json",)],
)
def test_what_is_there_is_not_missing(requires: tuple[str, ...]) -> None:
    assert missing(requires) == ""


@pytest.mark.parametrize(
    ("requires", "told"),
    [
        (["no-such"], "needs no-such, which is not installed: pip install no-such"),
        (
            ["requests", "no-such", "nor[this]>=2"],
            "needs no-such and nor[this]>=2, which are not installed: "
            "pip install no-such 'nor[this]>=2'",
        ),
        (["; rm -rf"], "needs ; rm -rf, which is not installed: pip install '; rm -rf'"),
    ],
)
def test_what_is_missing_is_named_with_its_mend(requires: list[str], told: str) -> None:
    assert missing(tuple(requires)) == told


def test_another_version_than_is_required() -> None:
    told = missing(("requests>=900",))
    assert told.startswith("needs requests>=900, and version 2.")
    assert told.endswith("is installed: pip install 'requests>=900'")


@pytest.mark.parametrize(
    "line",
    [
        "import os.path, json",
        "from collections import abc",
        "from __future__ import annotations",
        "from . import sibling",
        "import beside",
        "import above.inner",
        "import sums",
        "import numpy as np",  # the module of the spec does so, too
        "try:\n    import no_such\nexcept ImportError:\n    no_such = None",
        "if TYPE_CHECKING:\n    import no_such",
    ],
)
def test_imports_that_are_fine(tmp_path: Path, line: str) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "above").mkdir()
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "beside.py").write_text("")
    spec = spec_of(tmp_path / "specs", context="import numpy\nTYPE_CHECKING = False")
    assert look_at_imports(spec, importing(line)) == ((), ())


@pytest.mark.parametrize(
    ("requires", "line", "told"),
    [
        ("[]", "import no_such", "line 1: there is no module named no_such here; use the standard"),
        ("['requests']", "from no_such.x import y", "use the standard library or requests"),
        ("[]", "import jsn", "did you mean json?"),
        ("['no-such']", "import no_such", "needs no-such, which is not installed: pip install"),
    ],
)
def test_inventions_are_faults(tmp_path: Path, requires: str, line: str, told: str) -> None:
    (fault,), flags = look_at_imports(spec_of(tmp_path, requires), importing(line))
    assert told in fault
    assert flags == ()


def test_what_is_installed_but_not_required_is_a_flag(tmp_path: Path) -> None:
    faults, (flag,) = look_at_imports(spec_of(tmp_path), importing("import math", "import yaml"))
    assert faults == ()
    assert (flag.line, flag.reason) == (2, "imports yaml, which is installed but not in requires")
    required = spec_of(tmp_path, "['PyYAML>=5']")
    assert look_at_imports(required, importing("import yaml")) == ((), ())


def test_nothing_is_imported_to_find_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "telltale.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(str(tmp_path))
    elsewhere = tmp_path / "specs"
    elsewhere.mkdir()
    (elsewhere / "pyproject.toml").write_text("")
    assert missing(("telltale",)) == ""
    _, (flag,) = look_at_imports(spec_of(elsewhere), importing("import telltale"))
    assert "telltale" in flag.reason
    assert "telltale" not in sys.modules


async def test_the_checks_of_the_loop_look_at_imports(tmp_path: Path) -> None:
    checked: CandidateChecked = await KindChecker("off").check(
        spec_of(tmp_path), "import no_such\n\n\ndef triple(x):\n    return no_such.f(x)\n"
    )
    assert "there is no module named no_such" in checked.faults[0]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


async def test_run_names_what_is_missing_before_it_asks(
    project: Project, model_server: ModelServer
) -> None:
    project.declare(DECLARED.format(requires="['no-such-package']"))
    told = await project.ask(model_server, "run", "specs")
    assert told.code == 1
    assert told.lines[0].startswith("✗ sums.triple")
    mend = "needs no-such-package, which is not installed: pip install no-such-package"
    assert mend in told.lines[0]
    assert model_server.requests == []
    project.accept("sums", "triple", "def triple(x):\n    return 3 * x\n")
    told = await project.command("check", "specs")
    assert told.code == 1
    assert mend in told.lines[0]


async def test_an_invention_is_fed_back(project: Project, model_server: ModelServer) -> None:
    project.declare(DECLARED.format(requires="[]"))
    invented = "from tripling import thrice\n\ndef triple(x):\n    return thrice(x)\n"
    model_server.script.extend([code(invented), code("def triple(x):\n  return 3 * x")])
    told = await project.command("run", "specs", **keyed(model_server))
    assert told.code == 0, told.out
    said = model_server.requests[1].last
    assert "there is no module named tripling here; use the standard library" in said


async def test_what_is_not_required_is_told_when_it_is_accepted(
    project: Project, model_server: ModelServer
) -> None:
    project.declare(DECLARED.format(requires="[]"))
    model_server.script.append(
        code("import yaml\n\ndef triple(x):\n    return yaml.safe_load(str(3 * x))\n")
    )
    told = await project.command("run", "specs", **keyed(model_server))
    assert told.code == 0, told.out
    assert "look at line 1: imports yaml, which is installed but not in requires" in only_line(
        "\n".join(told.lines[:1])
    )
