"""Real changes of real files are told, by the system or by looking again and again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path

import pytest

from pseudocode.store.watching import Watch

SECONDS = 20


async def told(changes: AsyncIterator[frozenset[str]], name: str) -> None:
    """Wait until a change is told that may be one of this file."""
    async with asyncio.timeout(SECONDS):
        async for paths in changes:
            if not paths or any(path.endswith(name) for path in paths):
                return


@pytest.mark.parametrize("polls", [None, True])
async def test_changes_of_the_project_are_told_and_others_are_not(
    tmp_path: Path, polls: bool | None
) -> None:
    specs = tmp_path / "specs"
    for folder in (specs, tmp_path / "helpers", tmp_path / ".git", specs / "__pycache__"):
        folder.mkdir()
    watch = Watch(specs, tmp_path, polls=polls)
    (specs / "early.py").touch()  # before anyone listens
    changes = watch.changes()
    await told(changes, "early.py")
    (specs / "easy.py").write_text("x = 1\n", encoding="utf-8")
    await told(changes, "easy.py")
    (tmp_path / "helpers" / "helper.py").touch()
    await told(changes, "helper.py")
    for noise in (tmp_path / ".git" / "a.py", specs / "__pycache__" / "a.py", specs / ".a.py"):
        noise.touch()
    (specs / "a.py~").touch()
    (specs / "deep").mkdir()
    (specs / "deep" / "late.py").touch()
    async with asyncio.timeout(SECONDS):
        seen = await anext(changes)
    assert seen <= {str(specs / "deep" / "late.py")}
    (specs / "deep" / "late.py").write_text("y = 2\n", encoding="utf-8")
    await told(changes, "late.py")
    (specs / "easy.py").unlink()
    await told(changes, "easy.py")
    await changes.aclose()  # type: ignore[attr-defined]


async def test_where_the_system_has_no_watches_left_files_are_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = import_module("watchfiles.main")
    real = main.RustNotify

    def limited(paths: list[str], debug: bool, force_polling: bool, *rest: object) -> object:
        if not force_polling:
            raise OSError("OS file watch limit reached")
        return real(paths, debug, force_polling, *rest)

    monkeypatch.setattr(main, "RustNotify", limited)
    changes = Watch(tmp_path, tmp_path).changes()
    (tmp_path / "easy.py").touch()
    await told(changes, "easy.py")
    (tmp_path / "easy.py").write_text("x = 1\n", encoding="utf-8")
    await told(changes, "easy.py")
    await changes.aclose()  # type: ignore[attr-defined]


async def test_one_file_is_watched_with_what_is_beside_it(tmp_path: Path) -> None:
    spec = tmp_path / "easy.py"
    spec.touch()
    changes = Watch(spec, tmp_path).changes()
    (tmp_path / "test_easy.py").touch()
    await told(changes, "test_easy.py")
    await changes.aclose()  # type: ignore[attr-defined]
