"""Accepted code, found and made ready to run, at about the cost of importing it as a module.

A program passes through here at every start, so nothing heavy is imported, not even `typing`. What
`preparing` finds out about the declarations of a file and the code that was accepted for them is
kept beside the interpreter's own cache of that file, under the same rules, and holds for as long as
none of the files changes.
"""

import _imp
import _thread
import marshal
import os
import sys
from _frozen_importlib_external import MAGIC_NUMBER, cache_from_source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Names = dict[str, Any]
    Stamp = tuple[int, int]
    """When a file was changed, in nanoseconds, and its size in bytes."""
    Prepared = tuple[
        str,  # the file of the accepted code
        Stamp,
        bytes,  # the compiled code
        int,  # what kind of function it defines, as bits of `co_flags`
        tuple[str, ...],  # the names that it may take from the declaring module
        tuple[str, ...],  # those that functions of the declaring module bind anew
        tuple[str, ...],  # those that the declaring module binds at its top
        tuple[str, ...],  # the classes that it defines beside the declared one
    ]

FORMAT = 1
MODES = ("serve", "generate")
VARIABLE = "PSEUDOCODE_MODE"
_HEADER = b"pseudocode %d " % FORMAT + MAGIC_NUMBER
_HASH_BYTES = 8
_KEY = int.from_bytes(MAGIC_NUMBER, "little")
_MODULE_NAMES = ("__name__", "__package__", "__spec__", "__loader__", "__file__", "__doc__")
known: "dict[str, tuple[Stamp, dict[str, Prepared]]]" = {}
"""What is known of declaring files, by their paths."""
_asked: "set[tuple[str, str]]" = set()
_locks: "dict[tuple[str, str], _thread.RLock]" = {}
namespaces: "dict[tuple[str, str], Names]" = {}
"""Those of the accepted code that was run, by path and name of the declaration."""


class LiveNames(dict):  # type: ignore[type-arg]  # at run time that would be slow to import
    """Names of accepted code; those that it lacks are looked up in its module each time."""

    def __init__(self, module: "Names") -> None:
        super().__init__()
        self._module = module

    def __missing__(self, name: str) -> "Any":
        return self._module[name]


def chosen_mode(mode: str) -> str:
    """The mode of a declaration, or that of the environment; a judge generates nothing.

    Raises:
        SettingsError: When there is no such mode.
    """
    found = mode or os.environ.get(VARIABLE) or MODES[0]
    if found not in MODES:
        from pseudocode.errors import SettingsError

        raise SettingsError(
            f"{'mode' if mode else VARIABLE}={found!r}: there are the modes {' and '.join(MODES)}"
        )
    judging = sys.modules.get("pseudocode.stand_ins")
    return MODES[0] if judging and judging.judging else found


def stand_in(path: str, name: str) -> "Callable[[Any], Any] | None":
    """What makes that which is served instead, in the process that judges a candidate."""
    judging = sys.modules.get("pseudocode.stand_ins")
    return judging.find(path, name) if judging else None


def lock(path: str, name: str) -> "_thread.RLock":
    """What one thread holds while it makes a declaration ready."""
    return _locks.setdefault((path, name), _thread.RLock())


def declare(path: str, name: str) -> None:
    """Note that a file declares something; if it is for the second time, the file is another."""
    if (path, name) in _asked:
        _asked.difference_update({asked for asked in _asked if asked[0] == path})
        known.pop(path, None)


def find(path: str, name: str, mode: str = "") -> "Prepared":
    """The accepted code of a declaration; in the mode `generate` it is written if need be.

    Args:
        path: The file that declares it.
        name: The declared name.
        mode: That of the declaration; empty for the one of the environment.

    Raises:
        NotGenerated: When no code was accepted yet.
        StaleSpec: When the declaration changed since.
        PseudocodeError: When files cannot be read, or no code can be generated.
    """
    _asked.add((path, name))
    found = entries(path)[1].get(name)
    if found is not None and stamp_of(found[0]) == found[1]:
        return found
    from pseudocode.preparing import prepare

    return prepare(path, name, generate=chosen_mode(mode) == "generate")


