"""The embedded model in its own process: its walls, its answers, its end."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import os
import re
import secrets
import signal
import socket
import sys
import urllib.request
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from pseudocode.errors import ProviderError
from pseudocode.events import ChatMessage
from pseudocode.loop import Request
from pseudocode.providers import embedded
from pseudocode.providers.embedded import EmbeddedProvider, LlamaServer
from pseudocode.providers.entries import SMOLLM2
from tests.edges import processes
from tests.edges.processes import MARK, end, marked, until

PATIENCE = 90.0
"""Long, because on a machine whose cores are taken the model is many times slower."""
SHORT = replace(SMOLLM2, max_tokens=4, candidates=1)
"""Quick to answer, where the answer does not matter."""
Started = Callable[[], set[int]]
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="looks at processes through /proc"
)
needs_server = pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is not installed"
)
local_model = [
    pytest.mark.local_model,
    needs_server,
    pytest.mark.skipif(not SMOLLM2.present, reason=f"{SMOLLM2.title} has not been pulled"),
]
REQUEST = Request(
    messages=(
        ChatMessage(
            role="user",
            content="Write a Python function `double`.\n\nTwice a number.\n\n"
            "Examples:\ndouble(2) == 4",
        ),
        ChatMessage(role="assistant", content="```python\ndef double(x: int) -> int:\n"),
    ),
    temperature=0.2,
    sample=1000,
)


def nothing(_share: float, _doing: str) -> None:
    pass


def assert_nothing_is_left_open() -> None:
    """What was not closed is told when it is collected, as an error of the test at hand."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        gc.collect()
    assert [str(warning.message) for warning in told] == []


def listens(url: str) -> bool:
    place = urlsplit(url)
    assert place.hostname
    assert place.port
    with socket.socket() as asked:
        return asked.connect_ex((place.hostname, place.port)) == 0


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], set[int]]]:
    """The processes that the test has started, and that still run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # what other tests have left
        gc.collect()
    mark = secrets.token_hex(8)
    monkeypatch.setenv(MARK, mark)
    yield lambda: marked(mark)
    left = marked(mark)
    end(left)
    assert not left


@needs_proc
class TestServer:
    pytestmark = local_model

    @pytest.fixture
    async def server(self, started: Started) -> AsyncIterator[LlamaServer]:
        made = await LlamaServer.start(SHORT)
        yield made
        await made.stop()

    async def test_answers_a_started_function(self) -> None:
        pieces: list[str] = []
        provider = EmbeddedProvider(SMOLLM2, nothing)
        try:
            told = await provider.reply(REQUEST, pieces.append)
            again = await provider.reply(REQUEST, lambda _: None)
        finally:
            await provider.close()
        assert "".join(pieces) == told.text
        assert re.match(r" {4}\S", told.text), told.text
        assert "return" in told.text
        assert told.finish == "stop"
        assert told.completion_tokens > 0
        assert again.prompt_tokens > again.cached_tokens > told.prompt_tokens / 2
        assert not told.estimated
        compile("def double(x: int) -> int:\n" + told.text, "<answer>", "exec")

    async def test_only_this_machine_with_the_key(self, server: LlamaServer) -> None:
        place = urlsplit(server.url)
        assert place.hostname == "127.0.0.1"
        port = f":{place.port:04X}"
        rows = [
            line.split()
            for name in ("tcp", "tcp6")
            for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
        ]
        listening = [row[1] for row in rows if row[1].endswith(port) and row[3] == "0A"]
        assert listening == [f"0100007F{port}"]
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            asked = urllib.request.Request(f"{server.url}/chat/completions", b"{}", headers)
            with pytest.raises(HTTPError) as caught:
                await asyncio.to_thread(urllib.request.urlopen, asked, timeout=PATIENCE)
            assert caught.value.code == 401
            caught.value.close()

    async def test_key_is_not_in_the_list_of_processes(
        self, server: LlamaServer, started: Started
    ) -> None:
        (process,) = started()
        shown = Path(f"/proc/{process}/cmdline").read_bytes()
        shown += Path(f"/proc/{process}/environ").read_bytes()
        assert server.key.encode() not in shown

    async def test_gone_after_close(self, started: Started) -> None:
        provider = EmbeddedProvider(SHORT, nothing)
        try:
            await provider.reply(REQUEST, lambda _: None)
            assert started()
        finally:
            await provider.close()
        await until(lambda: not started())

    async def test_gone_after_the_parent_was_killed(self, started: Started, tmp_path: Path) -> None:
        program = (
            "import asyncio\n"
            "from pseudocode.providers.embedded import LlamaServer\n"
            "from pseudocode.providers.entries import SMOLLM2\n"
            "async def main():\n"
            "    server = await LlamaServer.start(SMOLLM2)\n"
            "    print(server.url, flush=True)\n"
            "    await asyncio.Event().wait()\n"
            "asyncio.run(main())\n"
        )
        command = (sys.executable, "-c", program)
        async with processes.started(*command, cwd=tmp_path, env={}) as parent:
            assert parent.stdout is not None
            url = (await asyncio.wait_for(parent.stdout.readline(), PATIENCE)).decode().strip()
            assert listens(url)
            assert started()
            parent.send_signal(signal.SIGKILL)
            await until(lambda: not started())
            await until(lambda: not listens(url))

    async def test_starts_again_after_it_died(self, started: Started) -> None:
        provider = EmbeddedProvider(SHORT, nothing)
        try:
            await provider.reply(REQUEST, lambda _: None)
            (process,) = started()
            os.kill(process, signal.SIGKILL)
            await until(lambda: not Path(f"/proc/{process}").exists())
            async with asyncio.timeout(PATIENCE):
                while True:
                    # The provider is told of the end soon, not at once.
                    with suppress(ProviderError):
                        told = await provider.reply(REQUEST, lambda _: None)
                        break
            assert told.text
        finally:
            await provider.close()
        assert_nothing_is_left_open()

    async def test_cancelling_the_start_leaves_nothing(self, started: Started) -> None:
        task = asyncio.ensure_future(LlamaServer.start(SHORT))
        await until(lambda: bool(started()))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: not started())
        assert_nothing_is_left_open()


@needs_proc
async def test_server_that_never_listens(
    started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(embedded, "available", lambda: True)
    monkeypatch.setattr(embedded, "START_SECONDS", 0.2)
    with pytest.raises(ProviderError, match="did not start"):
        await LlamaServer.start(SHORT)
    await until(lambda: not started(), 5)
    assert_nothing_is_left_open()


async def test_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "available", lambda: False)
    with pytest.raises(ProviderError) as caught:
        await LlamaServer.start(SMOLLM2)
    assert "pip install" in caught.value.hint


@needs_proc
@needs_server
async def test_damaged_weights(started: Started) -> None:
    SMOLLM2.path.parent.mkdir(parents=True)
    SMOLLM2.path.write_bytes(b"GGUF but no more")
    with pytest.raises(ProviderError) as caught:
        await LlamaServer.start(SMOLLM2)
    assert "models pull" in caught.value.hint
    await until(lambda: not started())
    assert_nothing_is_left_open()
