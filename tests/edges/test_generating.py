"""Generating from within a person's own program: at a call, an import, a declaration of a file."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from pseudocode.store.journal import read_journal
from tests.edges import processes
from tests.edges.processes import Ended
from tests.making import ADD, IMPORT, MINUS, RIGHT
from tests.server import HANG, ModelServer, code, refusal, reply

if sys.platform == "win32":
    pytest.skip("pseudo terminals are not there on Windows", allow_module_level=True)

import pexpect

SECONDS = 40
PROMPT = "What code feedback would you like to provide? (leave empty for approval): "
CALL = "\nif __name__ == '__main__':\n    print('sum', add(20, 22))\n"
PROGRAM = f"{IMPORT}@pseudo_function\n{ADD}{CALL}"
REVIEWED = f"{IMPORT}@pseudo_function(review=True)\n{ADD}{CALL}"


class Home:
    """A project with a program that declares what it uses."""

    def __init__(self, root: Path, server: ModelServer) -> None:
        self.root = root
        self.env = {
            "OPENAI_BASE_URL": server.url,
            "OPENAI_API_KEY": "sk-a-key-of-some-length",
            "PSEUDOCODE_MODE": "generate",
            "XDG_STATE_HOME": str(root / "state"),
        }
        root.mkdir()
        self.write("pyproject.toml", "[project]\nname = 'example'\n")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    async def run(self, program: str = PROGRAM, **env: str) -> Ended:
        self.write("sums.py", program)
        return await processes.run(sys.executable, "sums.py", cwd=self.root, env=self.env | env)

    @contextmanager
    def terminal(self, program: str) -> Iterator[Any]:
        self.write("sums.py", program)
        env = {**os.environ, **self.env, "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "120"}
        child = pexpect.spawn(
            sys.executable,
            ["sums.py"],
            cwd=str(self.root),
            env=env,
            dimensions=(50, 120),
            timeout=SECONDS,
            encoding="utf-8",
        )
        try:
            yield child
        finally:
            child.close(force=True)

    @property
    def accepted(self) -> str:
        return (self.root / "__pseudocode__" / "sums.add.py").read_text(encoding="utf-8")

    @property
    def journal(self) -> list[str]:
        """The kinds of the events in the one journal there is."""
        (path,) = (self.root / ".pseudocode" / "sessions").glob("*.jsonl")
        recording = read_journal(path)
        assert recording.skipped == 0
        return [type(event).__name__ for event in recording.events]


@pytest.fixture
def home(tmp_path: Path, model_server: ModelServer) -> Home:
    return Home(tmp_path / "project", model_server)


def ends(child: Any) -> int:
    child.expect(pexpect.EOF)
    child.wait()
    return int(child.exitstatus if child.exitstatus is not None else -child.signalstatus)


def test_an_empty_line_approves_what_is_shown(home: Home, model_server: ModelServer) -> None:
    model_server.script.append(code(RIGHT))
    with home.terminal(REVIEWED) as child:
        child.expect_exact("Function Specification")
        child.expect_exact("Add two numbers.")
        child.expect_exact("Code Review")
        child.expect_exact("return a + b")
        child.expect_exact(PROMPT)
        assert not (home.root / "__pseudocode__").exists()
        child.sendline("")
        child.expect_exact("2 of 2 examples pass")
        child.expect_exact("sum 42")
        assert ends(child) == 0
    assert "return a + b" in home.accepted
    assert "Approved" in home.journal


def test_a_comment_goes_to_the_model_and_uses_up_no_round(
    home: Home, model_server: ModelServer
) -> None:
    summed = "def add(a: int, b: int) -> int:\n    return sum((a, b))\n"
    model_server.script.extend([code(RIGHT), code(summed)])
    with home.terminal(REVIEWED) as child:
        child.expect_exact(PROMPT)
        child.sendline("use [bold]sum[/bold], please")
        child.expect_exact("LLM Feedback")
        child.expect_exact("use [bold]sum[/bold], please")
        child.expect_exact("Code Review")
        child.expect_exact("return sum((a, b))")
        child.expect_exact(PROMPT)
        child.sendline("")
        child.expect_exact("sum 42")
        assert ends(child) == 0
    assert "use [bold]sum[/bold], please" in model_server.requests[1].last
    assert "sum((a, b))" in home.accepted


def test_without_review_the_tests_decide_and_are_shown(
    home: Home, model_server: ModelServer
) -> None:
    model_server.script.extend([code(MINUS), code(RIGHT)])
    with home.terminal(PROGRAM) as child:
        child.expect_exact("return a - b")
        child.expect_exact("0 of 2 examples pass")
        child.expect_exact("expected 3, got -1")
        child.expect_exact("LLM Feedback")
        child.expect_exact("return a + b")
        child.expect_exact("2 of 2 examples pass")
        child.expect_exact("sum 42")
        assert ends(child) == 0


def test_what_the_code_says_does_not_reach_the_terminal_as_it_is(
    home: Home, model_server: ModelServer
) -> None:
    evil = (
        "def add(a: int, b: int) -> int:\n    raise ValueError('\\x1b]0;owned\\a [red]x[/red]')\n"
    )
    model_server.script.extend([code(evil), code(RIGHT)])
    with home.terminal(PROGRAM) as child:
        child.expect_exact("LLM Feedback")
        seen = child.before
        child.expect_exact("sum 42")
        assert ends(child) == 0
    assert "\x1b]0;" not in seen
    assert "<U+001B>]0;owned<U+0007> [red]x[/red]" in seen


ASKING = f"{IMPORT}@pseudo_function(env=['TOKEN'])\n{ADD}{CALL}"


@pytest.mark.parametrize(("answer", "granted"), [("y", True), ("", False)])
def test_permission_is_asked_before_the_first_run(
    home: Home, model_server: ModelServer, answer: str, granted: bool
) -> None:
    model_server.script.append(code(RIGHT))
    with home.terminal(ASKING) as child:
        child.expect_exact("this code asks for permission")
        child.expect_exact("may read the environment variable TOKEN")
        child.expect_exact("[y/N]: ")
        assert "SuiteFinished" not in home.journal
        child.sendline(answer)
        child.expect_exact("sum 42" if granted else "NotGenerated")
        assert ends(child) == (0 if granted else 1)
    assert ("PermissionsGranted" in home.journal) is granted


def test_when_all_rounds_are_used_up_a_hint_can_be_given(
    home: Home, model_server: ModelServer
) -> None:
    program = PROGRAM.replace("@pseudo_function\n", "@pseudo_function(max_rounds=1)\n")
    model_server.script.extend([code(MINUS), code(RIGHT)])
    with home.terminal(program) as child:
        child.expect_exact("no solution in 1 round")
        child.expect_exact("(leave empty to stop): ")
        child.sendline("add them")
        child.expect_exact("sum 42")
        assert ends(child) == 0


def test_interrupting_leaves_the_journal_whole(home: Home, model_server: ModelServer) -> None:
    model_server.script.append(reply("```python\ndef add", HANG))
    with home.terminal(PROGRAM) as child:
        assert model_server.hanging.wait(SECONDS)
        child.sendintr()
        child.expect_exact("KeyboardInterrupt")
        assert ends(child) != 0
    assert home.journal[-1] == "Stopped"


def descendants(process: int) -> set[int]:
    """Those that a process has started, and theirs."""
    found: set[int] = set()
    for listed in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, listed.read_text().split()):
                found |= {child} | descendants(child)
    return found


def runs(process: int) -> bool:
    """Whether it is there, and not only waits to be reaped."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


