"""The key and the password of the model's server are found nowhere but in requests to it."""

from __future__ import annotations

import asyncio
import base64
import ctypes
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from pseudocode.providers.entries import SMOLLM2
from tests.edges import processes
from tests.edges.processes import COMMAND, Ended
from tests.server import (
    DONE,
    HANG,
    Answer,
    Asked,
    ModelServer,
    chunk,
    code,
    refusal,
    reply,
    serving,
)

KEY = "sk-very-secret-4711"
PASSWORD = "p@ssw0rd-4712"
LOGIN = "someone:p%40ssw0rd-4712"
BASIC = base64.b64encode(f"someone:{PASSWORD}".encode()).decode()
SECRETS = (KEY, PASSWORD, "p%40ssw0rd-4712", BASIC)
SPEC = '''from pseudocode import pseudo_function

@pseudo_function
def triple(x: int) -> int:
    """Three times a number.

    >>> triple(2)
    6
    """
'''
RIGHT = "def triple(x: int) -> int:\n    return 3 * x\n"
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")


@dataclass(frozen=True, slots=True)
class Place:
    """A project, and a home that everything else is written to."""

    root: Path

    @property
    def project(self) -> Path:
        return self.root / "project"

    def env(self, server: ModelServer) -> dict[str, str]:
        url = server.url.replace("//", f"//{LOGIN}@")
        return {"OPENAI_API_KEY": KEY, "COPY_OF_KEY": KEY, "OPENAI_BASE_URL": url}

    async def command(self, server: ModelServer, *arguments: str, **env: str) -> Ended:
        told = await processes.run(
            *COMMAND, *arguments, cwd=self.project, env=self.env(server) | env
        )
        assert found_in(told.out, told.err) == []
        self.assert_keeps_secrets()
        return told

    def assert_keeps_secrets(self) -> None:
        files = [path for path in self.root.rglob("*") if path.is_file()]
        assert [path.name for path in files if path.suffix == ".py"]
        for path in files:
            assert found_in(path.read_bytes().decode("utf-8", "replace")) == [], path


def found_in(*texts: str) -> list[str]:
    return [secret for secret in SECRETS for text in texts if secret in text]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    (made.project / "specs").mkdir(parents=True)
    (made.project / "specs" / "sums.py").write_text(SPEC)
    return made


def echoing(asked: Asked) -> Answer:
    """A wrong answer, then a right one, that give back all they were sent."""
    told = f"You are {KEY}, {PASSWORD}, {asked.headers['authorization']}.\n"
    again = "return" in json.dumps(asked.body)
    body = RIGHT if again else RIGHT.replace("3 *", "4 *")
    text = f"{told}```python\n{body.replace('int:', f'int:  # {KEY}')}    # {BASIC}\n```\n{told}"
    pieces = (text[at : at + 5] for at in range(0, len(text), 5))
    whole = reply(*pieces, done=False).parts
    return Answer(parts=(*whole, chunk([], model=f"tiny-{KEY}"), DONE))


@pytest.mark.parametrize("options", [(), ("--json", "--junit", "out.xml")])
async def test_a_server_that_gives_back_what_it_was_sent(
    place: Place, model_server: ModelServer, options: tuple[str, ...]
) -> None:
    model_server.otherwise = echoing
    told = await place.command(model_server, "run", "specs", *options)
    assert told.code == 0, told.out
    assert [asked.headers["authorization"] for asked in model_server.requests] == [
        f"Basic {BASIC}",
        f"Basic {BASIC}",
    ]
    assert found_in(*(json.dumps(asked.body) for asked in model_server.requests)) == []
    kept = (place.project / "specs/__pseudocode__/sums.triple.py").read_text()
    assert "# model: tiny-***" in kept
    assert "def triple(x: int) -> int:  # ***" in kept
    assert list((place.project / ".pseudocode/sessions").glob("*.jsonl"))


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
@pytest.mark.parametrize("secret", [KEY, PASSWORD, BASIC])
async def test_a_refusal_that_names_the_secret(
    place: Place, model_server: ModelServer, status: int, secret: str
) -> None:
    model_server.otherwise = lambda _: refusal(status, f"no: {secret}", retry_after_ms="1")
    assert (await place.command(model_server, "run", "specs")).code == 3


async def test_a_redirect_carries_nothing_to_another_host(
    place: Place, model_server: ModelServer
) -> None:
    with serving() as other:
        other.otherwise = lambda _: code(RIGHT)
        there = other.url.replace("//", f"//{LOGIN}@") + "/chat/completions"
        model_server.otherwise = lambda _: Answer(status=307, headers={"Location": there})
        assert (await place.command(model_server, "run", "specs")).code == 3
        assert other.requests == []


