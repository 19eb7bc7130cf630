"""The process in which generated code runs; it knows the calls, never the expected answers.

Run as `python -I -B -m pseudocode.runner.worker`. A first line of JSON on standard input says by
which rules the worker shuts itself in and what the spec's module imports and defines; so far it can
get ahead of the generated code, which comes with the second line. One JSON line goes out when it is
ready, one for the loading of the code and one for each example, as soon as it is known; or, where
the second line names a function instead of examples, one for each call that the judge then makes.
"""

from __future__ import annotations
import __future__

import functools
import io
import json
import os
import sys
import time
import types
from collections.abc import Callable
from typing import Any, TextIO

from pseudocode.runner.channel import Record, private_pipes, reporter
from pseudocode.runner.confine import Rules, enter
from pseudocode.runner.encoding import Unencodable, encode, is_plain
from pseudocode.runner.likeness import OwnNames, poses
from pseudocode.runner.neighbours import execute, install_modules
from pseudocode.runner.watch import Watch

CODE = "<generated>"
MAX_TEXT = 100_000
"""Characters of captured output, of one repr or of one message that are reported."""
MAX_FRAMES = 3
MAX_LOCALS = 12
"""Local variables of the innermost frame that are reported."""
MAX_LOCAL = 80
"""Characters of each."""
_TOP_LEVEL_AWAIT, _COROUTINE = 0x2000, 0x80
"""As in `ast` and `inspect`, which every worker would take long to import."""
Report = Callable[[Record], None]


def main() -> None:
    """Get ready, then load the code that comes, run the examples, report each."""
    requests, answers = private_pipes()
    opening = json.loads(requests.readline())
    report = reporter(answers, opening["key"])
    try:
        begin = enter(Rules(**opening["rules"]))
    except OSError as fault:
        report({"unconfined": str(fault)})
        return
    module = _module(opening)
    capture = _Capture()
    error = _execute_module(module, opening, capture)
    report({"ready": error is None, "error": error})
    if line := requests.readline():
        begin()
        request = json.loads(line)
        if "examples" in request:
            requests.close()
        watch = Watch()
        watch.start()
        error = _load(module, request["code"], capture)
        report = _with_seen(report, watch)
        report({"loaded": error is None, "error": error})
        if error is None and "examples" in request:
            _run_all(module, request["examples"], capture, report)
        elif error is None:
            describe = functools.partial(described, code=request["code"])
            _take_calls(module.__dict__, capture.known, describe, requests, report)


def _with_seen(report: Report, watch: Watch) -> Report:
    """Reports that also tell what the code got hold of since the last one."""

    def tell(record: Record) -> None:
        seen = watch.take()
        report({**record, "seen": seen} if seen else record)

    return tell


def _run_all(
    module: types.ModuleType, examples: list[str | None], capture: _Capture, report: Report
) -> None:
    for index, source in enumerate(examples):
        if source is not None:
            report({"index": index, **_run(module, source, capture)})


def _take_calls(
    module: dict[str, Any],
    known: dict[str, Any],
    describe: Callable[[BaseException], Record],
    requests: TextIO,
    report: Report,
) -> None:
    """Serve the judge, one call at a time, until it hangs up."""
    from pseudocode.runner.calls import answer

    while line := requests.readline():
        report(answer(module, json.loads(line), known, describe))


def _module(opening: Record) -> types.ModuleType:
    """Where the code lives; it may be named like a library module without standing in for it."""
    name = str(opening["module"])
    module = types.ModuleType(name if name not in sys.stdlib_module_names else f"specs.{name}")
    sys.modules[module.__name__] = module
    module.__package__ = opening.get("package") or None
    return module


class _Capture:
    """What code prints and displays, in its order."""

    def __init__(self) -> None:
        self._pieces: list[list[Any]] = []
        self._buffer = io.StringIO()
        self._own = OwnNames({})

    def know(self, namespace: dict[str, Any]) -> None:
        """Take these names, as they are now, for those of the specification's module."""
        self._own = OwnNames(namespace)

    @property
    def known(self) -> dict[str, Any]:
        """These names, without those that stand for something else by now."""
        return self._own.genuine()

    def __enter__(self) -> None:
        self._saved = sys.stdout, sys.stderr, sys.displayhook
        # As in doctest, only standard output is part of the answer.
        sys.stdout, sys.stderr = self._buffer, io.StringIO()
        sys.displayhook = self.display

    def __exit__(self, *_: object) -> None:
        sys.stdout, sys.stderr, sys.displayhook = self._saved

    def display(self, value: object) -> None:
        """Stand in for the interactive prompt's echo."""
        if value is None:
            return
        self._flush()
        own = self.known
        try:
            data = encode(value, own)
        except Unencodable as refusal:
            self._pieces.append(["opaque", str(refusal), _opaque(value, refusal, own)])
        else:
            plain = is_plain(data)
            self._pieces.append(["value", data] if plain else ["typed", data, _shown(value)])

    def take(self) -> list[list[Any]]:
        """What came since the last time."""
        self._flush()
        pieces, self._pieces = self._pieces, []
        return pieces

    def _flush(self) -> None:
        if text := self._buffer.getvalue():
            self._pieces.append(["text", text[:MAX_TEXT]])
        self._buffer.seek(0)
        self._buffer.truncate()