def known_kind(path: str, name: str) -> int | None:
    """What kind of function is accepted for a declaration, as bits of `co_flags`, if any is."""
    try:
        return None if stand_in(path, name) else find(path, name, MODES[0])[3]
    except Exception:  # whatever it is, a call will tell
        return None


def run(prepared: "Prepared", module: "Names", namespace: "Names | None" = None) -> "Names":
    """Run accepted code.

    Args:
        prepared: The code.
        module: The names of the module that declares it.
        namespace: What the code may bind, so that its imports and helpers do not leak into the
            module.

    Returns:
        The namespace that was used: another one, if the code mentions names that the module binds
        anew, or has yet to bind.
    """
    _, _, code, _, used, rebound, bound, _ = prepared
    if rebound or (bound and not module.keys() >= set(bound)):
        namespace = LiveNames(module)
    elif namespace is None:
        namespace = {}
    for name in _MODULE_NAMES + used:
        if name in module and name not in rebound:
            namespace[name] = module[name]
    exec(marshal.loads(code), namespace)
    return namespace


def reveal_classes(path: str, module: "Names") -> None:
    """Let pickles find the classes that accepted code defines beside what was declared.

    They are no names of the module, but its attributes to whoever asks for them.

    Args:
        path: The declaring file.
        module: Its names.
    """

    def __getattr__(wanted: str) -> "Any":  # noqa: N807 - what modules call it
        if not wanted.startswith("__"):
            from pseudocode.preparing import prepare_all

            for name, prepared in prepare_all(path).items():
                if wanted in prepared[7] and (namespace := _namespace(path, name, module)):
                    return namespace[wanted]
        raise AttributeError(f"module {module.get('__name__')!r} has no attribute {wanted!r}")

    module.setdefault("__getattr__", __getattr__)


def _namespace(path: str, name: str, module: "Names") -> "Names | None":
    """The namespace of some accepted code; that of a function may have yet to be filled."""
    served = module.get(name)
    while served is not None and (path, name) not in namespaces:
        if ready := (getattr(served, "__kwdefaults__", None) or {}).get("__ready__"):
            ready()
        served = getattr(served, "__wrapped__", None)
    return namespaces.get((path, name))


def entries(path: str) -> "tuple[Stamp, dict[str, Prepared]]":
    """What is known of a file, as it stood at the first call after its latest import.

    Raises:
        SpecError: When it cannot be looked at.
    """
    found = known.get(path)
    if found is None:
        stamp = stamp_of(path)
        if stamp is None:
            from pseudocode.errors import SpecError

            raise SpecError(f"{path}: the declaration cannot be read: there is no such file")
        found = known[path] = stamp, _read(path, stamp)
    return found


def stamp_of(path: str) -> "Stamp | None":
    """What tells one state of a file from another; None when it cannot be looked at."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size


def cache_path(path: str) -> str:
    """Where what is known of a file is kept, beside its `.pyc`.

    Raises:
        NotImplementedError: When this interpreter caches nothing.
    """
    return cache_from_source(path).removesuffix(".pyc") + ".pseudocode"


def packed(path: str, stamp: "Stamp", entries: "dict[str, Prepared]") -> bytes:
    """What is known of a file, as it is kept."""
    body = marshal.dumps((path, stamp, entries))
    return _HEADER + _imp.source_hash(_KEY, body) + body


def _read(path: str, stamp: "Stamp") -> "dict[str, Prepared]":
    """What was kept; nothing if it is of another state of the file, foreign or broken."""
    try:
        with open(cache_path(path), "rb") as stream:
            data = stream.read()
        start = len(_HEADER) + _HASH_BYTES
        body = data[start:]
        if data[:start] == _HEADER + _imp.source_hash(_KEY, body):
            found_path, found_stamp, entries = marshal.loads(body)
            if (found_path, found_stamp) == (path, stamp):
                found: dict[str, Prepared] = entries
                return found
    except (OSError, NotImplementedError, EOFError, ValueError, TypeError):
        pass
    return {}
