"""The process in which the person's tests run: pytest, against a stand-in for the candidate.

Run as `python -I -B -m pseudocode.runner.judge`, behind walls like the worker's. The first line of
JSON on standard input says by which rules it shuts itself in; pytest is imported then, ahead of
need. The second names the tests and the spec. One line goes out for the tests that were collected,
one for each that ran, and in between one for each call of the candidate, whose answer comes in.

A test that needs the candidate itself beside it runs in a judge into which the code is loaded: the
mode `shared`, which a determined candidate can deceive. Which tests there are is found out before
the code comes, with the stubs in its place.
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
from typing import TYPE_CHECKING, Any

from pseudocode import stand_ins
from pseudocode.runner.calls import CannotCross, Remote
from pseudocode.runner.channel import Record, private_pipes, reporter
from pseudocode.runner.confine import DECLARED, EMPTY, Rules, enter
from pseudocode.runner.neighbours import install_modules
from pseudocode.runner.stubs import change_module

if TYPE_CHECKING:
    from pseudocode.runner.items import Items

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
    absent = _import_ahead(arguments, rules)
    report({"ready": True})
    if line := requests.readline():
        begin()

        def exchange(said: Record) -> Record:
            report(said)
            told: Record = json.loads(requests.readline())
            return told

        judge = _Judge(json.loads(line), arguments, rules.scratch, report, exchange)
        finished = judge.run()
        finished["broken"] = ["; ".join([text, *absent]) for text in finished["broken"]]
        with contextlib.suppress(Exception):  # whatever tests have put in its place
            sys.stdout.flush()
        report({"finished": finished})


def _import_ahead(arguments: list[str], rules: Rules) -> list[str]:
    """Pytest and its plugins take longer to import than most tests take to run.

    An empty run imports what they import late; without rewriting their assertions, which nobody
    needs and which takes a second where it cannot be cached. Plugins that cannot be loaded behind
    these walls are left out from here on: one that has to write, say, stops pytest as a whole.

    Returns:
        Why each of these cannot, in words.
    """
    path = os.environ["PATH"]
    if not rules.writing:
        # `ctypes.util.find_library`, which libraries call as they are imported, makes a file for
        # the compiler, if it finds one.
        os.environ["PATH"] = ""
    faults: dict[str, str] = {}
    if not _empty_run(arguments, rules.scratch):
        faults = _faults_of_plugins()
        arguments += [part for name in faults for part in ("-p", f"no:{name}")]
        if faults:
            _empty_run(arguments, rules.scratch)
    os.environ["PATH"] = path
    return [f"pytest's plugin {name} cannot be loaded here: {faults[name]}" for name in faults]


def _empty_run(arguments: list[str], scratch: str) -> bool:
    """Whether pytest comes to its end without any tests."""
    import pytest

    status = pytest.main([*arguments, "--assert=plain", str(Path(scratch, EMPTY))])
    return status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def _faults_of_plugins() -> dict[str, str]:
    """The plugins that cannot be imported, and why."""
    from importlib.metadata import entry_points

    found = {}
    for entry in entry_points(group="pytest11"):
        try:
            if entry.name != "pseudocode":
                entry.load()
        except Exception as fault:
            found[entry.name] = f"{type(fault).__name__}: {fault}"
    return found


def _arguments(rules: Rules) -> list[str]:
    scratch = rules.scratch
    return [
        *("-c", f"{scratch}/pytest.ini", f"--rootdir={scratch}", f"--confcutdir={scratch}"),
        *(f"--basetemp={scratch}/tmp", "-p", "no:cacheprovider", "--tb=short", "-q"),
        *("-p", "no:pseudocode"),
        *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
        *([] if rules.writing else ["--capture=sys", "-p", "no:logging"]),
    ]


class _Judge:
    """Runs the tests of one request."""

    def __init__(
        self,
        request: Record,
        arguments: list[str],
        scratch: str,
        report: Callable[[Record], None],
        exchange: Callable[[Record], Record],
    ) -> None:
        self._request = request
        self._arguments = arguments
        self._report = report
        self._exchange = exchange
        self._folder = Path(scratch, request["folder"])
        self._stand_in = _StandIn(request, scratch, exchange)
        self._files = _files(request, scratch, self._folder)
        self._homes = tuple({f"{os.path.realpath(p)}{os.sep}" for p in (scratch, self._folder)})

    def run(self) -> Record:
        """Run the tests; where the code comes later, once it is known which there are."""
        levels = len(Path(self._request["folder"]).parts)
        sys.path += [str(self._folder), *map(str, self._folder.parents[:levels])]
        stand_ins.judging = True
        _install(self._request, self._stand_in)
        if self._request["beside"]:
            self._request |= self._exchange(self._collected())
            self._stand_in.code = self._request["code"]
        items = self._pytest()
        told = {"errors": items.errors, "broken": items.broken, "tampered": self._stand_in.tampered}
        return {"status": items.status, "loading": self._stand_in.loading, **told}

    def _collected(self) -> Record:
        """The tests as they are without the code, of which nothing is left afterwards."""
        items = self._pytest("--collect-only", "--assert=plain")
        for name, module in list(sys.modules.items()):
            with contextlib.suppress(Exception):
                places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
                if any(os.path.realpath(p).startswith(self._homes) for p in places if p):
                    del sys.modules[name]
        return {"collected": items.found, "errors": items.errors}

    def _pytest(self, *options: str) -> Items:
        import pytest

        from pseudocode.runner.items import Items

        items = Items(self._request, self._stand_in, self._report)
        status = pytest.main([*self._arguments, *options, *self._files], plugins=[items])
        items.status = int(status)
        return items


def _files(request: Record, scratch: str, folder: Path) -> list[str]:
    """Where the tests are, as seen from here."""
    files = [
        f"{folder / suite['file']}{name}"
        for suite in request["suites"]
        if suite["file"]
        for name in [f"::{only}" for only in suite["only"]] or [""]
    ]
    declared = Path(scratch, DECLARED)
    return [*([str(declared)] if declared.exists() else []), *files]


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
        self.code: str | None = None
        """The candidate, where it is to be in this process."""
        self.loading: Record | None = None
        """Why it could not be loaded."""
        self._functions: dict[str, bool] = request["functions"]
        self._wanted: list[str] = request["uses"]
        self._scratch = scratch
        self._exchange = exchange
        self.uncrossed = ""
        """Why the test that is running needs the candidate beside it."""
        self.tampered = ""
        """What the candidate did that only cheats do."""

    def __call__(self, stub: Any) -> Any:
        """What is served for a declared function or class."""
        namespace = sys.modules[stub.__module__].__dict__
        if self.code is not None:
            # A class is made while its module is: what comes further down is not there yet.
            names = namespace if isinstance(stub, type) else dict(namespace)
            self._load(names)
            return self._watched(names[stub.__name__])
        is_async = inspect.iscoroutinefunction(stub)
        if isinstance(stub, type):
            return stub
        return self._remote(stub.__name__, namespace, is_async=is_async)

    def fill(self, namespace: dict[str, Any]) -> None:
        """Serve a whole module."""
        if self.code is not None:
            self._load(namespace)
            return
        for name, is_async in self._functions.items():
            namespace[name] = self._remote(name, namespace, is_async=is_async)
        for name in self._wanted:  # tests may import what no stub stands for
            namespace.setdefault(name, type(name, (Exception,), {}))

    def _load(self, namespace: dict[str, Any]) -> None:
        code = self.code or ""
        postponed = namespace.get("annotations") is __future__.annotations
        flags = __future__.annotations.compiler_flag if postponed else 0
        try:
            exec(compile(code, GENERATED, "exec", flags, dont_inherit=True), namespace)
        except BaseException as error:  # SystemExit and worse are failures as well
            from pseudocode.runner.worker import described

            self.loading = described(error, code)
            raise ImportError(f"the code cannot be loaded: {self.loading['text']}") from None

    def _remote(
        self, name: str, namespace: dict[str, Any], *, is_async: bool
    ) -> Callable[..., Any]:
        def ask(said: Record) -> Record:
            return self._exchange({"call": said})

        remote = Remote(name, ask, namespace, self._scratch)

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

        return call_async if is_async else call

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


if __name__ == "__main__":
    main()
    os._exit(0)
