"""A model's server as a process of its own, which streams at a given pace until it is ended.

    python -m tests.benchmarks.pacing TOKENS_A_SECOND

Prints its base URL. Answers hold no end; one to a prompt that names `quick` is whole at once.
"""

from __future__ import annotations

import asyncio
import json
import sys

from tests.server import DONE, delta, usage

TICK_SECONDS = 0.01
WORDS = ["", "", "", "", "total", "=", "total", "+", "value", "", "#", "and", "so", "on\n"]


def _event(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rate: float) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    body = json.loads(await reader.readexactly(int(lengths[0].split(b":")[1])))
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    if "quick" in body["messages"][-1]["content"]:
        code = "```python\ndef quick(n: int) -> int:\n    while True: n += 1\n```\n"
        parts = [delta(code), delta(finish="stop"), usage(), DONE]
        writer.write(b"".join(map(_event, parts)) + b"0\r\n\r\n")
    else:
        await _stream(writer, rate)
    await writer.drain()
    writer.close()


async def _stream(writer: asyncio.StreamWriter, rate: float) -> None:
    loop = asyncio.get_running_loop()
    writer.write(_event(delta("```python\ndef f(value: int) -> int:\n")))
    begun, sent = loop.time(), 0
    while not writer.is_closing():
        due = int((loop.time() - begun) * rate)
        words = (WORDS[n % len(WORDS)] + " " for n in range(sent, due))
        writer.write(b"".join(_event(delta(word)) for word in words))
        sent = due
        await writer.drain()
        await asyncio.sleep(TICK_SECONDS)


async def main(rate: float) -> None:
    """Serve until the process is ended."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _answer(reader, writer, rate)
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
