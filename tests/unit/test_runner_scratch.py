from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pseudocode.runner.scratch import PREFIX, STALE_SECONDS, Scratch, remove_left

MAKER = """
import sys
from pathlib import Path
from pseudocode.runner.scratch import Scratch
made = Scratch()
(Path(made.path) / "deep" / "er").mkdir(parents=True)
print(made.path, flush=True)
sys.stdin.read()
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no flock")


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are, from now on."""
    found = tmp_path / "temporary"
    found.mkdir()
    monkeypatch.setenv("TMPDIR", str(found))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return found


def age(path: Path) -> None:
    """Make it look old."""
    then = path.stat().st_mtime - STALE_SECONDS - 1
    os.utime(path, (then, then))


def test_what_a_killed_process_left_is_removed_by_the_next(top: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", MAKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as maker:
        assert maker.stdout is not None
        left = Path(maker.stdout.readline().strip())
        assert left.parent == top
        age(left)
        remove_left()
        assert (left / "deep" / "er").is_dir()  # it is in use
        maker.send_signal(signal.SIGKILL)
    left.touch()
    remove_left()
    assert left.is_dir()  # somebody may be about to use it
    age(left)
    remove_left()
    assert not left.exists()


def test_nothing_else_is_touched(top: Path) -> None:
    ours, file, link = Scratch(), top / f"{PREFIX}file", top / f"{PREFIX}link"
    file.write_text("x")
    (top / "kept").mkdir()
    link.symlink_to(top / "kept")
    for path in (Path(ours.path), file, top / "kept"):
        age(path)
    remove_left()
    assert {path.name for path in top.iterdir()} == {
        Path(ours.path).name,
        file.name,
        link.name,
        "kept",
    }
    ours.remove()
    ours.remove()
    assert not Path(ours.path).exists()
