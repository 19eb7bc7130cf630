from __future__ import annotations

import os
import socket
import tempfile
import time
from pathlib import Path

import pytest

from pseudocode.errors import StoreError
from pseudocode.inert import visible
from pseudocode.spec.discovery import MAX_SOURCE_BYTES
from pseudocode.store.folder import load_specs
from tests.making import IMPORT

STUB = f"{IMPORT}@pseudo_function\ndef NAME(): ...\n"


def put(path: Path, name: str = "f") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(STUB.replace("NAME", name))
    return path


def names(path: Path) -> list[str]:
    return [spec.name for spec in load_specs(path).specs]


def reasons(path: Path) -> list[str]:
    return [problem.reason for problem in load_specs(path).problems]


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    (tmp_path / "specs").mkdir()
    return tmp_path / "specs"


def test_a_folder_is_searched_to_its_bottom_in_order(specs: Path) -> None:
    put(specs / "b.py", "b")
    put(specs / "a.py", "a")
    put(specs / "deep" / "er" / "c.py", "c")
    assert names(specs) == ["a", "b", "c"]


def test_one_file_is_read_whatever_its_name(specs: Path) -> None:
    assert names(put(specs / "test_x.py", "x")) == ["x"]


@pytest.mark.parametrize(
    "name",
    ["__pycache__/a.py", "__pseudocode__/a.b.py", ".hidden/a.py", ".a.py", "venv/a.py", "a.txt",
     "test_a.py", "a_test.py", "conftest.py", "site-packages/x/a.py"],
)  # fmt: skip
def test_what_is_no_specification_is_left_alone(specs: Path, name: str) -> None:
    put(specs / name)
    assert load_specs(specs).specs == ()


def test_c1_a_broken_file_does_not_hide_the_others(specs: Path) -> None:
    (specs / "a.py").write_text("def (:\n")
    put(specs / "b.py", "b")
    found = load_specs(specs)
    assert [spec.name for spec in found.specs] == ["b"]
    assert [(Path(p.path).name, p.line) for p in found.problems] == [("a.py", 1)]


def test_c5_a_huge_file_is_refused_at_once(specs: Path) -> None:
    with (specs / "a.py").open("wb") as stream:
        stream.truncate(1 << 34)
    started = time.process_time()
    assert "larger than" in reasons(specs)[0]
    assert time.process_time() - started < 1.0


def test_c5_a_file_of_the_largest_size_is_read_in_a_moment(specs: Path) -> None:
    line = "def f(): pass\n"
    (specs / "a.py").write_text(line * (MAX_SOURCE_BYTES // len(line)))
    started = time.process_time()
    assert load_specs(specs).problems == ()
    assert time.process_time() - started < 10.0


def test_c7_links_in_a_circle_and_to_nowhere_are_told(specs: Path) -> None:
    (specs / "loop.py").symlink_to(specs / "loop.py")
    (specs / "nowhere.py").symlink_to(specs / "missing.py")
    (specs / "round").symlink_to(specs)
    put(specs / "a.py", "a")
    assert names(specs) == ["a"]
    assert [reason.startswith("cannot be read") for reason in reasons(specs)] == [True, True]


def test_c7_a_link_out_of_the_folder_is_not_followed(specs: Path, tmp_path: Path) -> None:
    outside = put(tmp_path / "outside" / "secret.py", "secret")
    (specs / "link.py").symlink_to(outside)
    (specs / "folder").symlink_to(outside.parent)
    assert names(specs) == []
    assert any("link" in reason for reason in reasons(specs))


def test_c7_a_link_within_the_folder_is_followed(specs: Path) -> None:
    put(specs / "a.py", "a")
    (specs / "b.py").symlink_to(specs / "a.py")
    assert names(specs) == ["a", "a"]


@pytest.mark.skipif(os.name == "nt", reason="has no such files")
def test_c8_pipes_sockets_and_devices_are_never_waited_for(specs: Path) -> None:
    os.mkfifo(specs / "fifo.py")
    (specs / "zero.py").symlink_to("/dev/zero")
    (specs / "folder.py").mkdir()
    put(specs / "folder.py" / "a.py", "a")
    found = load_specs(specs)
    assert [spec.name for spec in found.specs] == ["a"]
    assert sorted(Path(p.path).name for p in found.problems) == ["fifo.py", "zero.py"]


@pytest.mark.skipif(os.name == "nt", reason="has no such files")
def test_c8_a_socket_is_never_waited_for() -> None:
    # The path of a socket must be short, so it is not below the usual folder.
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as end:
        end.bind(f"{folder}/s.py")
        assert len(reasons(Path(folder))) == 1


def test_c9_a_file_without_rights_is_told(specs: Path) -> None:
    path = put(specs / "a.py")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert reasons(specs) == ["cannot be read: Permission denied"]


ODD_NAMES = [
    "\x1b[31m.py",
    "a\nb.py",
    "'\".py",
    "[red].py",
    "é\u202e.py",
    "x" * 250 + ".py",
    "~.py",
]


@pytest.mark.parametrize("name", ODD_NAMES, ids=ascii)
def test_c10_odd_names_are_opened_and_shown_escaped(specs: Path, name: str) -> None:
    put(specs / name, "a")
    (specs / "broken").mkdir()
    (specs / "broken" / name).write_text("def (:\n")
    found = load_specs(specs)
    assert [spec.path for spec in found.specs] == [str(specs / name)]
    assert "\x1b" not in visible(str(found.problems[0]))


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_c10_a_name_that_is_no_text_is_opened(specs: Path) -> None:
    try:
        put(specs / os.fsdecode(b"\xff.py"), "a")
    except OSError:
        pytest.skip("this file system takes no such names")
    (spec,) = load_specs(specs).specs
    assert spec.name == "a"
    visible(spec.path).encode("utf-8")


def test_c11_an_empty_folder_has_no_specs_and_no_problems(specs: Path) -> None:
    (specs / "readme.txt").touch()
    found = load_specs(specs)
    assert (found.specs, found.problems) == ((), ())


@pytest.mark.parametrize("name", ["missing", "missing.py", "x" * 300, "a\0b", "x.py/y.py"])
def test_c11_a_path_that_is_not_there_is_told(specs: Path, name: str) -> None:
    put(specs / "x.py")
    with pytest.raises(StoreError, match=r"does not exist|cannot be read"):
        load_specs(specs / name)


def test_c11_a_file_that_is_no_python_is_told(specs: Path) -> None:
    (specs / "a.txt").touch()
    with pytest.raises(StoreError, match="not a Python file"):
        load_specs(specs / "a.txt")


def test_c12_the_same_name_in_two_files_is_two_specs(specs: Path) -> None:
    put(specs / "a.py", "f")
    put(specs / "b.py", "f")
    assert [spec.id for spec in load_specs(specs).specs] == ["a.f", "b.f"]
