"""The app after a quit or a crash: it stands where it stood, and does nothing unasked."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from pseudocode.store.journal import read_journal
from tests import server
from tests.edges import processes
from tests.edges.processes import COMMAND
from tests.server import ModelServer
from tests.tui.driving import DOUBLE, RIGHT, WRONG, desk_over


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "project" / "specs"


@pytest.fixture(autouse=True)
def _a_project(folder: Path) -> None:
    folder.mkdir(parents=True)


def journals(folder: Path) -> list[Path]:
    return sorted((folder.parent / ".pseudocode" / "sessions").glob("*.jsonl"))


def kept(folder: Path) -> Path:
    return folder / "__pseudocode__" / "easy.double.py"


def cut_after(journal: Path, event: str) -> None:
    """Leave of a journal what was written when a crash came right after an event."""
    lines = journal.read_bytes().splitlines(keepends=True)
    (last,) = [n for n, line in enumerate(lines) if f'"event":"{event}"'.encode() in line][-1:]
    journal.write_bytes(b"".join(lines[: last + 1]))


async def generated(folder: Path, model_server: ModelServer, *answers: str) -> None:
    """A session that was left when it waited for approval."""
    model_server.script.extend(server.code(answer) for answer in answers)
    async with desk_over(folder, url=model_server.url, keeps=False) as desk:
        await desk.generated()


async def test_a_pending_decision_is_pending_again(folder: Path, model_server: ModelServer) -> None:
    await generated(folder, model_server, WRONG, RIGHT)
    before = journals(folder)[0].read_bytes()
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.status("a accepts")
        assert desk.specs[1] == "  ● double needs you"
        assert "return number * 2" in desk.code
        assert [row[0] for row in desk.suite] == ["✓", "✓"]
        assert ">>> double(0)\nexpected: 0\ngot: 4" in desk.conversation
        assert journals(folder)[0].read_bytes() == before

        await desk.accepted()
    assert kept(folder).read_text().endswith(f"\n\n{RIGHT}\n")
    assert len(model_server.requests) == 2
    assert len(journals(folder)) == 1


async def test_a_round_that_was_cut_is_asked_again_when_the_person_says_so(
    folder: Path, model_server: ModelServer
) -> None:
    await generated(folder, model_server, WRONG, RIGHT)
    cut_after(journals(folder)[0], "PromptSent")
    async with desk_over(folder, url=model_server.url, keeps=False) as desk:
        await desk.status("broken off · g goes on")
        assert len(model_server.requests) == 2
        model_server.script.append(server.code(RIGHT))
        await desk.generated()
        assert model_server.requests[2].body == model_server.requests[1].body
        assert "goes on" in desk.conversation


async def test_a_round_that_had_just_begun_takes_up_the_comment(
    folder: Path, model_server: ModelServer
) -> None:
    await generated(folder, model_server, RIGHT)
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url, keeps=False) as desk:
        await desk.press("c", *"shorter", "enter")
        await desk.until(lambda: len(model_server.requests) == 2, "the second request")
        await desk.status("a accepts")
    cut_after(journals(folder)[0], "RoundStarted")
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url, keeps=False) as desk:
        await desk.generated()
    assert model_server.requests[2].body == model_server.requests[1].body


async def test_an_approval_that_was_not_carried_out_is(
    folder: Path, model_server: ModelServer
) -> None:
    await generated(folder, model_server, RIGHT)
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.accepted()
    cut_after(journals(folder)[0], "Approved")
    kept(folder).unlink()
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.status("accepted")
        assert desk.specs[1] == "  ✓ double"
    assert kept(folder).read_text().endswith(f"\n\n{RIGHT}\n")
    assert len(model_server.requests) == 1


USES = '''
from pseudocode import pseudo_function


def factor() -> int:
    return 2


@pseudo_function
def double(number: int) -> int:
    """Return twice the number.

    >>> double(4)
    8
    """
'''


async def test_a_verdict_on_what_has_changed_since_counts_no_more(
    folder: Path, model_server: ModelServer
) -> None:
    uses = RIGHT.replace("2", "factor()")
    model_server.script.append(server.code(uses))
    async with desk_over(folder, url=model_server.url, source=USES) as desk:
        await desk.generated()
    changed = USES.replace("return 2", "return 1 + 1")
    async with desk_over(folder, url=model_server.url, source=changed) as desk:
        await desk.status("not tested as things are now · g tests it")
        assert "factor()" in desk.code
        await desk.press("a")
        assert not (folder / "__pseudocode__").exists()
        await desk.generated()
        assert len(model_server.requests) == 1
    async with desk_over(folder, url=model_server.url, source=changed) as desk:
        await desk.status("a accepts")
        await desk.accepted()


async def test_what_was_typed_is_there_again(folder: Path, model_server: ModelServer) -> None:
    drafts = folder.parent / ".pseudocode" / "drafts"
    async with desk_over(folder) as desk:
        await desk.press("c", *"half a th")
        await desk.until(lambda: any(drafts.glob("*.txt")), "the draft")
    async with desk_over(folder, url=model_server.url) as desk:
        assert "c has your draft" in desk.status_line
        await desk.press("n", "c")
        assert desk.box.text == ""
        await desk.press("escape", "p", "c", *"ought")
        assert desk.box.text == "half a thought"
        model_server.script.append(server.code(RIGHT))
        await desk.press("enter")
        await desk.status("a accepts")
        assert "half a thought" in model_server.requests[0].last
    assert not any(drafts.glob("*.txt"))


async def test_a_changed_declaration_keeps_its_old_conversation_to_look_at(
    folder: Path, model_server: ModelServer
) -> None:
    await generated(folder, model_server, RIGHT)
    changed = DOUBLE.replace("times two;", "times 2;")
    async with desk_over(folder, url=model_server.url, source=changed) as desk:
        await desk.status("the declaration changed since this conversation")
        assert "2 of 2 examples pass" in desk.conversation
        assert not desk.desk.check_action("approve", ())
        model_server.script.append(server.code(RIGHT))
        await desk.generated()
        assert "times 2;" in model_server.requests[1].last
    assert len(journals(folder)) == 2


async def test_a_damaged_journal_is_used_as_far_as_it_goes(
    folder: Path, model_server: ModelServer
) -> None:
    await generated(folder, model_server, RIGHT)
    (journal,) = journals(folder)
    journal.write_bytes(journal.read_bytes() + b'{"seq":9,"ev')
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.status("a accepts")
        shown = [notice.message for notice in desk.app._notifications]
        assert any("1 line of" in message and "cannot be read" in message for message in shown)
        await desk.accepted()
    assert read_journal(journal).skipped == 1


async def test_a_journal_of_a_newer_version_is_told_and_left_alone(
    folder: Path, model_server: ModelServer
) -> None:
    await generated(folder, model_server, RIGHT)
    (journal,) = journals(folder)
    newer = b'{"seq":0,"schema":99}\n' + journal.read_bytes()
    journal.write_bytes(newer)
    async with desk_over(folder, url=model_server.url) as desk:
        shown = [notice.message for notice in desk.app._notifications]
        assert any("written by a newer version" in message for message in shown)
        assert "g generates" in desk.status_line
    assert journal.read_bytes() == newer


async def test_what_another_process_works_on_can_be_looked_at(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.extend([server.code(WRONG), server.reply("```", server.HANG)])
    (folder / "easy.py").write_text(DOUBLE, encoding="utf-8")
    command = (*COMMAND, "run", "specs", "--only", "double", "--model", "scripted")
    more = ("--base-url", model_server.url, "--sandbox", "off")
    async with processes.started(*command, *more, cwd=folder.parent, env={}) as run:
        await processes.until(model_server.hanging.is_set)
        async with desk_over(folder, url=model_server.url) as desk:
            await desk.status(f"held by process {run.pid} on ")
            assert desk.specs[1] == "  ◌ double held"
            assert "1 of 2 examples pass" in desk.conversation
            await desk.press("g")
            await desk.status(f"held by process {run.pid} on ")
            assert len(model_server.requests) == 2
            run.kill()
            await run.wait()
            await desk.status("broken off · g goes on")
            model_server.script.append(server.code(RIGHT))
            await desk.generated()


async def test_what_was_edited_by_hand_is_shown_before_it_is_replaced(
    folder: Path, model_server: ModelServer
) -> None:
    await generated(folder, model_server, RIGHT)
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.accepted()
    mine = kept(folder).read_text().replace("number * 2", "number + number  # mine")
    kept(folder).write_text(mine)
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.status("accepted")
        assert "# mine" in desk.code
        await desk.generated()
        assert "-    return number + number  # mine" in desk.code
        await desk.accepted()
    assert "# mine" not in kept(folder).read_text()
    (version,) = (folder.parent / ".pseudocode" / "versions").rglob("*.txt")
    assert version.read_text() == mine


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
async def test_an_approval_waits_until_there_is_room_for_it(
    folder: Path, model_server: ModelServer
) -> None:
    from tests.unit.test_store_journal import room_for

    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.generated()
        with room_for(journals(folder)[0].stat().st_size):
            await desk.press("a")
            await desk.status("waiting for room")
            assert not kept(folder).exists()
            await desk.press("s")
            await desk.status("not saved: cannot write the journal")
            assert not desk.desk.check_action("approve", ())
            await desk.press("q")
            await desk.until(lambda: "not saved" in desk.dialog_title, "the question")
            await desk.press("n")
        await desk.status("stopped · g goes on")
        await desk.press("g")
        await desk.status("accepted")
    assert kept(folder).exists()
    told = [type(event).__name__ for event in read_journal(journals(folder)[0]).events]
    assert told[-4:] == ["Approved", "Stopped", "RoundRequested", "CandidateAccepted"]


async def test_two_apps_have_a_spec_one_after_the_other(
    folder: Path, model_server: ModelServer
) -> None:
    """The lock goes with the acceptance, not only with the app."""
    await generated(folder, model_server, RIGHT)
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.accepted()
        command = (*COMMAND, "undo", "specs", "--only", "double")
        told = await asyncio.wait_for(processes.run(*command, cwd=folder.parent, env={}), 30)
        assert told.code == 0
    assert not kept(folder).exists()