def _shown(value: object) -> str:
    try:
        return repr(value)[:MAX_TEXT]
    except BaseException as error:  # hostile or broken __repr__
        return f"<unprintable: {type(error).__name__}>"


def _opaque(value: object, refusal: Unencodable, own: dict[str, object]) -> str:
    shown = _shown(value)
    # A text to compare is all that is left of it: one that misleads must not be it.
    return (
        f"<not what it prints: {shown}>" if poses(refusal, _shown(refusal.culprit), own) else shown
    )


def _execute_module(module: types.ModuleType, opening: Record, capture: _Capture) -> Any:
    """Run what the spec's module imports and defines; described if it fails."""
    install_modules(opening.get("modules", ()))
    served = dict(opening.get("served", ()))
    with capture:
        try:
            execute(opening["context"], module, served, "<spec module>")
        except BaseException as error:  # SystemExit and worse are failures as well
            return described(error, "")
    capture.take()
    capture.know(module.__dict__)
    return None


def _load(module: types.ModuleType, code: str, capture: _Capture) -> Any:
    postponed = module.__dict__.get("annotations") is __future__.annotations
    flags = __future__.annotations.compiler_flag if postponed else 0
    with capture:
        try:
            exec(compile(code, CODE, "exec", flags, dont_inherit=True), module.__dict__)
        except BaseException as error:  # as above
            return described(error, code)
    capture.take()
    module.__dict__["__pseudocode__"] = code
    return None


def _run(module: types.ModuleType, source: str, capture: _Capture) -> dict[str, Any]:
    error = None
    started = time.perf_counter()
    with capture:
        try:
            _execute(source, module.__dict__)
        except BaseException as raised:  # as above
            error = described(raised, module.__dict__["__pseudocode__"])
    seconds = time.perf_counter() - started
    return {"pieces": capture.take(), "error": error, "seconds": seconds}


def _execute(source: str, namespace: dict[str, Any]) -> None:
    flags = _TOP_LEVEL_AWAIT
    code = compile(source, "<example>", "single", flags, dont_inherit=True)
    if not code.co_flags & _COROUTINE:
        exec(code, namespace)
        return
    import asyncio

    asyncio.run(types.FunctionType(code, namespace)())


def described(error: BaseException, code: str) -> dict[str, Any]:
    """The exception as doctest would compare it, and where in the code it came from."""
    import traceback

    try:
        lines = traceback.format_exception_only(type(error), error)
    except BaseException:  # hostile or broken __str__
        lines = [f"{type(error).__name__}: <unprintable>\n"]
    source = code.split("\n")
    frames = []
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == CODE and frame.lineno:
            text = source[frame.lineno - 1].strip() if frame.lineno <= len(source) else ""
            frames.append(f"line {frame.lineno}, in {frame.name}: {text}")
    told = {"text": lines[-1][:MAX_TEXT], "frames": frames[-MAX_FRAMES:]}
    return {**told, "locals": _locals(error)} if frames else told


def _locals(error: BaseException) -> list[str]:
    """What the local variables held where the exception came up in the code, some of them."""
    import reprlib
    import traceback

    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = MAX_LOCAL
    inner = [f for f, _ in traceback.walk_tb(error.__traceback__) if f.f_code.co_filename == CODE]
    told = []
    for name, value in list(inner[-1].f_locals.items() if inner else ())[:MAX_LOCALS]:
        if inner[-1].f_code.co_name == "<module>":
            break
        try:
            told.append(f"{name} = {short.repr(value)}"[:MAX_LOCAL])
        except BaseException:  # hostile or broken __repr__
            told.append(f"{name} = <unprintable>"[:MAX_LOCAL])
    return told


if __name__ == "__main__":
    main()
    os._exit(0)  # what the code left to be done at the end is of no interest any more
