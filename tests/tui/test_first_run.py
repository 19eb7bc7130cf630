"""Starting with nothing: no key, no server, no specs; and choosing among what there is."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from pseudocode.providers import offers
from pseudocode.settings import NAMES, Settings, user_config
from pseudocode.tui.offer import FIRST_SPEC
from tests import server
from tests.server import ModelServer
from tests.tui.driving import RIGHT, Desk, desk_over


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(offers, "USUAL_SERVERS", ())
    return tmp_path / "specs"


def port(model_server: ModelServer) -> int:
    return int(model_server.url.removesuffix("/v1").rpartition(":")[2])


def offered(desk: Desk) -> list[str]:
    """What the dialog offers."""
    return [str(o.prompt) for o in desk.app.screen.query_one(OptionList).options]


async def choosing(desk: Desk, text: str) -> None:
    """Wait until this is offered, and put the cursor on it."""

    def shown() -> bool:
        found = desk.app.screen.query(OptionList)
        return bool(found) and any(text in line for line in offered(desk))

    await desk.until(shown, text)
    listed = desk.app.screen.query_one(OptionList)
    listed.highlighted = next(n for n, line in enumerate(offered(desk)) if text in line)


async def test_without_a_model_the_app_offers_what_there_is(folder: Path) -> None:
    async with desk_over(folder) as desk:
        await desk.press("g")
        await choosing(desk, "SmolLM2, embedded")
        assert "neither an API key nor a server" in desk.dialog
        await desk.until(lambda: "No server answers" in desk.dialog, "the search's end")
        await desk.press("escape")
        assert not desk.dialog
        assert "g generates" in desk.status_line


async def test_a_server_of_this_machine_is_found_and_used(
    folder: Path, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offers, "USUAL_SERVERS", (("Ollama", port(model_server)),))
    model_server.script.extend([server.models("tiny:1b", "big:70b"), server.code(RIGHT)])
    async with desk_over(folder) as desk:
        await desk.press("g")
        await choosing(desk, "tiny:1b")
        assert any("Ollama" in line for line in offered(desk))
        await desk.press("enter")
        await desk.status("a accepts")
        assert "tiny:1b" in desk.status_line
        await desk.press("f2")
        settings = desk.app.screen.query_one("#settings", OptionList)
        assert "tiny:1b" in str(settings.get_option("model").prompt)
        settings.highlighted = NAMES.index("notify")
        await desk.press("enter")
        await desk.until(lambda: "no" in str(settings.get_option("notify").prompt), "the change")
        await desk.press("escape")
        assert "tiny:1b" in desk.status_line  # another setting takes the model nowhere
    assert model_server.requests[-1].body["model"] == "tiny:1b"
    kept = tomllib.loads(user_config().read_text(encoding="utf-8"))
    assert kept == {"notify": False}, "nobody asked to keep the model"


async def test_a_typed_server_lists_its_models_and_is_kept_where_asked(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.append(server.models("one", "two"))
    async with desk_over(folder) as desk:
        await desk.press("m")
        await choosing(desk, "Another server")
        await desk.press("enter")
        await desk.until(lambda: bool(desk.app.screen.query("#url")), "the form")
        desk.app.screen.query_one("#url", Input).value = model_server.url
        desk.app.screen.query_one("#key", Input).value = "sk-typed-4711"
        await desk.press("enter")
        await choosing(desk, "two")
        await desk.press("s")
        await desk.until(lambda: not desk.dialog, "the desk")
        assert "two" in desk.status_line
    assert model_server.requests[0].headers["authorization"] == "Bearer sk-typed-4711"
    kept = user_config().read_text(encoding="utf-8")
    assert tomllib.loads(kept) == {"base_url": model_server.url, "model": "two"}
    assert "4711" not in kept


async def test_a_server_that_does_not_answer_is_told_in_a_line(folder: Path) -> None:
    settings = Settings(base_url="http://127.0.0.1:9/v1", model="m", library="off")
    async with desk_over(folder, settings=settings) as desk:
        await desk.press("m")
        await choosing(desk, "Models of your server")
        await desk.press("enter")
        await desk.until(lambda: "does not say which models" in desk.dialog, "the fault")


async def test_keys_of_other_services_are_offered(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-1234567")
    async with desk_over(folder) as desk:
        await desk.press("m")
        await choosing(desk, "OpenRouter")
        assert all("1234567" not in line for line in offered(desk))


async def test_an_empty_folder_offers_a_first_spec(folder: Path) -> None:
    async with desk_over(folder, source=None) as desk:
        await desk.until(lambda: "@pseudo_function" in desk.specification, "the example")
        await desk.press("plus")
        await desk.until(lambda: any("double" in line for line in desk.specs), "the spec")
        assert (folder / "first.py").read_text(encoding="utf-8") == FIRST_SPEC


async def test_a_first_spec_replaces_nothing(folder: Path) -> None:
    folder.mkdir()
    (folder / "first.py").write_text("# mine\n", encoding="utf-8")
    async with desk_over(folder, source=None) as desk:
        await desk.until(lambda: "@pseudo_function" in desk.specification, "the example")
        await desk.press("plus")
        await desk.until(lambda: bool(desk.app._notifications), "a word")
        assert (folder / "first.py").read_text(encoding="utf-8") == "# mine\n"
