"""The command line as real processes, with a scripted server and without one."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from pseudocode.events import ReplyReceived, Stopped
from pseudocode.spec.discovery import find_specs
from pseudocode.store.accepted import accepted_path, render
from pseudocode.store.journal import read_journal
from tests.edges import processes
from tests.edges.processes import COMMAND, Ended
from tests.server import (
    HANG,
    Answer,
    Asked,
    ModelServer,
    code,
    padding,
    page,
    refusal,
    reply,
    serving,
)

CHECKOUT = Path(__file__).parents[2]
KEY = "sk-very-secret-4711"
PATIENCE = 20.0
IMPORT = "from pseudocode import pseudo_function\n"
TRIPLE = '''
@pseudo_function
def triple(x: int) -> int:
    """Three times a number.

    >>> triple(2)
    6
    >>> triple(10)
    30
    """
'''
DOUBLE = '''
@pseudo_function
def double(x: int) -> int:
    """Twice a number.

    >>> double(2)
    4
    """
'''
FETCH = '''
@pseudo_function(network=["api.example.org"])
def fetch(x: int) -> int:
    """Fetch a number.

    >>> fetch(2)
    2
    """
'''
RIGHT = "def triple(x: int) -> int:\n    return 3 * x\n"
FETCHING = "def fetch(x: int) -> int:\n    return x\n"
WRONG = "def triple(x: int) -> int:\n    return x + 4\n"


OWN = "@pseudo_function(model='own', max_rounds=1, candidates=2)"


class Project:
    """A folder with specs, and commands run in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.specs = root / "specs"
        self.specs.mkdir(parents=True)
        self.write("pyproject.toml", "[project]\nname = 'example'\n")

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.write_text(text, encoding="utf-8")
        return path

    def declare(self, *declarations: str, module: str = "sums") -> Path:
        return self.write(f"specs/{module}.py", IMPORT + "".join(declarations))

    def accept(self, module: str, name: str, source: str) -> None:
        """Put accepted code in its place, as of the present declaration."""
        file = self.specs / f"{module}.py"
        found = find_specs(str(file), file.read_bytes()).specs
        digest = next(spec.digest for spec in found if spec.name == name)
        path = Path(accepted_path(str(file), module, name))
        path.parent.mkdir(exist_ok=True)
        text = render(source, declared_in=file.name, digest=digest, facts={"model": "by hand"})
        path.write_text(text, encoding="utf-8")

    @property
    def accepted(self) -> list[str]:
        return sorted(path.name for path in (self.specs / "__pseudocode__").glob("*"))

    @property
    def accepted_files(self) -> list[Path]:
        return sorted((self.specs / "__pseudocode__").glob("*.py"))

    @property
    def journals(self) -> list[Path]:
        return sorted((self.root / ".pseudocode" / "sessions").glob("*.jsonl"))

    async def command(self, *arguments: str, **env: str) -> Ended:
        told = await processes.run_warm(*arguments, cwd=self.root, env=env)
        assert KEY not in told.out + told.err
        return told

    async def ask(self, server: ModelServer, *arguments: str, **env: str) -> Ended:
        return await self.command(*arguments, **keyed(server), **env)

    async def python(self, source: str) -> Ended:
        command = (sys.executable, "-c", source)
        return await processes.run(*command, cwd=self.root, env={})

    def assert_keeps_secrets(self) -> None:
        files = [path for path in self.root.rglob("*") if path.is_file()]
        assert files
        assert not [path for path in files if KEY.encode() in path.read_bytes()]


def keyed(server: ModelServer) -> dict[str, str]:
    return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url}


def by_name(answers: dict[str, Answer]) -> Any:
    """Answers by the function that is asked for, for requests in no certain order."""

    def answer(asked: Asked) -> Answer:
        prompt = "".join(message["content"] for message in asked.body["messages"])
        # What it may use stands before its own declaration.
        places = {prompt.rfind(f"def {name}("): name for name in answers}
        return answers[places[max(place for place in places if place >= 0)]]

    return answer


