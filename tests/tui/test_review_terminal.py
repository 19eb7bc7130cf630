"""Review in a real pseudo terminal, with the person's own editor."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from tests import server
from tests.server import ModelServer
from tests.tui.driving import DOUBLE, RIGHT

if sys.platform == "win32":
    pytest.skip("pseudo terminals are not there on Windows", allow_module_level=True)

from tests.tui.test_terminal import terminal

EDITOR = """
import pathlib, sys
print("\\x1b[2J an editor has the terminal", flush=True)
sys.stdin.readline()
path = pathlib.Path(sys.argv[-1])
path.write_text(path.read_text().replace("number * 2", "number << 1"))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    specs = tmp_path / "project" / "specs"
    specs.mkdir(parents=True)
    (specs / "easy.py").write_text(DOUBLE, encoding="utf-8")
    return specs.parent


def test_edited_commented_gone_back_and_accepted(
    project: Path, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = project / "editor.py"
    script.write_text(EDITOR)
    monkeypatch.setenv("VISUAL", shlex.join([sys.executable, str(script)]))
    answers = (RIGHT, "def double(number: int) -> int:\n    return sum([number, number])")
    model_server.script.extend(server.code(answer) for answer in answers)
    ask = ("--base-url", model_server.url, "--model", "scripted")
    with terminal(project, "specs", *ask) as shown:
        shown.shows("○ double")
        shown.child.send("g")
        shown.shows("a accepts")
        shown.child.send("e")
        shown.shows("an editor has the terminal")
        shown.child.send("\r")
        shown.shows("number << 1")
        shown.shows("edited by you")
        shown.shows("a accepts")
        shown.child.send("2")
        shown.child.send("\x1b[B")
        shown.child.send("c")
        shown.shows("comment on line 2")
        shown.child.send("no shifts\r")
        shown.shows("sum([number, number])")
        shown.shows("line 2: no shifts")
        shown.shows("a accepts")
        shown.child.send("[")
        shown.shows("an earlier one")
        shown.shows("number << 1")
        shown.child.send("]")
        shown.shows("a accepts")
        shown.child.send("a")
        shown.shows("✓ double")
        shown.child.send("q")
        assert shown.ends() == 0
    kept = (project / "specs" / "__pseudocode__" / "easy.double.py").read_text()
    assert "sum([number, number])" in kept
    said = model_server.requests[1].body["messages"]
    assert "number << 1" in said[-2]["content"]
    assert "About line 2, `return number << 1`: no shifts" in said[-1]["content"]
