"""The decorator for functions: what it returns becomes the accepted code by its first call.

It runs at every start of a user's program, so it imports nothing heavy, not even `typing`, and does
as little as it can for each function.
"""

import sys

from pseudocode import serving

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from types import CodeType, FunctionType
    from typing import Any, TypeVar, Unpack, overload

    from pseudocode.options import OptionsOfCode

    F = TypeVar("F", bound=Callable[..., Any])
else:
    FunctionType = type(lambda: None)

    def overload(function):
        """What `typing` has under this name, without the time to import it."""
        return function


_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200
_KINDS = _GENERATOR | _COROUTINE | _ASYNC_GENERATOR
_STARRED, _DOUBLE_STARRED = 0x04, 0x08
_STARS = _STARRED | _DOUBLE_STARRED
_ITERATORS = ("Generator", "Iterable", "Iterator")


@overload
def pseudo_function(function: "F", /) -> "F": ...
@overload
def pseudo_function(**options: "Unpack[OptionsOfCode]") -> "Callable[[F], F]": ...
def pseudo_function(function: "Any" = None, /, *, mode: str = "", **options: "Any") -> "Any":
    """Declare a function whose code a model writes and a person or its tests accept.

    A call runs the accepted code that is kept beside the declaring file. The options are read
    from the source by the tools; here they change nothing.

    Args:
        function: The stub: signature, annotations, docstring with examples.
        mode: `serve` only runs what was accepted; `generate` has code that is missing or stale
            written at the first call. Without it the variable `PSEUDOCODE_MODE` counts.
        **options: `review`, `tests`, `max_rounds`, `candidates`, `model`, and what the code is
            permitted: `network`, `env`, `requires`, `files`, `timeout` (seconds), `memory_mb`.

    Raises:
        NotGenerated: By a call, when no code was accepted yet.
        StaleSpec: By a call, when the declaration changed since.
        SettingsError: When there is no such mode.
        SpecError: When it stands on something else than a function.
    """
    if mode:
        serving.chosen_mode(mode)
    if function is None:
        return lambda function: _declare(function, mode)
    return _declare(function, mode)


def _declare(function: "Any", mode: str) -> "Any":
    if type(function) is FunctionType and getattr(function, "__wrapped__", None) is None:
        return _serving(function, mode)
    # Decorators below ours have the stub in their hands: it is the one that has to change.
    stub = function
    while (inner := getattr(stub, "__wrapped__", None)) is not None:
        stub = inner
    if type(stub) is not FunctionType:
        from pseudocode.errors import SpecError

        raise SpecError(
            f"pseudo_function stands on {function!r}, in which no function can be found; "
            "it belongs right above a function declared with def, beneath other decorators"
        )
    declared = FunctionType(stub.__code__, stub.__globals__, stub.__name__, stub.__defaults__)
    _dress(declared, stub)
    declared.__kwdefaults__ = stub.__kwdefaults__
    served = _serving(declared, mode)
    stub.__kwdefaults__ = {"__ready__": lambda: served}
    stub.__wrapped__ = declared  # type: ignore[attr-defined]  # as functools.wraps does
    stub.__code__ = _BY_KIND[stub.__code__.co_flags & _KINDS]
    return function


def _serving(stub: "FunctionType", mode: str) -> "FunctionType":
    """A function that becomes the accepted one: it has its own globals from the beginning."""
    declared = _Declared(stub, mode)
    code = _BY_KIND[_kind(stub)]
    namespace = {"__name__": stub.__module__}
    served = FunctionType(code, namespace, stub.__name__, stub.__defaults__)
    declared.served = served
    _dress(served, stub)
    served.__kwdefaults__ = {"__ready__": declared}
    served.__wrapped__ = stub  # type: ignore[attr-defined]  # as functools.wraps does
    if serving.known or "__getattr__" not in stub.__globals__:
        path = _path(stub)
        serving.declare(path, stub.__name__)
        serving.reveal_classes(path, stub.__globals__)
    return served


