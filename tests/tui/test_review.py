"""Code worked on as well as judged: edited, compared, gone back to; requests seen first."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from textual.binding import Binding

from pseudocode.events import CommentMarked, HandEdited, PromptReleased, PromptSent
from pseudocode.settings import Settings
from pseudocode.store.journal import read_journal
from pseudocode.tui.app import PseudocodeApp
from pseudocode.tui.comparing import Answer
from pseudocode.tui.desk import DeskScreen
from tests import server
from tests.server import ModelServer
from tests.tui.driving import DOUBLE, RIGHT, WRONG, Desk, desk_over, text_of

MINE = "def double(number: int) -> int:\n    return number << 1\n"


@pytest.fixture(autouse=True)
def _no_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "specs"


def kept(folder: Path) -> str:
    return (folder / "__pseudocode__" / "easy.double.py").read_text(encoding="utf-8")


def journal(folder: Path, number: int = -1) -> list[object]:
    paths = sorted((folder.parent / ".pseudocode" / "sessions").glob("*.jsonl"))
    paths.sort(key=lambda path: path.stat().st_mtime_ns)
    return list(read_journal(paths[number]).events)


async def generated(desk: Desk, model_server: ModelServer, *answers: str) -> None:
    model_server.script.extend(server.code(answer) for answer in answers)
    await desk.generated()


async def write(desk: Desk, text: str) -> None:
    """Edit what is shown, in the box."""
    await desk.press("e")
    await desk.until(lambda: bool(desk.app.screen.query("#edited")), "the box")
    desk.app.screen.query_one("#edited").text = text  # type: ignore[attr-defined]
    await desk.press("ctrl+s")


async def test_an_edit_is_tested_and_accepted_as_the_persons(
    folder: Path, model_server: ModelServer
) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        await generated(desk, model_server, RIGHT)
        await write(desk, MINE)
        await desk.until(lambda: "number << 1" in desk.code, "the edited code")
        await desk.status("a accepts")
        assert [row[0] for row in desk.suite] == ["✓", "✓"]
        assert "you edited it" in desk.conversation
        await desk.accepted()
    assert kept(folder).endswith(f"\n\n{MINE}")
    assert len(model_server.requests) == 1


async def test_an_edit_that_fails_waits_and_is_gone_on_from(
    folder: Path, model_server: ModelServer
) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        await generated(desk, model_server, RIGHT)
        await write(desk, MINE.replace("<< 1", "<< 2"))
        await desk.status("1 of 2 examples pass · e edits it, g lets the model go on from it")
        assert desk.desk.check_action("approve", ()) is False
        assert len(model_server.requests) == 1
        await generated(desk, model_server, RIGHT)
        assert "number << 2" in model_server.requests[1].body["messages"][-2]["content"]
        await desk.press("left_square_bracket")
        assert "number << 2" in desk.code


async def test_an_edit_that_is_left_changes_nothing(
    folder: Path, model_server: ModelServer
) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        await generated(desk, model_server, RIGHT)
        before = journal(folder)
        await desk.press("e")
        await desk.until(lambda: bool(desk.app.screen.query("#edited")), "the box")
        await desk.press("x", "escape")
        await desk.until(lambda: "Throw the edit away?" in desk.dialog_title, "the question")
        await desk.press("n")
        assert desk.app.screen.query_one("#edited").text.startswith("x")  # type: ignore[attr-defined]
        await desk.press("escape", "y")
        await desk.until(lambda: not desk.dialog, "the end of it")
        assert journal(folder) == before


async def test_code_can_be_written_by_hand_from_the_start(
    folder: Path, model_server: ModelServer
) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        await write(desk, MINE)
        await desk.status("a accepts")
    assert not model_server.requests
    assert any(isinstance(event, HandEdited) for event in journal(folder))


async def test_earlier_rounds_can_be_looked_at_and_not_approved_by_mistake(
    folder: Path, model_server: ModelServer
) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        await generated(desk, model_server, WRONG, RIGHT)
        await desk.press("left_square_bracket")
        assert "number + 4" in desk.code
        assert [row[0] for row in desk.suite] == ["✓", "✗"]
        await desk.status("round 1, an earlier one · ] shows later ones")
        await desk.press("left_square_bracket", "a", "r")
        assert "number + 4" in desk.code
        assert not desk.box.display
        assert not (folder / "__pseudocode__").exists()
        await desk.press("right_square_bracket")
        assert "number * 2" in desk.code
        await desk.accepted()


async def test_a_fork_goes_on_from_an_earlier_round_in_a_session_of_its_own(
    folder: Path, model_server: ModelServer
) -> None:
    async with desk_over(folder, url=model_server.url, keeps=False) as desk:
        await generated(desk, model_server, WRONG, RIGHT)
        before = journal(folder)
        await desk.press("left_square_bracket", "f")
        await desk.status("1 of 2 examples pass · e edits it, g lets the model go on from it")
        assert len(model_server.requests) == 2
        await generated(desk, model_server, MINE)
        assert "number + 4" in model_server.requests[2].body["messages"][-2]["content"]
        await desk.accepted()
    assert kept(folder).endswith(f"\n\n{MINE}")
    assert journal(folder, 0) == before


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_several_answers_are_compared_and_one_is_picked(
    folder: Path, model_server: ModelServer, size: tuple[int, int]
) -> None:
    model_server.script.extend(server.code(answer) for answer in (RIGHT, WRONG, MINE))
    async with desk_over(folder, url=model_server.url, size=size, keeps=False) as desk:
        await desk.press("G")
        await desk.until(lambda: "How many" in desk.dialog, "the question")
        await desk.press("backspace", "9", "9", "enter")
        assert "a number from 2 to 16" in desk.dialog
        await desk.press("backspace", "backspace", "3", "enter")
        await desk.status("V compares")
        assert len(model_server.requests) == 3

        await desk.press("V")
        answers = list(desk.app.screen.query(Answer))
        assert len(answers) == 3
        assert answers[0].region.width == max(38, size[0] // 3)
        told = [text_of(answer) for answer in answers]
        (wanted,) = [n for n, text in enumerate(told) if "number << 1" in text]
        (failing,) = [text for text in told if "number + 4" in text]
        assert "✗ double(0) → 4" in failing
        await desk.press("left", "left", *["right"] * wanted)
        assert answers[wanted].has_focus
        await desk.press("enter")
        await desk.until(lambda: "number << 1" in desk.code, "the picked answer")
        await desk.status("a accepts")
        await desk.accepted()
    assert kept(folder).endswith(f"\n\n{MINE}")


def request(desk: Desk) -> list[str]:
    """The parts of the request that is shown."""
    return [str(o.prompt) for o in desk.app.screen.query_one("#parts").options]  # type: ignore[attr-defined]


async def test_what_goes_out_next_is_shown_trimmed_and_sent(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("x")
        await desk.until(lambda: bool(desk.app.screen.query("#parts")), "the request")
        parts = request(desk)
        assert [part.split()[1] for part in parts] == [
            "system",
            "request",
            "declaration",
            "examples",
            "declaration",
        ]
        assert "≈" in parts[0]
        await desk.press("down", "down", "down")
        assert ">>> double(4)" in desk.dialog
        await desk.press("space")
        assert "left out" in request(desk)[3]
        assert "edited · s sends" in desk.dialog
        await desk.press("s")
        await desk.status("a accepts")
        sent = [event for event in journal(folder) if isinstance(event, PromptSent)]
        assert sent[0].edited
        assert ">>>" not in model_server.requests[0].last
        assert model_server.requests[0].last == sent[0].messages[-1].content
        assert "you edited the request" in desk.conversation


async def test_what_a_round_will_cost_shows_before_it(
    folder: Path, model_server: ModelServer
) -> None:
    dear = Settings(price_in=1000.0, price_out=1000.0)  # dollars for a million tokens
    settings = replace(dear, model="scripted", base_url=model_server.url, library="off")
    async with desk_over(folder, settings=settings) as desk:
        await desk.press("x")
        await desk.until(lambda: bool(desk.app.screen.query("#parts")), "the request")
        told = re.search(r"tokens, ≈\$(0\.\d+) · s sends", desk.dialog)
        assert told is not None
        await desk.press("space")
        less = re.search(r"tokens, ≈\$(0\.\d+) · edited", desk.dialog)
        assert less is not None
        assert float(less[1]) < float(told[1])
        await desk.press("escape")
        model_server.script.append(server.code(RIGHT))
        await desk.generated()
        await desk.until(lambda: ", next ≈$0." in desk.status_line, "what another round costs")
        await desk.accepted()
        assert "next" not in desk.status_line


async def test_a_part_is_edited_and_put_back(folder: Path, model_server: ModelServer) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("x")
        await desk.until(lambda: bool(desk.app.screen.query("#parts")), "the request")
        await desk.press("e")
        await desk.until(lambda: bool(desk.app.screen.query("#edited")), "the box")
        desk.app.screen.query_one("#edited").text = "Answer in code."  # type: ignore[attr-defined]
        await desk.press("ctrl+s")
        await desk.until(lambda: "edited" in request(desk)[0], "the mark")
        assert "Answer in code." in desk.dialog
        await desk.press("u")
        assert "You write Python." in desk.dialog
        await desk.press("escape")
        assert not desk.dialog
    assert not model_server.requests
    assert not (folder.parent / ".pseudocode" / "sessions").exists()


async def test_what_the_library_adds_shows_before_it_goes_out(
    folder: Path, model_server: ModelServer
) -> None:
    url = model_server.url
    settings = Settings(model="scripted", base_url=url, library_examples="1", library="project")
    near = DOUBLE.replace("double(number: int)", "double_all(number: list[int], times: int)")
    near = near.replace(">>> double(", ">>> double_all(")
    async with desk_over(folder, settings=settings) as desk:
        await generated(desk, model_server, RIGHT)
        await desk.accepted()
    (folder / "easy.py").write_text(near, encoding="utf-8")
    async with desk_over(folder, settings=settings, source=None) as desk:
        await desk.until(lambda: "double_all" in desk.specification, "the spec")
        await desk.press("x")
        await desk.until(lambda: bool(desk.app.screen.query("#parts")), "the request")
        assert sum("library" in part for part in request(desk)) == 1
        model_server.script.append(server.code(RIGHT.replace("double", "double_all")))
        await desk.press("s")
        await desk.until(lambda: len(model_server.requests) > 1, "the request")
        assert "return number * 2" in model_server.requests[1].last
        await desk.until(lambda: "shown as examples: " in desk.conversation, "what was shown")


async def test_what_is_shown_is_what_is_sent(folder: Path, model_server: ModelServer) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        await generated(desk, model_server, RIGHT)
        model_server.script.append(server.code(MINE))
        await desk.press("x")
        await desk.until(lambda: bool(desk.app.screen.query("#parts")), "the request")
        await desk.press("s")
        await desk.until(lambda: "number << 1" in desk.code, "the answer")
        released = [event for event in journal(folder) if isinstance(event, PromptReleased)]
        assert not released[0].edited
        told = [m["content"] for m in model_server.requests[1].body["messages"]]
        assert told == [message.content for message in released[0].messages]


async def test_a_setting_shows_each_request_before_it_goes(
    folder: Path, model_server: ModelServer
) -> None:
    settings = Settings(model="scripted", base_url=model_server.url, confirm_requests=True)
    model_server.script.extend(server.code(answer) for answer in (WRONG, RIGHT))
    async with desk_over(folder, settings=settings) as desk:
        await desk.press("g")
        await desk.status("x shows it and sends it")
        assert desk.specs[1].split() == ["●", "double", "needs", "you"]
        assert not model_server.requests
        for key in ("g", "x"):
            await desk.press(key)
            await desk.until(lambda: bool(desk.app.screen.query("#parts")), "the request")
            count = len(model_server.requests)
            await desk.press("s")
            await desk.until(lambda c=count: len(model_server.requests) > c, "the request")  # type: ignore[misc]
            await desk.until(lambda: desk.desk._works[0].wait.reason != "stopped", "a rest")
            await desk.until(lambda: not desk.desk._works[0].busy, "a rest")
        await desk.status("a accepts")
        assert ">>> double(0)\nexpected: 0\ngot: 4" in model_server.requests[1].last


def code_lines(desk: Desk) -> list[str]:
    return desk.code.split("\n")


async def test_a_comment_on_a_line_goes_along_stays_and_is_checked_off(
    folder: Path, model_server: ModelServer
) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        await generated(desk, model_server, WRONG.replace("+ 4", "* 2"))
        await desk.press("2", "down", "c", *"shift it")
        assert "comment on line 2" in str(desk.box.border_title)
        await generated_by(desk, model_server, MINE, "enter")
        said = model_server.requests[1].last
        assert "About line 2, `return number * 2`: shift it" in said
        assert "you on line 2: shift it" in desk.conversation
        assert code_lines(desk)[1].startswith("2◐ ")
        assert "◐ line 2: shift it (the lines changed: addressed? space marks it)" in desk.code
        assert desk.desk.query_one("#code").has_focus

        await desk.press("down", "space")
        await desk.until(lambda: "✓ line 2: shift it (addressed)" in desk.code, "the mark")
        await desk.press("space")
        await desk.until(lambda: "◐ line 2" in desk.code, "the mark taken back")
        await desk.press("left_square_bracket")
        assert "● line 2: shift it (open)" in desk.code
    async with desk_over(folder, url=model_server.url) as desk:
        assert "◐ line 2: shift it" in desk.code


async def generated_by(desk: Desk, model_server: ModelServer, answer: str, key: str) -> None:
    count = len(model_server.requests)
    model_server.script.append(server.code(answer))
    await desk.press(key)
    await desk.until(lambda: len(model_server.requests) > count, "the request")
    await desk.until(lambda: not desk.desk._works[0].busy, "the answer")
    await desk.status("a accepts")


async def test_a_comment_on_several_lines(folder: Path, model_server: ModelServer) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        await generated(desk, model_server, RIGHT)
        await desk.press("2", "shift+down", "c", *"why")
        assert "comment on lines 1 to 2" in str(desk.box.border_title)
        await generated_by(desk, model_server, MINE, "enter")
        quoted = "\n".join(f"    {line}" for line in RIGHT.split("\n"))
        assert f"About lines 1 to 2:\n\n{quoted}\n\nwhy" in model_server.requests[1].last


async def test_a_comment_that_is_on_no_line_is_about_all_of_it(
    folder: Path, model_server: ModelServer
) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("2", "c")
        assert str(desk.box.border_title).startswith("comment · ")
        await desk.press("escape")
        await generated(desk, model_server, RIGHT)
        await desk.press("2", "v", "c")
        assert str(desk.box.border_title).startswith("comment · ")


def test_no_two_things_have_the_same_key() -> None:
    keys: dict[str, set[str]] = {}
    for binding in [*DeskScreen.BINDINGS, *PseudocodeApp.BINDINGS]:
        assert isinstance(binding, Binding)
        for key in binding.key.split(","):
            keys.setdefault(key, set()).add(binding.action)
    shared = {key: actions for key, actions in keys.items() if len(actions) > 1}
    # Where there is no spec there is nothing to add an example to.
    assert shared == {"plus": {"add_example", "first_spec"}}


async def test_the_palette_offers_what_can_be_done_now(
    folder: Path, model_server: ModelServer
) -> None:
    def titles() -> set[str]:
        return {command.title for command in desk.app.get_system_commands(desk.app.screen)}

    async with desk_over(folder, url=model_server.url) as desk:
        assert {"Edit", "Request", "Several"} <= titles()
        assert not {"Answers", "Earlier", "Go on from here", "Addressed"} & titles()
        await generated(desk, model_server, WRONG, RIGHT)
        assert "Earlier" in titles()
        await desk.press("left_square_bracket")
        assert "Go on from here" in titles()
        assert "Approve" not in titles()


async def test_a_comment_becomes_an_example(folder: Path, model_server: ModelServer) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        await generated(desk, model_server, RIGHT)
        await desk.press("2", "down", "c", *"mind negatives")
        await generated_by(desk, model_server, MINE, "enter")
        await desk.press("down", "plus")
        await desk.until(lambda: "that shows: mind negatives" in desk.dialog, "the dialog")
        await desk.press(*"-3", "enter")
        await desk.until(lambda: "is this right?" in desk.dialog, "what it gives")
        assert "-6" in desk.dialog
        await desk.press("y")
        source = folder / "easy.py"
        await desk.until(lambda: ">>> double(-3)\n    -6\n" in source.read_text(), "the example")
        await desk.until(lambda: "double(-3)" in desk.specification, "the new declaration")
    marked = [event for event in journal(folder) if isinstance(event, CommentMarked)]
    assert marked == [CommentMarked(number=1, addressed=True)]


async def test_a_comment_is_seen_in_its_request_before_it_goes(
    folder: Path, model_server: ModelServer
) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        await generated(desk, model_server, RIGHT)
        await desk.press("2", "down", "c", *"shift it", "ctrl+o")
        await desk.until(lambda: bool(desk.app.screen.query("#parts")), "the request")
        assert any("comments" in part for part in request(desk))
        await desk.press("end", "up")
        assert "About line 2, `return number * 2`: shift it" in desk.dialog
        await desk.press("escape")
        assert desk.box.text == "shift it"
        assert len(model_server.requests) == 1
        await desk.press("ctrl+o")
        await desk.until(lambda: bool(desk.app.screen.query("#parts")), "the request")
        await generated_by(desk, model_server, MINE, "s")
        assert "`return number * 2`: shift it" in model_server.requests[1].last
        assert not desk.box.display
        assert "◐ line 2: shift it" in desk.code


async def test_a_recording_takes_no_comments(folder: Path, model_server: ModelServer) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        await generated(desk, model_server, RIGHT)
    (path,) = (folder.parent / ".pseudocode" / "sessions").glob("*.jsonl")
    before = path.read_bytes()
    app = PseudocodeApp(path, folder.parent, Settings(), replay=True, speed=None)
    async with app.run_test(size=(120, 40)) as pilot:
        replay = Desk(app, pilot, folder)
        await replay.until(lambda: bool(app.screen.query("#code")), "the desk")
        await replay.until(lambda: "number * 2" in replay.code, "the code")
        await replay.press("2", "down", "c", *"no", "enter", "space")
        assert not replay.box.display
    assert path.read_bytes() == before


async def test_a_comment_becomes_a_test(folder: Path, model_server: ModelServer) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        await generated(desk, model_server, RIGHT)
        await desk.press("2", "down", "c", *"mind negatives")
        await generated_by(desk, model_server, MINE, "enter")
        await desk.press("down", "plus")
        await desk.until(lambda: "that shows: mind negatives" in desk.dialog, "the dialog")
        await desk.press("ctrl+t", *"-3", "enter")
        await desk.until(lambda: "is this right?" in desk.dialog, "what it gives")
        assert desk.dialog_title == "A test of double"
        await desk.press("y")
        tests = folder / "test_easy.py"
        await desk.until(tests.exists, "the file")
        await desk.until(
            lambda: any("test_double_mind_negatives" in row[1] for row in desk.suite), "the test"
        )
    assert "    assert double(-3) == -6\n" in tests.read_text(encoding="utf-8")
    assert "double(-3)" not in (folder / "easy.py").read_text(encoding="utf-8")


async def test_nothing_that_was_typed_is_lost_without_a_model(folder: Path) -> None:
    async with desk_over(folder) as desk:
        await desk.press("e")
        await desk.until(lambda: bool(desk.dialog), "the offer")
        assert not desk.app.screen.query("#edited")
        await desk.press("escape")
        await desk.until(lambda: not desk.dialog, "the end of it")
        await desk.press("c", *"half", "enter")
        await desk.until(lambda: bool(desk.dialog), "the offer")
        await desk.press("escape")
        await desk.status("c has your draft")
        await desk.press("c")
        assert desk.box.text == "half"


async def test_the_best_answer_is_due_where_the_rounds_end(
    folder: Path, model_server: ModelServer
) -> None:
    worse = "def double(number: int) -> int:\n    return number + 1"
    model_server.script.extend(server.code(answer) for answer in (WRONG, worse, RIGHT))
    settings = Settings(
        model="scripted", base_url=model_server.url, max_rounds=2, library="off", cache=False
    )
    async with desk_over(folder, settings=settings) as desk:
        await desk.press("g")
        await desk.status("no solution in 2 rounds · best: 1 of 2 examples, round 1")
        assert "number + 4" in desk.code
        assert desk.suite[1][:2] == ["✗", "double(0)"]
        await desk.press("right_square_bracket")
        assert "number + 1" in desk.code
        await desk.press("left_square_bracket", "c", *"twice", "enter")
        await desk.status("a accepts")
        told = model_server.requests[-1].body["messages"]
        assert "number + 4" in told[-2]["content"]
        assert "twice" in told[-1]["content"]
        assert ">>> double(0)\nexpected: 0\ngot: 4" in told[-1]["content"]
