from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pseudocode.store.files import write_atomically


def test_a_file_is_made_with_exactly_the_text(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a.py", "x = 'é'\n\r\n")
    assert (tmp_path / "a.py").read_bytes() == "x = 'é'\n\r\n".encode()
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["a.py"]


def test_a_new_file_has_the_usual_rights(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.touch()
    write_atomically(tmp_path / "a.py", "")
    assert (tmp_path / "a.py").stat().st_mode == usual.stat().st_mode


def test_an_existing_file_keeps_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("old")
    path.chmod(0o640)
    write_atomically(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_to_elsewhere_is_replaced_and_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "mine.txt"
    target.write_text("mine")
    os.symlink(target, tmp_path / "a.py")
    write_atomically(tmp_path / "a.py", "theirs")
    assert target.read_text() == "mine"
    assert not (tmp_path / "a.py").is_symlink()


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.mkdir()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(OSError, match="directory"):
        write_atomically(path, "text")
    assert sorted(tmp_path.iterdir()) == before


def test_text_that_cannot_be_encoded_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "x" * 100_000 + "\ud800")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["a.py"]
