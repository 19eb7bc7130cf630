"""An OpenAI-compatible server that answers each request after a fixed time, as a process.

Run as `python -m tests.benchmarks.waiting_server SECONDS`; it prints its port, and at the end of
its input how many requests it had. What it answers adds the number in the name of the function.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys

from tests.server import DONE, delta, usage


async def serve(seconds: float) -> None:
    """Answer until standard input ends."""
    requests = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                size = int(re.search(rb"(?i)content-length: (\d+)", head)[1])  # type: ignore[index]
                asked = json.loads(await reader.readexactly(size))["messages"][-1]["content"]
                requests += 1
                await asyncio.sleep(seconds)
                number = re.findall(r"def add_(\d+)\(", asked)[-1]
                code = f"```python\ndef add_{number}(x: int) -> int:\n    return x + {number}\n```"
                body = delta(code) + delta(finish="stop") + usage() + DONE
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                    b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(requests, flush=True)


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
