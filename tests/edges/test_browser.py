"""The app behind a page: served on this machine, worked in by a real browser."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from tests import server
from tests.edges.processes import started
from tests.server import ModelServer

pytest.importorskip("textual_serve", reason="the extra `web` is not installed")
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--window-size=1200,800",
)  # fmt: skip
DEADLINE_SECONDS = 40.0
SPEC = '''from pseudocode import pseudo_function


@pseudo_function
def double(number: int) -> int:
    """Return the number times two.

    >>> double(4)
    8
    """
'''
RIGHT = "def double(number: int) -> int:\n    return number * 2"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "specs"
    folder.mkdir()
    (folder / "easy.py").write_text(SPEC, encoding="utf-8")
    return tmp_path


@asynccontextmanager
async def served(project: Path, **env: str) -> AsyncIterator[str]:
    """The address that the command prints."""
    words = (sys.executable, "-m", "pseudocode", "serve", "specs")
    async with started(*words, cwd=project, env=env) as process:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), DEADLINE_SECONDS)
        yield line.decode().strip()
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), DEADLINE_SECONDS) == 0


def status(url: str, **headers: str) -> int:
    """What the server answers to a request without the cookie."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code


async def test_nobody_gets_in_without_the_key(project: Path) -> None:
    async with served(project) as address:
        base = address.partition("?")[0]
        assert base.startswith("http://127.0.0.1:")
        for path in ("", "ws", "static/", "?key=guessed"):
            assert await asyncio.to_thread(status, base + path) == 403
        others = {"Origin": "https://example.org"}
        assert await asyncio.to_thread(status, address, **others) == 403
        assert await asyncio.to_thread(status, address, Host="example.org") == 403


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    """Headless Chromium, driven by its own driver."""
    if not (CHROMIUM and DRIVER):
        pytest.skip("Chromium and its driver are not installed")
    pytest.importorskip("selenium", reason="the extra `browser-tests` is not installed")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


async def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < end, f"{what} never came"
        await asyncio.sleep(0.05)


async def test_a_spec_is_worked_through_in_a_browser(
    project: Path, model_server: ModelServer, browser: Any
) -> None:
    model_server.script.append(server.code(RIGHT))
    env = {"OPENAI_BASE_URL": model_server.url, "OPENAI_API_KEY": "sk-none"}

    def press(key: str) -> None:
        browser.find_element("css selector", "textarea").send_keys(key)

    def journals() -> str:
        found = project.glob(".pseudocode/sessions/*.jsonl")
        return "".join(path.read_text(encoding="utf-8") for path in found)

    async with served(project, **env) as address:
        await asyncio.to_thread(browser.get, address)
        first = "return document.body?.classList.contains('-first-byte')"
        await until(lambda: bool(browser.execute_script(first)), "the first screen")
        # Until the desk has been laid out, keys go nowhere.
        for _ in range(100):
            await asyncio.to_thread(press, "g")
            await asyncio.sleep(0.3)
            if "SessionStarted" in journals():
                break
        await until(lambda: "SuiteFinished" in journals(), "the verdict")
        await asyncio.to_thread(press, "a")
        kept = project / "specs" / "__pseudocode__" / "easy.double.py"
        await until(kept.exists, "the accepted code")
        assert "number * 2" in kept.read_text(encoding="utf-8")
