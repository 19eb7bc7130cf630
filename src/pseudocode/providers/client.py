"""The client of one endpoint: who it says it is, whom it trusts, and how much it takes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from pseudocode.providers.endpoint import AZURE_VERSION, Endpoint
from pseudocode.providers.faults import TooMuch
from pseudocode.providers.redaction import basic

if TYPE_CHECKING:
    from openai import AsyncOpenAI

MAX_LINE = 8 << 20
"""Bytes of one line, or of an answer that is not streamed."""
MAX_STREAM = 256 << 20
"""Bytes of a stream: what surrounds a token is much longer than itself."""


def make_client(endpoint: Endpoint) -> AsyncOpenAI:
    """A client for an endpoint; importing what it needs takes most of a second.

    It neither repeats requests nor follows redirects: repetitions have to be seen by the person
    and to go on where a stream broke off, and a redirect could carry the key to another host.
    """
    import openai

    options: dict[str, Any] = {
        "api_key": endpoint.api_key or "none",
        "default_headers": _headers(endpoint),
        # All waits but this one are bounded where the answer is read.
        "timeout": openai.Timeout(None, connect=endpoint.connect_seconds),
        "max_retries": 0,
        "http_client": openai.DefaultAsyncHttpxClient(
            follow_redirects=False, event_hooks={"response": [_bound]}
        ),
    }
    if not endpoint.is_azure:
        return openai.AsyncOpenAI(base_url=endpoint.base_url, **options)
    return openai.AsyncAzureOpenAI(
        azure_endpoint=re.sub(r"/openai(/.*)?$", "", endpoint.base_url.rstrip("/")),
        api_version=endpoint.api_version or AZURE_VERSION,
        **options,
    )


def _headers(endpoint: Endpoint) -> dict[str, str]:
    # Packed, a small answer could unfold to a huge one.
    headers = {"Accept-Encoding": "identity"}
    if endpoint.login:
        headers["Authorization"] = f"Basic {basic(endpoint.login)}"
    return headers


async def _bound(response: Any) -> None:
    """Take no more of a response than an answer can be."""
    import httpx2

    class Bounded(httpx2.AsyncByteStream):
        """The body, until there is too much of it."""

        def __init__(self, body: Any) -> None:
            self._body = body

        async def __aiter__(self) -> AsyncIterator[bytes]:
            line = total = 0
            async for part in self._body:
                total += len(part)
                # The longest line that may still be going on, without looking at each.
                line = line + len(part) if b"\n" not in part else len(part)
                if line > MAX_LINE or total > most:
                    raise TooMuch
                yield part

        async def aclose(self) -> None:
            await self._body.aclose()

    streamed = "event-stream" in response.headers.get("content-type", "")
    most = MAX_STREAM if streamed else MAX_LINE
    response.stream = Bounded(response.stream)
