"""What is done with code outside of sessions; beside `wiring`, the only module that knows edges."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from pseudocode.spec.model import Spec


def missing_packages(spec: Spec) -> str:
    """Which packages a declaration requires that are not here, and how to get them; or nothing."""
    from pseudocode.checks.packages import missing

    return missing(spec.options.requires)


def formatted(texts: Mapping[str, str]) -> dict[str, str]:
    """Python files in the format of the project that they belong to.

    Args:
        texts: Their contents, by the path that decides over the settings.
    """
    from pseudocode.checks.ruff import format_file

    async def all_of_them() -> list[str]:
        gate = asyncio.Semaphore(4)

        async def one(path: str, text: str) -> str:
            async with gate:
                return await format_file(text, path)

        return await asyncio.gather(*(one(path, text) for path, text in texts.items()))

    return dict(zip(texts, asyncio.run(all_of_them()), strict=True))


def gather(folder: Path, leave_out: Path) -> dict[str, bytes]:
    """The Python files of a folder, and its folders of tests, by their paths below it."""
    from pseudocode.store import leaving

    return leaving.gather(folder, leave_out)


def reachable(files: dict[str, bytes], start: set[str]) -> dict[str, bytes]:
    """Those of some files that are imported from the first ones, by way of others as well."""
    from pseudocode.store import leaving

    return leaving.reachable(files, start)


def write_tree(folder: Path, files: Mapping[str, bytes], *, force: bool) -> None:
    """Write files, all of them or none; raises `StoreError` if others are in the way."""
    from pseudocode.store import leaving

    leaving.write_tree(folder, files, force=force)
