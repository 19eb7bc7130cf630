"""Fixtures of all tests: a clean environment, a home of its own, a scripted model server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server import ModelServer, serving

_XDG = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")


@pytest.fixture(autouse=True)
def clean_environment(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No key, server, setting or type checker of the person's, and a home that is thrown away.

    Tests of the embedded model keep the real data home, where its weights are.
    """
    for name in os.environ:
        if name.startswith(("OPENAI_", "PSEUDOCODE_")):
            monkeypatch.delenv(name)
    # Its first run in a new home takes longer than most tests.
    monkeypatch.setenv("PSEUDOCODE_TYPE_CHECK", "off")
    home = tmp_path / "home"
    home.mkdir()
    places = {name: str(home / name.removeprefix("XDG_").lower()) for name in _XDG}
    places["HOME"] = str(home)
    if request.node.get_closest_marker("local_model"):
        del places["HOME"], places["XDG_DATA_HOME"]
    for name, place in places.items():
        monkeypatch.setenv(name, place)


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    """An OpenAI-compatible server that answers from `model_server.script`."""
    with serving() as server:
        yield server
    assert not server.errors
