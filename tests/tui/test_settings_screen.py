"""Settings, statistics and what is remembered, by their keys."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from pseudocode.settings import NAMES, Settings, user_config
from pseudocode.tui.themes import DARK
from tests import server
from tests.server import ModelServer
from tests.tui.driving import RIGHT, Desk, desk_over, text_of


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "specs"


async def opened(desk: Desk, name: str) -> OptionList:
    """The settings, with the cursor on one of them."""
    await desk.press("f2")
    await desk.until(lambda: bool(desk.app.screen.query("#settings")), "the settings")
    listed = desk.app.screen.query_one("#settings", OptionList)
    listed.highlighted = NAMES.index(name)
    return listed


def line(listed: OptionList, name: str) -> str:
    return str(listed.get_option(name).prompt)


async def test_a_value_is_typed_kept_and_used(folder: Path) -> None:
    user_config().parent.mkdir(parents=True)
    user_config().write_text("# mine\nmax_rounds = 4  # enough\n\n[keys]\nx = 'y'\n", "utf-8")
    async with desk_over(folder) as desk:
        listed = await opened(desk, "model")
        await desk.press("enter")
        await desk.until(lambda: bool(desk.app.screen.query(Input)), "the line to type in")
        await desk.press(*"local", "enter")
        await desk.until(lambda: "local" in line(listed, "model"), "the value")
        await desk.press("escape")
        await desk.status("local")
    text = user_config().read_text("utf-8")
    assert text.startswith("# mine\n")
    assert "max_rounds = 4  # enough" in text
    assert tomllib.loads(text) == {"max_rounds": 4, "model": "local", "keys": {"x": "y"}}


async def test_choices_and_yes_or_no_take_one_key(folder: Path) -> None:
    async with desk_over(folder) as desk:
        listed = await opened(desk, "cache")
        await desk.press("enter")
        await desk.until(lambda: "no" in line(listed, "cache"), "no")
        listed.highlighted = NAMES.index("sandbox")
        await desk.press("enter")
        await desk.until(lambda: bool(desk.app._notifications), "a word")
        told = [n.message for n in desk.app._notifications]
        assert any("--sandbox off" in message for message in told), "a file cannot open the walls"
    assert tomllib.loads(user_config().read_text("utf-8")) == {"cache": False}


async def test_what_cannot_be_used_is_told_and_not_kept(folder: Path) -> None:
    async with desk_over(folder) as desk:
        await opened(desk, "temperature")
        await desk.press("enter", *"hot", "enter")
        await desk.until(lambda: bool(desk.app._notifications), "a word")
        (told,) = [n.message for n in desk.app._notifications]
        assert "temperature must be a number" in told
    assert not user_config().exists()


async def test_the_usual_value_comes_back(folder: Path) -> None:
    user_config().parent.mkdir(parents=True)
    user_config().write_text("cache = false\n", "utf-8")
    origins = {"cache": str(user_config())}
    async with desk_over(folder, settings=Settings(cache=False, origins=origins)) as desk:
        listed = await opened(desk, "cache")
        await desk.press("d")
        await desk.until(lambda: "yes" in line(listed, "cache"), "the usual value")
    assert tomllib.loads(user_config().read_text("utf-8")) == {}


async def test_a_flag_wins_and_that_is_said(folder: Path) -> None:
    origins = {"cache": "the command line"}
    async with desk_over(folder, settings=Settings(cache=False, origins=origins)) as desk:
        await opened(desk, "cache")
        await desk.press("enter")
        await desk.until(lambda: bool(desk.app._notifications), "a word")
        assert any("the command line, which wins" in n.message for n in desk.app._notifications)


async def test_the_theme_that_was_chosen_last_comes_back(folder: Path) -> None:
    async with desk_over(folder) as desk:
        assert desk.app.theme == DARK.name
        desk.app.theme = "nord"
        await desk.pilot.pause()
    async with desk_over(folder) as desk:
        assert desk.app.theme == "nord"
    async with desk_over(folder, settings=Settings(theme="pseudocode-light")) as desk:
        assert desk.app.theme == "pseudocode-light"


async def test_a_theme_that_there_is_not_is_told_and_the_other_stays(folder: Path) -> None:
    async with desk_over(folder) as desk:
        await opened(desk, "theme")
        await desk.press("enter", *"nrod", "enter", "escape")
        await desk.until(lambda: bool(desk.app._notifications), "a word")
        assert any("no theme 'nrod'" in n.message for n in desk.app._notifications)
        assert desk.app.theme == DARK.name


async def test_statistics_add_up_what_was_done(folder: Path, model_server: ModelServer) -> None:
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.generated()
        await desk.accepted()
        await desk.press("f3")
        await desk.until(lambda: "By model" in text_of(desk.app.screen), "the figures")
        told = text_of(desk.app.screen)
        assert "scripted" in told
        assert "1/1" in told
        assert "100%" in told
