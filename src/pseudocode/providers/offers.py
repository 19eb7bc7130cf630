"""Which models there are to ask: on servers of this machine, and on any one that is named."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from pseudocode.errors import ProviderError
from pseudocode.providers.redaction import Redaction, basic

USUAL_SERVERS = (
    ("Ollama", 11434),
    ("llama.cpp", 8080),
    ("LM Studio", 1234),
    ("vLLM", 8000),
)
"""Programs that serve models, and the ports that they listen on unless told otherwise."""
KNOCK_SECONDS = 0.5
LIST_SECONDS = 5.0
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server of this machine that answered."""

    name: str
    """The program that usually has its port."""
    base_url: str
    models: tuple[str, ...]


async def local_servers() -> tuple[LocalServer, ...]:
    """The servers on 127.0.0.1 that offer a model; no other machine is asked."""
    found = await asyncio.gather(*(_local_server(*place) for place in USUAL_SERVERS))
    return tuple(server for server in found if server is not None)


async def _local_server(name: str, port: int) -> LocalServer | None:
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(KNOCK_SECONDS):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
        url = f"http://127.0.0.1:{port}/v1"
        with suppress(ProviderError):
            if models := await list_models(url):
                return LocalServer(name, url, models)
    return None


async def list_models(base_url: str, api_key: str = "", login: str = "") -> tuple[str, ...]:
    """The names of the models that a server offers, in its order.

    Args:
        base_url: Of an OpenAI-compatible server.
        api_key: Empty where it wants none.
        login: A `NAME:PASSWORD` that goes before the key.

    Raises:
        ProviderError: When it does not say, with why.
    """
    openai = await asyncio.to_thread(__import__, "openai")
    headers = {"Authorization": f"Basic {basic(login)}"} if login else None
    client = openai.AsyncOpenAI(
        base_url=base_url,
        api_key=api_key or "none",
        default_headers=headers,
        max_retries=0,
        timeout=LIST_SECONDS,
        http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False),
    )
    try:
        async with asyncio.timeout(LIST_SECONDS):
            page = await client.models.list()
        names = [str(model.id) for model in page.data or ()]
    except Exception as error:  # the client lets those of json and codecs through as well
        told = Redaction(api_key, login)(_reason(error))
        raise ProviderError(f"{base_url} does not say which models it has: {told}") from None
    finally:
        await client.close()
    return tuple(names[:MOST_SHOWN])


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__
