"""The process of the embedded model: llama.cpp's server on 127.0.0.1.

Run as `python -m pseudocode.providers.llama_server MODEL SLOTS CONTEXT`. The first line on its
standard input is the key that clients must send; it prints its address as one line of JSON, and
ends when standard input does, which also happens when the parent is killed.
"""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    """Serve until standard input ends."""
    path, slots, context = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    key = sys.stdin.readline().strip()
    # The library writes to the descriptor itself; our one line needs a channel of its own.
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    # Threads that spin while they wait keep what runs beside them, such as tests, from the
    # processor, and each other where that is short: then answers take three times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

    from xllamacpp import CommonParams, Server

    params = CommonParams()
    params.model.path = path
    params.model_alias = {"local"}
    params.n_parallel = slots
    params.n_ctx = slots * context
    params.port = 0
    params.hostnames = ["127.0.0.1"]
    params.api_keys = [key]
    params.offline = True
    params.ui = False
    params.endpoint_slots = False
    params.cache_ram_mib = 0
    # All prompts begin alike. A new one goes where none was for longest, not into a slot whose
    # prompt will be wanted again.
    params.slot_prompt_similarity = 0.5
    server = Server(params)
    print(json.dumps({"url": f"{server.listening_address}/v1"}), file=channel, flush=True)
    while sys.stdin.readline():
        pass
    # The server's threads would hold up an orderly exit.
    os._exit(0)


if __name__ == "__main__":
    main()
