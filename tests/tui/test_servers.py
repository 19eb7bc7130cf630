"""What the app shows of a model's server: waits, warnings, reasoning, and what was read before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import server
from tests.server import ModelServer, chunk, event
from tests.tui.driving import RIGHT, desk_over


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "specs"


async def test_a_server_that_slows_down_calls_a_tool_and_reasons(
    folder: Path, model_server: ModelServer
) -> None:
    called = chunk([{"index": 0, "delta": {"tool_calls": [{"index": 0}]}}])
    reasoned = chunk([{"index": 0, "delta": {"reasoning_content": "def double(): wrong"}}])
    counts = {"prompt_tokens": 90, "completion_tokens": 20}
    usage = event({"choices": [], "usage": counts | {"prompt_cache_hit_tokens": 64}})
    answer = server.reply(reasoned, f"```python\n{RIGHT}\n```", usage, counts=False)
    model_server.script.extend(
        [
            server.refusal(429, Retry_After="1"),
            server.reply(called, finish="tool_calls"),
            answer,
        ]
    )
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.press("g")
        await desk.until(lambda: "slow down: going on in 1 s" in desk.status_line, "the wait")
        await desk.status("all pass")
        assert "wrong" not in desk.code
        assert "the model's reasoning" in desk.conversation
        assert "64 cached" in desk.status_line
        told = [notice.message for notice in desk.app._notifications]
        assert any("called a tool" in text for text in told)