CAUGHT = f"""{IMPORT}@pseudo_function
{ADD}
try:
    add(20, 22)
except KeyboardInterrupt:
    print("broken off")
    raise SystemExit(130) from None
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux tells of them")
@pytest.mark.parametrize(("begun", "times"), [("", 1), ("```python\ndef add", 2), ("", 5)])
async def test_an_interrupted_program_leaves_nothing_behind(
    home: Home, model_server: ModelServer, begun: str, times: int
) -> None:
    """Without a terminal as well, whether or not text came, and whoever is impatient."""
    home.write("sums.py", CAUGHT)
    model_server.script.append(reply(*filter(None, [begun]), HANG))
    async with processes.started(sys.executable, "sums.py", cwd=home.root, env=home.env) as process:
        await processes.until(model_server.hanging.is_set)
        # What runs tests is there by then.
        await processes.until(lambda: bool(descendants(process.pid)))
        begotten = descendants(process.pid)
        for _ in range(times):
            process.send_signal(signal.SIGINT)
        told = await processes.ended(process)
    assert (told.code, told.out) == (130, "broken off\n"), told
    await processes.until(lambda: not any(map(runs, begotten)))
    assert home.journal[-1] == "Stopped"
    assert read_journal(*(home.root / ".pseudocode" / "sessions").glob("*.jsonl")).skipped == 0
    # The lock went with it, and the next run goes on.
    model_server.release()
    model_server.script.append(code(RIGHT))
    assert (await home.run()).out == "sum 42\n"


def test_interrupting_the_question_does_as_well(home: Home, model_server: ModelServer) -> None:
    model_server.script.append(code(RIGHT))
    with home.terminal(REVIEWED) as child:
        child.expect_exact(PROMPT)
        child.sendintr()
        child.expect_exact("KeyboardInterrupt")
        assert ends(child) != 0
    assert home.journal[-1] == "Stopped"


async def test_without_a_terminal_the_tests_decide(home: Home, model_server: ModelServer) -> None:
    model_server.script.extend([code(MINUS), code(RIGHT)])
    ended = await home.run()
    assert (ended.code, ended.out) == (0, "sum 42\n"), ended
    assert len(model_server.requests) == 2
    model_server.script.clear()
    assert (await home.run()).out == "sum 42\n"
    assert len(model_server.requests) == 2


async def failing(home: Home, program: str, **env: str) -> str:
    """The last line of a program that ends with an exception."""
    home.write("sums.py", program)
    async with processes.started(
        sys.executable, "sums.py", cwd=home.root, env=home.env | env
    ) as process:
        _, err = await process.communicate()
    assert process.returncode == 1
    return err.decode().strip().split("\n")[-1]


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (
            REVIEWED,
            "NotGenerated: sums.add: review=True: a person has to approve its code; without",
        ),
        (
            ASKING,
            "NotGenerated: sums.add needs permission: may read the environment variable TOKEN",
        ),
    ],
)
async def test_without_a_terminal_nobody_is_asked(home: Home, program: str, told: str) -> None:
    assert told in await failing(home, program)


async def test_what_fails_is_told_in_the_exception(home: Home, model_server: ModelServer) -> None:
    model_server.script.append(refusal(401, "bad key"))
    told = await failing(home, PROGRAM)
    assert told.startswith("pseudocode.errors.ProviderError: ")
    program = PROGRAM.replace("@pseudo_function\n", "@pseudo_function(max_rounds=1)\n")
    model_server.script.append(code(MINUS))
    told = await failing(home, program)
    assert "NotGenerated: no code for sums.add: no solution in 1 round" in told
    assert "; best: 0 of 2 examples, round 1" in told
    told = await failing(home, program, OPENAI_BASE_URL="", OPENAI_API_KEY="")
    assert "ProviderError: no model to ask; set OPENAI_API_KEY" in told


async def test_stale_code_is_written_anew(home: Home, model_server: ModelServer) -> None:
    model_server.script.extend([code(RIGHT), code(RIGHT)])
    await home.run()
    changed = PROGRAM.replace("Add two numbers.", "Add two whole numbers.")
    assert "StaleSpec" in await failing(home, changed, PSEUDOCODE_MODE="")
    assert (await home.run(changed)).out == "sum 42\n"


async def test_the_mode_of_a_decorator_counts_more(home: Home, model_server: ModelServer) -> None:
    serving = PROGRAM.replace("@pseudo_function\n", "@pseudo_function(mode='serve')\n")
    assert "NotGenerated: no accepted code for sums.add; run:" in await failing(home, serving)
    model_server.script.append(code(RIGHT))
    generating = PROGRAM.replace("@pseudo_function\n", "@pseudo_function(mode='generate')\n")
    assert (await home.run(generating, PSEUDOCODE_MODE="serve")).out == "sum 42\n"


async def test_an_unknown_mode_is_an_error_that_names_the_others(home: Home) -> None:
    told = await failing(home, PROGRAM, PSEUDOCODE_MODE="now")
    assert "SettingsError: PSEUDOCODE_MODE='now': there are the modes serve and generate" in told
    wrong = PROGRAM.replace("@pseudo_function\n", "@pseudo_function(mode='now')\n")
    assert "SettingsError: mode='now'" in await failing(home, wrong, PSEUDOCODE_MODE="")


IN_A_LOOP = f"""{IMPORT}import asyncio

