"""Sessions from the command line: gone on with, listed, shown, deleted, held; full disks."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pseudocode.events import Approved, SessionStarted
from pseudocode.store.accepted import read_accepted
from pseudocode.store.journal import read_journal
from tests.edges import processes
from tests.edges.processes import COMMAND
from tests.edges.test_cli import (
    DOUBLE,
    RIGHT,
    TRIPLE,
    WRONG,
    Project,
    by_name,
    keyed,
    only_line,
)
from tests.server import HANG, ModelServer, code, refusal, reply

RUN = ("run", "specs", "--sandbox", "off", "--no-cache", "--library", "off")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


@asynccontextmanager
async def at_work(
    project: Project, server: ModelServer, *more: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A run that waits for the server."""
    env = keyed(server)
    async with processes.started(*COMMAND, *RUN, *more, cwd=project.root, env=env) as run:
        await processes.until(server.hanging.is_set)
        yield run


def names(project: Project) -> list[str]:
    return [type(event).__name__ for event in read_journal(project.journals[0]).events]


class TestGoingOn:
    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
    async def test_a_run_that_was_ended_goes_on_with_what_it_has(
        self, project: Project, model_server: ModelServer, number: signal.Signals
    ) -> None:
        project.declare(TRIPLE)
        model_server.script.extend([code(WRONG), reply("```python\n", HANG)])
        async with at_work(project, model_server) as run:
            run.send_signal(number)
            await run.wait()
        model_server.otherwise = lambda _: code(RIGHT)
        told = await project.ask(model_server, *RUN)
        assert told.code == 0, told.out + told.err
        assert len(model_server.requests) == 3
        assert len(project.journals) == 1
        assert project.accepted == ["sums.triple.py"]
        assert names(project).count("SessionStarted") == 2

    async def test_after_a_kill_the_very_same_round_is_asked_again(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(TRIPLE)
        model_server.script.extend([code(WRONG), reply("```python\n", HANG), code(RIGHT)])
        async with at_work(project, model_server) as run:
            run.kill()
            await run.wait()
        assert (await project.ask(model_server, *RUN)).code == 0
        cut, again = model_server.requests[1:]
        assert cut.body == again.body

    async def test_a_server_that_failed_is_asked_the_same_again(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(TRIPLE)
        model_server.script.extend([code(WRONG), refusal(401)])
        assert (await project.ask(model_server, *RUN)).code == 3
        model_server.script.append(code(RIGHT))
        assert (await project.ask(model_server, *RUN)).code == 0
        assert [len(asked.body["messages"]) for asked in model_server.requests] == [2, 4, 4]

    async def test_another_declaration_or_model_is_another_session(
        self, project: Project, model_server: ModelServer
    ) -> None:
        file = project.declare(TRIPLE)
        model_server.otherwise = lambda _: refusal(401)
        await project.ask(model_server, *RUN)
        await project.ask(model_server, *RUN, "--model", "other")
        assert len(project.journals) == 2
        file.write_text(file.read_text().replace("Three times", "Thrice"))
        await project.ask(model_server, *RUN)
        assert len(project.journals) == 3

    async def test_a_run_that_found_no_solution_starts_anew(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(TRIPLE)
        model_server.otherwise = lambda _: code(WRONG)
        for _ in range(2):
            assert (await project.ask(model_server, *RUN, "--max-rounds", "1")).code == 1
        assert len(project.journals) == 2

    async def test_a_damaged_journal_is_used_and_its_damage_told(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(TRIPLE)
        model_server.script.extend([code(WRONG), refusal(401)])
        await project.ask(model_server, *RUN)
        (journal,) = project.journals
        journal.write_bytes(journal.read_bytes() + b'{"seq":99,"at":"2026')
        model_server.script.append(code(RIGHT))
        told = await project.ask(model_server, *RUN)
        assert told.code == 0
        assert re.search(r"1 line of .* cannot be read; the others are used", only_line(told.err))
        assert len(model_server.requests) == 3

    async def test_an_acceptance_that_was_not_written_is_written_once(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(TRIPLE)
        model_server.script.append(code(RIGHT))
        await project.ask(model_server, *RUN)
        (journal,) = project.journals
        lines = journal.read_bytes().splitlines(keepends=True)
        journal.write_bytes(b"".join(lines[:-1]))
        (project.specs / "__pseudocode__" / "sums.triple.py").unlink()
        told = await project.ask(model_server, *RUN)
        assert told.code == 0
        assert project.accepted == ["sums.triple.py"]
        assert len(model_server.requests) == 1
        assert names(project).count("CandidateAccepted") == 1


class TestTwoAtOnce:
    async def test_a_second_run_waits_and_takes_what_was_accepted(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(TRIPLE, DOUBLE)
        answer = f"```python\n{RIGHT}```\n"
        model_server.script.append(reply(answer, HANG))
        model_server.otherwise = by_name({"double": code("def double(x):\n    return x * 2")})
        async with at_work(project, model_server, "--only", "triple") as run:
            env = keyed(model_server)
            async with processes.started(
                *COMMAND, *RUN, "--jobs", "1", cwd=project.root, env=env
            ) as second:
                assert second.stderr is not None
                told = (await second.stderr.readline()).decode()
                assert re.search(rf"sums.triple is held by process {run.pid} on \S+ since 20", told)
                assert "; waiting for it, 600 seconds at most" in told
                # The one that waits stands in nobody's way.
                await processes.until(lambda: "sums.double.py" in project.accepted)
                model_server.release()
                ended = await processes.ended(second)
            assert await run.wait() == 0
        assert ended.code == 0
        assert re.search("sums.triple +(fresh|already accepted)", ended.out), ended.out
        assert len(model_server.requests) == 2

    async def test_who_waits_gives_up_in_the_end_and_can_be_interrupted(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(TRIPLE)
        model_server.script.append(reply("```python\n", HANG))
        async with at_work(project, model_server) as run:
            told = await project.ask(model_server, *RUN, PSEUDOCODE_MAX_SECONDS="0.4")
            assert told.code == 1
            assert re.search(rf"sums.triple +failed · still held by process {run.pid} ", told.out)
            env = keyed(model_server)
            async with processes.started(*COMMAND, *RUN, cwd=project.root, env=env) as second:
                assert second.stderr is not None
                await second.stderr.readline()
                second.send_signal(signal.SIGINT)
                assert (await processes.ended(second)).code == 130
            run.kill()
            await run.wait()
        model_server.otherwise = lambda _: code(RIGHT)
        assert (await project.ask(model_server, *RUN)).code == 0

    async def test_a_session_that_is_held_is_not_deleted(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(TRIPLE)
        model_server.script.append(reply("```python\n", HANG))
        async with at_work(project, model_server):
            told = await project.command("sessions", "delete", project.journals[0].stem)
            assert told.code == 2
            assert "held by process" in only_line(told.err)
            assert len(project.journals) == 1

    @pytest.mark.parametrize(("count", "each"), [
        pytest.param(4, 10),
        pytest.param(8, 100, marks=pytest.mark.everywhere),
    ])  # fmt: skip
    async def test_many_processes_accept_in_one_folder(
        self, project: Project, model_server: ModelServer, count: int, each: int
    ) -> None:
        for process in range(count):
            project.declare(*(identity(n) for n in range(each)), module=f"part{process}")

        def answer(asked: object) -> object:
            prompt = "".join(m["content"] for m in asked.body["messages"])  # type: ignore[attr-defined]
            name = re.findall(r"def (same_\d+)\(", prompt)[-1]
            return code(f"def {name}(x: int) -> int:\n    return x")

        model_server.otherwise = answer  # type: ignore[assignment]

        async def run(process: int) -> processes.Ended:
            more = ("run", f"specs/part{process}.py", *RUN[2:], "--jobs", "2")
            env = keyed(model_server)
            async with processes.started(*COMMAND, *more, cwd=project.root, env=env) as started:
                return await processes.ended(started, each * 30)

        told = await asyncio.gather(*map(run, range(count)))
        assert [one.code for one in told] == [0] * count
        assert len(project.accepted_files) == count * each
        for file in project.accepted_files:
            accepted = read_accepted(str(file))
            assert accepted is not None
            assert not accepted.edited
        assert len(project.journals) == count * each
        assert len(model_server.requests) == count * each


def identity(number: int) -> str:
    return f'''

@pseudo_function
def same_{number}(x: int) -> int:
    """The same.

    >>> same_{number}(3)
    3
    """
'''


class TestAcceptedCode:
    async def accepted(self, project: Project, server: ModelServer) -> Path:
        project.declare(TRIPLE)
        server.script.append(code(RIGHT))
        assert (await project.ask(server, *RUN)).code == 0
        return project.specs / "__pseudocode__" / "sums.triple.py"

    def change(self, project: Project) -> None:
        file = project.specs / "sums.py"
        file.write_text(file.read_text().replace("Three times", "Thrice"))

    async def test_edits_by_hand_are_told_and_kept(
        self, project: Project, model_server: ModelServer
    ) -> None:
        file = await self.accepted(project, model_server)
        text = file.read_text().replace("return 3 * x", "return x + x + x  # mine")
        file.write_text(text)
        told = await project.command("check", "specs", "--sandbox", "off")
        assert told.code == 0
        assert "✓ sums.triple" in told.out
        assert "accepted, fresh, passing; edited since accepted" in told.out

        self.change(project)
        told = await project.command("check", "specs", "--sandbox", "off")
        assert told.code == 1
        assert "stale: the declaration changed; edited since it was accepted" in told.out
        told = await project.ask(model_server, *RUN)
        assert told.code == 1
        assert "edited since it was accepted: kept" in told.out
        assert file.read_text() == text
        assert len(model_server.requests) == 1

    async def test_an_edit_while_the_model_writes_is_not_written_over(
        self, project: Project, model_server: ModelServer
    ) -> None:
        file = await self.accepted(project, model_server)
        self.change(project)
        model_server.script.append(reply(f"```python\n{RIGHT}", HANG, "```"))
        async with at_work(project, model_server) as run:
            file.write_text(file.read_text() + "# mine\n")
            model_server.release()
            told = await processes.ended(run)
        assert told.code == 1
        assert "was changed by somebody else" in told.out
        assert file.read_text().endswith("# mine\n")

    async def test_what_is_replaced_comes_back(
        self, project: Project, model_server: ModelServer
    ) -> None:
        file = await self.accepted(project, model_server)
        first = file.read_text()
        self.change(project)
        model_server.script.append(code(RIGHT.replace("3 * x", "x * 3")))
        assert (await project.ask(model_server, *RUN)).code == 0
        assert "x * 3" in file.read_text()

        undo = ("undo", "specs", "--only", "triple")
        told = await project.command(*undo, "--list")
        assert "-    return 3 * x\n  +    return x * 3" in told.out
        told = await project.command(*undo)
        assert "it is for an earlier declaration" in told.out
        assert file.read_text() == first
        told = await project.command(*undo)
        assert "nothing is accepted any more" in told.out
        assert not file.exists()
        told = await project.command(*undo)
        assert told.code == 2
        assert "nothing is accepted for sums.triple" in only_line(told.err)
        assert "taken back" in (await project.command(*undo, "--list")).out

    async def test_a_file_comes_back_as_well(
        self, project: Project, model_server: ModelServer
    ) -> None:
        declared = (
            "from pseudocode import pseudo_file\n\ndef check(text):\n    assert '{0}' in text\n\n"
            "pseudo_file('a.txt', 'It says {0}.', [check])\n"
        )
        target = project.root / "a.txt"
        for wanted in ("one", "two"):
            project.write("specs/texts.py", declared.format(wanted))
            model_server.script.append(reply(f"```\n{wanted}\n```"))
            assert (await project.ask(model_server, *RUN)).code == 0
            assert target.read_text() == f"{wanted}\n"
        undo = ("undo", "specs", "--only", "a.txt")
        assert (await project.command(*undo)).code == 0
        assert target.read_text() == "one\n"
        assert (await project.command(*undo)).code == 0
        assert not target.exists()
        assert not project.accepted_files


class TestCommands:
    @pytest.fixture
    async def worked(self, project: Project, model_server: ModelServer) -> Project:
        project.declare(TRIPLE, DOUBLE)
        model_server.otherwise = by_name(
            {"triple": code(RIGHT), "double": code("def double(x: int) -> int:\n    return 5")}
        )
        await project.ask(model_server, *RUN, "--max-rounds", "1")
        return project

    async def test_list(self, worked: Project) -> None:
        told = await worked.command("sessions", "list")
        assert (told.code, told.err) == (0, "")
        first, second = sorted(told.lines, key=lambda line: "double" in line)
        assert re.search(r"-sums\.triple-\w{4} · accepted: specs/\S+ · 1 round, 60 tokens, ", first)
        assert "unfinished: 0 of 1 examples pass · 1 round, 60 tokens, " in second

    async def test_list_for_programs(self, worked: Project) -> None:
        told = await worked.command("sessions", "list", "--json")
        records = {r["spec"]: r for r in map(json.loads, told.lines)}
        assert records["sums.triple"]["outcome"].startswith("accepted")
        assert records["sums.double"]["tokens"] == 60
        assert records["sums.double"]["rounds"] == 1

    async def test_show(self, worked: Project) -> None:
        told = await worked.command("sessions", "show", "sums.triple")
        assert told.code == 0
        for text in ("── round 1 · first ──", "2 of 2 examples pass", "accepted, written to"):
            assert text in told.out

    async def test_what_is_shown_is_inert(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(TRIPLE)
        model_server.script.append(refusal(400, "\x1b]0;owned\x07 [bold]"))
        await project.ask(model_server, *RUN)
        told = await project.command("sessions", "show", "sums")
        assert "\x1b" not in told.out
        assert "[bold]" in told.out

    async def test_delete(self, worked: Project) -> None:
        told = await worked.command("sessions", "delete", "sums.triple")
        assert told.code == 0
        assert len(worked.journals) == 1
        assert worked.accepted == ["sums.triple.py"]

    @pytest.mark.parametrize(
        ("name", "fault"), [("nothing", "no session begins"), ("2", "more than one session")]
    )
    async def test_a_name_that_is_not_one(self, worked: Project, name: str, fault: str) -> None:
        for verb in ("show", "delete", "resume"):
            told = await worked.command("sessions", verb, name)
            assert told.code == 2
            assert fault in only_line(told.err)
        assert len(worked.journals) == 2

    async def test_journals_that_cannot_be_read(self, worked: Project) -> None:
        worked.journals[0].write_bytes(b'{"seq":0,"schema":99}\n')
        worked.journals[1].write_bytes(b"\x00\xff garbage")
        told = await worked.command("sessions", "list")
        assert told.code == 1
        assert "newer version" in told.err
        assert "damaged: its beginning cannot be read" in told.out
        assert worked.journals[0].read_bytes() == b'{"seq":0,"schema":99}\n'


class TestFullDisk:
    @pytest.fixture
    def disk(self, tmp_path: Path) -> Iterator[Path]:
        """A small disk of its own."""
        if sys.platform != "linux" or os.geteuid() != 0:
            pytest.skip("only root can mount a small disk, on Linux")
        disk = tmp_path / "disk"
        disk.mkdir()
        if os.system(f"mount -t tmpfs -o size=256k tmpfs {disk} 2>/dev/null"):
            pytest.skip("nothing can be mounted here")
        try:
            yield disk
        finally:
            os.system(f"umount -l {disk}")

    def fill(self, disk: Path) -> Path:
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as stream:
            try:
                while True:
                    stream.write(b"x" * 1024)
            except OSError:
                return filler

    async def test_a_run_waits_for_room_and_goes_on(
        self, disk: Path, model_server: ModelServer
    ) -> None:
        project = Project(disk / "project")
        project.declare(TRIPLE)
        model_server.script.append(reply(f"```python\n{RIGHT}", "\n# " + "x" * 5000, HANG, "\n```"))
        async with at_work(project, model_server) as run:
            filler = self.fill(disk)
            model_server.release()
            assert run.stderr is not None
            line = await asyncio.wait_for(run.stderr.readline(), 20)
            assert b"No space left on device; waiting for room" in line
            assert not project.accepted
            filler.unlink()
            told = await processes.ended(run)
        assert told.code == 0
        assert project.accepted == ["sums.triple.py"]
        recording = read_journal(project.journals[0])
        assert recording.skipped == 0
        assert isinstance(recording.events[0], SessionStarted)
        assert not [event for event in recording.events if isinstance(event, Approved)]
        assert len(model_server.requests) == 1

    async def test_a_full_disk_from_the_start_is_told(
        self, disk: Path, model_server: ModelServer
    ) -> None:
        project = Project(disk / "project")
        project.declare(TRIPLE)
        filler = self.fill(disk)
        model_server.otherwise = lambda _: code(RIGHT)
        env = keyed(model_server)
        async with processes.started(*COMMAND, *RUN, cwd=project.root, env=env) as run:
            assert run.stderr is not None
            line = await asyncio.wait_for(run.stderr.readline(), 20)
            assert b"waiting for room" in line
            assert not model_server.requests
            filler.unlink()
            assert (await processes.ended(run)).code == 0
        assert project.accepted == ["sums.triple.py"]


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a folder to read only")
async def test_a_project_that_cannot_be_written(
    project: Project, model_server: ModelServer, tmp_path: Path
) -> None:
    project.declare(TRIPLE)
    model_server.otherwise = lambda _: code(RIGHT)
    if os.geteuid() != 0 or os.system(
        f"mount --bind {project.root} {project.root} 2>/dev/null"
        f" && mount -o remount,ro,bind {project.root} 2>/dev/null"
    ):
        pytest.skip("only root can make a folder of its own unwritable")
    try:
        told = await project.ask(model_server, *RUN)
    finally:
        os.system(f"umount -l {project.root}")
    assert told.code == 1
    assert "cannot write" in told.out
    assert "Read-only file system" in told.out
    (journal,) = (tmp_path / "home").rglob("*.jsonl")
    assert "AcceptanceFailed" in journal.read_text()
    again = await project.ask(model_server, *RUN)
    assert again.code == 0
    assert project.accepted == ["sums.triple.py"]