class _Declared:
    """Called, it gives what to call in place of a function that was not called before.

    An object of few parts: the more there are, the longer the garbage collector takes at a start.
    """

    __slots__ = ("mode", "served", "stub", "target")

    def __init__(self, stub: "FunctionType", mode: str) -> None:
        self.stub = self.served = stub
        self.mode = mode
        self.target: Callable[..., Any] | None = None

    def __call__(self) -> "Callable[..., Any]":
        if self.target is None:
            path = _path(self.stub)
            with serving.lock(path, self.stub.__name__):
                if self.target is None:
                    self.target = _target(path, self.stub, self.mode, self.served)
        return self.target


def _dress(function: "FunctionType", like: "FunctionType") -> None:
    """Make a function look like another, as `functools.update_wrapper` does."""
    function.__doc__ = like.__doc__
    function.__qualname__ = like.__qualname__
    _copy_types(function, like)
    if like.__dict__:
        function.__dict__.update(like.__dict__)


if sys.version_info >= (3, 14):

    def _copy_types(function: "FunctionType", like: "FunctionType") -> None:
        function.__annotate__ = like.__annotate__
        function.__type_params__ = like.__type_params__
elif sys.version_info >= (3, 12):

    def _copy_types(function: "FunctionType", like: "FunctionType") -> None:
        function.__annotations__ = like.__annotations__
        function.__type_params__ = like.__type_params__
else:

    def _copy_types(function: "FunctionType", like: "FunctionType") -> None:
        function.__annotations__ = like.__annotations__


def _target(
    path: str, stub: "FunctionType", mode: str, served: "FunctionType"
) -> "Callable[..., Any]":
    name, module = stub.__name__, stub.__globals__
    if maker := serving.stand_in(path, name):
        made: Callable[..., Any] = maker(stub)
        return made
    prepared = serving.find(path, name, mode)
    namespace = serving.run(prepared, module, served.__globals__)
    serving.namespaces[path, name] = namespace
    accepted = namespace[name]
    kind = served.__code__.co_flags & _KINDS
    if namespace is served.__globals__ and _is_interchangeable(accepted, stub.__code__, kind):
        # From now on a call costs what one of the accepted function itself does.
        namespace[name] = _become(served, accepted.__code__, stub)
        if accepted.__dict__:
            served.__dict__.update(accepted.__dict__)
        return served
    served.__globals__["__accepted__"] = accepted
    code = _adapter(stub.__code__, kind)
    if kind == _ASYNC_GENERATOR:  # it cannot be passed on and be one at the same time
        return _become(FunctionType(code, served.__globals__, name, stub.__defaults__), code, stub)
    return _become(served, code, stub)


def _become(function: "FunctionType", code: "CodeType", declared: "FunctionType") -> "FunctionType":
    """Give a function other code, and the declared defaults of its keywords."""
    own = declared.__kwdefaults__
    # Another thread may call it at any point in between.
    function.__kwdefaults__ = {**(function.__kwdefaults__ or {}), **(own or {})}
    function.__code__ = code
    function.__kwdefaults__ = own
    return function


def _path(stub: "FunctionType") -> str:
    path = stub.__code__.co_filename
    if path[:1] not in "/<":
        # A script may have left the folder in which it was started.
        path = str(stub.__globals__.get("__file__", path))
    return path


def _is_interchangeable(accepted: "Any", declared: "CodeType", kind: int) -> bool:
    """Whether a function takes just what was declared, so that its code can be served as it is."""
    if type(accepted) is not FunctionType:
        return False
    code = accepted.__code__
    stars = code.co_flags & _STARS
    if (
        code.co_freevars
        or code.co_flags & _KINDS != kind
        or stars != declared.co_flags & _STARS
        or code.co_argcount != declared.co_argcount
        or code.co_posonlyargcount != declared.co_posonlyargcount
        or code.co_kwonlyargcount != declared.co_kwonlyargcount
    ):
        return False
    number = code.co_argcount + code.co_kwonlyargcount + stars.bit_count()
    return code.co_varnames[:number] == declared.co_varnames[:number]


