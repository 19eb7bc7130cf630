"""A recorded session as a film: the app itself plays it in no terminal, and what it draws is kept.

The time in a film is that of the recording, however long drawing takes here.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from textual.driver import Driver
from textual.drivers.headless_driver import HeadlessDriver
from textual.pilot import Pilot

from pseudocode.inert import one_line
from pseudocode.playback import Playback
from pseudocode.tui.app import PseudocodeApp
from pseudocode.tui.replay import ReplayScreen

if TYPE_CHECKING:
    from pseudocode.settings import Settings

LAST_SECONDS = 2.0
"""How long the last picture stands."""
AT_ONCE_SECONDS = 0.05
"""Between two pictures where the recording is played as fast as it goes."""
STREAM_SECONDS = 0.5
"""Between two pictures of an answer that streams in."""
MAX_PICTURES = 80
"""In an animated picture, which holds each of them whole."""
_FOREIGN = re.compile(r"@font-face \{[^}]*\}|<!--.*?-->", re.DOTALL)
"""What leads out of the picture: fonts from elsewhere, and where it was made."""


class _FilmDriver(HeadlessDriver):
    """Keeps what would go to a terminal."""

    written = ""

    @property
    def is_headless(self) -> bool:
        """Claims to be a terminal: an app without one draws nothing."""
        return False

    def write(self, data: str) -> None:
        """Keep it."""
        self.written += data

    def take(self) -> str:
        """What came since the last time."""
        found, self.written = self.written, ""
        return found


class _FilmApp(PseudocodeApp):
    """The app, in full colour whatever terminal there is."""

    def get_driver_class(self) -> type[Driver]:
        """The one that keeps what is drawn."""
        return _FilmDriver

    def on_load(self) -> None:
        """Draw in full colour."""
        options = {"force_terminal": True, "legacy_windows": False, "safe_box": False}
        self.console = Console(color_system="truecolor", **options)  # type: ignore[arg-type]

    def take(self) -> str:
        """What was drawn since the last time."""
        driver = self._driver
        return driver.take() if isinstance(driver, _FilmDriver) else ""


def as_cast(
    journal: Path,
    root: Path,
    settings: Settings,
    *,
    size: tuple[int, int],
    speed: float | None,
) -> str:
    """The session as a recording of asciinema, version 2 of its format.

    Args:
        journal: The recording.
        root: The project.
        settings: All of them.
        size: Columns and lines.
        speed: How fast it plays; as fast as it goes, where there is none.
    """

    async def film() -> list[tuple[float, str]]:
        pictures = _pictures(journal, root, settings, size)
        return [(seconds, app.take()) async for seconds, app in pictures]

    frames = asyncio.run(film())
    width, height = size
    header = {
        "version": 2,
        "width": width,
        "height": height,
        "title": one_line(journal.stem),
        "env": {"TERM": "xterm-256color"},
    }
    lines = [header, [0.0, "o", "\x1b[?25l\x1b[2J"]]
    times = _times([seconds for seconds, _ in frames], speed)
    lines += [[at, "o", drawn] for at, (_, drawn) in zip(times, frames, strict=True) if drawn]
    lines.append([round(times[-1] + LAST_SECONDS, 3), "o", "\x1b[?25h"])
    return "".join(f"{json.dumps(line)}\n" for line in lines)


def as_svg(
    journal: Path,
    root: Path,
    settings: Settings,
    *,
    size: tuple[int, int],
    speed: float | None,
) -> str:
    """The session as an animated picture that plays wherever pictures are shown.

    Takes what `as_cast` takes.
    """

    async def film() -> list[tuple[float, str]]:
        pictures = _pictures(journal, root, settings, size)
        title = one_line(journal.stem)
        return [(s, app.export_screenshot(title=title, simplify=True)) async for s, app in pictures]

    frames = _fewer(asyncio.run(film()))
    times = _times([seconds for seconds, _ in frames], speed)
    return _animated([picture for _, picture in frames], times)


async def _pictures(
    journal: Path, root: Path, settings: Settings, size: tuple[int, int]
) -> AsyncIterator[tuple[float, _FilmApp]]:
    """The app at each moment at which something changes, with the seconds since the start."""
    app = _FilmApp(journal, root, settings, replay=True, speed=0.0)
    async with app.run_test(headless=False, size=size) as pilot:
        screen = await _screen(app, pilot)
        tape = await screen.loaded()
        for seconds in _moments(tape):
            screen.show_at(seconds)
            await pilot.pause()
            yield seconds, app


async def _screen(app: PseudocodeApp, pilot: Pilot[int]) -> ReplayScreen:
    while not isinstance(app.screen, ReplayScreen):
        await pilot.pause(AT_ONCE_SECONDS)
    return app.screen


def _moments(tape: Playback) -> Iterator[float]:
    """When something happens, and a few times in between while an answer streams in."""
    before = 0.0
    for at in sorted(set(tape.offsets)):
        tape.seek(tape.position_at(before))
        middle = before + STREAM_SECONDS
        while middle < at:
            if tape.streamed(middle):
                yield middle
            middle += STREAM_SECONDS
        yield at
        before = at


def _times(seconds: list[float], speed: float | None) -> list[float]:
    """When each picture is shown in the film."""
    if speed is None:
        return [round(number * AT_ONCE_SECONDS, 3) for number in range(len(seconds))]
    return [round(at / speed, 3) for at in seconds]


def _fewer(frames: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Pictures that differ from the one before; of very many, some spread evenly and the last."""
    kept = [f for n, f in enumerate(frames) if n == 0 or f[1] != frames[n - 1][1]]
    step = -(-len(kept) // MAX_PICTURES)
    return [*kept[:-1:step], kept[-1]]


def _animated(pictures: list[str], times: list[float]) -> str:
    """One picture that shows each of them in its time, over and over."""
    length = max(times[-1] + LAST_SECONDS, 0.1)
    ends = [*times[1:], length]
    rules, groups = [], []
    for number, (picture, begin, end) in enumerate(zip(pictures, times, ends, strict=True)):
        first, last = (100 * at / length for at in (begin, end))
        rules.append(
            f"@keyframes p{number} {{ 0% {{ visibility: hidden }} {first:.3f}% "
            f"{{ visibility: visible }} {last:.3f}%, 100% {{ visibility: hidden }} }}"
        )
        style = f"visibility: hidden; animation: p{number} {length:.3f}s step-end infinite"
        groups.append(f'<g style="{style}">\n{_FOREIGN.sub("", picture)}\n</g>')
    box = re.search(r'viewBox="([^"]+)"', pictures[0])
    view = box[1] if box else "0 0 1000 600"
    style = "\n".join(rules)
    body = "\n".join(groups)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}">\n'
        f"<style>\n{style}\n</style>\n{body}\n</svg>\n"
    )