def only_line(text: str) -> str:
    (line,) = text.splitlines()
    return line


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


class TestHelp:
    async def test_help_is_short_and_plain(self, project: Project) -> None:
        told = await project.command("--help")
        assert told.code == 0
        assert told.err == ""
        assert len(told.lines) < 50
        assert max(map(len, told.lines)) <= 100
        assert told.out.isprintable() or "\x1b" not in told.out
        for command in ("run", "check", "sessions", "undo", "models", "info"):
            assert re.search(rf"^  {command} ", told.out, re.M), told.out

    @pytest.mark.parametrize("command", ["app", "run", "check", "sessions", "undo"])
    async def test_help_of_commands(self, project: Project, command: str) -> None:
        told = await project.command(command, "--help")
        assert told.code == 0
        assert len(told.lines) < 50
        assert "\x1b" not in told.out

    async def test_version(self, project: Project) -> None:
        told = await project.command("--version")
        assert (told.code, told.err) == (0, "")
        assert re.fullmatch(r"pseudocode-tui, version \d+\.\d+\.\d+\S*\n", told.out)

    async def test_reader_that_goes_away(self, project: Project) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        try:
            told = await processes.run(*COMMAND, "--help", cwd=project.root, env={}, stdout=writing)
        finally:
            os.close(writing)
        assert (told.code, told.err) == (0, "")

    async def test_info(self, project: Project) -> None:
        told = await project.command("info", OPENAI_API_KEY=KEY, PSEUDOCODE_MODEL="tiny")
        assert told.code == 0
        assert "$OPENAI_API_KEY is set" in told.out
        assert re.search(r"^model +tiny  \(from the environment\)$", told.out, re.M)
        for name in (
            "limits only",
            *(("bubblewrap", "landlock") if sys.platform == "linux" else ()),
        ):
            assert re.search(rf"^ +{name}: \S", told.out, re.M)
        assert "limits only: works" in told.out

    async def test_no_terminal(self, project: Project) -> None:
        project.declare(TRIPLE)
        told = await project.command("specs")
        assert (told.code, told.out) == (2, "")
        line = only_line(told.err)
        assert "pseudocode-tui run specs" in line
        assert "pseudocode-tui check specs" in line


