"""The judge's plugin for pytest: which tests run, in which order, and what came of each."""

from __future__ import annotations

import contextlib
import inspect
import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

from pseudocode.runner.calls import FRAMES
from pseudocode.runner.channel import Record

MAX_TEXT = 20_000
"""Characters of a traceback or of captured output."""

_BESIDE = {
    *("monkeypatch", "mocker", "class_mocker", "module_mocker", "session_mocker"),
    *("tmp_path", "tmp_path_factory", "tmpdir", "tmpdir_factory"),
    *("caplog", "capfd", "capfdbinary", "capsysbinary"),
}
"""Fixtures that act on the process of the test: the candidate has to be in it."""


_ACTS = re.compile(
    r"\b(mock|patch|stdin|environ|chdir|seed|getcontext|setlocale|setrecursionlimit|tempfile)\b"
)
"""What test files act on the process by."""


_NO_FIXTURE = re.compile(r"fixture '[^']*' not found")


class Items:
    """Picks the tests of one spec and tells of each, as it is collected and as it ends."""

    def __init__(self, request: Record, stand_in: Any, report: Callable[[Record], None]) -> None:
        self._request = request
        self._stand_in = stand_in
        self._report = report
        self._left_out = {name for s in request["suites"] for name in s["left_out"]}
        self._told: dict[str, Record] = {}
        self.errors: list[str] = []
        """What could not be collected, and why."""
        self.broken: list[str] = []
        """What is wrong with tests that were collected."""
        self.found: list[Record] = []
        """The tests of the spec."""
        self.status = 0
        """Pytest's exit code."""

    # The hooks of pytest.

    def pytest_configure(self) -> None:
        """Let the callables in `tests=[…]` say what they compared."""
        import pytest

        if self._request["kind"] != "module":  # that is loaded in a way of its own
            path = os.path.basename(self._request["path"])
            pytest.register_assert_rewrite(os.path.splitext(path)[0])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what is wrong with the test files."""
        if report.failed:
            self.errors.append(f"{report.nodeid}: {report.longreprtext}"[:MAX_TEXT])

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep what is wrong with pytest itself, or with a plugin."""
        self.errors.append(f"pytest failed: {str(excrepr)[-MAX_TEXT:]}")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep those that are about the spec, and that can run in this process."""
        items[:] = [item for item in items if _top_name(item) not in self._left_out]
        if "code" in self._request:
            self._keep_with_canaries(items)
            return
        if self._request["reverse"]:
            items.reverse()
        beside = {item for item in items if _needs_it(item)}
        self.found = [{"id": i.nodeid, "name": _top_name(i), "beside": i in beside} for i in items]
        if not self._request["beside"]:
            self._report({"collected": self.found})
            items[:] = [item for item in items if item not in beside]

    def pytest_runtest_makereport(self, call: pytest.CallInfo[object]) -> None:
        """Let an exception say where it came through, once no test looks at it any more."""
        if call.excinfo:
            error = call.excinfo.value
            for frame in getattr(error, FRAMES, ()):
                error.add_note(frame)
            with contextlib.suppress(AttributeError):
                delattr(error, FRAMES)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell of a test once it has been cleaned up after."""
        told = self._told.setdefault(report.nodeid, {"outcome": "passed", "text": "", "seconds": 0})
        told["seconds"] += report.duration
        part = _subtest(report)
        if report.failed and told["outcome"] not in ("failed", "error"):
            told["outcome"] = "failed" if report.when == "call" else "error"
            told["text"] = report.longreprtext[-MAX_TEXT:]
            told["summary"] = part + _summary(report)
            self._blame_the_test(report)
        elif report.skipped and not part and told["outcome"] == "passed":
            told["outcome"] = "skipped" if self._may_skip(report) else "failed"
            told["text"] = "" if told["outcome"] == "skipped" else "the code skipped its own test"
        if report.when == "teardown":
            told["output"] = (report.capstdout + report.capstderr)[-MAX_TEXT:]
            told["line"] = (report.location[1] or 0) + 1
            told["uncrossed"], self._stand_in.uncrossed = self._stand_in.uncrossed, ""
            self._report({"test": report.nodeid, **told})

    # What they are made of.

    def _keep_with_canaries(self, items: list[pytest.Item]) -> None:
        """The wanted tests, and among them some whose outcome is known.

        A candidate that decides over outcomes itself trips over these.
        """
        import pytest

        wanted = self._request["ids"]
        items[:] = [item for item in items if wanted is None or item.nodeid in wanted]
        self.found = [{"id": i.nodeid, "name": _top_name(i), "beside": True} for i in items]
        self._report({"collected": self.found})
        for place, name, passes in self._request["canaries"] if items else ():
            beside = items[min(place, len(items) - 1)]
            canary = pytest.Function.from_parent(
                beside.getparent(pytest.Module), name=name, callobj=_PASSES if passes else _FAILS
            )
            items.insert(place, canary)

    def _blame_the_test(self, report: pytest.TestReport) -> None:
        """Keep failures that no code could mend."""
        text = report.longreprtext
        if report.when == "setup" and (found := _NO_FIXTURE.search(text)):
            self.broken.append(f"{_test_name(report)}: {found[0]}")
        elif "async def functions are not natively supported" in text:
            told = "is a coroutine function: install a plugin for these, such as pytest-asyncio"
            self.broken.append(f"{_test_name(report)} {told}")

    def _may_skip(self, report: pytest.TestReport) -> bool:
        """Whether a test was skipped by its own file, or was expected to fail."""
        if hasattr(report, "wasxfail") or report.when != "call" or "code" not in self._request:
            return True
        place = report.longrepr[0] if isinstance(report.longrepr, tuple) else ""
        return os.path.basename(str(place)) == os.path.basename(report.location[0])


def _PASSES() -> None:  # noqa: N802
    assert sorted([2, 1]) == [1, 2]


def _FAILS() -> None:  # noqa: N802
    assert sorted([2, 1]) == [2, 1]


def _top_name(item: pytest.Item) -> str:
    """The function or class at the top of the file that an item comes from."""
    import pytest

    outer = [node for node in item.listchain() if isinstance(node, pytest.Class)]
    return outer[0].name if outer else getattr(item, "originalname", None) or item.name


def _needs_it(item: pytest.Item) -> bool:
    if _BESIDE & set(getattr(item, "fixturenames", ())):
        return True
    module = getattr(item, "module", None)
    try:
        source = inspect.getsource(module) if module else ""
    except (OSError, TypeError):
        return False
    return bool(_ACTS.search(source))


def _test_name(report: pytest.TestReport) -> str:
    return report.nodeid.partition("::")[2]


def _subtest(report: pytest.TestReport) -> str:
    """Which part of a test a report is about, as `subTest` was told; empty for the whole."""
    context = getattr(report, "context", None)
    if context is None:
        return ""
    values = ", ".join(f"{name}={value}" for name, value in dict(context.kwargs).items())
    told = " ".join(part for part in (context.msg and f"[{context.msg}]", values) if part)
    return f"subTest {told}: " if told else ""


def _summary(report: pytest.TestReport) -> str:
    """The last word of a failure, without the way to it."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(getattr(crash, "message", ""))[:MAX_TEXT]