@pytest.mark.parametrize("arguments", [("run", "specs"), ("info",), ("check", "specs")])
async def test_a_server_that_is_not_there(place: Place, arguments: tuple[str, ...]) -> None:
    with serving() as gone:
        url = gone.url
    # Both libraries log requests with their URLs where they are asked to.
    told = await place.command(gone, *arguments, OPENAI_LOG="debug", HTTPX_LOG_LEVEL="debug")
    assert (url in told.out) == (arguments[0] != "check")


async def test_a_key_in_the_place_of_its_variable(place: Place, model_server: ModelServer) -> None:
    told = await place.command(model_server, "run", "specs", "--api-key-env", KEY)
    assert told.code == 2
    assert "api_key_env must be the name of a variable" in told.err


async def test_code_that_asks_for_the_key_does_not_get_it(
    place: Place, model_server: ModelServer
) -> None:
    asking = 'env=["OPENAI_API_KEY", "COPY_OF_KEY", "OPENAI_BASE_URL", "OTHER"]'
    spec = SPEC.replace("@pseudo_function\n", f"@pseudo_function({asking})\n")
    (place.project / "specs" / "sums.py").write_text(spec)
    telling = "import os\n\ndef triple(x: int) -> int:\n    raise KeyError(dict(os.environ))\n"
    model_server.otherwise = lambda _: code(telling)
    arguments = ("run", "specs", "--allow", "triple", "--max-rounds", "2")
    told = await place.command(model_server, *arguments, OTHER="another")
    assert told.code == 1
    assert "'OTHER': 'another'" in model_server.requests[1].last
    assert found_in(*(json.dumps(asked.body) for asked in model_server.requests)) == []


def below(pid: int) -> Iterator[int]:
    """The processes that a process started, and theirs."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            stat = (folder / "stat").read_text()
            if int(stat.rpartition(")")[2].split()[1]) == pid:
                yield int(folder.name)
                yield from below(int(folder.name))


def children_of(pid: int) -> list[str]:
    """Command line and environment of each."""
    told = []
    for child in below(pid):
        with suppress(OSError):  # it has just ended
            folder = Path("/proc") / str(child)
            told.append((folder / "cmdline").read_text() + (folder / "environ").read_text())
    return told


@linux
async def test_no_child_inherits_a_secret(place: Place, model_server: ModelServer) -> None:
    seen = place.root / "seen"
    ruff = place.root / "ruff"
    real = shutil.which("ruff", path=str(Path(sys.executable).parent))
    ruff.write_text(f'#!/bin/sh\nenv >> {seen}\nexec {real} "$@"\n')
    ruff.chmod(0o755)
    start = (
        f"import pseudocode.checks.ruff as r; r._find = lambda: {str(ruff)!r}\n"
        "from pseudocode.cli import main; main()"
    )
    with serving() as beacon:
        beacon.otherwise = lambda _: reply(HANG)
        port = re.findall(r":(\d+)", beacon.url)[0]
        calling = (
            "import socket\n\ndef triple(x: int) -> int:\n"
            f"    with socket.create_connection(('127.0.0.1', {port})) as call:\n"
            "        call.sendall(b'GET /here HTTP/1.0\\r\\n\\r\\n')\n        call.recv(1)\n"
            "        call.recv(9999)\n    return 3 * x\n"
        )
        model_server.otherwise = lambda _: code(calling)
        async with processes.started(
            *(sys.executable, "-c", start, "run", "specs", "--sandbox", "off"),
            cwd=place.project,
            env=place.env(model_server),
        ) as process:
            assert await asyncio.to_thread(beacon.hanging.wait, processes.SECONDS)
            told: list[str] = []

            def is_found() -> bool:  # who lists processes can miss one while another ends
                told[:] = children_of(process.pid)
                return any("pseudocode.runner.worker" in text for text in told)

            await processes.until(is_found)
            process.kill()
    assert "PATH=" in seen.read_text()
    assert found_in(*told, seen.read_text()) == []
    place.assert_keeps_secrets()


@linux
def test_nobody_else_can_look_into_the_command() -> None:
    pid = os.fork()
    if pid == 0:
        sys.argv = ["pseudocode-tui", "--version"]
        with suppress(SystemExit):
            from pseudocode.cli import main

            main()
        os._exit(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))  # PR_GET_DUMPABLE
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@linux
@pytest.mark.local_model
@pytest.mark.skipif(not SMOLLM2.present, reason=f"{SMOLLM2.title} has not been pulled")
@pytest.mark.skipif(find_spec("xllamacpp") is None, reason="xllamacpp is not installed")
async def test_the_embedded_models_server_inherits_none(
    place: Place, model_server: ModelServer
) -> None:
    def served() -> list[str]:
        return [text for text in children_of(process.pid) if "llama_server" in text]

    async with processes.started(
        *(*COMMAND, "run", "specs", "--model", "local"),
        cwd=place.project,
        env=place.env(model_server),
    ) as process:
        await processes.until(lambda: bool(served()))
        (told,) = served()
        process.kill()
    assert "PATH=" in told
    assert found_in(told) == []
