"""What a reviewer is told of code before it is approved."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import server
from tests.server import ModelServer
from tests.tui.driving import RIGHT, Desk, desk_over
from tests.tui.test_permissions import gate

REACHING = (
    "import math\nimport socket\n\n\n"
    "def double(number: int) -> int:\n"
    "    if number > 10**9:\n"
    "        open('/tmp/log').write(socket.gethostname())\n"
    "    return math.trunc(number * 2)"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "specs"


async def generated(desk: Desk, model_server: ModelServer, code: str) -> None:
    model_server.script.append(server.code(code))
    await desk.generated()


async def test_harmless_code_takes_one_line(folder: Path, model_server: ModelServer) -> None:
    async with desk_over(folder, url=model_server.url, size=(80, 24)) as desk:
        assert not gate(desk)
        await generated(desk, model_server, RIGHT)
        assert "imports nothing · gets hold of nothing outside of itself" in gate(desk)
        assert desk.desk.query_one("#gate").region.height == 1
        await desk.press("n")
        assert not gate(desk)


async def test_what_it_may_touch_is_told_with_its_lines(
    folder: Path, model_server: ModelServer
) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        await generated(desk, model_server, REACHING)
        told = gate(desk)
        assert "imports math, socket" in told
        assert "may use the network: socket on line 2; the declaration does not ask" in told
        assert "may touch files: open() on line 7; the declaration does not ask for it" in told
        assert "to be looked at twice: line 2, 7" in told
        assert "2! import socket" in desk.code


async def test_a_regeneration_that_wants_more_says_so(
    folder: Path, model_server: ModelServer
) -> None:
    async with desk_over(folder, url=model_server.url) as desk:
        await generated(desk, model_server, RIGHT)
        await desk.accepted()
        await generated(desk, model_server, REACHING)
        assert "it wants network, files now, which the accepted code did not" in gate(desk)
        assert "against what is accepted: 7 lines new, 1 gone · v shows it" in gate(desk)
        await desk.accepted()
        await generated(desk, model_server, REACHING + "  # again")
        assert "wants" not in gate(desk)


async def test_what_was_seen_when_it_ran_is_told(folder: Path, model_server: ModelServer) -> None:
    code = (
        "from contextlib import suppress\n\n\n"
        "def double(number: int) -> int:\n"
        "    with suppress(OSError):\n"
        "        open('/etc/hostname')\n"
        "    return number * 2"
    )
    async with desk_over(folder, url=model_server.url) as desk:
        await generated(desk, model_server, code)
        assert "when it was run, it touched: /etc/hostname" in gate(desk)
