"""Whole ways of use of the app, with nothing but keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.containers import VerticalScroll

from pseudocode.session import Session
from pseudocode.store.journal import read_journal
from pseudocode.tui.work import Work
from pseudocode.wiring import load_specs
from tests import server
from tests.server import ModelServer
from tests.tui.driving import DOUBLE, RIGHT, SHOUT, WRONG, Desk, desk_over


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "specs"


def works(desk: Desk) -> list[Work]:
    return desk.desk._works


async def test_specs_are_listed_and_the_first_is_shown(folder: Path) -> None:
    async with desk_over(folder) as desk:
        assert desk.specs == ["easy.py", "  ○ double", "  ○ shout"]
        assert "a list[int] or [/x] in here is only text" in desk.specification
        assert [row[1] for row in desk.suite] == ["double(4)", "double(0)"]
        assert "g generates" in desk.status_line


async def test_wrong_then_right_then_approved(folder: Path, model_server: ModelServer) -> None:
    model_server.script.extend([server.code(WRONG), server.code(RIGHT)])
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.generated()
        assert desk.specs[1] == "  ● double needs you"
        assert "return number * 2" in desk.code
        assert [row[0] for row in desk.suite] == ["✓", "✓"]
        assert ">>> double(0)\nexpected: 0\ngot: 4" in desk.conversation
        assert ">>> double(0)\nexpected: 0\ngot: 4" in model_server.requests[1].last
        assert not (folder / "__pseudocode__").exists()

        await desk.accepted()
        kept = (folder / "__pseudocode__" / "easy.double.py").read_text(encoding="utf-8")
        assert kept.endswith(f"\n\n{RIGHT}\n")
        assert desk.specs[1] == "  ✓ double"
        assert "to the model" in desk.conversation
        assert desk.conversation.count("accepted, written to") == 1


async def test_the_journal_replays_to_the_same_session(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.extend([server.code(WRONG), server.code(RIGHT)])
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.generated()
        live = works(desk)[0].session
    assert live is not None
    (journal,) = (folder.parent / ".pseudocode" / "sessions").glob("*.jsonl")
    again = Session.replay(load_specs(folder).specs[0], read_journal(journal).events)
    assert again.events == live.events
    assert again.rounds == live.rounds
    assert again.next_step == live.next_step


async def test_typing_a_comment_does_not_press_keys(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.extend([server.code(RIGHT), server.code(RIGHT + "  # again")])
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.generated()
        await desk.press("c", *"a gas", "ctrl+j", *"r")
        assert desk.box.text == "a gas\nr"
        await desk.press("enter")
        await desk.until(lambda: len(model_server.requests) == 2, "the second request")
        assert "a gas\nr" in model_server.requests[1].last
        await desk.status("a accepts")
        assert "you: a gas\nr" in desk.conversation
        assert "# again" in desk.code
        assert not (folder / "__pseudocode__").exists()


async def test_a_comment_that_is_left_keeps_its_text(folder: Path) -> None:
    async with desk_over(folder) as desk:
        await desk.press("c", *"half", "escape")
        assert not desk.box.display
        await desk.press("c")
        assert desk.box.text == "half"


@pytest.mark.parametrize("reason", ["too clever", ""])
async def test_rejected_with_or_without_a_reason(
    folder: Path, model_server: ModelServer, reason: str
) -> None:
    model_server.script.extend([server.code(RIGHT), server.code(RIGHT + "  # other")])
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.generated()
        await desk.press("r", *reason, "enter")
        await desk.until(lambda: "# other" in desk.code, "the other code")
        assert reason in model_server.requests[1].last
        assert "you rejected it" in desk.conversation


async def test_stop_keeps_what_came_and_g_goes_on(folder: Path, model_server: ModelServer) -> None:
    model_server.script.append(server.reply("```python\ndef dou", server.HANG))
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("g")
        await desk.until(lambda: "def dou" in desk.code, "the first text")
        assert "esc stops" in desk.status_line
        await desk.press("s")
        await desk.status("stopped")
        assert "def dou" in desk.code
        await desk.generated()
    (journal,) = (folder.parent / ".pseudocode" / "sessions").glob("*.jsonl")
    assert "def dou" in journal.read_text(encoding="ascii")


async def test_keys_work_while_text_streams(folder: Path, model_server: ModelServer) -> None:
    model_server.script.append(server.reply("```python\n", server.HANG))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("g")
        await desk.until(model_server.hanging.is_set, "a hanging answer")
        await desk.press("j")
        assert "'HI'" in desk.specification
        await desk.press("k")
        assert "esc stops" in desk.status_line


async def test_coming_back_to_a_long_answer_shows_its_end_and_later_all_of_it(
    folder: Path, model_server: ModelServer
) -> None:
    told = "".join(f"    number += 0  # step {n}\n" for n in range(1000))
    code = f"def double(number: int) -> int:\n{told}    return number * 2\n"
    model_server.script.append(server.reply(f"```python\n{code}", server.HANG, "```\n"))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("g")
        await desk.until(lambda: "return number * 2" in desk.code, "the end of the answer")
        await desk.press("j", "k")
        await desk.until(lambda: "return number * 2" in desk.code, "the end of it again")
        shown = desk.code.splitlines()
        assert shown[0].strip() == "… 803 lines, shown once the answer is whole"
        assert shown[1].strip() == "number += 0  # step 801"
        model_server.release()
        await desk.status("a accepts")
        assert "# step 0\n" in desk.code
        assert "… 803 lines" not in desk.code


async def test_two_specs_at_once(folder: Path, model_server: ModelServer) -> None:
    model_server.otherwise = lambda asked: server.code(SHOUT if "shout" in asked.last else RIGHT)
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("g", "n", "g")
        await desk.until(
            lambda: desk.specs[1:] == ["  ● double needs you", "  ● shout needs you"], "both"
        )
        assert "text.upper()" in desk.code
        await desk.press("p")
        assert "number * 2" in desk.code


async def test_quick_fingers_mean_the_spec_they_went_to(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.otherwise = lambda asked: server.code(SHOUT)
    async with desk_over(folder, url=model_server.url) as desk:
        for key in ("n", "g"):
            desk.app.simulate_key(key)
        await desk.until(lambda: "● shout needs you" in desk.specs[2], "the second spec")
        assert desk.specs[1] == "  ○ double"


async def test_a_comment_while_busy_waits_for_the_answer(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.append(server.reply(f"```python\n{RIGHT}\n```\n", server.HANG))
    model_server.script.append(server.code(RIGHT + "  # commented"))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("g")
        await desk.until(model_server.hanging.is_set, "a hanging answer")
        await desk.press("c", *"add a remark", "enter")
        model_server.release()
        await desk.until(lambda: "# commented" in desk.code, "the answer to the comment")
        assert "add a remark" in model_server.requests[1].last


async def test_review_comes_before_the_code_is_run(folder: Path, model_server: ModelServer) -> None:
    source = (
        "from pseudocode import pseudo_function\n\n\n"
        "@pseudo_function(review=True)\n"
        "def double(number: int) -> int:\n"
        '    """Return twice.\n\n    >>> double(4)\n    8\n    """\n'
    )
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url, source=source) as desk:
        await desk.press("g")
        await desk.status("not run yet")
        assert [row[0] for row in desk.suite] == ["·"]
        await desk.accepted()
        assert [row[0] for row in desk.suite] == ["✓"]


async def test_a_server_that_refuses_the_key(folder: Path, model_server: ModelServer) -> None:
    model_server.script.append(server.refusal(401, "bad key"))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("g")
        await desk.until(lambda: "✗ double failed" in desk.specs[1], "the failure")
        assert "wants an API key" in desk.conversation
        assert "OPENAI_API_KEY" in desk.conversation
        assert "g tries again" in desk.status_line


async def test_broken_files_stand_among_the_good_ones(folder: Path) -> None:
    folder.mkdir()
    (folder / "broken.py").write_text("def (:\n", encoding="utf-8")
    async with desk_over(folder) as desk:
        assert "  ! line 1: not valid Python: invalid syntax" in desk.specs
        assert "  ○ double" in desk.specs


async def test_accepted_and_stale_code_is_told_apart(folder: Path) -> None:
    kept = folder / "__pseudocode__"
    kept.mkdir(parents=True)
    header = "# Generated by pseudocode; the declaration is in easy.py.\n# digest: {}\n\n{}\n"
    (kept / "easy.double.py").write_text(header.format("0" * 16, RIGHT), encoding="utf-8")
    async with desk_over(folder) as desk:
        assert desk.specs[1] == "  ~ double stale"
        assert "return number * 2" in desk.code


async def test_quitting_while_busy_asks_first(folder: Path, model_server: ModelServer) -> None:
    model_server.script.append(server.reply("```python\n", server.HANG))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("g")
        await desk.until(model_server.hanging.is_set, "a hanging answer")
        await desk.press("q")
        await desk.until(lambda: "Quit while" in str(desk.dialog_title), "the question")
        await desk.press("enter")
        assert not desk.dialog
        await desk.press("q", "y")
        await desk.until(lambda: desk.app.return_code == 0, "the end")
    assert model_server.left.wait(5)


async def test_a_case_opens_whole(folder: Path, model_server: ModelServer) -> None:
    raising = "def double(number: int) -> int:\n    return 1 // 0"
    model_server.otherwise = lambda asked: server.code(raising)
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("g")
        await desk.status("no solution in 5 rounds")
        await desk.press("3", "enter")
        assert "ZeroDivisionError" in desk.dialog
        assert "line 2, in double: return 1 // 0" in desk.dialog
        await desk.press("escape")
        assert not desk.dialog


SQUARE = '''
from pseudocode import pseudo_function


@pseudo_function
def square(n: int) -> int:
    """Multiply n by itself.

    >>> square(12)
    144
    >>> square(13)
    169
    >>> square(25)
    625
    """
'''


async def test_answers_written_down_do_not_pass_what_was_withheld(
    folder: Path, model_server: ModelServer
) -> None:
    def cheat(asked: server.Asked) -> server.Answer:
        shown = {n: n * n for n in (12, 13, 25) if f"square({n})" in asked.last}
        if len(shown) == 2:
            return server.code(f"def square(n: int) -> int:\n    return {shown}.get(n, 0)")
        return server.code("def square(n: int) -> int:\n    return n * n")

    model_server.otherwise = cheat
    async with desk_over(folder, url=model_server.url, source=SQUARE) as desk:
        await desk.generated()
        assert "2 of 3 examples pass: fits only the shown examples" in desk.conversation
        assert "wrong for other arguments" in model_server.requests[1].last
        assert ">>>" not in model_server.requests[1].last
        assert "return n * n" in desk.code


async def test_an_example_that_the_person_hides_stays_hidden(
    folder: Path, model_server: ModelServer
) -> None:
    source = DOUBLE.replace("double(0)\n    0", "double(4711)  # hidden\n    9422")
    script = [WRONG, WRONG.replace("+ 4", "- 1"), RIGHT]
    model_server.script.extend(map(server.code, script))
    async with desk_over(folder, url=model_server.url, source=source) as desk:
        await desk.generated()
        assert [row[1] for row in desk.suite] == ["double(4)", "double(4711) # hidden"]
    assert len(model_server.requests) == 3
    assert "wrong for other arguments" in model_server.requests[1].last
    sent = json.dumps([asked.body for asked in model_server.requests])
    assert not [told for told in ("4711", "9422", "hidden") if told in sent]


async def test_what_looks_like_cheating_is_marked_at_its_lines(
    folder: Path, model_server: ModelServer
) -> None:
    source = "import ctypes\n\n\ndef shout(text: str) -> str:\n    return ctypes and text.upper()"
    model_server.script.append(server.code(source))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("n", "g")
        await desk.status("a accepts")
        assert "1! import ctypes" in desk.code
        assert "! line 1 imports ctypes" in desk.code


async def test_a_folder_that_cannot_be_written(folder: Path, model_server: ModelServer) -> None:
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url) as desk:
        (folder / "__pseudocode__").write_text("in the way", encoding="utf-8")
        await desk.generated()
        await desk.press("a")
        await desk.until(lambda: "cannot write" in desk.conversation, "the reason")
        (folder / "__pseudocode__").unlink()
        await desk.press("g")
        await desk.status("accepted")


async def test_help_and_palette_know_the_keys(folder: Path) -> None:
    async with desk_over(folder) as desk:
        await desk.press("question_mark")
        assert "g  Generate" in desk.dialog
        await desk.press("question_mark")
        assert not desk.dialog
        titles = [command.title for command in desk.app.get_system_commands(desk.app.screen)]
        assert {"Generate", "Comment", "Next", "Theme", "Quit"} <= set(titles)
        assert "Approve" not in titles
        helps = [command.help for command in desk.app.get_system_commands(desk.app.screen)]
        assert all(" " in told for told in helps), "each says more than its key"
        assert titles.count("Quit") == 1  # Textual's own asks nothing, whatever is under way


async def test_all_of_the_help_can_be_read_with_keys(folder: Path) -> None:
    async with desk_over(folder, size=(60, 20)) as desk:
        await desk.press("3", "f1")
        assert desk.dialog.startswith("The examples and tests.")
        page = desk.app.screen.query_one(VerticalScroll)
        lines = desk.dialog.splitlines()
        own = next(n for n, line in enumerate(lines) if "Run again" in line)
        assert own < next(n for n, line in enumerate(lines) if "Up" in line.split())
        assert page.max_scroll_y > 0
        await desk.press("end")
        await desk.until(lambda: page.scroll_y == page.max_scroll_y, "the end of the help")
        await desk.press("k")
        await desk.until(lambda: page.scroll_y == page.max_scroll_y - 1, "one line up")
        await desk.press("escape")
        assert desk.desk.focused is desk.desk.query_one("#suite")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
async def test_every_size_shows_what_to_do(
    folder: Path, model_server: ModelServer, size: tuple[int, int]
) -> None:
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url, size=size) as desk:
        await desk.press("g")
        await desk.until(lambda: "● double" in desk.specs[1], "the end of the round")
        code = desk.desk.query_one("#code")
        assert code.region.width > 10
        assert code.region.height > 2
        for key, pane in (("1", "spec"), ("3", "suite"), ("4", "talk"), ("2", "code")):
            await desk.press(key)
            shown = desk.desk.query_one(f"#{pane}")
            assert shown.has_focus
            assert shown.region.height > 2
        await desk.pilot.resize_terminal(80, 24)
        await desk.accepted()


async def test_too_small_a_terminal_says_how_much_room_is_wanted(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.otherwise = lambda asked: server.code(RIGHT)
    async with desk_over(folder, url=model_server.url) as desk:
        wanted = "room for 60 × 20 is wanted; this is 59 × 20 · q quits"
        await desk.pilot.resize_terminal(59, 20)
        await desk.until(lambda: desk.dialog == wanted, "how much room is wanted")
        await desk.press("g")  # what is not seen is not done
        assert model_server.requests == []
        await desk.pilot.resize_terminal(60, 20)
        await desk.until(lambda: desk.app.screen is desk.desk, "the desk")
        await desk.press("g")
        await desk.pilot.resize_terminal(40, 10)
        await desk.until(lambda: "this is 40 × 10" in desk.dialog, "the same")
        await desk.status("a accepts")  # what runs goes on
        await desk.press("a")
        await desk.pilot.resize_terminal(120, 40)
        await desk.until(lambda: desk.app.screen is desk.desk, "the desk")
        assert desk.specs[1] == "  ● double needs you"
        await desk.pilot.resize_terminal(20, 5)
        await desk.until(lambda: bool(desk.dialog), "the same")
        await desk.press("q")
        assert desk.app.return_code == 0
