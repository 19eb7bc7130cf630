"""Fixtures of all tests: a clean environment, a home of its own, a scripted model server."""

from __future__ import annotations

import compileall
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import settings

import pseudocode
from pseudocode.providers import dialects
from tests.server import ModelServer, serving

# A busy machine is no failure.
settings.register_profile("default", settings.get_profile("default"), deadline=None)

PARSER_FAULT = "AST constructor recursion depth mismatch"
"""Python 3.11's parser fails at times when two threads parse (python/cpython#106905). The program
parses in turns; pytest, which parses what it rewrites and the tracebacks it shows, does not."""


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the package once: where bytecode is not kept, each process would do it anew."""
    if not hasattr(session.config, "workerinput"):
        compileall.compile_dir(Path(pseudocode.__file__).parent, quiet=2)


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test once more that this fault of the interpreter, and nothing else, has failed."""
    if sys.version_info >= (3, 12):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if any(report.failed and PARSER_FAULT in report.longreprtext for report in reports):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


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
    dialects.forget()
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
