"""Make the pictures of this folder: the real app, over the bundled specs, with a scripted model.

Run from the top of the repository: `.venv/bin/python -m screenshots.make`
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from functools import partial
from pathlib import Path

from tests import server
from tests.tui.driving import Desk, desk_over

from pseudocode.settings import Settings
from pseudocode.tui.app import PseudocodeApp
from pseudocode.tui.replay import ReplayScreen

HERE = Path(__file__).parent
SPECS = HERE.parent / "specs"
WRONG = """
def count_vowels(text: str) -> int:
    count = 0
    for letter in text:
        if letter in "aeiou":
            count += 1
    return count
"""
RIGHT = """
def count_vowels(text: str) -> int:
    return sum(letter in "aeiou" for letter in text.lower())
"""


async def main() -> None:
    """Make all pictures."""
    os.environ.pop("NO_COLOR", None)
    for size in ((80, 24), (120, 40), (160, 48)):
        with tempfile.TemporaryDirectory() as scratch, server.serving() as model:
            folder = Path(scratch, "specs")
            shutil.copytree(SPECS, folder, ignore=shutil.ignore_patterns("__*__"))
            os.chdir(scratch)
            model.script.extend([server.code(WRONG), server.code(RIGHT)])
            streaming = server.reply("```python\nfrom math import prod\n\n\ndef facto", server.HANG)
            model.script.append(streaming)
            async with desk_over(Path("specs"), url=model.url, size=size, source=None) as desk:
                await desk.until(partial(has_code, desk), "the specs")
                await tour(desk, f"{size[0]}x{size[1]}")
            await play(Path(scratch), size)


def has_code(desk: Desk) -> bool:
    """Whether the first spec is shown."""
    return bool(desk.code.strip())


async def tour(desk: Desk, name: str) -> None:
    """Work one spec through, and take a picture of each place on the way."""
    await desk.press("n", "n", "n")
    take(desk, f"start-{name}")
    await desk.press("g")
    await desk.status("a accepts")
    take(desk, f"review-{name}")
    await desk.press("4")
    take(desk, f"conversation-{name}")
    await desk.press("3", "enter")
    take(desk, f"example-{name}")
    await desk.press("escape", "c", *"use a set")
    take(desk, f"comment-{name}")
    await desk.press(*["backspace"] * 9, "escape", "a")
    await desk.status("accepted")
    take(desk, f"accepted-{name}")
    await desk.press("n", "n", "n", "n", "n", "g")
    await desk.until(lambda: "def facto" in desk.code, "the stream")
    take(desk, f"streaming-{name}")
    await desk.press("question_mark")
    take(desk, f"help-{name}")


async def play(project: Path, size: tuple[int, int]) -> None:
    """Play the first session up to the comment."""
    (journal,) = project.glob(".pseudocode/sessions/*count_vowels*.jsonl")
    app = PseudocodeApp(journal, project, Settings(), replay=True, speed=0)
    async with app.run_test(size=size) as pilot:
        while not isinstance(app.screen, ReplayScreen):
            await pilot.pause(0.01)
        await app.screen.loaded()
        await pilot.press("n", "right_square_bracket", "full_stop", "full_stop", "full_stop")
        await pilot.pause()
        take(Desk(app, pilot, project), f"replay-{size[0]}x{size[1]}")


def take(desk: Desk, name: str) -> None:
    """Save what shows as an SVG."""
    (HERE / f"{name}.svg").write_text(desk.app.export_screenshot(), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
