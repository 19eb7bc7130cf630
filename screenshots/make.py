"""Make the pictures of this folder: the real app, over the bundled specs, with a scripted model;
and the recorded session of the demonstration as an animation.

Run from the top of the repository: `.venv/bin/python -m screenshots.make`
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from tests import server
from tests.tui.driving import Desk, desk_over

from pseudocode.recordings import lay_out_demo
from pseudocode.settings import Settings
from pseudocode.tui.app import PseudocodeApp
from pseudocode.tui.recording import as_svg
from pseudocode.tui.replay import ReplayScreen
from pseudocode.tui.themes import DARK, LIGHT

HERE = Path(__file__).resolve().parent
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

ROOMS = {
    "request": ("x",),
    "grid": ("T",),
    "models": ("m",),
    "library": ("l",),
    "settings": ("f2",),
    "statistics": ("f3",),
    "palette": ("ctrl+p",),
}
"""Screens by the keys that open them."""


async def main() -> None:
    """Make all pictures."""
    os.environ.pop("NO_COLOR", None)
    for size in ((80, 24), (120, 40), (160, 48)):
        async with project(size, DARK.name) as desk:
            await tour(desk, f"{size[0]}x{size[1]}")
            scratch = desk.folder.parent.resolve()
            await play(scratch, size)
    for theme in (DARK.name, LIGHT.name):
        async with project((120, 40), theme) as desk:
            await rooms(desk, theme.removeprefix("pseudocode-"))


@asynccontextmanager
async def project(size: tuple[int, int], theme: str) -> AsyncIterator[Desk]:
    """The app over a copy of the bundled specs, in a home that nobody has lived in."""
    with tempfile.TemporaryDirectory() as scratch, server.serving() as model:
        folder = Path(scratch, "specs")
        shutil.copytree(SPECS, folder, ignore=shutil.ignore_patterns("__*__"))
        os.chdir(scratch)
        home = os.environ["HOME"] = str(Path(scratch, "home"))
        for name in ("CONFIG", "DATA", "STATE", "CACHE"):
            os.environ[f"XDG_{name}_HOME"] = f"{home}/.{name.lower()}"
        model.script.extend([server.code(WRONG), server.code(RIGHT)])
        streaming = server.reply("```python\nfrom math import prod\n\n\ndef facto", server.HANG)
        model.script.append(streaming)
        settings = Settings(model="gpt-5-mini", base_url=model.url, theme=theme, library="off")
        opened = desk_over(Path("specs"), settings=settings, size=size, source=None)
        async with opened as desk:
            await desk.until(partial(has_code, desk), "the specs")
            yield desk


async def rooms(desk: Desk, theme: str) -> None:
    """Take a picture of every other screen."""
    await desk.press("n", "n", "n", "g")
    await desk.status("a accepts")
    await desk.pilot.pause(0.5)
    take(desk, f"desk-{theme}")
    for name, keys in ROOMS.items():
        await desk.press(*keys)
        await desk.until(lambda: desk.app.screen is not desk.desk, name)
        await desk.pilot.pause(1.0)
        take(desk, f"{name}-{theme}")
        while desk.app.screen is not desk.desk:
            await desk.press("escape")
    await desk.press("v")
    await desk.pilot.pause()
    take(desk, f"diff-{theme}")


def film() -> None:
    """The recorded session of the demonstration, as it moves."""
    with tempfile.TemporaryDirectory() as home:
        os.chdir(home)
        os.environ["XDG_DATA_HOME"] = home
        journal, folder = lay_out_demo()
        text = as_svg(journal, folder.parent, Settings(), size=(80, 24), speed=1.0)
    (HERE / "demo.svg").write_text(text, encoding="utf-8")


def has_code(desk: Desk) -> bool:
    """Whether the first spec is shown."""
    return bool(desk.code.strip())


async def tour(desk: Desk, name: str) -> None:
    """Work one spec through, and take a picture of each place on the way."""
    await desk.press("n", "n", "n")
    take(desk, f"start-{name}")
    await desk.generated()
    await desk.pilot.pause(0.5)
    take(desk, f"review-{name}")
    await desk.press("4")
    take(desk, f"conversation-{name}")
    await desk.press("3", "enter")
    take(desk, f"example-{name}")
    await desk.press("escape", "c", *"use a set")
    take(desk, f"comment-{name}")
    await desk.press(*["backspace"] * 9, "escape", "a")
    await desk.status("accepted")
    await desk.pilot.pause(0.5)
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
    film()
