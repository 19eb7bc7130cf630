"""Examples are added with nothing but keys: a call is typed, run, judged, and written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from pseudocode.errors import SpecError
from pseudocode.spec.model import Example, Spec
from pseudocode.tui.example_screen import read_call
from tests import server
from tests.server import ModelServer
from tests.tui.driving import RIGHT, Desk, desk_over

SOURCE = '''
from pseudocode import pseudo_function


@pseudo_function
def double(number: int) -> int:
    """Return it times two.

    >>> double(4)
    8
    """
'''
WRONG = "def double(number: int) -> int:\n    return 8 if number == 4 else number"
RAISES = (
    "def double(number: int) -> int:\n"
    '    if number < 0:\n        raise ValueError("negative")\n    return number * 2'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "specs"


def source(desk: Desk) -> str:
    return (desk.folder / "easy.py").read_text(encoding="utf-8")


async def type_call(desk: Desk, call: str) -> None:
    await desk.press("plus")
    await desk.until(lambda: bool(desk.dialog_title), "the box")
    await desk.press(*call, "enter")
    await desk.until(lambda: "is this right?" in desk.dialog, "the answer")


async def test_an_example_that_is_right_is_written_and_tested_at_once(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url, source=SOURCE) as desk:
        await desk.generated()
        await type_call(desk, "3")
        assert "gives\n6" in desk.dialog
        await desk.press("y")
        await desk.until(lambda: [row[0] for row in desk.suite] == ["✓", "✓"], "both examples")
        assert "    >>> double(4)\n    8\n    >>> double(3)\n    6\n" in source(desk)
        assert ">>> double(3)" in desk.specification
        await desk.status("a accepts")
        assert len(model_server.requests) == 1
        await desk.accepted()
    async with desk_over(folder, source=None) as desk:
        await desk.until(lambda: "✓ double" in "".join(desk.specs), "fresh code")


async def test_add_an_example_watch_it_fail_regenerate_and_approve(
    folder: Path, model_server: ModelServer
) -> None:
    """The whole way with nothing but keys."""
    model_server.script.extend([server.code(WRONG), server.code(RIGHT)])
    async with desk_over(folder, url=model_server.url, source=SOURCE) as desk:
        await desk.generated()
        await type_call(desk, "3")
        assert "gives\n3" in desk.dialog
        await desk.press("n")
        await desk.until(lambda: "what is right?" in desk.dialog, "the question")
        await desk.press("6", "enter")
        await desk.until(lambda: len(model_server.requests) == 2, "the second request")
        assert "`double(3)` must give 6, not 3." in model_server.requests[1].last
        assert ">>> double(3)" in str(model_server.requests[1].body)
        await desk.status("a accepts")
        assert [row[0] for row in desk.suite] == ["✓", "✓"]
        await desk.press("T")
        await desk.until(
            lambda: "Tests × rounds" in str(desk.app.screen.query_one("#grid").border_title),
            "the grid",
        )
        await desk.press("escape", "a")
        await desk.status("accepted")
    kept = (folder / "__pseudocode__" / "easy.double.py").read_text(encoding="utf-8")
    assert kept.endswith(f"{RIGHT}\n")


async def test_an_exception_becomes_an_example(folder: Path, model_server: ModelServer) -> None:
    model_server.script.append(server.code(RAISES))
    async with desk_over(folder, url=model_server.url, source=SOURCE) as desk:
        await desk.generated()
        await type_call(desk, "-1")
        assert "raises ValueError: negative" in desk.dialog
        await desk.press("y")
        await desk.until(lambda: [row[0] for row in desk.suite] == ["✓", "✓"], "both examples")
        assert "    Traceback (most recent call last):\n        ...\n    ValueError: neg" in source(
            desk
        )


async def test_without_code_the_person_gives_the_answer(folder: Path) -> None:
    async with desk_over(folder, source=SOURCE) as desk:
        await desk.press("plus")
        await desk.until(lambda: bool(desk.dialog_title), "the box")
        await desk.press(*"-2", "enter")
        await desk.until(lambda: "what is right?" in desk.dialog, "the question")
        await desk.press(*"raises ValueError", "enter")
        await desk.until(lambda: len(desk.suite) == 2, "the example")
        assert ">>> double(-2)\n    Traceback" in source(desk)


async def test_what_is_no_call_or_is_there_already_is_said_in_the_box(
    folder: Path, model_server: ModelServer
) -> None:
    async with desk_over(folder, source=SOURCE) as desk:
        await desk.press("plus")
        await desk.until(lambda: bool(desk.dialog_title), "the box")
        await desk.press("4", "enter")
        await desk.until(lambda: "an example already, in line 9" in desk.dialog, "the reason")
        await desk.press("(", "enter")
        await desk.until(lambda: "malformed example" in desk.dialog, "the reason")
        await desk.press("escape")
        assert not desk.dialog
        assert source(desk) == SOURCE


async def test_a_file_that_changed_meanwhile_is_not_written(folder: Path) -> None:
    async with desk_over(folder, source=SOURCE) as desk:
        await desk.press("plus")
        await desk.until(lambda: bool(desk.dialog_title), "the box")
        await desk.press("3", "enter")
        await desk.until(lambda: "what is right?" in desk.dialog, "the question")
        changed = SOURCE.replace("times two", "times three")
        (folder / "easy.py").write_text(changed, encoding="utf-8")
        await desk.until(lambda: "times three" in desk.specification, "the change")
        await desk.press("9", "enter")
        await desk.until(lambda: not desk.dialog, "the end of it")
        await desk.until(lambda: bool(desk.app._notifications), "why")
        assert source(desk) == changed


def test_a_call_of_a_coroutine_function_is_awaited() -> None:
    spec = Spec(name="f", module="m", path="m.py", line=1, is_async=True)
    assert read_call("f(1)", spec).source == "await f(1)\n"
    assert read_call("asyncio.run(f(1))", spec).source == "asyncio.run(f(1))\n"
    known = Spec(name="f", module="m", path="m.py", line=1, examples=(Example(source="f(1)\n"),))
    with pytest.raises(SpecError, match="already"):
        read_call("f(1)", known)
