"""Test files in the app: shown before and after, asked for from the model, opened by keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import server
from tests.server import ModelServer
from tests.tui.driving import RIGHT, WRONG, desk_over

TESTS = """\
import pytest
from easy import double

@pytest.mark.parametrize("number", [1, 3])
def test_even(number):
    assert double(number) % 2 == 0

@pytest.mark.hidden
def test_negative():
    assert double(-7) == -14
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "specs"
    made.mkdir()
    (made / "test_easy.py").write_text(TESTS, encoding="utf-8")
    return made


async def test_test_files_are_shown_with_the_declaration(folder: Path) -> None:
    async with desk_over(folder) as desk:
        assert "tests: test_easy.py" in desk.specification
        assert "assert double(number) % 2 == 0" in desk.specification
        assert desk.suite[-1][1] == "test_easy.py"


async def test_failing_tests_go_back_to_the_model_by_their_names(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.extend([server.code(WRONG), server.code(RIGHT)])
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.generated()
        assert [row[1] for row in desk.suite][2:] == [
            "test_even[1]",
            "test_even[3]",
            "test_negative",
        ]
        assert {row[0] for row in desk.suite} == {"✓"}
        first, second = (request.last for request in model_server.requests)
        assert "def test_even(number):" in first
        assert "test_negative" not in first + second
        assert "test_even[1] fails:\nassert (5 % 2) == 0" in second
        assert "5 of 5 tests pass" in desk.conversation


async def test_a_failing_test_opens_with_its_traceback(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.extend([server.code(WRONG)] * 5)
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("g")
        await desk.until(lambda: len(desk.suite) == 5 and "✗" in desk.suite[2][0], "failing tests")
        await desk.press("3", "down", "enter")
        await desk.until(lambda: bool(desk.dialog), "the test")
        assert "test_even[1]" in desk.dialog
        assert "test_easy.py:4" in desk.dialog
        assert "assert double(number) % 2 == 0" in desk.dialog
