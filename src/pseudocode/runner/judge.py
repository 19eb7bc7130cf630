"""The process in which the person's tests run: pytest, against a stand-in for the candidate.

Run as `python -I -B -m pseudocode.runner.judge`, behind walls like the worker's. The first line of
JSON on standard input says by which rules it shuts itself in; pytest is imported then, ahead of
need. The second names the tests and the spec. One line goes out for the tests that were collected,
one for each that ran, and in between one for each call of the candidate, whose answer comes in.

A test that needs the candidate itself beside it runs in another judge, into which the code is
loaded: the mode `shared`, which a determined candidate can deceive.
"""

from __future__ import annotations
import __future__

import contextlib
import functools
import inspect
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pseudocode import stand_ins
from pseudocode.runner.calls import CannotCross, Remote
from pseudocode.runner.channel import Record, private_pipes, reporter
from pseudocode.runner.confine import DECLARED, EMPTY, Rules, enter
from pseudocode.runner.neighbours import install_modules
from pseudocode.runner.stubs import change_module

GENERATED = "<generated>"


def main() -> None:
    """Shut in, get pytest ready, run what is asked for."""
    requests, answers = private_pipes()
    opening = json.loads(requests.readline())
    report = reporter(answers, opening["key"])
    rules = Rules(**opening["rules"])
    try:
        begin = enter(rules)
    except OSError as fault:
        report({"unconfined": str(fault)})
        return
    arguments = _arguments(rules)
    _import_ahead(arguments, rules.scratch)
    report({"ready": True})
    if line := requests.readline():
        begin()

        def exchange(call: Record) -> Record:
            report({"call": call})
            told: Record = json.loads(requests.readline())
            return told

        report({"finished": _judge(json.loads(line), arguments, rules.scratch, report, exchange)})


def _import_ahead(arguments: list[str], scratch: str) -> None:
    """Pytest and its plugins take longer to import than most tests take to run.

    An empty run imports what they import late; without rewriting their assertions, which nobody
    needs and which takes a second where it cannot be cached.
    """
    import pytest

    pytest.main([*arguments, "--assert=plain", str(Path(scratch, EMPTY))])


def _arguments(rules: Rules) -> list[str]:
    scratch = rules.scratch
    return [
        *("-c", f"{scratch}/pytest.ini", f"--rootdir={scratch}", f"--confcutdir={scratch}"),
        *(f"--basetemp={scratch}/tmp", "-p", "no:cacheprovider", "--tb=short", "-q"),
        *("-p", "no:pseudocode"),
        *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
        *([] if rules.writing else ["--capture=sys", "-p", "no:logging"]),
    ]


def _judge(
    request: Record,
    arguments: list[str],
    scratch: str,
    report: Callable[[Record], None],
    exchange: Callable[[Record], Record],
) -> Record:
    import pytest

    from pseudocode.runner.items import Items

    folder = Path(scratch, request["folder"])
    sys.path += [str(folder), *map(str, folder.parents[: len(Path(request["folder"]).parts)])]
    stand_in = _StandIn(request, scratch, exchange)
    stand_ins.judging = True
    _install(request, stand_in)
    items = Items(request, stand_in, report)
    files = _files(request, scratch, folder)
    status = pytest.main([*arguments, *files], plugins=[items])
    return {"status": int(status), "errors": items.errors, "tampered": stand_in.tampered}


def _files(request: Record, scratch: str, folder: Path) -> list[str]:
    """Where the tests are, as seen from here."""
    files = [folder / suite["file"] for suite in request["suites"] if suite["file"]]
    declared = Path(scratch, DECLARED)
    return [str(path) for path in [*([declared] if declared.exists() else []), *files]]


def _install(request: Record, stand_in: _StandIn) -> None:
    install_modules(request["modules"])  # for those that are not in the folder of the spec
    for path, code in request["stubs"]:
        change_module(path, functools.partial(_fill, code))
    if request["kind"] == "module":
        change_module(request["path"], stand_in.fill)
    elif request["kind"] == "file":
        stand_ins.contents = request["contents"]
    else:
        stand_ins.install(request["path"], request["name"], stand_in)


def _fill(code: str, namespace: dict[str, Any]) -> None:
    exec(compile(code, "<accepted>", "exec", dont_inherit=True), namespace)


class _StandIn:
    """Makes what is served for the declaration: a way to the worker, or the code itself."""

    def __init__(self, request: Record, scratch: str, exchange: Callable[[Record], Record]) -> None:
        self._code: str | None = request.get("code")
        self._functions: list[str] = request["functions"]
        self._scratch = scratch
        self._exchange = exchange
        self.uncrossed = ""
        """Why the test that is running needs the candidate beside it."""
        self.tampered = ""
        """What the candidate did that only cheats do."""

    def __call__(self, stub: Any) -> Any:
        """What is served for a declared function or class."""
        namespace = sys.modules[stub.__module__].__dict__
        if self._code is not None:
            # A class is made while its module is: what comes further down is not there yet.
            names = namespace if isinstance(stub, type) else dict(namespace)
            return self._watched(_executed(self._code, names)[stub.__name__])
        return stub if isinstance(stub, type) else self._remote(stub, namespace)

    def fill(self, namespace: dict[str, Any]) -> None:
        """Serve the functions of a whole module."""
        if self._code is not None:
            exec(compile(self._code, GENERATED, "exec", dont_inherit=True), namespace)
            return
        for name in self._functions:
            namespace[name] = self._remote(namespace[name], namespace)

    def _remote(self, stub: Any, namespace: dict[str, Any]) -> Callable[..., Any]:
        remote = Remote(stub.__name__, self._exchange, namespace, self._scratch)

        def call(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                return remote(*args, **kwargs)
            except CannotCross as reason:
                self.uncrossed = str(reason)
                raise

        async def call_async(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            return call(*args, **kwargs)

        return call_async if inspect.iscoroutinefunction(stub) else call

    def _watched(self, served: Any) -> Any:
        if isinstance(served, type) or inspect.iscoroutinefunction(served):
            return served

        def call(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            value = served(*args, **kwargs)
            with contextlib.suppress(Exception):
                if (value == object()) is True:
                    self.tampered = "an answer claims to equal everything"
            return value

        return call


def _executed(code: str, namespace: dict[str, Any]) -> dict[str, Any]:
    postponed = namespace.get("annotations") is __future__.annotations
    flags = __future__.annotations.compiler_flag if postponed else 0
    exec(compile(code, GENERATED, "exec", flags, dont_inherit=True), namespace)
    return namespace


if __name__ == "__main__":
    main()
    os._exit(0)
