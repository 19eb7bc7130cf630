"""The app shows and writes the key of the model's server nowhere."""

from __future__ import annotations

import html
import json
import os
from pathlib import Path

import pytest

from pseudocode.cli.group import open_project
from pseudocode.settings import Settings
from tests import server
from tests.server import HANG, ModelServer
from tests.tui.driving import RIGHT, WRONG, Desk, desk_over

KEY = "sk-very-secret-4711"
PASSWORD = "p@ssw0rd-4712"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "project" / "specs"


def settings_from_environment(
    folder: Path, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """As the command line finds them."""
    login = f"//someone:{PASSWORD.replace('@', '%40')}@"
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", model_server.url.replace("//", login))
    folder.mkdir(parents=True)
    _, settings = open_project(folder, None, {})
    assert not [name for name in os.environ if name.startswith("OPENAI_")]
    return settings


def assert_shows_no_secret(desk: Desk) -> None:
    """Look at all panes, as text and as the picture of the screen."""
    picture = html.unescape(desk.app.export_screenshot()).replace("\xa0", " ")
    for shown in (desk.everything, picture):
        assert KEY not in shown
        assert PASSWORD not in shown


def assert_wrote_no_secret(folder: Path, model_server: ModelServer) -> None:
    files = [path for path in folder.parents[1].rglob("*") if path.is_file()]
    assert [path for path in files if path.suffix == ".jsonl"]
    told = [path.read_bytes().decode("utf-8", "replace") for path in files]
    told += [json.dumps(asked.body) for asked in model_server.requests]
    assert not [text for text in told if KEY in text or PASSWORD in text]


async def test_an_answer_that_gives_the_key_back(
    folder: Path, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = f"For {KEY} and {PASSWORD}:\n```python\n# {KEY}\n"
    text = f"{told}{WRONG}  # {PASSWORD}\n```\n"
    pieces = [text[at : at + 4] for at in range(0, len(text), 4)]
    model_server.script.append(server.reply(*pieces, HANG))
    right = f"# {KEY}\n{RIGHT}  # {PASSWORD}"
    model_server.script.append(server.code(right))
    settings = settings_from_environment(folder, model_server, monkeypatch)
    async with desk_over(folder, settings=settings, size=(160, 48)) as desk:
        await desk.press("g")
        await desk.until(lambda: "number + 4  # ***" in desk.code, "the stream")
        assert_shows_no_secret(desk)
        model_server.release()
        await desk.status("a accepts")
        assert "# ***" in desk.code
        assert_shows_no_secret(desk)
        await desk.press("4")
        assert_shows_no_secret(desk)
        await desk.accepted()
    kept = (folder / "__pseudocode__" / "easy.double.py").read_text(encoding="utf-8")
    assert "# ***" in kept
    assert_wrote_no_secret(folder, model_server)


@pytest.mark.parametrize("secret", [KEY, PASSWORD])
async def test_a_refusal_that_names_the_key(
    folder: Path, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    model_server.script.append(server.refusal(400, f"bad {secret}"))
    model_server.script.append(server.refusal(401, f"bad {secret}"))
    settings = settings_from_environment(folder, model_server, monkeypatch)
    async with desk_over(folder, settings=settings) as desk:
        for _ in range(2):
            await desk.press("g")
            await desk.status("g tries again")
            assert_shows_no_secret(desk)
        assert "bad ***" in desk.conversation
    assert_wrote_no_secret(folder, model_server)


async def test_a_server_that_is_not_there(
    folder: Path, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server.serving() as gone:
        pass
    settings = settings_from_environment(folder, gone, monkeypatch)
    async with desk_over(folder, settings=settings, size=(200, 60)) as desk:
        await desk.press("g")
        await desk.status(f"{gone.url} cannot be reached")
        assert_shows_no_secret(desk)
    assert_wrote_no_secret(folder, model_server)
