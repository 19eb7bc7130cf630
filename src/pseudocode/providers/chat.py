"""Chat completions of any OpenAI-compatible server, through the `openai` client."""

from __future__ import annotations

import asyncio
import importlib
import json
import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from pseudocode.errors import ProviderError, SlowDown
from pseudocode.events import Finish, ReplyReceived
from pseudocode.loop import CHARACTERS_PER_TOKEN, Request
from pseudocode.providers.redaction import Redaction, Stream, basic

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 60.0
"""Longest wait for the next token; a loaded model may take long to read the prompt."""
TOTAL_SECONDS = 300.0
TOO_MANY_REQUESTS = 429
MAX_HINT = 300
"""Characters of what a server says about a failure."""
MAX_TEXT = 1 << 20
"""Characters after which an answer is cut."""
_FINISHES: dict[str | None, Finish] = {"length": "length", "content_filter": "filter"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a model is, and what every request to it carries."""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    login: str = field(default="", repr=False)
    """A `NAME:PASSWORD` that goes before the key; never in the URL, which errors and logs show."""
    unreachable: str = "check --base-url or OPENAI_BASE_URL, and that the server runs"
    """What to do when nothing, or nothing sensible, comes from there."""
    api_key_env: str = "OPENAI_API_KEY"
    """Where the key came from, for messages."""
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    """Parameters beyond OpenAI's, as the server at hand understands them."""
    total_seconds: float = TOTAL_SECONDS


class ChatProvider:
    """Streams chat completions from one endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._redacted = Redaction(endpoint.api_key, endpoint.login)
        self._client: AsyncOpenAI | None = None
        self._starting = asyncio.Lock()
        self._reports_usage = True

    @property
    def identity(self) -> dict[str, Any]:
        """What its answers depend on beside the request: server, model and parameters."""
        endpoint = self._endpoint
        return {
            "server": endpoint.base_url,
            "model": endpoint.model,
            "max_tokens": endpoint.max_tokens,
            "stop": endpoint.stop,
            "extra": endpoint.extra,
        }

    async def reply(self, request: Request, on_text: Callable[[str], None]) -> ReplyReceived:
        """Ask once.

        What came before a connection broke is returned as a reply with finish `cut`.

        Raises:
            ProviderError: When nothing came, with what to do about it.
        """
        answer = _Answer(on_text, self._redacted)
        try:
            async with asyncio.timeout(self._endpoint.total_seconds):
                await self._stream(request, answer)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # the client lets errors of json, codecs and h11 through as well
            if not answer.text:
                raise self._explain(error, request.model) from None
            answer.finish = "cut"
        return answer.reply(request)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    async def _stream(self, request: Request, answer: _Answer) -> None:
        client = await self._connect()
        stream = await self._open(client, request)
        try:
            async for chunk in stream:
                answer.take(chunk)
                if answer.length > MAX_TEXT:
                    answer.finish = "length"
                    return
        finally:
            answer.close()
            await stream.close()
        if not answer.begun:
            raise ProviderError("sent no answer of a model", hint=self._endpoint.unreachable)

    async def _open(self, client: AsyncOpenAI, request: Request) -> Any:
        import openai

        try:
            return await self._create(client, request)
        except openai.BadRequestError as error:
            # Older servers do not know the option; without it we estimate the tokens.
            if not self._reports_usage or "stream_options" not in str(error):
                raise
            self._reports_usage = False
            return await self._create(client, request)

    async def _create(self, client: AsyncOpenAI, request: Request) -> Any:
        endpoint = self._endpoint
        options: dict[str, Any] = {"seed": request.sample, "extra_body": endpoint.extra or None}
        bounds = [bound for bound in (endpoint.max_tokens, request.max_tokens) if bound]
        if bounds:
            options["max_tokens"] = min(bounds)
        if endpoint.stop:
            options["stop"] = list(endpoint.stop)
        if self._reports_usage:
            options["stream_options"] = {"include_usage": True}
        stream: Any = await client.chat.completions.create(
            model=request.model or endpoint.model,
            messages=[{"role": m.role, "content": m.content} for m in request.messages],  # type: ignore[misc]
            temperature=request.temperature,
            stream=True,
            **options,
        )
        return stream

    async def _connect(self) -> AsyncOpenAI:
        async with self._starting:
            if self._client is None:
                # The import takes most of a second, which would freeze the screen.
                openai = await asyncio.to_thread(importlib.import_module, "openai")
                login = self._endpoint.login
                self._client = openai.AsyncOpenAI(
                    api_key=self._endpoint.api_key or "none",
                    base_url=self._endpoint.base_url,
                    default_headers={"Authorization": f"Basic {basic(login)}"} if login else None,
                    timeout=openai.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
                    max_retries=2,
                    # A redirect could carry the key to another host.
                    http_client=openai.DefaultAsyncHttpxClient(
                        follow_redirects=False, event_hooks={"response": [_leave_slowing_down]}
                    ),
                )
            return self._client

    def _explain(self, error: Exception, model: str) -> ProviderError:
        import openai

        url = self._endpoint.base_url
        if isinstance(error, ProviderError):
            return ProviderError(f"{url} {error}", hint=error.hint)
        text, hint, again = f"failed: {type(error).__name__}", _said(error), True
        match error:
            case TimeoutError() | openai.APITimeoutError():
                text, hint = "did not answer in time", "try again, or raise --timeout"
            case openai.APIConnectionError():
                text, hint = "cannot be reached", self._endpoint.unreachable
            case openai.APIStatusError():
                text, hint, again = self._refused(error, model)
            case openai.APIError():
                text = "reported an error"
            case json.JSONDecodeError() | UnicodeDecodeError():
                text, hint = "sent broken data", self._endpoint.unreachable
        told, hint = self._redacted(f"{url} {text}"), self._redacted(hint)[:MAX_HINT]
        if isinstance(error, openai.RateLimitError) and again:
            return SlowDown(told, hint=hint, seconds=_retry_after(error.response.headers))
        return ProviderError(told, hint=hint, retryable=again)

    def _refused(self, error: APIStatusError, model: str) -> tuple[str, str, bool]:
        match error.status_code:
            case 401 | 403:
                variable = self._endpoint.api_key_env
                hint = f"check {variable}, or name another variable with --api-key-env"
                return "turned the API key down", hint, False
            case 404:
                hint = "choose one with --model; or the URL lacks its /v1"
                return f"knows no model {(model or self._endpoint.model)!r}", hint, False
            case 429:
                if error.code == "insufficient_quota":
                    return "says that the account is out of credit", _said(error), False
                return "asks to slow down", _said(error), True
        return f"answered {error.status_code}", _said(error), error.status_code >= 500


async def _leave_slowing_down(response: Any) -> None:
    """Have the client not wait by itself: who else asks the same server has to wait as well."""
    if response.status_code == TOO_MANY_REQUESTS:
        response.headers["x-should-retry"] = "false"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """How many seconds the server wants to be left alone, if it says so."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with suppress(ValueError):
            seconds = float(headers.get(name, "")) * unit
            if 0 < seconds < math.inf:
                return seconds
    with suppress(TypeError, ValueError, OverflowError):
        at = parsedate_to_datetime(headers.get("retry-after", ""))
        return max(0.0, at.timestamp() - time.time()) or None
    return None


def _said(error: Exception) -> str:
    body = getattr(error, "body", None)
    said = body.get("message") if isinstance(body, dict) else None
    return str(said or error)


class _Answer:
    """An answer as it comes in, without secrets."""

    def __init__(self, on_text: Callable[[str], None], redacted: Redaction) -> None:
        self._on_text = on_text
        self._redacted = redacted
        self._arriving = Stream(redacted)
        self._parts: list[str] = []
        self._started = time.monotonic()
        self._first: float | None = None
        self._usage: Any = None
        self._model = ""
        self.begun = False
        """Whether anything came that a model's server sends."""
        self.finish: Finish = "cut"
        self.length = 0

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def take(self, chunk: Any) -> None:
        self.begun = True
        self._model = self._redacted(str(getattr(chunk, "model", None) or "")) or self._model
        self._usage = getattr(chunk, "usage", None) or self._usage
        for choice in getattr(chunk, "choices", None) or ():
            if choice.delta is not None and choice.delta.content:
                self._add(self._arriving.take(choice.delta.content))
            if choice.finish_reason:
                self.finish = _FINISHES.get(choice.finish_reason, "stop")

    def close(self) -> None:
        """Nothing more comes."""
        self._add(self._arriving.rest())

    def _add(self, text: str) -> None:
        if not text:
            return
        if self._first is None:
            self._first = time.monotonic() - self._started
        self._parts.append(text)
        self.length += len(text)
        self._on_text(text)

    def reply(self, request: Request) -> ReplyReceived:
        known = self._usage is not None
        sent = sum(len(message.content) for message in request.messages)
        return ReplyReceived(
            candidate=0,
            text=self.text,
            finish=self.finish,
            prompt_tokens=self._usage.prompt_tokens if known else sent // CHARACTERS_PER_TOKEN,
            completion_tokens=(
                self._usage.completion_tokens if known else len(self.text) // CHARACTERS_PER_TOKEN
            ),
            estimated=not known,
            seconds=round(time.monotonic() - self._started, 4),
            first_token_seconds=round(self._first or 0.0, 4),
            model=self._model,
        )
