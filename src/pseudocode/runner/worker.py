"""The process in which generated code runs; it knows the calls, never the expected answers.

Run as `python -I -B -m pseudocode.runner.worker`. One JSON request comes in on standard input; one
JSON line goes out for the loading of the code and one for each example, as soon as it is known.
Before any of the code runs, the worker shuts itself in by the rules of the request.
"""

from __future__ import annotations
import __future__

import ast
import inspect
import io
import json
import os
import sys
import time
import traceback
import types
from typing import Any, TextIO

from pseudocode.runner.confine import Rules, enter
from pseudocode.runner.encoding import Unencodable, encode

CODE = "<generated>"
MAX_TEXT = 100_000
"""Characters of captured output, of one repr or of one message that are reported."""
MAX_FRAMES = 3


def main() -> None:
    """Load the code, run the examples, report each."""
    request = json.load(sys.stdin)
    channel = _private_channel()
    report = _Reporter(channel, request["key"])
    try:
        enter(Rules(**request["rules"]))
    except OSError as fault:
        report({"confined": str(fault)})
        return
    # Said before any code runs, or code could say that the sandbox is at fault.
    report({"confined": None})
    module = _module(request["module"])
    capture = _Capture()
    error = _load(module, request["context"], request["code"], capture)
    report({"loaded": error is None, "error": error, "pieces": capture.take()})
    if error is not None:
        return
    for index, source in enumerate(request["examples"]):
        if source is not None:
            report({"index": index, **_run(module, source, capture)})


def _module(name: str) -> types.ModuleType:
    """Where the code lives; it may be named like a library module without standing in for it."""
    module = types.ModuleType(name if name not in sys.stdlib_module_names else f"specs.{name}")
    sys.modules[module.__name__] = module
    return module


def _private_channel() -> TextIO:
    """Keep our end of standard output; what the code writes there goes to standard error."""
    channel = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    sys.stdin = io.StringIO()
    return channel


class _Reporter:
    """Writes answers under the key of this run: a line without it is not ours."""

    __slots__ = ("_write",)

    def __init__(self, channel: TextIO, key: str) -> None:
        def write(record: dict[str, Any]) -> None:
            channel.write(json.dumps({"key": key, **record}) + "\n")
            channel.flush()

        self._write = write

    def __call__(self, record: dict[str, Any]) -> None:
        self._write(record)


class _Capture:
    """What code prints and displays, in its order."""

    def __init__(self) -> None:
        self._pieces: list[list[Any]] = []
        self._buffer = io.StringIO()

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
        try:
            self._pieces.append(["value", encode(value)])
        except Unencodable as reason:
            self._pieces.append(["opaque", str(reason), _shown(value)])

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


def _load(module: types.ModuleType, context: str, code: str, capture: _Capture) -> Any:
    with capture:
        try:
            exec(compile(context, "<spec module>", "exec", dont_inherit=True), module.__dict__)
            postponed = module.__dict__.get("annotations") is __future__.annotations
            flags = __future__.annotations.compiler_flag if postponed else 0
            exec(compile(code, CODE, "exec", flags, dont_inherit=True), module.__dict__)
        except BaseException as error:  # SystemExit and worse count as failures of the code
            return _described(error, code)
    module.__dict__["__pseudocode__"] = code
    return None


def _run(module: types.ModuleType, source: str, capture: _Capture) -> dict[str, Any]:
    error = None
    started = time.perf_counter()
    with capture:
        try:
            _execute(source, module.__dict__)
        except BaseException as raised:  # as above
            error = _described(raised, module.__dict__["__pseudocode__"])
    seconds = time.perf_counter() - started
    return {"pieces": capture.take(), "error": error, "seconds": seconds}


def _execute(source: str, namespace: dict[str, Any]) -> None:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile(source, "<example>", "single", flags, dont_inherit=True)
    if not code.co_flags & inspect.CO_COROUTINE:
        exec(code, namespace)
        return
    import asyncio

    asyncio.run(types.FunctionType(code, namespace)())


def _described(error: BaseException, code: str) -> dict[str, Any]:
    """The exception as doctest would compare it, and where in the code it came from."""
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
    return {"text": lines[-1][:MAX_TEXT], "frames": frames[-MAX_FRAMES:]}


if __name__ == "__main__":
    main()
