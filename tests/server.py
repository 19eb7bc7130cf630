"""A scripted OpenAI-compatible server on 127.0.0.1.

    server.script.extend([refusal(500), reply("```python", ...), reply("half", HANG, "rest")])

Each request takes the next answer. A handler that hangs is freed by `release()`, by the client
going away, or by the end of the server, so nothing ever has to sleep.
"""

from __future__ import annotations

import json
import select
import socket
import socketserver
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

POLL_SECONDS = 0.02
READ_SECONDS = 10.0
SSE = "text/event-stream"


class Act(Enum):
    """What a server can do in the middle of an answer, beside sending."""

    HANG = "hang"
    """Wait until released."""
    CUT = "cut"
    """Reset the connection."""
    PAUSE = "pause"
    """Wait for a moment, unless released."""


HANG, CUT, PAUSE = Act.HANG, Act.CUT, Act.PAUSE
Part = bytes | Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent to one request."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": SSE})
    parts: tuple[Part, ...] = ()
    silent: bool = False
    """Hang before the headers."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came in."""

    path: str
    headers: dict[str, str]
    """Under their names in lower case."""
    body: Any
    """The JSON data; None where there was none."""

    @property
    def last(self) -> str:
        """The text of the last message."""
        return str(self.body["messages"][-1]["content"])


def event(data: object) -> bytes:
    """One server-sent event; a string is sent as it is."""
    return f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()


DONE = event("[DONE]")


def chunk(
    choices: object, *, usage: dict[str, int] | None = None, model: str = "scripted-1"
) -> bytes:
    """One chunk of a streamed completion."""
    data = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": model}
    return event({**data, "choices": choices} | ({"usage": usage} if usage else {}))


def delta(text: str | None = None, finish: str | None = None) -> bytes:
    """A chunk that carries text, or the reason for the end."""
    content = {} if text is None else {"content": text}
    return chunk([{"index": 0, "delta": content, "finish_reason": finish}])


def usage(prompt: int = 40, completion: int = 20) -> bytes:
    """The chunk after the last one, which counts the tokens."""
    total = prompt + completion
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}
    return chunk([], usage=counts)


