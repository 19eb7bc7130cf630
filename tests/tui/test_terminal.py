"""The app in a real pseudo terminal, as a process, read back from the screen."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import server
from tests.server import ModelServer
from tests.tui.driving import DOUBLE, RIGHT

if sys.platform == "win32":
    pytest.skip("pseudo terminals are not there on Windows", allow_module_level=True)

import pexpect
import pyte

DEADLINE_SECONDS = 20.0


class Terminal:
    """A terminal with the app in it."""

    def __init__(self, folder: Path, arguments: list[str], columns: int, lines: int) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        # Runs of several tests at once set the size, which would go before that of the terminal.
        environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
        environment["TERM"] = "xterm-256color"
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "pseudocode", *arguments],
            cwd=str(folder),
            env=environment,
            dimensions=(lines, columns),
            timeout=DEADLINE_SECONDS,
        )

    @property
    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(self._screen.display)

    def until(self, condition: Callable[[], bool]) -> None:
        """Read what the app writes until something shows."""
        end = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            assert time.monotonic() < end, f"it never came; the screen shows:\n{self.text}"
            try:
                received = self.child.read_nonblocking(1 << 16, timeout=0.2)
            except pexpect.TIMEOUT:
                continue
            self.raw += received
            # Replies to questions that the screen model does not know would confuse it.
            self._stream.feed(received.replace(b"\x1b[?2026", b"\x1b[?9999"))

    def shows(self, text: str) -> None:
        """Wait until the screen shows a text."""
        self.until(lambda: text in self.text)

    def ends(self) -> int | None:
        """Wait for the end of the process; its exit code."""
        self.child.expect(pexpect.EOF)
        self.raw += self.child.before
        self.child.wait()
        status: int | None = self.child.exitstatus
        return status

    def vanishes(self) -> int:
        """Close the terminal and wait for the end of the process; its exit code."""
        self.child.ptyproc.fileobj.close()
        with ThreadPoolExecutor() as waiting:
            ended = waiting.submit(self.child.ptyproc.wait)
            try:
                return int(ended.result(DEADLINE_SECONDS))
            finally:
                if not ended.done():
                    os.kill(self.child.pid, signal.SIGKILL)


@contextmanager
def terminal(
    folder: Path, *arguments: str, columns: int = 80, lines: int = 24
) -> Iterator[Terminal]:
    opened = Terminal(folder, list(arguments), columns, lines)
    try:
        yield opened
    finally:
        opened.child.close(force=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    specs = tmp_path / "project" / "specs"
    specs.mkdir(parents=True)
    (specs / "easy.py").write_text(DOUBLE, encoding="utf-8")
    return specs.parent


@contextmanager
def ended_while_busy(project: Path, model_server: ModelServer) -> Iterator[Terminal]:
    """The app while it waits for an answer; after the block the journal tells that it stopped."""
    model_server.script.append(server.reply("```python\n", server.HANG))
    ask = ("--base-url", model_server.url, "--model", "scripted")
    with terminal(project, "specs", *ask) as shown:
        shown.shows("○ double")
        shown.child.send("g")
        shown.until(model_server.hanging.is_set)
        yield shown
    assert model_server.left.wait(5)
    (journal,) = (project / ".pseudocode" / "sessions").glob("*.jsonl")
    assert '"finish":"stopped"' in journal.read_text(encoding="ascii")


def test_a_spec_from_start_to_import(project: Path, model_server: ModelServer) -> None:
    model_server.script.append(server.code(RIGHT))
    ask = ("--base-url", model_server.url, "--model", "scripted")
    with terminal(project, "specs", *ask) as shown:
        shown.shows("○ double")
        shown.child.send("g")
        shown.shows("a accepts")
        shown.child.send("a")
        shown.shows("✓ double")
        shown.child.send("q")
        assert shown.ends() == 0
        assert b"\x1b[?1049l" in shown.raw
    child = pexpect.spawn(
        sys.executable,
        ["-c", "from specs.easy import double; print('got', double(21))"],
        cwd=str(project),
    )
    child.expect_exact("got 42")
    child.close()


@pytest.mark.parametrize(
    ("columns", "lines", "told"), [(60, 20, "g generates"), (40, 10, "q quits")]
)
def test_a_small_terminal_says_what_to_press(
    project: Path, columns: int, lines: int, told: str
) -> None:
    with terminal(project, "specs", columns=columns, lines=lines) as shown:
        shown.shows(told)
        shown.child.send("q")
        assert shown.ends() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_a_clean_screen(
    project: Path, model_server: ModelServer, number: signal.Signals
) -> None:
    with ended_while_busy(project, model_server) as shown:
        os.kill(shown.child.pid, number)
        assert shown.ends() == 0
        assert b"\x1b[?1049l" in shown.raw
        assert b"Traceback" not in shown.raw


def test_a_terminal_that_goes_takes_the_app_along(project: Path, model_server: ModelServer) -> None:
    with ended_while_busy(project, model_server) as shown:
        assert shown.vanishes() == 0


def test_ctrl_c_stops_what_runs_and_no_more(project: Path, model_server: ModelServer) -> None:
    model_server.script.append(server.reply("```python\n", server.HANG))
    ask = ("--base-url", model_server.url, "--model", "scripted")
    with terminal(project, "specs", *ask) as shown:
        shown.shows("○ double")
        shown.child.send("\x03")
        shown.shows("ctrl+q quits")
        shown.child.send("g")
        shown.until(model_server.hanging.is_set)
        shown.child.send("\x03")
        shown.shows("■ double")
        shown.child.send("\x11")
        assert shown.ends() == 0


def test_a_killed_app_stands_where_it_stood(project: Path, model_server: ModelServer) -> None:
    model_server.script.extend([server.code(RIGHT), server.reply("```python\n", server.HANG)])
    ask = ("--base-url", model_server.url, "--model", "scripted")
    with terminal(project, "specs", *ask) as shown:
        shown.shows("○ double")
        shown.child.send("g")
        shown.shows("a accepts")
        shown.child.send("n")
        shown.child.send("g")
        shown.until(model_server.hanging.is_set)
        shown.child.send("c")
        shown.child.send("louder")
        drafts = project / ".pseudocode" / "drafts"
        shown.until(lambda: any(p.read_text() == "louder" for p in drafts.glob("*.txt")))
        os.kill(shown.child.pid, signal.SIGKILL)
        shown.child.wait()
    model_server.release()
    (name,) = (p.stem for p in (project / ".pseudocode" / "sessions").glob("*shout*.jsonl"))
    with terminal(project, "sessions", "resume", name, *ask) as shown:
        shown.shows("● double")
        shown.shows("broken off · g goes on")
        shown.shows("c has your draft")
        shown.child.send("c")
        shown.shows("louder")
        shown.child.send("\x1b")
        shown.until(lambda: "enter sends" not in shown.text)
        shown.child.send("p")
        shown.shows("a accepts")
        shown.child.send("a")
        shown.shows("✓ double")
        shown.child.send("q")
        assert shown.ends() == 0
    assert len(model_server.requests) == 2
