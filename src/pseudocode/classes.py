"""The decorator for classes: serves the accepted code of a declared class from disk.

Like the one for functions it imports nothing heavy. A class has to be there when its module is
imported, so its accepted code is executed then, not at the first use.
"""

import sys

from pseudocode import serving

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar, Unpack, overload

    from pseudocode.errors import PseudocodeError
    from pseudocode.options import OptionsOfCode

    C = TypeVar("C", bound=type)
else:

    def overload(function):
        """What `typing` has under this name, without the time to import it."""
        return function


_Function = type(lambda: None)
_CALLED_BY_THE_INTERPRETER = ("__init_subclass__", "__class_getitem__", "__subclasshook__")
"""What an unusable class goes on to answer: it can be derived from, and be named in annotations."""


@overload
def pseudo_class(declared: "C", /) -> "C": ...
@overload
def pseudo_class(**options: "Unpack[OptionsOfCode]") -> "Callable[[C], C]": ...
def pseudo_class(declared: "Any" = None, /, *, mode: str = "", **options: "Any") -> "Any":
    """Declare a class whose code a model writes and a person or its tests accept.

    Args:
        declared: The stub: bases, fields, methods without bodies, docstrings with examples.
        mode: As for `pseudo_function`; what is generated is generated when the class is declared.
        **options: As for `pseudo_function`.

    Returns:
        The accepted class; where there is none, the stub, whose use raises `NotGenerated`, or
        `StaleSpec` when the declaration has changed since.

    Raises:
        SettingsError: When there is no such mode.
        SpecError: When it stands on something else than a class.
    """
    mode = serving.chosen_mode(mode)
    if declared is None:
        return lambda declared: _declare(declared, mode)
    return _declare(declared, mode)


def _declare(declared: "Any", mode: str) -> "Any":
    if not isinstance(declared, type):
        from pseudocode.errors import SpecError

        raise SpecError(f"pseudo_class stands on {declared!r}; it belongs on a class")
    loaded = sys.modules.get(declared.__module__)
    module = loaded.__dict__ if loaded else {}
    path, name = module.get("__file__") or "", declared.__name__
    if maker := serving.stand_in(path, name):
        return maker(declared)
    serving.declare(path, name)
    try:
        with serving.lock(path, name):
            return _served(declared, path, mode, module)
    except Exception as error:
        from pseudocode.errors import PseudocodeError

        if mode == "generate" or not isinstance(error, PseudocodeError):
            raise
        return _unusable(declared, error)


def _served(declared: type, path: str, mode: str, module: "dict[str, Any]") -> type:
    name = declared.__name__
    prepared = serving.find(path, name, mode)
    namespace = serving.run(prepared, module)
    serving.namespaces[path, name] = namespace
    if prepared[7]:
        serving.reveal_classes(path, module)
    made: type = namespace[name]
    _document(made, declared)
    return made


def _document(made: "Any", declared: "Any") -> None:
    """Keep the docstrings of the declaration where the accepted code has none."""
    for name, stub in vars(declared).items():
        attribute, text = vars(made).get(name), _text(stub)
        if text and attribute is not None and _text(attribute) is None:
            try:
                getattr(attribute, "__func__", attribute).__doc__ = text
            except (AttributeError, TypeError):  # something that takes no docstring
                continue
    # Dataclasses and named tuples without one write it themselves.
    if not made.__doc__ or made.__doc__.startswith(f"{made.__name__}("):
        made.__doc__ = declared.__doc__ or made.__doc__


def _text(attribute: "Any") -> "str | None":
    """The docstring of a method or property, not that of its type."""
    inner = getattr(attribute, "__func__", attribute)
    text = getattr(inner, "__doc__", None)
    return text if text is not None and text is not type(inner).__doc__ else None


def _unusable(declared: "Any", error: "PseudocodeError") -> "Any":
    """A class of which everything that was declared says why it is not there."""

    def refuse(*_: object, **__: object) -> "Any":
        raise error.with_traceback(None)

    for name, attribute in list(vars(declared).items()):
        kind = type(attribute)
        if name in _CALLED_BY_THE_INTERPRETER:
            continue
        if kind is _Function:
            setattr(declared, name, _refusing(refuse, attribute))
        elif kind is property:
            setattr(declared, name, property(refuse, refuse, refuse, attribute.__doc__))
        elif kind in (classmethod, staticmethod):
            setattr(declared, name, kind(_refusing(refuse, attribute.__func__)))
    declared.__init__ = refuse
    if hasattr(declared, "__members__"):
        _make_members_refuse(declared, refuse)
    return declared


def _refusing(refuse: "Callable[..., Any]", like: "Any") -> "Callable[..., Any]":
    def method(*_: object, **__: object) -> "Any":
        return refuse()

    for name in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(method, name, getattr(like, name))
    method.__wrapped__ = like  # type: ignore[attr-defined]  # as functools.wraps does
    return method


def _make_members_refuse(declared: "Any", refuse: "Callable[..., Any]") -> None:
    """An enumeration that was only described has no members yet that could be asked for."""

    def __getattr__(cls: type, name: str) -> "Any":  # noqa: N807
        if name.startswith("_"):
            raise AttributeError(name)
        return refuse()

    kind = type(declared)
    refusing = {"__getattr__": __getattr__, "__call__": refuse}
    declared.__class__ = type(kind.__name__, (kind,), refusing)