def padding(size: int = 1 << 20) -> bytes:
    """More comments than the connection can hold.

    Once the server is past them, the client has taken up what came before.
    """
    return b": %s\n\n" % (b"." * 4000) * (size // 4000)


def reply(
    *texts: str | Part, finish: str | None = "stop", counts: bool = True, done: bool = True
) -> Answer:
    """A streamed answer: a chunk for each text, raw bytes and acts as they stand."""
    parts: list[Part] = [delta(part) if isinstance(part, str) else part for part in texts]
    if finish:
        parts.append(delta(finish=finish))
    if counts:
        parts.append(usage())
    if done:
        parts.append(DONE)
    return Answer(parts=tuple(parts))


def code(source: str, *, size: int = 7) -> Answer:
    """A streamed answer that holds source in a fence, some characters at a time."""
    text = f"```python\n{source.strip()}\n```\n"
    return reply(*(text[start : start + size] for start in range(0, len(text), size)))


def refusal(status: int, message: str = "no", *, name: str = "error", **headers: str) -> Answer:
    """An error as OpenAI words it; underscores in names of headers become hyphens."""
    body = {"error": {"message": message, "type": name, "code": name, "param": None}}
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return Answer(
        status=status,
        headers={"Content-Type": "application/json"} | named,
        parts=(json.dumps(body).encode(),),
    )


def models(*names: str) -> Answer:
    """What a server offers, as `/v1/models` says it."""
    data = [{"id": name, "object": "model", "created": 0, "owned_by": "us"} for name in names]
    body = json.dumps({"object": "list", "data": data}).encode()
    return Answer(headers={"Content-Type": "application/json"}, parts=(body,))


def page(text: str = "<html><body>Please sign in</body></html>") -> Answer:
    """A web page with status 200, as a captive portal sends it."""
    return Answer(headers={"Content-Type": "text/html"}, parts=(text.encode(),))


def silence() -> Answer:
    """Nothing at all, not even headers."""
    return Answer(silent=True)


def exhausted(asked: Asked) -> Answer:
    """A refusal that no client repeats."""
    return refusal(400, f"the script has no answer to {asked.path}")


class ModelServer:
    """Answers from a script; `with serving() as server:` starts and ends it."""

    def __init__(self) -> None:
        self.script: deque[Answer] = deque()
        self.otherwise: Callable[[Asked], Answer] = exhausted
        """Answers once the script is used up."""
        self.requests: list[Asked] = []
        self.hanging = threading.Event()
        """Set as soon as a handler hangs."""
        self.left = threading.Event()
        """Set as soon as a client went away from a handler that hung."""
        self.errors: list[BaseException] = []
        """What went wrong in the server itself."""
        self._released = threading.Event()
        self._lock = threading.Lock()
        self._listener = _Listener(self)

    @property
    def url(self) -> str:
        """The base URL, as clients are given it."""
        return f"http://127.0.0.1:{self._listener.server_address[1]}/v1"

    def release(self) -> None:
        """Let every handler that hangs go on, now and from now on."""
        self._released.set()

    def answer(self, asked: Asked) -> Answer:
        """Record a request and take its answer."""
        with self._lock:
            self.requests.append(asked)
            return self.script.popleft() if self.script else self.otherwise(asked)

    def hang(self, connection: socket.socket) -> None:
        """Wait until released or left alone."""
        self.hanging.set()
        while not self._released.wait(POLL_SECONDS):
            readable, _, _ = select.select([connection], [], [], 0)
            if readable and not connection.recv(1, socket.MSG_PEEK):
                self.left.set()
                raise ConnectionAbortedError

    def pause(self) -> None:
        """Wait for a moment, unless released."""
        self._released.wait(POLL_SECONDS)

    @contextmanager
    def running(self) -> Iterator[ModelServer]:
        """Serve until the block ends; then nothing of it is left."""
        # The interval bounds how long the end takes.
        thread = threading.Thread(target=self._listener.serve_forever, args=(POLL_SECONDS,))
        thread.start()
        try:
            yield self
        finally:
            self.release()
            self._listener.shutdown()
            thread.join()
            self._listener.server_close()


@contextmanager
def serving() -> Iterator[ModelServer]:
    """A server for the length of the block."""
    with ModelServer().running() as server:
        yield server


class _Listener(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, owner: ModelServer) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        # HTTPServer's own looks the name of the host up, which can take seconds.
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, request: object, client_address: object) -> None:
        error = sys.exception()
        # Clients under test are killed and cancelled: they may go at any time.
        if error is not None and not isinstance(error, ConnectionError):
            self.owner.errors.append(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = READ_SECONDS
    server: _Listener

    def setup(self) -> None:
        super().setup()
        # A small buffer of ours makes it sure what the client has taken up; see `padding`.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionAbortedError("the client went in the middle of its request")
        self._answer(json.loads(body))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass

    def _answer(self, body: Any) -> None:
        owner = self.server.owner
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = owner.answer(Asked(self.path, headers, body))
        if answer.silent:
            owner.hang(self.connection)
        self.close_connection = True
        self.send_response(answer.status)
        sent = {"Connection": "close", "Transfer-Encoding": "chunked"} | answer.headers
        for name, value in sent.items():
            self.send_header(name, value)
        self.end_headers()
        for part in answer.parts:
            if not self._carry_out(part):
                return
        self.wfile.write(b"0\r\n\r\n")

    def _carry_out(self, part: Part) -> bool:
        if part is Act.HANG:
            self.server.owner.hang(self.connection)
        elif part is Act.PAUSE:
            self.server.owner.pause()
        elif part is Act.CUT:
            # Closing with data held back resets the connection.
            option = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
            self.connection.close()
            return False
        elif isinstance(part, bytes):
            self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            self.wfile.flush()
        return True
