"""Keys that arrive all at once mean what they mean one after the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.events import Key, Paste

from tests import server
from tests.server import ModelServer
from tests.tui.driving import RIGHT, Desk, desk_over


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "specs"


def typed(desk: Desk, *keys: str) -> None:
    """Keys that are all there before the first of them is looked at."""
    for key in keys:
        desk.app.post_message(Key(key, key if len(key) == 1 else None))


async def test_what_is_typed_right_after_the_key_that_opens_a_box_is_in_it(
    folder: Path, model_server: ModelServer
) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        typed(desk, "c", *"nag")
        desk.app.post_message(Paste(" and so"))
        typed(desk, "n")
        await desk.until(lambda: desk.box.text == "nag and son", "what was typed")


async def test_a_key_goes_to_the_pane_that_the_one_before_it_chose(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.generated()
        typed(desk, "2", "down", "c", *"why")
        await desk.until(lambda: desk.box.text == "why", "the comment")
        assert "comment on line 2" in str(desk.box.border_title)


async def test_drafts_of_two_specs_do_not_mix(folder: Path, model_server: ModelServer) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        typed(desk, "c", "h", "escape", "n", "c", "i", "escape", "p", "c")
        await desk.until(lambda: desk.box.display and desk.box.text == "h", "the draft")
