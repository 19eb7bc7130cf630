"""Tests by rounds, with nothing but keys: what flipped, what it gave, what changed in the code."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import DataTable, Static

from pseudocode.tui.grid_screen import GridScreen
from pseudocode.tui.widgets.sheet import SheetView
from tests import server
from tests.server import ModelServer
from tests.tui.driving import RIGHT, WRONG, Desk, desk_over

BROKEN = "def double(number: int) -> int:\n    return number * 2 or 9"


def cell(desk: Desk) -> str:
    lines = desk.app.screen.query_one("#cell", SheetView).lines
    return "\n".join(line.text for line in lines)


def rows(desk: Desk) -> list[list[str]]:
    table = desk.app.screen.query_one("#grid", DataTable)
    return [[str(part) for part in table.get_row_at(n)] for n in range(table.row_count)]


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_which_test_flipped_in_which_round_and_why(
    tmp_path: Path, model_server: ModelServer, size: tuple[int, int]
) -> None:
    model_server.script.extend([server.code(WRONG), server.code(BROKEN), server.code(RIGHT)])
    async with desk_over(tmp_path / "specs", url=model_server.url, size=size) as desk:
        await desk.generated()
        await desk.press("T")
        await desk.until(lambda: isinstance(desk.app.screen, GridScreen), "the grid")
        await desk.until(lambda: bool(rows(desk)), "its rows")
        assert rows(desk) == [
            ["double(4)", "  ✓", "  ✓", "  ✓"],
            ["double(0)", "  ✗", "  ✗", "▲ ✓"],
        ]
        headings = [str(c.label) for c in desk.app.screen.query_one(DataTable).ordered_columns]
        assert headings == ["test", "1: 1/2", "2: 1/2", "3: 2/2"]
        await desk.press("p", "n", "j")  # only one flipped; the cursor is on the last round
        assert "passed · passes since this round" in cell(desk)
        assert "before    9" in cell(desk)
        assert "-    return number * 2 or 9" in cell(desk)
        assert "+    return number * 2" in cell(desk)
        await desk.press("h")
        assert "got       9" in cell(desk)
        assert "the code since round 1:" in cell(desk)
        await desk.press("tab")
        assert desk.app.focused is desk.app.screen.query_one("#cell")
        await desk.press("escape")
        assert desk.app.screen is desk.desk


async def test_a_grid_before_anything_was_run(tmp_path: Path) -> None:
    async with desk_over(tmp_path / "specs", size=(80, 24)) as desk:
        await desk.press("T")
        await desk.until(lambda: isinstance(desk.app.screen, GridScreen), "the grid")
        assert rows(desk) == []
        legend = desk.app.screen.query_one("#legend", Static)
        assert len(str(legend.content)) <= legend.content_size.width
        await desk.press("n", "j")
        grid = desk.app.screen
        assert isinstance(grid, GridScreen)
        grid.action_leave()
        grid.action_leave()  # a second key before the first has closed it
        await desk.until(lambda: desk.app.screen is desk.desk, "the desk")
