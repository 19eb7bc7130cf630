"""What stands on the screen, cell by cell with its styles, against what is kept in `snapshots/`.

`python -m tests.tui.test_snapshots` makes what is kept anew; look at the difference before it is
committed. Recorded sessions are shown, so that nothing in them depends on time or machine.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from pseudocode.recordings import lay_out_demo
from pseudocode.settings import Settings
from pseudocode.tui.app import PseudocodeApp
from pseudocode.tui.replay import ReplayScreen
from tests.tui.driving import DOUBLE, desk_over

KEPT = Path(__file__).parent / "snapshots"
SIZES = ((80, 24), (120, 40), (200, 60))


async def start(size: tuple[int, int]) -> str:
    """A folder of specs, one of them broken, before anything was done."""
    folder = Path("specs")
    (folder / "more").mkdir(parents=True, exist_ok=True)
    (folder / "broken.py").write_text("def (:\n", encoding="utf-8")
    (folder / "more" / "later.py").write_text(DOUBLE, encoding="utf-8")
    async with desk_over(folder, size=size, settings=Settings(sandbox="off")) as desk:
        await desk.press("n")
        await desk.status("limits only")
        return cells(desk.app)


async def review(size: tuple[int, int]) -> str:
    """The end of the bundled recording: code, tests, and the conversation so far."""
    journal, _ = lay_out_demo()
    # Where it was laid out is another place on each machine, and its name would show.
    root = Path("demo")
    shutil.copytree(journal.parents[2], root)
    app = PseudocodeApp(
        root / journal.relative_to(journal.parents[2]), root, Settings(), replay=True, speed=0
    )
    async with app.run_test(size=size) as pilot:
        while not isinstance(app.screen, ReplayScreen):
            await pilot.pause(0.01)
        await app.screen.loaded()
        await pilot.press("G", "2")
        await pilot.pause()
        return cells(app)


SCENES: dict[str, Callable[[tuple[int, int]], Coroutine[Any, Any, str]]] = {
    "start": start,
    "review": review,
}


def cells(app: PseudocodeApp) -> str:
    """The screen: its text, and after it each run of cells that is not styled as usual."""
    lines, styles = [], []
    for y, strip in enumerate(app.screen._compositor.render_strips()):
        lines.append(strip.text.rstrip())
        x = 0
        for style, segments in itertools.groupby(strip, key=lambda s: str(s.style or "")):
            text = "".join(segment.text for segment in segments)
            if text.strip():
                look = style.partition(" link")[0]
                styles.append(f"{y + 1}:{x + 1} {text.strip()!r} {look}")
            x += len(text)
    return "\n".join([*lines, "", *styles, ""])


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("scene", SCENES)
async def test_the_screen_is_as_it_was(
    scene: str, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = await SCENES[scene](size)
    kept = KEPT / f"{scene}-{size[0]}x{size[1]}.txt"
    assert shown == kept.read_text(encoding="utf-8")


def make() -> None:
    """Keep what stands on the screens now."""
    os.environ.pop("NO_COLOR", None)
    KEPT.mkdir(exist_ok=True)
    for scene, shown in SCENES.items():
        for width, height in SIZES:
            with tempfile.TemporaryDirectory() as scratch:
                for name in ("STATE", "DATA", "CONFIG", "CACHE"):
                    os.environ[f"XDG_{name}_HOME"] = f"{scratch}/home/{name}"
                os.chdir(scratch)
                text = asyncio.run(shown((width, height)))
                (KEPT / f"{scene}-{width}x{height}.txt").write_text(text, encoding="utf-8")
                os.chdir(KEPT)


if __name__ == "__main__":
    make()
