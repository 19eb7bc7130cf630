"""Answers that are kept and code that is found again, as the app shows them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from textual.widgets import OptionList

from pseudocode.store import database
from tests import server
from tests.server import ModelServer
from tests.tui.driving import DOUBLE, RIGHT, SHOUT, WRONG, Desk, desk_over
from tests.tui.test_resume import cut_after

TWICE = DOUBLE.replace("double", "twice")


async def test_code_of_another_project_is_offered_and_waits_for_approval(
    tmp_path: Path, model_server: ModelServer
) -> None:
    model_server.script.append(server.code(RIGHT))
    async with desk_over(tmp_path / "one" / "specs", url=model_server.url) as desk:
        await desk.generated()
        await desk.accepted()
    async with desk_over(tmp_path / "two" / "specs", url=model_server.url, source=TWICE) as desk:
        await desk.press("g")
        await desk.status("found in your library, all pass · a accepts")
        assert len(model_server.requests) == 1
        assert "── library · 1 may fit ──" in desk.conversation
        assert "one: easy.double, by scripted-1, 60 tokens then, none now" in desk.conversation
        assert "return number * 2" in desk.code
        assert not (desk.folder / "__pseudocode__").exists()
        await desk.accepted()
        assert "r0/" in desk.status_line
        assert "0 tok (60 saved)" in desk.status_line
        # Who asks for it anew wants something else.
        model_server.script.append(server.code(RIGHT.replace("double", "twice") + "  # anew"))
        await desk.press("g")
        await desk.status("all pass · a accepts")
        assert "found in your library" not in desk.status_line
        assert len(model_server.requests) == 2


async def test_what_was_accepted_just_before_a_crash_is_found_again(
    tmp_path: Path, model_server: ModelServer
) -> None:
    folder = tmp_path / "one" / "specs"
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url, keeps=False) as desk:
        await desk.generated()
        await desk.accepted()
    (journal,) = (tmp_path / "one" / ".pseudocode").rglob("*.jsonl")
    cut_after(journal, "Approved")
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.status("accepted")
    async with desk_over(tmp_path / "two" / "specs", url=model_server.url, source=TWICE) as desk:
        await desk.press("g")
        await desk.status("found in your library, all pass · a accepts")
    assert len(model_server.requests) == 1


async def test_a_kept_answer_is_marked(tmp_path: Path, model_server: ModelServer) -> None:
    model_server.script.extend([server.code(WRONG), server.code(RIGHT)])
    for kept in (0, 2):
        for journal in (tmp_path / ".pseudocode").rglob("*.jsonl"):
            journal.unlink()  # else it would go on
        async with desk_over(tmp_path / "specs", url=model_server.url) as desk:
            await desk.generated()
            assert len(model_server.requests) == 2
            assert desk.conversation.count("from the cache, 60 tokens saved") == kept
            assert ("0 tok (120 saved)" in desk.status_line) is bool(kept)
            if kept:
                await desk.accepted()
                # Who asks for it anew wants another answer.
                model_server.script.append(server.code(RIGHT + "  # anew"))
                await desk.press("g")
                await desk.until(lambda: "# anew" in desk.code, "the new answer")
                assert len(model_server.requests) == 3


async def test_a_damaged_database_is_told_of(tmp_path: Path, model_server: ModelServer) -> None:
    model_server.script.append(server.code(RIGHT))
    (tmp_path / ".pseudocode").mkdir()
    (tmp_path / ".pseudocode" / "pseudocode.db").write_bytes(b"garbage" * 1000)
    async with desk_over(tmp_path / "specs", url=model_server.url) as desk:
        await desk.generated()
        await desk.until(
            lambda: any("was damaged" in n.message for n in desk.app._notifications), "the notice"
        )


async def test_the_library_is_searched_while_one_types(
    tmp_path: Path, model_server: ModelServer
) -> None:
    model_server.script.extend([server.code(RIGHT), server.code(SHOUT)])
    async with desk_over(tmp_path / "specs", url=model_server.url) as desk:
        for _ in range(2):
            await desk.generated()
            await desk.accepted()
            await desk.press("n")
        await desk.press("l")
        options = desk.app.screen.query_one("#found", OptionList)
        await desk.until(lambda: options.option_count == 2, "both entries")
        await desk.press(*"upper")
        await desk.until(lambda: options.option_count == 1, "the one entry")
        await desk.until(lambda: "return text.upper()" in desk.dialog, "its code")
        await desk.press(*"q")
        await desk.until(lambda: "nothing found" in desk.dialog, "no entry")
        await desk.press("escape")
        assert desk.app.screen is desk.desk


def said(desk: Desk, text: str) -> bool:
    """Whether a notice says this."""
    return any(text in str(notice.message) for notice in desk.app._notifications)


async def test_what_no_database_takes_is_told_while_and_after_the_app_runs(
    tmp_path: Path, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(database, "_claim", full)
    model_server.script.append(server.code(RIGHT))
    async with desk_over(tmp_path / "specs", url=model_server.url) as desk:
        await desk.press("g")
        await desk.until(lambda: said(desk, "not used for now: No space left"), "the notice")
        await desk.status("a accepts")
        await desk.accepted()
    assert desk.app.lost == [
        f"{tmp_path / '.pseudocode' / 'pseudocode.db'} could not be written until the end; "
        "it lacks 2 answers or functions",
        *[line for line in desk.app.lost if "library.db" in line],
    ]
    assert len(desk.app.lost) == 2
