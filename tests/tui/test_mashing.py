"""Any keys, words, clicks and sizes, in any order: the app neither ends nor gets stuck."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from textual.binding import Binding
from textual.events import Key, Paste
from textual.pilot import OutOfBounds

from pseudocode.providers import offers
from pseudocode.settings import Settings
from pseudocode.tui import desk as desk_module
from pseudocode.tui import models
from pseudocode.tui.app import PseudocodeApp
from pseudocode.tui.dialogs import Question
from pseudocode.tui.keymap import usual_keys
from tests import server
from tests.server import Asked, ModelServer
from tests.tui.driving import DOUBLE, RIGHT, WRONG, Desk

TURNS = 40
ENDS = {"q", "ctrl+q", "ctrl+z"}
MOVES = ("escape", "enter", "tab", "shift+tab", "up", "down", "pageup", "pagedown", "home", "end")
SIZES = ((120, 40), (80, 24), (60, 20), (160, 48), (59, 19), (1, 1))
WORDS = ("double(4)", "漢字 [bold]x[/", "\x1b[31m", "8", "a" * 300)


def keys() -> list[str]:
    """All that do something on the desk or anywhere, and those that move."""
    bound = usual_keys((b for b in PseudocodeApp.BINDINGS if isinstance(b, Binding)), desk_module)
    found = {key for one in bound.values() for key in one.split(",")}
    return sorted(found - ENDS) + list(MOVES) * 2


def answers(chance: Random) -> server.Answer:
    """Code that is right or wrong, something else, or a fault."""
    half = server.reply("```python\ndef dou", server.CUT)
    others = (server.reply("no code"), half, server.refusal(401, "who [b]are you"))
    return chance.choice((server.code(RIGHT), server.code(WRONG), *others))


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_keys_end_the_app_or_get_it_stuck(
    tmp_path: Path, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance, replies = Random(seed), Random(seed)

    def answer(asked: Asked) -> server.Answer:
        return answers(replies) if asked.body else server.models("one", "two")

    model_server.otherwise = answer
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(offers, "USUAL_SERVERS", ())
    monkeypatch.setattr(models, "ready_offers", lambda settings: [])  # nothing to be fetched
    monkeypatch.setattr(PseudocodeApp, "action_leave", lambda app: None)
    folder = tmp_path / "specs"
    folder.mkdir()
    (folder / "easy.py").write_text(DOUBLE, encoding="utf-8")
    settings = Settings(model="scripted", base_url=model_server.url, library="off")
    app = PseudocodeApp(folder, tmp_path, settings)
    async with app.run_test(size=(80, 24)) as pilot:
        desk = Desk(app, pilot, folder)
        await desk.until(lambda: bool(app.screen.query("#code")), "the desk")
        pressed = []
        for _ in range(TURNS):
            pressed.append(await mash(desk, chance))
            assert app.is_running, pressed[-20:]
        await pilot.resize_terminal(80, 24)
        for _ in range(30):
            await desk.press("y" if isinstance(app.screen, Question) else "escape")
        assert app.screen is desk.desk, (app.screen, pressed[-20:])
        await desk.press("slash", *"shout")
        await desk.until(lambda: "1 match" in str(desk.desk.query_one("#list").border_title), "it")


async def mash(desk: Desk, chance: Random) -> object:
    """Do one thing, or some at once; and tell what."""
    pilot, kind = desk.pilot, chance.random()
    if kind < 0.75:
        burst = [chance.choice(KEYS) for _ in range(chance.randint(1, 4))]
        for key in burst:
            desk.app.post_message(Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        return burst
    if kind < 0.85:
        word = chance.choice(WORDS)
        desk.app.post_message(Paste(word))
        await pilot.pause()
        return word
    if kind < 0.93:
        size = chance.choice(SIZES)
        await pilot.resize_terminal(*size)
        return size
    width, height = desk.app.size
    where = chance.randrange(width), chance.randrange(height)
    with suppress(OutOfBounds):  # the size was just another one
        await pilot.click(offset=where, times=chance.randint(1, 2))
    return where


KEYS = keys()
