"""The list, the tabs of the code, the conversation, and how the panes share the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.content import Content

from pseudocode.settings import Settings
from pseudocode.tui.messages import Appended
from pseudocode.tui.widgets.code_pane import CodePane
from pseudocode.tui.widgets.key_line import KeyLine
from pseudocode.tui.widgets.spec_list import SpecList
from pseudocode.tui.widgets.talk_pane import TalkPane
from tests import server
from tests.server import ModelServer
from tests.tui.driving import DOUBLE, RIGHT, SHOUT, WRONG, Desk, desk_over, row_text

SPEC = '''
from pseudocode import pseudo_function


@pseudo_function
def {name}(n: int) -> int:
    """Return something.

    >>> {name}(1)
    1
    """
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "specs"


def listed(desk: Desk) -> SpecList:
    return desk.desk.query_one(SpecList)


def shown(desk: Desk) -> list[str]:
    """The lines of the list as they stand on the screen."""
    specs = listed(desk)
    return [specs.text_at(line).rstrip() for line in range(specs.count_lines())]


def fill(folder: Path, *paths: str) -> None:
    for path in paths:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(SPEC.format(name=file.stem), encoding="utf-8")


async def test_folders_files_and_states_without_colour(folder: Path) -> None:
    fill(folder, "deep/er/one.py", "deep/two.py")
    (folder / "broken.py").write_text("def (:\n", encoding="utf-8")
    async with desk_over(folder) as desk:
        lines = shown(desk)
        assert [line.split() for line in lines] == [
            ["broken.py"],
            ["!", "line", "1:", "not", "valid", "Py…", "broken"],
            ["easy.py"],
            ["○", "double", "new"],
            ["○", "shout", "new"],
            ["deep/"],
            ["two.py"],
            ["○", "two", "new"],
            ["er/"],
            ["one.py"],
            ["○", "one", "new"],
        ]
        assert lines[-1].startswith("      ○")
        assert Content.from_markup(str(listed(desk).border_title)).plain == "Specs !1 ○4"


async def test_folding_keeps_the_cursor_on_what_it_hides(folder: Path) -> None:
    fill(folder, "deep/two.py")
    async with desk_over(folder) as desk:
        await desk.press("left")
        assert shown(desk)[0] == "▸ easy.py 2"
        assert "double" not in " ".join(shown(desk))
        await desk.press("down")
        assert "def two" in desk.specification
        await desk.press("left", "left")
        assert shown(desk)[1] == "▸ deep/ 1"
        await desk.press("right")
        assert "def two" in desk.specification
        await desk.press("up", "enter")
        assert listed(desk).chosen is not None
        assert "shout" in " ".join(shown(desk))


async def test_filter_as_you_type(folder: Path) -> None:
    fill(folder, "deep/two.py", "deep/too.py")
    async with desk_over(folder) as desk:
        for key in ("slash", "d", "e", "e", "p"):
            desk.app.simulate_key(key)  # as fast as it goes
        await desk.press(*" /t")
        assert [line.split()[-2:] for line in shown(desk) if "○" in line] == [
            ["too", "new"],
            ["two", "new"],
        ]
        assert "2 match" in str(listed(desk).border_title)
        await desk.press("down")
        assert "def two" in desk.specification
        await desk.press("enter", "g")
        assert "API key" in desk.dialog  # keys act again
        await desk.press("escape", "slash", "escape")
        assert "double" in " ".join(shown(desk))
        assert "def two" in desk.specification  # the place is kept


async def test_what_needs_you_comes_first_and_is_gone_to(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.otherwise = lambda asked: server.code(SHOUT)
    fill(folder, "later.py")
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("w")
        assert "nothing waits for you" in str([n.message for n in desk.app._notifications])
        await desk.press("n", "g")
        await desk.until(lambda: "● shout needs you" in desk.specs[2], "the second spec")
        await desk.press("p", "o")
        assert [row_text(row) for row in listed(desk).rows] == [
            "needs you",
            "  ● shout needs you",
            "new",
            "  ○ double",
            "  ○ later",
        ]
        assert "def double" in desk.specification
        await desk.press("w")
        assert "def shout" in desk.specification
        await desk.accepted()
        assert [row.told for row in listed(desk).rows if row.heads] == ["new", "accepted"]
        await desk.press("o")
        assert shown(desk)[0].split() == ["easy.py"]


async def test_all_is_generated_so_many_at_once(folder: Path, model_server: ModelServer) -> None:
    for _ in range(2):
        model_server.script.append(server.reply("```python\n", server.HANG, "\n```"))
    model_server.otherwise = lambda asked: server.code(SHOUT if "shout" in asked.last else RIGHT)
    fill(folder, "one.py", "two.py")
    settings = Settings(
        model="scripted", base_url=model_server.url, library="off", cache=False, jobs=2
    )
    async with desk_over(folder, settings=settings) as desk:
        await desk.press("ctrl+g")
        await desk.until(lambda: "4 specs, 2 at once" in desk.dialog, "the question")
        await desk.press("y")
        await desk.until(lambda: len(model_server.requests) == 2, "the first two requests")
        states = [row.state for row in listed(desk).rows if row.work]
        assert states == ["generating", "generating", "waiting", "waiting"]
        await desk.press("n", "n", "n", "s")  # the last one does without
        assert [row.state for row in listed(desk).rows if row.work][-1] == "new"
        model_server.release()
        await desk.until(
            lambda: all(not work.busy and not work.queued for work in desk.desk._works), "the end"
        )
        told = "".join(asked.last for asked in model_server.requests)
        assert "def one" in told
        assert "def two" not in told


async def test_the_difference_against_a_round_and_what_is_accepted(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.extend([server.code(WRONG), server.code(RIGHT)])
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.generated()
        await desk.press("v")
        assert "+1 -1 · against round 1" in desk.code
        assert "-    return number + 4" in desk.code
        assert "+    return number * 2" in desk.code
        await desk.press("v")
        assert "-    return" not in desk.code
        await desk.accepted()
        model_server.script.append(server.code(RIGHT.replace("* 2", "+ number")))
        await desk.generated()
        await desk.press("b")
        await desk.until(lambda: desk.app.screen is not desk.desk, "the choice")
        await desk.press("enter")
        await desk.until(lambda: "against accepted" in desk.code, "the difference")
        assert "-    return number * 2" in desk.code
        assert "+    return number + number" in desk.code


async def test_prompts_and_answers_are_folded_and_whole(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.generated()
        talk = desk.desk.query_one(TalkPane)
        assert "▸ to the model" in talk.shown_text
        assert "return number * 2" not in talk.shown_text
        await desk.press("4", "O")
        sent = [message["content"] for message in model_server.requests[0].body["messages"]]
        for text in (*sent, "return number * 2"):
            for line in text.strip().splitlines():
                assert line in talk.shown_text
        await desk.press("O")
        assert "return number * 2" not in talk.shown_text
        await desk.press("end", "up", "up", "up", "enter")
        assert "return number * 2" in talk.shown_text


async def test_the_keys_go_along_where_another_pane_takes_the_place(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url, size=(80, 24)) as desk:
        await desk.generated()
        line = desk.desk.query_one(KeyLine)
        await desk.press("3")
        await desk.until(lambda: "Run again" in str(line.content), "the keys of the tests")
        assert str(line.content).startswith("a Approve r Reject")  # first what is to be decided
        await desk.press("4", "n")
        await desk.until(lambda: desk.desk.query_one("#spec").has_focus, "the focus")
        await desk.press("4", "p")
        await desk.until(lambda: desk.desk.query_one("#code").has_focus, "the focus")


async def test_earlier_comments_come_back(folder: Path, model_server: ModelServer) -> None:
    model_server.otherwise = lambda asked: server.code(RIGHT)
    async with desk_over(folder, url=model_server.url) as desk:
        for text in ("one", "two"):
            await desk.press("c", *text, "enter")
            await desk.status("a accepts")
        await desk.press("c", *"new", "up")
        assert desk.box.text == "two"
        await desk.press("up", "up")
        assert desk.box.text == "one"
        await desk.press("down", "down")
        assert desk.box.text == "new"


async def test_zoom_sizes_and_the_tab_outlive_the_app(folder: Path) -> None:
    async with desk_over(folder, size=(120, 40)) as desk:
        code, list_ = desk.desk.query_one("#code"), desk.desk.query_one("#list")
        before = list_.region.width, code.region.height
        await desk.press("ctrl+right", "2", "v", "ctrl+up")
        assert list_.region.width == before[0] + 2
        assert code.region.height > before[1]
        wide = list_.region.width
        await desk.press("z")
        assert code.region.width == 120
        assert not list_.region
        await desk.press("1")
        assert desk.desk.query_one("#spec").region.width == 120
        assert not code.region
    async with desk_over(folder, size=(120, 40)) as desk:
        assert desk.desk.query_one(CodePane).tab == "diff"
        assert desk.desk.query_one("#spec").region.width == 120
        await desk.press("z")
        assert desk.desk.query_one("#list").region.width == wide
        await desk.press("equals_sign")
        assert desk.desk.query_one("#list").region.width == before[0]


async def test_long_wide_and_strange_lines_stay_readable(
    folder: Path, model_server: ModelServer
) -> None:
    odd = "def double(number: int) -> int:\n" + "".join(
        f"    {line}\n"
        for line in (
            'a = "全角文字 and 👩 שלום"',
            "b = [\n\t1,\n\t\t2]",
            f'c = "{"x" * 500}"',
            "return number * 2",
        )
    )
    model_server.script.append(server.code(odd))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.generated()
        code = desk.desk.query_one(CodePane)
        await desk.press("2")
        for line in ("全角文字 and 👩 שלום", "x" * 500):
            assert line in desk.code
        assert "\t" not in desk.code
        for y in range(code.size.height):
            strip = code.render_line(y)
            assert strip.cell_length == code.size.width


async def test_the_mouse_chooses_specs_and_tabs(folder: Path, model_server: ModelServer) -> None:
    model_server.script.extend([server.code(WRONG), server.code(RIGHT)])
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.pilot.click("#list", offset=(8, 3))
        assert "'HI'" in desk.specification
        await desk.press("p", "g")
        await desk.status("a accepts")
        await desk.pilot.click("#code", offset=(11, 0))
        await desk.until(lambda: "against round 1" in desk.code, "the difference")
        await desk.pilot.click("#code", offset=(5, 0))
        await desk.until(lambda: "against round 1" not in desk.code, "the code")


async def test_reading_the_folder_again_keeps_the_place(folder: Path) -> None:
    async with desk_over(folder) as desk:
        await desk.press("n")
        (folder / "easy.py").write_text(DOUBLE.replace("double", "aaa"), encoding="utf-8")
        desk.desk._read_folder()
        await desk.until(lambda: desk.specs[1] == "  ○ aaa", "the other name")
        assert "'HI'" in desk.specification


async def test_a_fact_that_is_told_late_is_shown_once(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.generated()
        before, work = desk.conversation, desk.desk._works[0]
        assert work.session is not None
        for event in work.session.events:
            desk.desk.post_message(Appended(work, event))
        await desk.pilot.pause()
        assert desk.conversation == before


async def drag(desk: Desk, start: tuple[int, int], end: tuple[int, int]) -> None:
    await desk.pilot.mouse_down(offset=start)
    await desk.pilot.hover(offset=end)
    await desk.pilot.mouse_up(offset=end)
    await desk.pilot.pause()


async def test_edges_are_dragged_and_remembered(folder: Path) -> None:
    async with desk_over(folder, size=(180, 50)) as desk:
        spec, code, suite, list_, talk = (
            desk.desk.query_one(f"#{name}") for name in ("spec", "code", "suite", "list", "talk")
        )
        await drag(desk, (list_.region.right, 9), (60, 9))
        assert list_.region.right == 61
        await drag(desk, (90, code.region.y - 1), (90, 29))
        assert abs(spec.region.bottom - 30) <= 1
        await drag(desk, (suite.region.x, 9), (120, 9))
        assert abs(suite.region.x - 121) <= 1
        await drag(desk, (150, talk.region.y), (150, 35))
        assert abs(suite.region.bottom - 36) <= 1
        await drag(desk, (90, 15), (90, 5))  # no edge
        assert abs(spec.region.bottom - 30) <= 1
        assert not desk.app.mouse_captured
        before = [pane.region for pane in (list_, spec, code, suite, talk)]
    async with desk_over(folder, size=(180, 50)) as desk:
        panes = (desk.desk.query_one(f"#{n}") for n in ("list", "spec", "code", "suite", "talk"))
        assert [pane.region for pane in panes] == before


FILE = """
from pseudocode import pseudo_file


def test_it(text: str) -> None:
    assert "port" in text


pseudo_file("app.conf", "The port that the app listens on.", [test_it])
"""


async def test_the_difference_against_the_file_on_disk(
    tmp_path: Path, model_server: ModelServer
) -> None:
    (tmp_path / "app.conf").write_text("# mine\nport = 1\n", encoding="utf-8")
    model_server.script.append(server.reply("```\n# mine\nport = 8080\n```\n"))
    async with desk_over(tmp_path / "specs", url=model_server.url, source=FILE) as desk:
        await desk.generated()
        assert "It replaces the app.conf that is there:" in desk.code
        await desk.press("v")
        lines = desk.code.splitlines()
        assert "+1 -1 · against the file on disk" in lines[0]
        changed = [line.lstrip(" 0123456789") for line in lines if "port" in line]
        assert changed == ["-port = 1", "+port = 8080"]
        await desk.accepted()
    assert (tmp_path / "app.conf").read_text(encoding="utf-8") == "# mine\nport = 8080\n"
