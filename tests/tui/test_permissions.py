"""What a spec asks for is shown, granted or denied by keys, before its code is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pseudocode.events import PermissionsDenied, PermissionsGranted, SuiteFinished
from pseudocode.store.grants import Grants, grants_path
from pseudocode.store.journal import read_journal
from pseudocode.tui.widgets.gate import Gate
from pseudocode.wiring import load_specs
from tests import server
from tests.server import ModelServer
from tests.tui.driving import RIGHT, SHOUT, Desk, desk_over, text_of

ASKING = '''
from pseudocode import pseudo_function


@pseudo_function({options})
def double(number: int) -> int:
    """Return the number times two.

    >>> double(4)
    8
    """


@pseudo_function
def shout(text: str) -> str:
    """Return the text in upper case."""
'''
MAY = [
    "may reach api.github.com",
    "may read the environment variable GITHUB_TOKEN",
    "may read data.csv",
]
OPTIONS = 'network=["api.github.com"], env=["GITHUB_TOKEN"], files=["data.csv"]'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "specs"
    made.mkdir()
    (made / "data.csv").write_text("a,b\n")
    return made


def asking(options: str = OPTIONS) -> str:
    return ASKING.replace("{options}", options)


def gate(desk: Desk) -> str:
    """What the gate says, with its title and its keys; empty while it does not show."""
    shown = desk.desk.query_one(Gate)
    told = f"{shown.border_title}\n{text_of(shown)}\n{shown.border_subtitle}"
    return told if shown.display else ""


def happened(folder: Path) -> list[type]:
    """The facts of all journals."""
    journals = sorted((folder.parent / ".pseudocode" / "sessions").glob("*.jsonl"))
    return [type(event) for path in journals for event in read_journal(path).events]


async def test_it_is_asked_once_and_remembered(folder: Path, model_server: ModelServer) -> None:
    model_server.otherwise = lambda _: server.code(RIGHT)
    source = asking(f'{OPTIONS}, requires=["requests"], timeout=60')
    async with desk_over(folder, url=model_server.url, source=source) as desk:
        assert not gate(desk)
        assert all(phrase in desk.specification for phrase in MAY)
        await desk.press("g")
        await desk.status("asks for permission · y allows, d does not")
        assert desk.specs[1] == "  ● double needs you"
        assert all(phrase in gate(desk).split("\n") for phrase in MAY)
        assert "uses requests · runs up to 60 s" in gate(desk)
        assert "y allow from now on · d do not allow" in gate(desk)
        assert "return number * 2" in desk.code
        assert SuiteFinished not in happened(folder)
        assert not Grants(grants_path()).holds(load_specs(folder).specs[0])

        await desk.press("a")
        assert SuiteFinished not in happened(folder)
        await desk.press("y")
        await desk.status("a accepts")
        assert "What this code was allowed" in gate(desk)
        assert all(phrase in gate(desk) for phrase in MAY)
        assert f"you allowed it: {'; '.join(MAY)}" in desk.conversation
        await desk.press("n")
        assert not gate(desk)

    async with desk_over(folder, url=model_server.url, source=source) as desk:
        await desk.generated()
        assert f"you allowed earlier: {'; '.join(MAY)}" in desk.conversation

    async with desk_over(folder, url=model_server.url, source=asking("network=True")) as desk:
        await desk.press("g")
        await desk.status("asks for permission")
        assert "may reach any host on any port" in gate(desk)


async def test_denied_it_rests_and_the_code_stays_in_sight(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.otherwise = lambda _: server.code(RIGHT)
    async with desk_over(folder, url=model_server.url, source=asking()) as desk:
        await desk.press("g")
        await desk.status("asks for permission")
        await desk.press("d")
        await desk.status("not allowed, not run · y allows it after all")
        assert desk.specs[1] == "  ■ double not allowed"
        assert "return number * 2" in desk.code
        assert [row[0] for row in desk.suite] == ["·"]
        assert "you did not allow it" in desk.conversation
        assert happened(folder)[-1] is PermissionsDenied
        assert not grants_path().exists()

        await desk.press("y")
        await desk.status("a accepts")
        assert [row[0] for row in desk.suite] == ["✓"]
        kinds = happened(folder)
        assert kinds.index(PermissionsGranted) < kinds.index(SuiteFinished)


async def test_review_shows_what_the_code_will_ask_for(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.otherwise = lambda _: server.code(RIGHT)
    source = asking(f"review=True, {OPTIONS}")
    async with desk_over(folder, url=model_server.url, source=source) as desk:
        await desk.press("g")
        await desk.status("not run yet")
        assert all(phrase in gate(desk) for phrase in MAY)
        await desk.press("y")
        await desk.status("not run yet")
        await desk.press("a")
        await desk.status("asks for permission")
        await desk.press("y")
        await desk.status("accepted")
        assert not gate(desk)


async def test_letters_in_a_comment_grant_nothing(folder: Path, model_server: ModelServer) -> None:
    model_server.otherwise = lambda _: server.code(RIGHT)
    async with desk_over(folder, url=model_server.url, source=asking()) as desk:
        await desk.press("g")
        await desk.status("asks for permission")
        await desk.press("c", *"yd", "escape")
        assert "asks for permission" in desk.status_line
        await desk.press("c", "enter")
        await desk.until(lambda: len(model_server.requests) == 2, "the answer to the comment")
        await desk.status("asks for permission")
        assert SuiteFinished not in happened(folder)


async def test_quick_fingers_grant_only_what_was_shown(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.otherwise = lambda asked: server.code(SHOUT if "shout" in asked.last else RIGHT)
    source = asking().replace("@pseudo_function\n", "@pseudo_function(network=True)\n")
    async with desk_over(folder, url=model_server.url, source=source) as desk:
        await desk.press("g", "n", "g")
        await desk.until(lambda: desk.specs[2] == "  ● shout needs you", "both")
        await desk.press("p")
        await desk.status("asks for permission")
        assert MAY[0] in gate(desk)
        desk.desk.action_step(1)
        desk.desk.action_allow()
        await desk.until(lambda: "any host on any port" in gate(desk), "the other gate")
        assert desk.specs[1:] == ["  ● double needs you", "  ● shout needs you"]
        assert PermissionsGranted not in happened(folder)


async def test_what_a_stranger_wrote_is_shown_inert(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.otherwise = lambda _: server.code(RIGHT)
    source = asking(r'network=["a.org\n\x1b[2Jnothing [b]else[/b]\u202e"]')
    async with desk_over(folder, url=model_server.url, source=source) as desk:
        told = "may reach a.org <U+001B>[2Jnothing [b]else[/b]<U+202E>"
        assert told in desk.specification
        await desk.press("g")
        await desk.status("asks for permission")
        assert told in gate(desk).split("\n")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
async def test_every_size_shows_the_keys_and_the_code(
    folder: Path, model_server: ModelServer, size: tuple[int, int]
) -> None:
    model_server.otherwise = lambda _: server.code(RIGHT)
    many = ", ".join(f'"data{number}.csv"' for number in range(100))
    async with desk_over(
        folder, url=model_server.url, source=asking(f"files=[{many}]"), size=size
    ) as desk:
        await desk.press("g")
        await desk.until(lambda: bool(gate(desk)), "the gate")
        # It is laid out a moment after it begins to show.
        await desk.until(lambda: desk.desk.query_one(Gate).region.height >= 4, "its lines")
        shown = desk.desk.query_one(Gate).region
        assert desk.app.screen.region.contains_region(shown)
        assert desk.desk.query_one("#code").region.height >= 3
        await desk.press("d")
        await desk.until(lambda: "not allowed" in desk.status_line, "the denial")


async def test_a_package_that_is_missing_is_named_before_the_model_is_asked(
    folder: Path, model_server: ModelServer
) -> None:
    source = asking('requires=["no-such-package"]')
    async with desk_over(folder, url=model_server.url, source=source) as desk:
        await desk.press("g")
        await desk.status("needs no-such-package, which is not installed")
        assert desk.specs[1] == "  ✗ double failed"
        await desk.press("g")
        await desk.status("needs no-such-package, which is not installed")
    assert model_server.requests == []