@pseudo_function
{ADD}
@pseudo_function
async def twice(a: int) -> int:
    '''Twice.

    >>> import asyncio
    >>> asyncio.run(twice(4))
    8
    '''

async def main():
    print('sum', add(20, 22), await twice(4))

asyncio.run(main())
"""


async def test_within_a_running_event_loop(home: Home, model_server: ModelServer) -> None:
    twice = "async def twice(a: int) -> int:\n    return 2 * a\n"
    model_server.script.extend([code(RIGHT), code(twice)])
    ended = await home.run(IN_A_LOOP)
    assert (ended.code, ended.out) == (0, "sum 42 8\n"), ended


TWO_THREADS = f"""{IMPORT}import threading

@pseudo_function
{ADD}
def use():
    print(str(add(20, 22)) + chr(10), end="")

threads = [threading.Thread(target=use) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


async def test_two_threads_have_one_generation(home: Home, model_server: ModelServer) -> None:
    model_server.script.append(code(RIGHT))
    ended = await home.run(TWO_THREADS)
    assert (ended.code, ended.out) == (0, "42\n42\n"), ended
    assert len(model_server.requests) == 1


CLASS = """\
from pseudocode import pseudo_class

@pseudo_class
class Counter:
    '''Counts.

    >>> counter = Counter()
    >>> counter.up()
    1
    '''

    def up(self) -> int:
        '''One step.'''

print('at', Counter().up())
"""
COUNTER = """\
class Counter:
    def __init__(self) -> None:
        self.at = 0

    def up(self) -> int:
        self.at += 1
        return self.at
"""


async def test_a_class_is_generated_when_it_is_declared(
    home: Home, model_server: ModelServer
) -> None:
    model_server.script.append(code(COUNTER))
    ended = await home.run(CLASS)
    assert (ended.code, ended.out) == (0, "at 1\n"), ended


TWO_CLASSES = """\
from pseudocode import pseudo_class

def goes_up():
    assert Counter().up() == 1

def is_empty():
    assert Box().items == []

@pseudo_class(mode="generate", tests=[goes_up])
class Counter:
    def up(self) -> int: ...

@pseudo_class(mode="generate", tests=[is_empty])
class Box:
    items: list[int]

print(Counter().up(), Box().items)
"""


async def test_what_is_still_missing_is_not_generated_where_tests_run(
    home: Home, model_server: ModelServer
) -> None:
    box = "class Box:\n    def __init__(self) -> None:\n        self.items: list[int] = []\n"
    model_server.script.extend([code(COUNTER), code(box)])
    guarded = TWO_CLASSES.replace("print(", "if __name__ == '__main__':\n    print(")
    ended = await home.run(guarded, PSEUDOCODE_MODE="")
    assert (ended.code, ended.out) == (0, "1 []\n"), ended
    assert len(model_server.requests) == 2


FILE = """\
import json
from pseudocode import pseudo_file

def test_port(contents):
    assert json.loads(contents)["port"] == 5000

written = pseudo_file("deploy/app.json", "The settings of the server", [test_port])
print(written)
"""


async def test_a_file_is_generated_when_it_is_declared(
    home: Home, model_server: ModelServer
) -> None:
    model_server.script.append(reply('```json\n{"port": 5000}\n```\n'))
    for _ in range(2):
        ended = await home.run(FILE)
        assert (ended.code, ended.out) == (0, "deploy/app.json\n"), ended
    assert json.loads((home.root / "deploy" / "app.json").read_text()) == {"port": 5000}
    assert len(model_server.requests) == 1


def test_a_file_that_is_there_is_shown_and_replaced_once_that_is_approved(
    home: Home, model_server: ModelServer
) -> None:
    home.write("deploy/app.json", '{"port": 80}\n')
    model_server.script.append(reply('```json\n{"port": 5000}\n```\n'))
    with home.terminal(FILE) as child:
        child.expect_exact("What it replaces")
        child.expect_exact('-{"port": 80}')
        child.expect_exact(PROMPT)
        child.sendline("")
        child.expect_exact("deploy/app.json\r\n")
        assert ends(child) == 0
    assert json.loads((home.root / "deploy" / "app.json").read_text()) == {"port": 5000}


async def test_a_file_that_is_there_is_not_replaced_unseen(
    home: Home, model_server: ModelServer
) -> None:
    home.write("deploy/app.json", '{"port": 80}\n')
    model_server.script.append(reply('```json\n{"port": 5000}\n```\n'))
    assert "StoreError" in await failing(home, FILE)
    assert "80" in (home.root / "deploy" / "app.json").read_text()


def test_generating_within_this_process_leaves_no_thread_behind(
    home: Home, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in home.env.items():
        monkeypatch.setenv(name, value)
    home.write("declared_here.py", PROGRAM)
    monkeypatch.syspath_prepend(str(home.root))
    model_server.script.append(code(RIGHT))
    module = __import__("declared_here")
    before = threading.active_count()
    assert module.add(20, 22) == 42
    assert threading.active_count() <= before
    del sys.modules["declared_here"]


async def test_two_programs_ask_once(home: Home, model_server: ModelServer) -> None:
    model_server.script.append(reply(f"```python\n{RIGHT}```\n", HANG))
    home.write("sums.py", PROGRAM)
    command = (sys.executable, "sums.py")
    async with processes.started(*command, cwd=home.root, env=home.env) as first:
        await processes.until(model_server.hanging.is_set)
        async with processes.started(*command, cwd=home.root, env=home.env) as second:
            assert second.stderr is not None
            told = (await second.stderr.readline()).decode()
            assert f"sums.add is held by process {first.pid} " in told
            model_server.release()
            for program in (first, second):
                ended = await processes.ended(program)
                assert (ended.code, ended.out.splitlines()[-1]) == (0, "sum 42")
    assert len(model_server.requests) == 1
