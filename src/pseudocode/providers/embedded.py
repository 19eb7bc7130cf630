"""The embedded model: pulled when it is missing, served from a process of its own."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pseudocode.errors import ProviderError
from pseudocode.events import ReplyReceived
from pseudocode.loop import Request
from pseudocode.providers.chat import ChatProvider
from pseudocode.providers.endpoint import Endpoint
from pseudocode.providers.entries import LOCAL, ModelEntry
from pseudocode.providers.grammar import FUNCTION_BODY
from pseudocode.providers.pull import OnProgress, pull

START_SECONDS = 60.0
STOP_SECONDS = 3.0
MOST_SESSIONS = 3
"""That have slots of their own, with what they asked before; each slot takes some 50 MB."""
MIN_P = 0.05
"""Tokens less likely than this share of the likeliest are never drawn."""
INSTALL_HINT = "pip install 'pseudocode-tui[local]'"


def available() -> bool:
    """Whether the embedded model's server is installed."""
    return importlib.util.find_spec("xllamacpp") is not None


class LlamaServer:
    """The server process; it ends with this process, however that ends."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, key: str) -> None:
        self._process = process
        self.url = url
        self.key = key

    @classmethod
    async def start(cls, entry: ModelEntry, slots: int = 1) -> LlamaServer:
        """Start it and wait until it listens.

        Args:
            entry: The model.
            slots: How many it answers at once.

        Raises:
            ProviderError: When it is not installed or does not start.
        """
        if not available():
            raise ProviderError("the embedded model's server is not installed", hint=INSTALL_HINT)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "pseudocode.providers.llama_server",
            str(entry.path),
            str(slots),
            str(entry.context),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # Ctrl-C in the terminal is for us; the server ends when we close its input.
            start_new_session=True,
        )
        key = secrets.token_urlsafe()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(f"{key}\n".encode())
            line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
            return cls(process, json.loads(line)["url"], key)
        except (TimeoutError, ValueError, LookupError, OSError):
            await _end(process)
            raise ProviderError(
                "the embedded model's server did not start",
                hint="pseudocode-tui models pull fetches the model again if its file is damaged",
            ) from None
        except BaseException:
            await _end(process)
            raise

    @property
    def running(self) -> bool:
        """Whether the process is still there."""
        return self._process.returncode is None

    async def stop(self) -> None:
        """End the process and wait until it is gone."""
        if not self.running:
            return
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        await _end(self._process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill a process if it still runs, and let go of its pipes."""
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
    assert process.stdout is not None
    await process.stdout.read()


class EmbeddedProvider:
    """Answers from the embedded model; starts its server at the first request."""

    def __init__(self, entry: ModelEntry, on_progress: OnProgress, sessions: int = 1) -> None:
        """Name the model.

        Args:
            entry: Which one.
            on_progress: Told how fetching and starting it goes.
            sessions: How many will ask it at once.
        """
        self._entry = entry
        self._on_progress = on_progress
        self._slots = entry.candidates * min(sessions, MOST_SESSIONS)
        self._starting = asyncio.Lock()
        self._server: LlamaServer | None = None
        self._chats: dict[bool, ChatProvider] = {}
        """For texts that are gone on with, and for all else."""

    @property
    def identity(self) -> dict[str, Any]:
        """What its answers depend on beside the request: the weights and the parameters."""
        entry = self._entry
        return {"weights": entry.sha256, "continued": _continued(entry), "answered": _free(entry)}

    async def reply(self, request: Request, on_text: Callable[[str], None]) -> ReplyReceived:
        """Ask once.

        Raises:
            ProviderError: When the model cannot be fetched or served.
        """
        chats = await self._ready()
        return await chats[request.messages[-1].role == "assistant"].reply(request, on_text)

    async def close(self) -> None:
        """End the server."""
        for chat in self._chats.values():
            await chat.close()
        if self._server is not None:
            await self._server.stop()

    async def _ready(self) -> dict[bool, ChatProvider]:
        async with self._starting:
            if self._server is not None and self._server.running:
                return self._chats
            await self.close()
            await pull(self._entry, self._on_progress)
            self._on_progress(1.0, f"starting {self._entry.title}")
            self._server = await LlamaServer.start(self._entry, self._slots)
            self._on_progress(1.0, "")
            told = {True: _continued(self._entry), False: _free(self._entry)}
            self._chats = {
                continued: ChatProvider(_endpoint(self._server, parameters), self._on_progress)
                for continued, parameters in told.items()
            }
            return self._chats


def _endpoint(server: LlamaServer, parameters: dict[str, Any]) -> Endpoint:
    return Endpoint(
        base_url=server.url,
        model=LOCAL,
        api_key=server.key,
        unreachable="it is started anew at the next try",
        **parameters,
    )


def _continued(entry: ModelEntry) -> dict[str, Any]:
    return {
        "max_tokens": entry.max_tokens,
        "extra": {"grammar": FUNCTION_BODY, "min_p": MIN_P},
    }


def _free(entry: ModelEntry) -> dict[str, Any]:
    """For an answer in a conversation, which has a fence, imports and a first line of its own."""
    return {"max_tokens": 2 * entry.max_tokens, "extra": {"min_p": MIN_P}}
