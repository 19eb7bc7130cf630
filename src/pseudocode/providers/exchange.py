"""One request to one server: put as it wants it, and read in whichever form the answer comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from pseudocode.loop import Request
from pseudocode.providers import completions, dialects, responses
from pseudocode.providers.answer import MAX_TEXT, Answer
from pseudocode.providers.client import make_client
from pseudocode.providers.endpoint import Endpoint
from pseudocode.providers.faults import (
    NoAnswer,
    TookTooLong,
    TooMuch,
    WebPage,
    is_filtered,
    is_too_long,
    said,
)
from pseudocode.providers.pieces import Piece
from pseudocode.providers.sharing import Turns

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_BOUNDS = ("max_tokens", "max_completion_tokens", "max_output_tokens")


class Exchange:
    """Asks one endpoint, by the API that it takes."""

    def __init__(self, endpoint: Endpoint, on_pieces: Callable[[Answer], None]) -> None:
        """Take the endpoint, and what is told each time that an answer has grown."""
        self._endpoint = endpoint
        self._on_pieces = on_pieces
        self._api = responses if endpoint.takes_responses else completions
        self._client: AsyncOpenAI | None = None
        self._starting = asyncio.Lock()
        self._turns = Turns()

    async def connect(self) -> AsyncOpenAI:
        """The client; nothing is sent yet."""
        async with self._starting:
            if self._client is None:
                # The import takes most of a second, which would freeze the screen.
                self._client = await asyncio.to_thread(make_client, self._endpoint)
            return self._client

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    async def ask(self, request: Request, answer: Answer) -> None:
        """Send a request, as the server wants it once that is known, and read the answer.

        Raises:
            Exception: Of whatever kind; what came until then is in the answer.
        """
        import openai

        client = await self.connect()
        endpoint = self._endpoint
        place = endpoint.base_url, request.model or endpoint.model
        plain = {**self._api.parameters(endpoint, request), **endpoint.extra}
        for _ in range(dialects.MOST_CHANGES):
            sent = dialects.known(*place).put(plain)
            try:
                await self._send(client, sent, answer)
                return
            except openai.APIError as error:
                if answer.begun or is_too_long(error) or is_filtered(error):
                    raise
                status, param = getattr(error, "status_code", None), str(error.param or "")
                told = f"{said(error)} {error}"
                # Another request may have learned something meanwhile.
                learned = dialects.adapted(dialects.known(*place), status, param, told, sent)
                if learned is None:
                    raise
                dialects.remember(*place, learned)
        raise NoAnswer("objects to every way of asking")

    async def _send(self, client: AsyncOpenAI, sent: dict[str, Any], answer: Answer) -> None:
        extra = {name: value for name, value in sent.items() if name in self._endpoint.extra}
        known = {name: value for name, value in sent.items() if name not in extra}
        answer.bounded = any(name in sent for name in _BOUNDS)
        create = self._api.resource(client).with_streaming_response.create
        endpoint = self._endpoint
        # Where nothing is streamed, the first token comes together with the last.
        first = endpoint.first_token_seconds if sent["stream"] else endpoint.total_seconds
        told = f"sent nothing for {first:g} s; try again, or raise first_token_timeout"
        try:
            async with (
                asyncio.timeout(first) as clock,
                create(**known, extra_body=extra or None) as response,
                aclosing(self._pieces(response, sent["stream"])) as pieces,
            ):
                async for piece in pieces:
                    answer.take(piece)
                    if answer.length > MAX_TEXT:
                        raise TooMuch
                    if answer.begun:
                        self._on_pieces(answer)
                        told = f"fell silent for {endpoint.idle_seconds:g} s"
                        now = asyncio.get_running_loop().time()
                        clock.reschedule(now + endpoint.idle_seconds)
                    await self._turns.taken()
        except TimeoutError:
            if clock.expired():
                raise TookTooLong(told) from None
            raise
        finally:
            answer.close()
        if not answer.begun and answer.finish == "cut":
            raise NoAnswer("sent no answer of a model")

    async def _pieces(self, response: Any, streamed: bool) -> AsyncGenerator[Piece, None]:
        """What an answer consists of, in whichever form the server has sent it."""
        kind = response.headers.get("content-type", "").lower()
        if "html" in kind:
            raise WebPage("sent a web page, not an answer of a model")
        if "json" in kind or not streamed:
            yield self._api.piece(await response.json())
            return
        import openai

        # As plain data: making a class of each token would take more time than all else.
        async for chunk in await response.parse(to=openai.AsyncStream[object]):
            yield self._api.piece(chunk)