class TestRun:
    async def test_from_a_wrong_answer_to_a_program_that_uses_it(
        self, project: Project, model_server: ModelServer
    ) -> None:
        file = project.declare(TRIPLE)
        model_server.script.extend([code(WRONG), code(RIGHT)])
        told = await project.ask(model_server, "run", "specs", "--model", "tiny")
        assert (told.code, told.err) == (0, "")
        assert re.search(r"^✓ sums\.triple +accepted · 2 rounds, 120 tokens", told.out, re.M)
        assert told.lines[-1].startswith("accepted 1 of 1 · 120 tokens")

        first, second = model_server.requests
        assert first.headers["authorization"] == f"Bearer {KEY}"
        assert first.body["model"] == "tiny"
        assert "def triple(x: int) -> int:" in first.last
        assert "x + 4" in second.body["messages"][-2]["content"]
        assert ">>> triple(10)\nexpected: 30\ngot: 14" in second.last
        assert "1 of 2 examples pass" in second.last
        assert second.body["messages"][:2] == first.body["messages"]

        assert project.accepted == ["sums.triple.py"]
        text = (project.specs / "__pseudocode__" / "sums.triple.py").read_text()
        assert text.endswith("\n\n" + RIGHT)
        assert "# model: scripted-1\n" in text
        assert "# tests passed: 2 of 2 examples\n" in text
        project.assert_keeps_secrets()
        recording = read_journal(project.journals[0])
        assert recording.skipped == 0

        program = "from specs.sums import triple; print(triple(14))"
        assert await project.python(program) == Ended(0, "42\n", "")
        again = await project.ask(model_server, "run", "specs")
        assert again.code == 0
        assert "already accepted" in again.out
        assert len(model_server.requests) == 2

        file.write_text(file.read_text().replace("Three times", "Thrice"))
        stale = await self.failing_call(project, "StaleSpec")
        assert "sums.triple was changed" in stale
        file.write_text(file.read_text().replace("Thrice", "Three times") + "\n# a comment\n")
        assert (await project.python(program)).out == "42\n"

    async def failing_call(self, project: Project, error: str) -> str:
        told = await project.python(
            "import pseudocode\nfrom specs.sums import triple\n"
            f"try: triple(1)\nexcept pseudocode.{error} as error: print(error)\n"
        )
        line = only_line(told.out)
        assert "pseudocode-tui run specs/sums.py --only triple" in line
        return line

    async def test_call_before_any_code_was_accepted(self, project: Project) -> None:
        project.declare(TRIPLE)
        assert "no accepted code for sums.triple" in await self.failing_call(
            project, "NotGenerated"
        )

    async def test_options_of_a_declaration(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(TRIPLE.replace("@pseudo_function", OWN))
        model_server.otherwise = lambda _: code(WRONG)
        told = await project.ask(model_server, "run", "specs")
        assert "no solution in 1 round;" in told.out
        assert [asked.body["model"] for asked in model_server.requests] == ["own", "own"]
        await project.ask(model_server, "run", "specs", "--model", "tiny", "--max-rounds", "4")
        assert {asked.body["model"] for asked in model_server.requests[2:]} == {"tiny"}
        assert len(model_server.requests) == 2 + 4 * 2

    async def test_what_it_costs_is_told_where_the_price_is_known(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(TRIPLE, DOUBLE)
        wrong = code("def double(x: int) -> int:\n    return 5\n")
        model_server.otherwise = by_name({"triple": code(RIGHT), "double": wrong})
        priced = {"PSEUDOCODE_PRICE_IN": "1000", "PSEUDOCODE_PRICE_OUT": "10000"}
        arguments = ("run", "specs", "--max-rounds", "2")
        told = await project.ask(model_server, *arguments, "--only", "triple", **priced)
        assert "1 round, 60 tokens, $0.2400, " in told.out
        told = await project.ask(model_server, *arguments, "--no-cache")
        assert "2 rounds, 120 tokens, cost unknown, " in told.out
        listed = (await project.command("sessions", "list")).out
        assert "60 tokens, $0.2400, " in listed
        assert "120 tokens, cost unknown, " in listed

    async def test_unsolved(self, project: Project, model_server: ModelServer) -> None:
        project.declare(TRIPLE)
        model_server.otherwise = lambda _: code(WRONG)
        told = await project.ask(model_server, "run", "specs", "--max-rounds", "2")
        assert told.code == 1
        assert "no solution in 2 rounds; best: 1 of 2 examples, round 2" in told.out
        assert len(model_server.requests) == 2
        assert project.accepted == []

    async def test_answer_without_code_is_answered(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(TRIPLE)
        script = [reply("I would rather not."), code("def other(): ..."), code(RIGHT)]
        model_server.script.extend(script)
        told = await project.ask(model_server, "run", "specs")
        assert told.code == 0
        assert "no function named triple" in model_server.requests[1].last

    async def test_bad_file_beside_a_good_one(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(TRIPLE)
        project.write("specs/broken.py", "\n\ndef oops(:\n")
        model_server.script.append(code(RIGHT))
        told = await project.ask(model_server, "run", "specs")
        assert told.code == 2
        assert only_line(told.err).startswith("specs/broken.py:3: not valid Python")
        assert project.accepted == ["sums.triple.py"]

    async def test_several_at_once_as_json_and_junit(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(TRIPLE, DOUBLE, FETCH)
        bad = code("def double(x: int) -> int:\n    return 5\n")
        model_server.otherwise = by_name({"triple": code(RIGHT), "double": bad})
        arguments = ("--jobs", "3", "--max-rounds", "1", "--json", "--junit", "out.xml")
        told = await project.ask(model_server, "run", "specs", *arguments)
        assert (told.code, told.err) == (1, "")
        records = [json.loads(line) for line in told.lines]
        assert {"SessionStarted", "ReplyReceived", "SuiteFinished", "CandidateAccepted"} <= {
            record["event"] for record in records
        }
        outcomes = {r["spec"]: r for r in records if r["event"] == "Outcome"}
        states = {name: outcome["state"] for name, outcome in outcomes.items()}
        expected = {"sums.triple": "accepted", "sums.double": "unsolved", "sums.fetch": "unsolved"}
        assert states == expected
        asked = "needs permission: may reach api.example.org; grant it with --allow fetch"
        assert outcomes["sums.fetch"]["detail"] == asked
        assert all("session" in r for r in records if r["event"] != "Outcome")

        suite = ElementTree.parse(project.root / "out.xml").getroot()
        counts = {name: suite.get(name) for name in ("tests", "failures")}
        assert counts == {"tests": "3", "failures": "2"}
        assert {case.get("name"): [e.tag for e in case] for case in suite} == {
            "triple": [],
            "double": ["failure"],
            "fetch": ["failure"],
        }

    async def test_only(self, project: Project, model_server: ModelServer) -> None:
        project.declare(TRIPLE, DOUBLE)
        model_server.otherwise = by_name({"triple": code(RIGHT)})
        told = await project.ask(model_server, "run", "specs", "--only", "triple")
        assert told.code == 0
        assert project.accepted == ["sums.triple.py"]
        told = await project.ask(model_server, "run", "specs", "--only", "nope")
        assert told.code == 2
        assert "no spec is named nope" in told.err

    async def test_code_is_run_only_with_what_was_allowed(
        self, project: Project, model_server: ModelServer
    ) -> None:
        file = project.declare(TRIPLE, FETCH)
        model_server.otherwise = lambda _: code(FETCHING)
        told = await project.ask(model_server, "run", "specs", "--only", "fetch")
        assert told.code == 1
        asked = "needs permission: may reach api.example.org; grant it with --allow fetch"
        assert f"unsolved · {asked}" in told.lines[0]
        assert model_server.requests == []

        arguments = ("run", "specs", "--only", "fetch", "--json")
        told = await project.ask(model_server, *arguments, "--allow", "fetch")
        assert told.code == 0
        records = [json.loads(line) for line in told.lines]
        assert records[0]["permissions"] == ["may reach api.example.org"]
        assert (records[1]["event"], records[1]["permissions"]) == (
            "PermissionsGranted",
            ["may reach api.example.org"],
        )
        assert project.accepted == ["sums.fetch.py"]

        file.write_text(file.read_text().replace("Fetch a number", "Fetch it"))
        assert (await project.ask(model_server, *arguments)).code == 0
        file.write_text(file.read_text().replace("api.example.org", "example.net"))
        told = await project.ask(model_server, *arguments)
        assert told.code == 1
        assert "needs permission: may reach example.net" in told.out

    async def test_names_that_are_allowed_are_those_of_one_spec(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(FETCH)
        project.declare(FETCH, module="other")
        for name, said in [
            ("nope", "--allow nope: no spec is named so"),
            ("fetch", "other.fetch (specs/other.py:4) and sums.fetch (specs/sums.py:4) are"),
        ]:
            told = await project.ask(model_server, "run", "specs", "--allow", name)
            assert told.code == 2
            assert said in told.err
        model_server.otherwise = lambda _: code(FETCHING)
        told = await project.ask(model_server, "run", "specs", "--allow", "sums.fetch")
        assert project.accepted == ["sums.fetch.py"]

    async def test_postponed_annotations_work_in_a_program(
        self, project: Project, model_server: ModelServer
    ) -> None:
        declared = TRIPLE.replace("x: int", "x: SupportsInt")
        context = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
        source = f"{context}    from typing import SupportsInt\n{declared}"
        project.write("specs/sums.py", f"from __future__ import annotations\n{IMPORT}{source}")
        model_server.otherwise = lambda _: code(RIGHT.replace("x: int", "x: SupportsInt"))
        told = await project.ask(model_server, "run", "specs", "--max-rounds", "1")
        assert told.code == 0, told.out
        told = await project.python("from specs.sums import triple; print(triple(14))")
        assert told == Ended(0, "42\n", "")


class TestInterrupt:
    async def test_in_mid_stream(self, project: Project, model_server: ModelServer) -> None:
        project.declare(TRIPLE)
        model_server.script.append(reply("```python\ndef tri", padding(), HANG))
        env = keyed(model_server)
        command = (*COMMAND, "run", "specs")
        async with processes.started(*command, cwd=project.root, env=env) as process:
            assert await asyncio.to_thread(model_server.hanging.wait, PATIENCE)
            process.send_signal(signal.SIGINT)
            told = await processes.ended(process)
        assert told.code == 130
        assert "interrupted" in only_line(told.err.strip())
        events = read_journal(project.journals[0]).events
        (answer,) = (event for event in events if isinstance(event, ReplyReceived))
        assert (answer.text, answer.finish) == ("```python\ndef tri", "stopped")
        assert isinstance(events[-1], Stopped)
        assert project.accepted == []

    async def test_in_the_middle_of_a_test(
        self, project: Project, model_server: ModelServer, tmp_path: Path
    ) -> None:
        project.declare(TRIPLE)
        with serving() as beacon:
            # The code calls home, so that the signal comes while it runs.
            host, port = re.findall(r"//([\d.]+):(\d+)", beacon.url)[0]
            looping = (
                "import socket\n\ndef triple(x: int) -> int:\n"
                f"    with socket.create_connection(({host!r}, {port})) as call:\n"
                "        call.sendall(b'GET /here HTTP/1.0\\r\\n\\r\\n')\n"
                "        call.recv(1)\n"
                "    while True:\n        pass\n"
            )
            model_server.script.append(code(looping))
            command = (*COMMAND, "run", "specs", "--sandbox", "off")
            env = keyed(model_server)
            async with processes.started(*command, cwd=project.root, env=env) as process:
                await processes.until(lambda: bool(beacon.requests))
                process.send_signal(signal.SIGINT)
                told = await processes.ended(process)
        assert told.code == 130
        assert "interrupted" in only_line(told.err.strip())
        assert isinstance(read_journal(project.journals[0]).events[-1], Stopped)


class TestTrouble:
    async def test_no_folder(self, project: Project) -> None:
        for command in (("run",), ("check",), ()):
            told = await project.command(*command, "nowhere")
            assert told.code == 2
            assert "nowhere" in told.err
            assert len(told.err.splitlines()) == 1

    async def test_empty_folder(self, project: Project) -> None:
        for command in ("run", "check"):
            told = await project.command(command, "specs")
            assert told.code == 2
            assert "no specs in specs" in only_line(told.err)
            assert "@pseudo_function" in told.err

    async def test_no_model(self, project: Project) -> None:
        project.declare(TRIPLE)
        told = await project.command("run", "specs")
        assert told.code == 3
        line = only_line(told.err)
        for mend in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "--model local"):
            assert mend in line

    async def test_wrong_key(self, project: Project, model_server: ModelServer) -> None:
        project.declare(TRIPLE, DOUBLE)
        model_server.otherwise = lambda _: refusal(401, f"Incorrect API key provided: {KEY}")
        told = await project.ask(model_server, "run", "specs")
        assert told.code == 3
        line = next(line for line in told.lines if "sums.triple" in line)
        assert model_server.url in line
        assert "turned the API key down" in line
        assert "check OPENAI_API_KEY" in line
        assert "not started" in next(line for line in told.lines if "sums.double" in line)
        assert len(model_server.requests) == 1
        project.assert_keeps_secrets()

    async def test_a_prompt_that_is_too_long_for_the_model_holds_up_no_other(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(TRIPLE, DOUBLE)

        def answer(asked: Asked) -> Answer:
            if "triple" in asked.last:
                return refusal(400, "too much", name="context_length_exceeded")
            return code("def double(x: int) -> int:\n    return 2 * x\n")

        model_server.otherwise = answer
        told = await project.ask(model_server, "run", "specs", "--library", "off")
        assert told.code == 1
        line = next(line for line in told.lines if "sums.triple" in line)
        assert "raise its context length" in line
        assert "accepted" in next(line for line in told.lines if "sums.double" in line)

    async def test_a_prompt_of_which_the_server_read_a_part_is_warned_of(
        self, project: Project, model_server: ModelServer
    ) -> None:
        said = "The number is a count of things that were seen on a day. " * 60
        project.declare(TRIPLE.replace("Three times a number.", f"Three times.\n\n    {said}"))
        model_server.otherwise = lambda _: code(RIGHT)
        told = await project.ask(model_server, "run", "specs")
        assert told.code == 0
        assert "the server read only 40 of about" in only_line(told.err)

    async def test_wrong_url(self, project: Project) -> None:
        project.declare(TRIPLE)
        with serving() as gone:
            url = gone.url
        told = await project.command("run", "specs", "--base-url", url)
        assert told.code == 3
        line = next(line for line in told.lines if "sums.triple" in line)
        assert f"{url} cannot be reached" in line
        assert "check --base-url" in line

    async def test_captive_portal(self, project: Project, model_server: ModelServer) -> None:
        project.declare(TRIPLE)
        model_server.otherwise = lambda _: page()
        told = await project.ask(model_server, "run", "specs", "--max-rounds", "1")
        assert told.code == 3
        assert model_server.url in told.out

    async def test_strict_sandbox(self, project: Project, model_server: ModelServer) -> None:
        project.declare(TRIPLE)
        for command in ("run", "check"):
            bare = (sys.executable, "-m", "tests.edges.bare", *COMMAND)
            told = await processes.run(
                *(*bare, command, "specs", "--sandbox", "strict"),
                cwd=project.root,
                env={**keyed(model_server), "PYTHONPATH": str(CHECKOUT)},
            )
            assert told.code == 4
            assert "install bubblewrap" in told.err
            assert "--sandbox best-effort" in only_line(told.err)
        assert model_server.requests == []

    async def test_project_that_redirects_the_key(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(TRIPLE)
        project.write("pyproject.toml", f"[tool.pseudocode]\nbase_url = '{model_server.url}'\n")
        told = await project.command("run", "specs", OPENAI_API_KEY=KEY)
        assert told.code == 2
        line = only_line(told.err)
        assert "pyproject.toml" in line
        assert "cannot set base_url" in line
        assert model_server.requests == []

    async def test_unknown_setting(self, project: Project) -> None:
        project.declare(TRIPLE)
        project.write("pyproject.toml", "[tool.pseudocode]\nmodle = 'tiny'\n")
        told = await project.command("check", "specs")
        assert told.code == 2
        assert "'modle'; did you mean model?" in only_line(told.err)

    @pytest.mark.parametrize(
        "text",
        ["[tool.pseudocode\n", "tool = 1\n", "[tool]\npseudocode = 'x'\n", "\xff"],
        ids=["syntax", "tool", "table", "encoding"],
    )
    async def test_broken_project_file(self, project: Project, text: str) -> None:
        project.declare(TRIPLE)
        (project.root / "pyproject.toml").write_bytes(text.encode("latin-1"))
        told = await project.command("check", "specs")
        assert told.code == 2
        assert "pyproject.toml" in only_line(told.err)

    async def test_bad_options(self, project: Project) -> None:
        project.declare(TRIPLE)
        for arguments, said in [
            (("--temperature", "9"), "temperature must be between 0 and 2"),
            (("--sandbox", "of"), "strict, best-effort, off"),
            (("--config", "no.toml"), "no.toml: there is no such file"),
            (("--modle", "x"), "--model"),
        ]:
            told = await project.command("check", "specs", *arguments)
            assert told.code == 2
            assert said in told.err

    async def test_folder_that_cannot_be_written(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.declare(TRIPLE)
        project.write("specs/__pseudocode__", "a file is in the way")
        model_server.script.append(code(RIGHT))
        told = await project.ask(model_server, "run", "specs")
        assert told.code == 1
        assert "__pseudocode__" in told.out


class TestCheck:
    async def test_missing_stale_failing_and_fine(self, project: Project) -> None:
        project.declare(TRIPLE, DOUBLE, FETCH)
        project.declare(TRIPLE, module="stale")
        project.accept("stale", "triple", RIGHT)
        stale = project.specs / "stale.py"
        stale.write_text(stale.read_text().replace("30", "40"))
        project.declare(TRIPLE, module="failing")
        project.accept("failing", "triple", WRONG)
        project.accept("sums", "triple", RIGHT)
        told = await project.command("check", "specs", OPENAI_API_KEY=KEY)
        assert (told.code, told.err) == (1, "")
        *lines, summary = told.lines
        assert summary == "1 of 5 specs are well"
        said = {line.split()[1]: line for line in lines}
        assert said["sums.triple"].startswith("✓")
        assert "no accepted code" in said["sums.double"]
        assert "run specs/sums.py --only double" in said["sums.double"]
        assert "stale: the declaration changed" in said["stale.triple"]
        assert "failing: triple(10) expected 30, got 14" in said["failing.triple"]
        assert [line[0] for line in lines] == ["✗", "✗", "✓", "✗", "✗"]

    async def test_code_without_permission_is_not_run_and_that_is_told(
        self, project: Project
    ) -> None:
        project.declare(FETCH)
        project.accept("sums", "fetch", FETCHING.replace("return x", "return x + 1"))
        told = await project.command("check", "specs")
        assert (told.code, told.err) == (0, "")
        said = "accepted, fresh; not run: needs permission: may reach api.example.org"
        assert told.lines[0].startswith("-")
        assert said in told.lines[0]
        assert told.lines[-1] == "1 of 1 specs are well"
        for arguments in (("--allow", "sums.fetch"), ()):
            told = await project.command("check", "specs", *arguments)
            assert told.code == 1
            assert "failing: fetch(2) expected 2, got 3" in told.lines[0]

    async def test_all_well(self, project: Project) -> None:
        project.declare(TRIPLE)
        project.accept("sums", "triple", RIGHT)
        told = await project.command("check", "specs/sums.py")
        assert (told.code, told.err) == (0, "")
        assert told.lines[-1] == "1 of 1 specs are well"

    async def test_bad_file(self, project: Project) -> None:
        project.declare(TRIPLE)
        project.accept("sums", "triple", RIGHT)
        project.write("specs/broken.py", "x = = 1\n")
        told = await project.command("check", "specs")
        assert told.code == 2
        assert only_line(told.err).startswith("specs/broken.py:1: ")

    @pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"# digest: x\n\n\0"])
    async def test_damaged_accepted_code(self, project: Project, content: bytes) -> None:
        project.declare(TRIPLE)
        project.accept("sums", "triple", RIGHT)
        (project.specs / "__pseudocode__" / "sums.triple.py").write_bytes(content)
        told = await project.command("check", "specs")
        assert told.code == 1
        assert "0 of 1 specs are well" in told.out


class TestCompletion:
    """What a shell is told of what can be typed next."""

    async def told(self, tmp_path: Path, *words: str) -> list[str]:
        env = {
            "_PSEUDOCODE_TUI_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(("pseudocode-tui", *words)),
            "COMP_CWORD": str(len(words)),
        }
        command = str(Path(sys.executable).with_name("pseudocode-tui"))
        ended = await processes.run(command, cwd=tmp_path, env=env)
        return ended.out.split()

    async def test_commands_options_and_files(self, tmp_path: Path) -> None:
        assert {"plain,serve", "plain,sessions"} <= set(await self.told(tmp_path, "se"))
        assert "plain,--max-rounds" in await self.told(tmp_path, "run", "--max")
        assert await self.told(tmp_path, "spec") == ["file,spec"]
