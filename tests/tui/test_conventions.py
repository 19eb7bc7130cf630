"""What users of terminal programs expect: themes, keys of their own, titles, a clean screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color
from textual.events import Resize
from textual.geometry import Size

from pseudocode.settings import Settings
from pseudocode.tui.app import PseudocodeApp
from pseudocode.tui.desk import DeskScreen
from pseudocode.tui.replay import ReplayScreen
from pseudocode.tui.room import SmallScreen
from pseudocode.tui.themes import OURS
from pseudocode.tui.widgets.code_pane import CodePane
from pseudocode.tui.widgets.key_line import KeyLine
from pseudocode.tui.widgets.spec_list import SpecList
from pseudocode.tui.widgets.suite_pane import SuitePane
from pseudocode.tui.widgets.talk_pane import TalkPane
from tests import server
from tests.server import ModelServer
from tests.tui.driving import RIGHT, WRONG, Desk, desk_over

LEAST_CONTRAST = 4.5
"""WCAG 2.2, level AA, for text of usual size."""
FRAMES = frozenset("╭╮╰╯─│┌┐└┘├┤▁▂▃▄▅▆▇█▔▏▎▍▌▋▊▉▐░▒▓╸╺━┃ ")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "specs"


def painted(desk: Desk) -> list[str]:
    """The rows of the screen, with what lies over it."""
    return [strip.text for strip in desk.app.screen._compositor.render_strips()]


def faint(desk: Desk) -> set[tuple[str, float, str, str]]:
    """Texts on the screen with too little contrast: what, how much, colour, ground."""
    found = set()
    screen = desk.app.screen
    # What is behind a dialog is meant to be faint.
    part = screen.query(".dialog").first().region if screen.query(".dialog") else screen.region
    for strip in screen._compositor.render_strips()[part.y : part.bottom]:
        for text, style, _ in strip.crop(part.x, part.right):
            if style is None or set(text) <= FRAMES or style.color is None:
                continue
            ground = style.bgcolor
            assert ground is not None, f"{text!r} has no ground"
            front, back = (Color.from_rich_color(c) for c in (style.color, ground))
            if style.reverse:
                front, back = back, front
            ratio = contrast(front, back)
            if ratio < LEAST_CONTRAST:
                found.add((text.strip(), round(ratio, 2), front.hex, back.hex))
    return found


def contrast(one: Color, other: Color) -> float:
    """The ratio of two colours as WCAG defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: Color) -> float:
    """The relative luminance of WCAG."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("theme", [theme.name for theme in OURS])
async def test_all_text_is_easy_to_read(
    folder: Path, model_server: ModelServer, theme: str
) -> None:
    model_server.script.extend([server.code(WRONG), server.code(RIGHT)])
    settings = Settings(model="scripted", base_url=model_server.url, theme=theme, library="off")
    async with desk_over(folder, settings=settings, size=(170, 48)) as desk:
        assert faint(desk) == set()
        await desk.generated()
        assert faint(desk) == set()
        for keys in (["3", "enter"], ["escape", "c", "h", "i"], ["escape", "question_mark"]):
            await desk.press(*keys)
            assert faint(desk) == set(), keys
        await desk.press("question_mark", "m")
        await desk.until(lambda: "SmolLM2" in desk.dialog or bool(desk.dialog), "the models")
        assert faint(desk) == set(), "models"
        await desk.press("escape", "a")
        await desk.status("accepted")
        assert faint(desk) == set()


async def test_keys_of_ones_own(folder: Path, model_server: ModelServer) -> None:
    model_server.script.append(server.code(RIGHT))
    settings = Settings(
        model="scripted", base_url=model_server.url, library="off",
        keys={"desk.generate": "Z", "desk.approve": "f5,A", "desk.models": "none"},
    )  # fmt: skip
    async with desk_over(folder, settings=settings) as desk:
        await desk.press("g")
        assert "g generates" in desk.status_line
        await desk.press("Z")
        await desk.status("a accepts")
        await desk.press("a", "m")
        assert not desk.dialog
        await desk.press("f5")
        await desk.status("accepted")


async def test_keys_that_cannot_be_had_are_told(folder: Path) -> None:
    keys = {"desk.aprove": "A", "desk.reject": "g", "app.quit_anywhere": "x"}
    async with desk_over(folder, settings=Settings(keys=keys)) as desk:
        told = "\n".join(n.message for n in desk.app._notifications)
        assert "did you mean desk.approve?" in told
        assert "g is for desk.generate already, so desk.reject stays" in told
        assert "nothing called 'app.quit_anywhere'" in told


async def test_code_is_copied_as_it_stands(folder: Path, model_server: ModelServer) -> None:
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.generated()
        await desk.press("Y")
        assert desk.app.clipboard == RIGHT + "\n"
        told = [n.message for n in desk.app._notifications]
        assert any("2 lines, given to the terminal's clipboard" in message for message in told)


async def test_long_work_that_ends_unseen_rings(
    folder: Path, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pseudocode.tui.app.LONG_SECONDS", 0.0)
    rung: list[str] = []
    monkeypatch.setattr("pseudocode.tui.app.call", lambda _, told: rung.append(told))
    model_server.script.append(server.reply(f"```python\n{RIGHT}", server.HANG, "\n```\n"))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("g")
        await desk.status("generating")
        desk.app.app_focus = False
        model_server.release()
        await desk.status("a accepts")
        await desk.until(lambda: bool(rung), "the bell")
        assert rung == ["double: all pass · a accepts"]


async def test_the_line_of_keys_has_room_for_the_way_out_and_can_be_clicked(folder: Path) -> None:
    async with desk_over(folder, size=(60, 20)) as desk:
        line = desk.desk.query_one(KeyLine)
        await desk.until(lambda: "g Generate" in str(line.content), "the keys")
        told = str(line.content)
        assert told.rstrip().endswith("… q Quit ? Help")
        assert len(told.rstrip()) <= 60
        await desk.pilot.click(KeyLine, offset=(told.index("Help"), 0))
        await desk.until(lambda: "g  Generate" in desk.dialog, "the help")
        await desk.press("escape", "c")
        await desk.until(lambda: "Send" in str(line.content), "the keys of the box")
        assert "Generate" not in str(line.content)


MOVES = {"left", "right", "enter", "up", "down"}
"""What these do depends on where they are pressed, as everywhere."""
PLAYS = {"space", "minus", "0", "1", "2", "3", "4", "g", "G", "n", "p", "comma", "full_stop"}
PLAYS |= {"left_square_bracket", "right_square_bracket"}
"""Keys of a recording, as players have them: nothing is generated or commented on there."""
ADDS = "plus"
"""Adds: an example, one in the place of a comment, the first spec; to the speed of a recording."""


def test_a_key_means_the_same_in_every_pane() -> None:
    places = (DeskScreen, ReplayScreen, SpecList, CodePane, SuitePane, TalkPane, PseudocodeApp)
    meanings: dict[str, set[str]] = {}
    for place in places:
        merged = place._merged_bindings
        assert merged is not None
        for key, bindings in merged.key_to_bindings.items():
            plays = place is ReplayScreen and key in PLAYS
            ours = {b.description for b in bindings if b.id and not b.id.startswith("lines.")}
            meanings.setdefault(key, set()).update(() if plays else ours)
    several = {key: told for key, told in meanings.items() if len(told) > 1}
    assert set(several) <= MOVES | {ADDS}, several


async def test_a_word_for_a_while_covers_neither_the_status_nor_the_keys(folder: Path) -> None:
    folder.mkdir()
    app = PseudocodeApp(folder, folder.parent, Settings())
    async with app.run_test(size=(60, 20), notifications=True) as pilot:
        desk = Desk(app, pilot, folder)
        await desk.until(lambda: bool(app.screen.query("#code")), "the desk")
        await desk.press("w")
        await desk.until(lambda: "nothing waits" in " ".join(painted(desk)), "a word")
        *_, status, keys = painted(desk)
        assert "no model · " in status
        assert "▌" not in status
        assert keys.rstrip().endswith("? Help")


async def test_fingers_may_be_quicker_than_the_screen(folder: Path) -> None:
    async with desk_over(folder) as desk:
        for keys in (["ctrl+p", "pagedown", "down", "pagedown"], ["escape", "ctrl+p"] * 4):
            for key in keys:
                desk.app.simulate_key(key)
            await desk.pilot.pause()
        for width in (59, 60, 20, 120) * 5:
            desk.app.post_message(Resize(Size(width, 30), Size(width, 30)))
        await desk.pilot.resize_terminal(120, 40)
        await desk.press("escape", "escape", "n")
        await desk.until(lambda: "'HI'" in desk.specification, "the next spec")


async def test_a_dialog_closes_itself_and_nothing_else(
    folder: Path, model_server: ModelServer
) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("G")
        await desk.until(lambda: bool(desk.dialog), "how many")
        asking = desk.app.screen
        await desk.pilot.resize_terminal(40, 10)
        await desk.until(lambda: "is wanted" in desk.dialog, "how much room is wanted")
        asking.dismiss(None)
        await desk.pilot.pause()
        assert "is wanted" in desk.dialog
        await desk.pilot.resize_terminal(120, 40)
        await desk.until(lambda: desk.app.screen is desk.desk, "the desk")
        await desk.press("G")
        await desk.until(lambda: bool(desk.dialog), "how many")
        asking = desk.app.screen
        asking.dismiss(None)
        asking.dismiss(None)
        await desk.until(lambda: desk.app.screen is desk.desk, "the desk")


async def test_what_is_open_outlives_a_terminal_without_room(folder: Path) -> None:
    settings = Settings(model="m", base_url="http://127.0.0.1:9/v1", library="off")
    async with desk_over(folder, settings=settings) as desk:
        for key in ("m", "f2", "l", "ctrl+p", "plus", "question_mark", "G", "x"):
            await desk.press(key)
            await desk.until(lambda: desk.app.screen is not desk.desk, f"what {key} opens")
            opened = desk.app.screen
            for width, height in ((1, 1), (2, 2)):
                await desk.pilot.resize_terminal(width, height)
                await desk.until(lambda: isinstance(desk.app.screen, SmallScreen), "a word")
                # A bar that comes would take the room that it goes for, and so on for ever.
                assert desk.app.screen.scrollbars_enabled == (False, False)
            await desk.pilot.resize_terminal(80, 24)
            await desk.until(lambda: not isinstance(desk.app.screen, SmallScreen), "the room")
            assert desk.app.screen is opened
            await desk.press("escape")
            await desk.until(lambda: desk.app.screen is desk.desk, "the desk")
