"""Calls from the judge's tests to the candidate in its worker: both ends of the wire.

Arguments and answers cross as plain tagged data, so that nothing which the candidate returns can
act in the process of the tests. Imported by the worker and by the judge.
"""

from __future__ import annotations

import asyncio
import builtins
import importlib
import inspect
import io
import json
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from typing import Any

from pseudocode.runner.channel import Record
from pseudocode.runner.encoding import Unencodable, decode, encode

MAX_PRINTED = 100_000
"""Characters of what one call prints that are passed on."""

FRAMES = "_pseudocode_frames"
"""Where an exception holds the lines of the candidate that it came through."""
_NOT_FOR_TESTS = ("_pytest", "pytest", "unittest")
"""Where exceptions live that would decide over a test instead of failing it."""


class CannotCross(TypeError):
    """An argument or answer that is no plain data: the test needs the candidate beside it."""


# The worker's end.


def answer(
    module: Mapping[str, Any],
    call: Record,
    namespace: Mapping[str, object],
    described: Callable[[BaseException], Record],
) -> Record:
    """Call the candidate as the judge asks for.

    Args:
        module: Where the candidate is defined.
        call: What came over the wire.
        namespace: That of the spec's module.
        described: Tells of an exception.
    """
    try:
        args = [decode(value, namespace) for value in call["args"]]
        kwargs = {name: decode(value, namespace) for name, value in call["kwargs"].items()}
    except Unencodable as reason:
        return {"opaque": str(reason)}
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        told = _outcome(module[call["name"]], args, kwargs, namespace, described)
    told["changed"] = _changed(call, args, kwargs, namespace)
    told["printed"] = [out.getvalue()[:MAX_PRINTED], err.getvalue()[:MAX_PRINTED]]
    told["warned"] = [[w.category.__name__, str(w.message)[:MAX_PRINTED]] for w in warned[:100]]
    return told


def _outcome(
    function: Callable[..., Any],
    args: list[Any],
    kwargs: dict[str, Any],
    namespace: Mapping[str, object],
    described: Callable[[BaseException], Record],
) -> Record:
    try:
        value = function(*args, **kwargs)
        if inspect.iscoroutine(value):
            value = asyncio.run(value)
    except BaseException as error:  # SystemExit and worse are answers, too
        return {"error": {**described(error), **_kind(error, namespace)}}
    for index, argument in enumerate(args):
        if value is argument and isinstance(value, list | dict | set | bytearray):
            return {"argument": index}
    try:
        return {"value": encode(value, namespace)}
    except Unencodable as reason:
        return {"opaque": str(reason)}


def _kind(error: BaseException, namespace: Mapping[str, object]) -> Record:
    bases = [(k.__module__, k.__qualname__) for k in type(error).__mro__[:-1]]
    try:
        return {"kinds": bases, "args": encode(list(error.args), namespace)}
    except Unencodable:
        return {"kinds": bases, "args": None}


def _changed(
    call: Record, args: list[Any], kwargs: dict[str, Any], namespace: Mapping[str, object]
) -> dict[str, Any]:
    """The arguments that the candidate changed in place."""
    found: dict[str, Any] = {}
    before = {**{str(i): v for i, v in enumerate(call["args"])}, **call["kwargs"]}
    after = {**{str(i): v for i, v in enumerate(args)}, **kwargs}
    for name, value in after.items():
        with suppress(Unencodable):
            told = encode(value, namespace)
            if told != before[name]:
                found[name] = told
    return found


# The judge's end.


class Remote:
    """Stands for the candidate in the process of the tests."""

    def __init__(
        self,
        name: str,
        exchange: Callable[[Record], Record],
        namespace: Mapping[str, object],
        home: str,
    ) -> None:
        self._name = name
        self._exchange = exchange
        self._namespace = namespace
        self._home = home
        self._lock = threading.Lock()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the candidate.

        Raises:
            CannotCross: When an argument or the answer is no plain data.
            BaseException: What the candidate raised.
        """
        __tracebackhide__ = True
        call = {
            "name": self._name,
            "args": [self._encoded(value) for value in args],
            "kwargs": {name: self._encoded(value) for name, value in kwargs.items()},
        }
        if self._home in json.dumps(call):
            raise CannotCross("a path in the test's own folder")
        with self._lock:
            told = self._exchange(call)
        self._pass_on(told)
        for name, value in (told.get("changed") or {}).items():
            _refresh(kwargs[name] if name in kwargs else args[int(name)], self._decoded(value))
        if error := told.get("error"):
            raise self._exception(error) from None
        if "argument" in told:
            return args[told["argument"]]
        if "value" not in told:
            raise CannotCross(f"the answer cannot leave its process: {told.get('opaque')}")
        return self._decoded(told["value"])

    def _encoded(self, value: object) -> Any:
        try:
            return encode(value, self._namespace)
        except Unencodable as reason:
            raise CannotCross(f"an argument cannot leave its process: {reason}") from None

    def _decoded(self, data: Any) -> Any:
        try:
            return decode(data, self._namespace)
        except Unencodable as reason:
            raise CannotCross(f"the answer cannot be read: {reason}") from None

    def _pass_on(self, told: Record) -> None:
        out, err = told.get("printed") or ("", "")
        sys.stdout.write(str(out))
        sys.stderr.write(str(err))
        for name, text in told.get("warned") or ():
            category = getattr(builtins, str(name), UserWarning)
            if isinstance(category, type) and issubclass(category, Warning):
                warnings.warn(str(text), category, stacklevel=3)

    def _exception(self, told: Record) -> BaseException:
        """The exception as the test would have met it, or the nearest that is known here."""
        args = tuple(self._decoded(told["args"])) if told["args"] is not None else (told["text"],)
        error: BaseException | None = None
        for module, name in told["kinds"]:
            kind = self._known(str(module), str(name))
            if kind is not None:
                error = _made(kind, args)
                break
        error = error or RuntimeError(str(told["text"]))
        with suppress(Exception):  # notes would count where a test matches what it says
            setattr(error, FRAMES, [str(frame) for frame in told["frames"]])
        return error

    def _known(self, module: str, name: str) -> type[BaseException] | None:
        found: object = None
        if module == "builtins":
            found = getattr(builtins, name, None)
        elif name in self._namespace:
            found = self._namespace[name]
        elif module.partition(".")[0] in sys.stdlib_module_names:
            with suppress(ImportError):
                found = getattr(importlib.import_module(module), name, None)
        if not isinstance(found, type) or not issubclass(found, Exception | SystemExit):
            return None
        return None if found.__module__.partition(".")[0] in _NOT_FOR_TESTS else found


def _made(kind: type[BaseException], args: tuple[Any, ...]) -> BaseException:
    """An exception with these arguments, even where its class wants to be called with others."""
    with suppress(Exception):
        return kind(*args)
    error = kind.__new__(kind)
    error.args = args
    return error


def _refresh(original: Any, changed: Any) -> None:
    """Change a test's own object the way the candidate changed its copy."""
    if type(original) is not type(changed):
        return
    if isinstance(original, list | bytearray):
        original[:] = changed
    elif isinstance(original, dict | set):
        original.clear()
        original.update(changed)
