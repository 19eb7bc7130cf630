"""Real files change while the app is open: it shows at once, and the person keeps their place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pseudocode.tui.widgets.spec_pane import SpecPane
from tests import server
from tests.server import ModelServer
from tests.tui.driving import DOUBLE, RIGHT, SHOUT, WRONG, Desk, desk_over

MORE = DOUBLE.replace(">>> double(0)\n    0", ">>> double(0)\n    0\n    >>> double(5)\n    10")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "specs"


def save(desk: Desk, text: str, name: str = "easy.py") -> None:
    """As editors do: under another name first, then in the place of the file."""
    temporary = desk.folder / f".{name}.swp"
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, desk.folder / name)


def states(desk: Desk) -> str:
    return "\n".join(desk.specs)


async def test_a_changed_declaration_shows_with_the_place_and_the_typed_text_kept(
    folder: Path,
) -> None:
    long = DOUBLE.replace("is only text.", "is only text.\n" + "\n    More.\n" * 60)
    async with desk_over(folder, source=long) as desk:
        pane = desk.desk.query_one(SpecPane)
        await desk.press("n", "p", "1")
        pane.scroll_to(y=20, animate=False)
        await desk.press("c", *"half a")
        save(desk, long.replace("times two", "times 2, really"))
        await desk.until(lambda: "times 2, really" in desk.specification, "the change")
        assert pane.scroll_offset.y == 20
        assert desk.box.text == "half a"
        assert desk.box.has_focus
        await desk.press(*" line")
        assert desk.box.text == "half a line"


async def test_a_candidate_is_tested_again_when_its_declaration_or_a_test_changes(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.generated()
        save(desk, MORE)
        await desk.until(lambda: [r[0] for r in desk.suite] == ["✓"] * 3, "the new example")
        await desk.status("a accepts")
        tests = "from easy import double\n\n\ndef test_odd():\n    assert double(3) == 7\n"
        save(desk, tests, "test_easy.py")
        await desk.until(lambda: [r[0] for r in desk.suite] == [*"✓✓✓✗"], "the new test")
        assert "approve" not in [
            a.binding.action for a in desk.desk.active_bindings.values() if a.enabled
        ]
        assert len(model_server.requests) == 1
        (folder / "test_easy.py").unlink()
        await desk.until(lambda: [r[0] for r in desk.suite] == [*"✓✓✓"], "the old ones")
        await desk.status("a accepts")
    async with desk_over(folder, url=model_server.url, source=None) as desk:
        await desk.status("a accepts")  # the session is about the declaration as it is now
        await desk.until(lambda: [r[0] for r in desk.suite] == [*"✓✓✓"], "the same report")


async def test_code_that_fits_no_more_is_left_and_another_session_begins(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.otherwise = lambda _: server.code(RIGHT)
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.generated()
        save(desk, DOUBLE.replace("number: int", "number: int, times: int"))
        await desk.status("the declaration changed since this conversation")
        await desk.until(lambda: "○ double" in states(desk), "a spec without code")


async def test_accepted_code_is_stale_or_tested_again_as_the_rules_say(
    folder: Path, model_server: ModelServer
) -> None:
    helped = DOUBLE.replace("\n\n\n@pseudo", "\nfrom helper import TWO\n\n\n@pseudo", 1)
    folder.mkdir()
    (folder / "helper.py").write_text("TWO = 2\n", encoding="utf-8")
    model_server.script.append(server.code(RIGHT.replace("* 2", "* TWO")))
    async with desk_over(folder, url=model_server.url, source=helped) as desk:
        await desk.generated()
        await desk.accepted()
        kept = folder / "__pseudocode__" / "easy.double.py"
        before = kept.read_bytes()
        save(desk, "TWO = 1 + 1\n", "helper.py")
        await desk.until(lambda: kept.read_bytes() != before, "the confirmation")
        await desk.until(lambda: "✓ double" in states(desk), "fresh code")
        save(desk, "TWO = 3\n", "helper.py")
        await desk.until(lambda: "double stale" in states(desk), "stale code")
        assert [r[0] for r in desk.suite] == ["✗", "✓"]
        assert "it fails with what it uses now" in desk.status_line
        assert len(model_server.requests) == 1


async def test_others_go_on_while_a_file_changes_and_what_streams_is_seen_to_after(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.append(server.reply(f"```python\n{RIGHT}\n```\n", server.HANG))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("g")
        await desk.until(model_server.hanging.is_set, "a hanging answer")
        save(desk, MORE)
        await desk.status("changed on disk, seen to after this")
        assert "generating" in states(desk)
        model_server.release()
        await desk.until(lambda: [r[0] for r in desk.suite] == ["✓"] * 3, "the new example")
        await desk.status("a accepts")
        assert len(model_server.requests) == 1


async def test_a_file_that_is_half_saved_shows_what_is_wrong_and_recovers(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.generated()
        await desk.press("n")
        save(desk, DOUBLE[: DOUBLE.index("def shout") + 12])
        await desk.status("shown as it was before")
        assert "not valid Python" in states(desk) + desk.status_line
        assert "● double" in states(desk)
        assert "○ shout" in states(desk)
        save(desk, DOUBLE)
        await desk.status("g generates")
        await desk.press("p")
        await desk.status("a accepts")


async def test_files_and_folders_come_and_go(folder: Path) -> None:
    async with desk_over(folder) as desk:
        await desk.press("n")
        other = "from pseudocode import pseudo_function\n\n\n@pseudo_function\ndef new(): ...\n"
        (folder / "deeper").mkdir()
        (folder / "deeper" / "more.py").write_text(other, encoding="utf-8")
        await desk.until(
            lambda: "new" in "".join(desk.specs[-1:]) or "○ new" in states(desk), "a new spec"
        )
        assert "'HI'" in desk.specification  # the cursor stays where it was
        (folder / "deeper" / "more.py").write_text(other.replace("new", "newer"), encoding="utf-8")
        await desk.until(lambda: "newer" in states(desk), "a change in the new folder")
        save(desk, DOUBLE[: DOUBLE.index("\n\n@pseudo_function\ndef shout")])
        await desk.until(lambda: "shout" not in states(desk), "one fewer")
        (folder / "deeper" / "more.py").unlink()
        await desk.until(lambda: "newer" not in states(desk), "the end of the file")
        assert "double" in states(desk)


async def test_a_spec_that_goes_while_it_is_written_is_stopped(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.append(server.reply("```python\ndef dou", server.HANG))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("g")
        await desk.until(model_server.hanging.is_set, "a hanging answer")
        save(desk, DOUBLE.replace("def double", "def triple").replace(">>> double", ">>> triple"))
        await desk.until(lambda: "triple" in states(desk), "the other one")
        assert "double" not in states(desk)
    (journal,) = (folder.parent / ".pseudocode" / "sessions").glob("*.jsonl")
    assert '"Stopped"' in journal.read_text(encoding="utf-8")


async def test_what_is_read_while_the_app_ends_needs_no_panes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They go before their screen does, at whose end the watching ends."""
    read = []
    async with desk_over(folder) as desk:
        close = desk.desk._jobs.close

        async def late() -> None:
            assert not desk.desk.query("#status")
            save(desk, DOUBLE.replace("double", "triple"))
            await desk.desk.read_again()
            read.append(desk.desk)
            await close()

        monkeypatch.setattr(desk.desk._jobs, "close", late)
    assert read


async def test_copies_of_editors_caches_and_our_own_writes_change_nothing(
    folder: Path, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_server.otherwise = lambda asked: server.code(SHOUT if "shout" in asked.last else WRONG)
    async with desk_over(folder, url=model_server.url) as desk:
        read: list[frozenset[str]] = []
        again = desk.desk.read_again

        async def counted(paths: frozenset[str] = frozenset()) -> None:
            read.append(paths)
            await again(paths)

        monkeypatch.setattr(desk.desk, "read_again", counted)
        for name in (".easy.py.swp", "easy.py~", ".#easy.py", "4913", "__pycache__/easy.py"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("x", encoding="utf-8")
        await desk.press("n", "g")
        await desk.status("a accepts")
        await desk.accepted()
        await desk.until(lambda: bool(read), "the accepted code")
        assert all("__pseudocode__" in path for paths in read for path in paths)
        count = len(read)
        save(desk, MORE)
        await desk.until(lambda: len(desk.desk._works[0].spec.examples) == 3, "the change")
        assert len(read) <= count + 2