def _adapter(declared: "CodeType", kind: int) -> "CodeType":
    """Code that takes the declared parameters, and passes them on by place where it can."""
    names = list(declared.co_varnames)
    number = declared.co_argcount
    taken, given = names[:number], names[:number]
    keywords = names[number : number + declared.co_kwonlyargcount]
    rest = names[number + declared.co_kwonlyargcount :]
    if declared.co_posonlyargcount:
        taken.insert(declared.co_posonlyargcount, "/")
    if declared.co_flags & _STARRED:
        starred = f"*{rest.pop(0)}"
        taken.append(starred)
        given.append(starred)
    elif keywords:
        taken.append("*")
    taken += keywords
    given += [f"{name}={name}" for name in keywords]
    if declared.co_flags & _DOUBLE_STARRED:
        taken.append(f"**{rest[0]}")
        given.append(f"**{rest[0]}")
    begin = "async def" if kind == _COROUTINE else "def"
    how = {_COROUTINE: "await ", _GENERATOR: "yield from "}.get(kind, "")
    text = f"{begin} {declared.co_name}({', '.join(taken)}):\n"
    text += f" return ({how}__accepted__({', '.join(given)}))\n"
    made = compile(text, "<pseudocode>", "exec", dont_inherit=True)
    return next(part for part in made.co_consts if isinstance(part, type(declared)))


def _kind(stub: "FunctionType") -> int:
    """What kind of function a declaration is; the accepted code tells where the stub may not."""
    kind = stub.__code__.co_flags & _KINDS
    if not kind and not _gives_iterator(stub):
        return kind
    known = serving.known_kind(_path(stub), stub.__name__)
    if known is not None:
        return known
    return _ASYNC_GENERATOR if kind == _COROUTINE and _gives_iterator(stub) else kind


def _gives_iterator(stub: "FunctionType") -> bool:
    try:
        annotation = stub.__annotations__.get("return")
    except Exception:  # from Python 3.14 on it is evaluated only now
        return False
    if type(annotation) is type or annotation is None:
        return False
    if type(annotation) is not str:
        annotation = getattr(getattr(annotation, "__origin__", annotation), "__name__", "")
    name = str(annotation).partition("[")[0].rpartition(".")[2].removeprefix("Async")
    return name in _ITERATORS


# What a function does until it is called for the first time, for each kind.


def _serve(*args: "Any", __ready__: "Any" = None, **kwargs: "Any") -> "Any":
    __tracebackhide__ = True
    return __ready__()(*args, **kwargs)


async def _serve_coroutine(*args: "Any", __ready__: "Any" = None, **kwargs: "Any") -> "Any":
    __tracebackhide__ = True
    return await __ready__()(*args, **kwargs)


def _serve_generator(
    *args: "Any", __ready__: "Any" = None, **kwargs: "Any"
) -> "Generator[Any, Any, Any]":
    __tracebackhide__ = True
    return (yield from __ready__()(*args, **kwargs))


async def _serve_async_generator(
    *args: "Any", __ready__: "Any" = None, **kwargs: "Any"
) -> "AsyncGenerator[Any, Any]":
    __tracebackhide__ = True
    inner = __ready__()(*args, **kwargs)
    if not hasattr(inner, "asend"):  # a coroutine after all
        inner = await inner
    try:
        item = await inner.__anext__()
        while True:
            try:
                sent = yield item
            except GeneratorExit:
                await inner.aclose()
                raise
            except BaseException as error:
                item = await inner.athrow(error)
            else:
                item = await inner.asend(sent)
    except StopAsyncIteration:
        return


_BY_KIND = {
    0: _serve.__code__,
    _GENERATOR: _serve_generator.__code__,
    _COROUTINE: _serve_coroutine.__code__,
    _ASYNC_GENERATOR: _serve_async_generator.__code__,
}
