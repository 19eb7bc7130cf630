"""What is known of accepted code is kept as `.pyc` files are, under the same rules."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pseudocode.preparing
from pseudocode import NotGenerated, StaleSpec, serving
from tests.declaring import Declaring, declaring

TEXT = "from pseudocode import pseudo_function\n\n" + "\n\n".join(
    f"@pseudo_function\ndef {name}(a: int) -> int:\n    '''Count.'''\n" for name in "fgh"
)


class Watched:
    """A folder with one module, and how often its accepted code had to be made ready."""

    def __init__(self, home: Declaring, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = home
        self.prepared: list[str] = []
        prepare = pseudocode.preparing.prepare

        def watching(path: str, name: str, **options: bool) -> Any:
            self.prepared.append(name)
            return prepare(path, name, **options)

        monkeypatch.setattr(pseudocode.preparing, "prepare", watching)
        home.write("counts", TEXT)
        for number, name in enumerate("fg"):
            self.accept(name, number)

    def accept(self, name: str, number: int) -> None:
        self.home.accept("counts", **{name: f"def {name}(a):\n    return a + {number}\n"})

    def start(self) -> Any:
        """The module as a new process has it, in which nothing is known."""
        serving.known.clear()
        self.prepared.clear()
        return self.home.load("counts")

    @property
    def cache(self) -> Path:
        return Path(serving.cache_path(str(self.home.path("counts"))))


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    with declaring(tmp_path) as home:
        yield Watched(home, monkeypatch)


def test_a_second_start_parses_and_compiles_nothing(watched: Watched) -> None:
    module = watched.start()
    assert (module.f(1), module.g(1)) == (1, 2)
    assert watched.prepared == ["f"]
    assert watched.cache.parent.name == "__pycache__"
    module = watched.start()
    assert (module.f(1), module.g(1)) == (1, 2)
    assert watched.prepared == []
    with pytest.raises(NotGenerated):
        module.h(1)


def test_code_that_was_accepted_since_is_served(watched: Watched) -> None:
    assert watched.start().f(1) == 1
    watched.accept("f", 100)
    assert watched.start().f(1) == 101
    assert watched.prepared == ["f"]
    assert watched.start().f(1) == 101
    assert watched.prepared == []


def test_a_declaration_that_was_changed_since_is_stale(watched: Watched) -> None:
    assert watched.start().f(1) == 1
    path = watched.home.path("counts")
    path.write_text(TEXT.replace("Count.", "Count up."))
    with pytest.raises(StaleSpec):
        watched.start().f(1)
    path.write_text(TEXT)
    assert watched.start().f(1) == 1


def test_code_that_was_removed_since_is_missing(watched: Watched) -> None:
    assert watched.start().f(1) == 1
    watched.home.accepted("counts", "f").unlink()
    with pytest.raises(NotGenerated):
        watched.start().f(1)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-7],
        lambda data: data.replace(b"pseudocode", b"otherworld"),
        lambda data: data[:60] + b"\xff" + data[61:],
        lambda data: data + b"more",
    ],
    ids=["empty", "torn", "foreign", "flipped", "longer"],
)
def test_a_cache_that_is_not_ours_is_passed_over_and_replaced(
    watched: Watched, damage: Any
) -> None:
    watched.start().f(1)
    watched.cache.write_bytes(damage(watched.cache.read_bytes()))
    assert watched.start().f(1) == 1
    assert watched.prepared == ["f"]
    assert watched.start().f(1) == 1
    assert watched.prepared == []


@given(data=st.binary())
def test_no_bytes_are_taken_for_a_cache(data: bytes, tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("cache")
    path = folder / "x.py"
    path.write_text("")
    cache = Path(serving.cache_path(str(path)))
    cache.parent.mkdir()
    cache.write_bytes(data)
    serving.known.clear()
    assert serving.entries(str(path))[1] == {}


def test_nothing_is_written_where_python_is_told_not_to(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert watched.start().f(1) == 1
    assert not watched.cache.exists()


def test_the_prefix_for_caches_is_kept_to(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    prefix = tmp_path_factory.mktemp("prefix")
    monkeypatch.setattr(sys, "pycache_prefix", str(prefix))
    assert watched.start().f(1) == 1
    assert watched.cache.is_relative_to(prefix)
    assert watched.cache.exists()
    assert not (watched.home.folder / "__pycache__").exists()


def test_a_folder_that_cannot_be_written_is_no_fault(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "makedirs", refused)
    assert watched.start().f(1) == 1
    monkeypatch.undo()


def test_what_is_written_is_written_whole(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_off(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", broken_off)
    assert watched.start().f(1) == 1
    assert [p.name for p in watched.cache.parent.iterdir() if "pseudocode" in p.name] == []


def test_a_copied_folder_has_a_cache_of_its_own(watched: Watched, tmp_path: Path) -> None:
    watched.start().f(1)
    copied = serving.packed("/elsewhere/counts.py", (0, 0), {})
    watched.cache.write_bytes(copied)
    assert watched.start().f(1) == 1
    assert watched.prepared == ["f"]
    assert os.stat(watched.cache).st_size > len(copied)
