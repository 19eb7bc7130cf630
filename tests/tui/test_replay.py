"""The app over a recorded session: what was live is seen again, and nothing is asked or run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pyte
import pytest
from textual.pilot import Pilot

from pseudocode.cli.group import run_command
from pseudocode.settings import Settings
from pseudocode.store.journal import read_journal
from pseudocode.tui.app import PseudocodeApp
from pseudocode.tui.panes import PanesScreen
from pseudocode.tui.recording import as_cast, as_svg
from pseudocode.tui.replay import ReplayScreen
from pseudocode.tui.widgets.time_bar import TimeBar
from tests import server
from tests.server import ModelServer
from tests.tui.driving import (
    DEADLINE_SECONDS,
    DOUBLE,
    RIGHT,
    WRONG,
    Desk,
    desk_over,
    panes_of,
    text_of,
)

ONE = DOUBLE[: DOUBLE.index("@pseudo_function\ndef shout")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("specs")


Ending = Callable[[Desk], object]
Live = tuple[Path, list[str]]
"""The journal of a live session, and what the app showed at its end."""


async def accepted(desk: Desk) -> None:
    await desk.press("c", *"shorter", "enter")
    await desk.until(lambda: "── round 3" in desk.conversation, "the third round")
    await desk.status("a accepts")
    await desk.accepted()


async def waiting(desk: Desk) -> None:
    """Leave it undecided."""


async def stopped(desk: Desk) -> None:
    await desk.press("c", *"more", "enter")
    await desk.status("generating")
    await desk.press("escape")
    await desk.status("stopped")


def lines_of(app: PseudocodeApp) -> list[str]:
    """What the panes show, line by line."""
    assert isinstance(app.screen, PanesScreen)
    return panes_of(app.screen)


async def live(folder: Path, model: ModelServer, ending: Ending) -> Live:
    answers = [server.code(WRONG), server.code(RIGHT + "  # longer")]
    last = server.code(RIGHT) if ending is accepted else server.reply("…", server.HANG)
    model.script.extend([*answers, last])
    async with desk_over(folder, url=model.url, source=ONE) as desk:
        await desk.generated()
        await ending(desk)  # type: ignore[misc]
        await desk.pilot.pause()
        shown = lines_of(desk.app)
    (journal,) = Path(".pseudocode/sessions").glob("*.jsonl")
    return journal, shown


class Player:
    """A replay, seen as a person sees it."""

    def __init__(self, app: PseudocodeApp, pilot: Pilot[int]) -> None:
        self.app = app
        self._pilot = pilot

    async def press(self, *keys: str) -> None:
        await self._pilot.press(*keys)
        await self._pilot.pause()

    async def until(self, text: str) -> None:
        for _ in range(2000):
            if text in self.bar:
                return
            await self._pilot.pause(0.01)
        raise AssertionError(f"{text!r} never came: {self.bar}")

    @property
    def bar(self) -> str:
        return str(self.app.screen.query_one(TimeBar).content)

    @property
    def conversation(self) -> str:
        return text_of(self.app.screen.query_one("#talk"))


async def replay_screen(app: PseudocodeApp, pilot: Pilot[int]) -> ReplayScreen:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not isinstance(app.screen, ReplayScreen):
            await pilot.pause(0.01)
    return app.screen


@asynccontextmanager
async def playing(journal: Path, *, speed: float | None = 0) -> AsyncIterator[Player]:
    app = PseudocodeApp(journal, Path.cwd(), Settings(), replay=True, speed=speed)
    async with app.run_test(size=(120, 40)) as pilot:
        await (await replay_screen(app, pilot)).loaded()
        await pilot.pause()
        yield Player(app, pilot)


@pytest.mark.parametrize("ending", [accepted, waiting, stopped])
async def test_the_last_screen_is_that_of_the_live_session(
    folder: Path, model_server: ModelServer, ending: Ending
) -> None:
    journal, shown = await live(folder, model_server, ending)
    asked = len(model_server.requests)
    for speed in (100.0, None):
        async with playing(journal, speed=speed) as player:
            await player.until("■")
            assert lines_of(player.app) == shown
    async with playing(journal) as player:
        await player.press("G")
        assert lines_of(player.app) == shown
    assert len(model_server.requests) == asked


async def test_steps_rounds_and_marks(folder: Path, model_server: ModelServer) -> None:
    journal, shown = await live(folder, model_server, accepted)
    count = len(read_journal(journal).events)
    async with playing(journal) as player:
        assert f"0/{count}" in player.bar
        await player.press("full_stop", "full_stop")
        assert f"round 1 · 2/{count}" in player.bar
        await player.press("right_square_bracket")
        assert "── round 2" in player.conversation
        await player.press("comma")
        assert "── round 2" not in player.conversation
        await player.press("p", "n")
        assert "1 of 2 examples pass" in player.conversation
        await player.press("n")
        assert "you: shorter" in player.conversation
        await player.press("G")
        assert lines_of(player.app) == shown
        await player.press("g")
        assert f"round 0 · 0/{count}" in player.bar


async def test_play_pause_and_speed(folder: Path, model_server: ModelServer) -> None:
    journal, _ = await live(folder, model_server, waiting)
    async with playing(journal, speed=0.25) as player:
        assert "▶ 0.25×" in player.bar
        await player.press("space")
        assert "‖ 0.25×" in player.bar
        await player.press("minus", "plus", "plus")
        assert "‖ 1×" in player.bar
        await player.press("0", "space")
        await player.until("■ max")
        # At full speed a recording this short would be over before anybody looks.
        await player.press("0", "minus", "minus", "space")
        assert "▶ 0.25×" in player.bar


async def test_a_click_on_the_bar_goes_there(folder: Path, model_server: ModelServer) -> None:
    journal, shown = await live(folder, model_server, waiting)
    async with playing(journal) as player:
        bar = player.app.screen.query_one(TimeBar)
        width = len(player.bar)
        right = player.bar.rindex("─") + bar.gutter.left
        await player._pilot.click(TimeBar, offset=(right, 0))
        await player._pilot.pause()
        assert lines_of(player.app) == shown, (width, player.bar)


async def test_it_is_taken_over_and_tested_again(folder: Path, model_server: ModelServer) -> None:
    journal, _ = await live(folder, model_server, waiting)
    settings = Settings(model="scripted", base_url=model_server.url)
    app = PseudocodeApp(journal, Path.cwd(), settings, replay=True, speed=0)
    async with app.run_test(size=(120, 40)) as pilot:
        await (await replay_screen(app, pilot)).loaded()
        await pilot.press("G", "f")
        await pilot.pause()
        await pilot.press("y")
        desk = Desk(app, pilot, folder)
        await desk.until(lambda: not isinstance(app.screen, ReplayScreen), "the desk")
        await desk.until(lambda: "── round 2" in desk.conversation, "the conversation")
        asked = len(model_server.requests)
        assert "2 of 2 examples pass" not in desk.conversation
        await desk.generated()
        assert "2 of 2 examples pass" in desk.conversation
        assert len(model_server.requests) == asked
    assert len(list(Path(".pseudocode/sessions").glob("*.jsonl"))) == 2


async def test_what_is_gone_is_told_from_the_recording(
    folder: Path, model_server: ModelServer
) -> None:
    journal, _ = await live(folder, model_server, accepted)
    for file in folder.glob("*.py"):
        file.unlink()
    async with playing(journal) as player:
        await player.press("G")
        assert "return number * 2" in "\n".join(lines_of(player.app))
        await player.press("f")
        await player._pilot.pause()
        assert isinstance(player.app.screen, ReplayScreen)


class TestFilm:
    @pytest.fixture
    async def journal(self, folder: Path, model_server: ModelServer) -> Path:
        return (await live(folder, model_server, accepted))[0]

    async def test_a_cast_draws_the_last_screen(self, journal: Path) -> None:
        text = await _in_thread(
            lambda: as_cast(journal, Path(), Settings(), size=(90, 30), speed=2)
        )
        header, *frames = map(json.loads, text.splitlines())
        assert header["version"] == 2
        assert (header["width"], header["height"]) == (90, 30)
        times = [at for at, _, _ in frames]
        assert times == sorted(times)
        assert all(kind == "o" for _, kind, _ in frames)
        screen = pyte.Screen(90, 30)
        stream = pyte.Stream(screen)
        for _, _, drawn in frames:
            stream.feed(drawn)
        shown = "\n".join(screen.display)
        assert "✓ double" in shown
        assert "return number * 2" in shown
        assert "# longer" not in shown

    async def test_a_picture_shows_each_in_its_time(self, journal: Path) -> None:
        text = await _in_thread(lambda: as_svg(journal, Path(), Settings(), size=(80, 24), speed=1))
        assert text.count("<g style=") == text.count("@keyframes") > 5
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
        assert "number&#160;+&#160;4" in text or "number" in text


async def _in_thread(make: Callable[[], str]) -> str:
    """A film runs an app of its own, which wants a loop of its own."""
    return await asyncio.to_thread(make)


class TestCommand:
    async def test_without_a_terminal_the_rounds_are_printed(
        self, folder: Path, model_server: ModelServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        journal, _ = await live(folder, model_server, accepted)
        capsys.readouterr()
        assert run_command(["replay", journal.stem[:15]]) == 0
        printed = capsys.readouterr().out
        assert "── round 3 · comment ──" in printed
        assert "return number * 2" in printed
        assert "Write the complete function" not in printed
        assert run_command(["replay", str(journal), "--whole"]) == 0
        assert "Write the complete function" in capsys.readouterr().out
        for form in ("md", "html"):
            assert run_command(["replay", journal.stem, "--export", form, "-o", f"a.{form}"]) == 0
            assert "shorter" in Path(f"a.{form}").read_text(encoding="utf-8")

    def test_what_cannot_be_is_told(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        for line in (
            ["replay", "nothing"],
            ["replay", "x", "--speed", "1000"],
            ["replay", "x", "--size", "1x1"],
        ):
            assert run_command(line) == 2
            assert "Traceback" not in capsys.readouterr().err
