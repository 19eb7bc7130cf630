"""What was accepted before, in the app: seen with its difference, and brought back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import server
from tests.server import ModelServer
from tests.tui.driving import RIGHT, Desk, desk_over

OTHER = RIGHT.replace("number * 2", "number + number")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "specs"


def kept(folder: Path) -> str:
    return (folder / "__pseudocode__" / "easy.double.py").read_text(encoding="utf-8")


async def accept(desk: Desk) -> None:
    await desk.generated()
    await desk.accepted()


def versions(desk: Desk) -> list[str]:
    options = desk.app.screen.query_one("#versions")
    return [str(option.prompt) for option in options.options]  # type: ignore[attr-defined]


async def test_one_is_brought_back_and_the_other_kept(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.extend([server.code(RIGHT), server.code(OTHER)])
    async with desk_over(folder, url=model_server.url, keeps=False) as desk:
        await desk.press("u")
        await desk.until(lambda: "nothing was accepted before" in desk.dialog, "the versions")
        await desk.press("escape")
        await accept(desk)
        await accept(desk)
        assert kept(folder).endswith(f"\n\n{OTHER}\n")

        await desk.press("u")
        await desk.until(lambda: "-    return number + number" in desk.dialog, "the difference")
        assert "+    return number * 2" in desk.dialog
        (version,) = versions(desk)
        assert version.startswith("1 · accepted 20")
        assert " · scripted-1 · 2 of 2 examples · replaced 20" in version
        await desk.press("enter")
        await desk.until(lambda: "Bring this version back" in desk.dialog_title, "the question")
        await desk.press("n")
        assert versions(desk) == [version]
        await desk.press("enter", "y")
        await desk.until(lambda: not desk.dialog and "number * 2" in desk.code, "the code")
        assert kept(folder).endswith(f"\n\n{RIGHT}\n")
        assert desk.specs[1] == "  ✓ double"
        assert desk.status_line.count("accepted") >= 1

        await desk.press("u")
        await desk.until(lambda: "+    return number + number" in desk.dialog, "the other")
        assert len(versions(desk)) == 1
    assert len(model_server.requests) == 2


async def test_the_palette_and_the_help_know_it(folder: Path) -> None:
    async with desk_over(folder) as desk:
        commands = {c.title: c for c in desk.app.get_system_commands(desk.app.screen)}
        assert commands["Versions"].help == "What was accepted before · u"
        assert desk.desk.active_bindings["u"].enabled  # which is what the help lists
