"""What code imports, and what of the machine it may get hold of, as far as its text tells.

A reader's aid, no wall: what is hidden well is not found. The sandbox is what holds.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pseudocode.events import Access, Reach
from pseudocode.spec.model import Options
from pseudocode.spec.parsing import parse

_MODULES: dict[Reach, frozenset[str]] = {
    "files": frozenset({
        "dbm", "fileinput", "glob", "mmap", "pathlib", "shelve", "shutil", "sqlite3", "tarfile",
        "tempfile", "zipfile",
    }),
    "network": frozenset({
        "aiohttp", "ftplib", "http", "httpx", "imaplib", "poplib", "requests", "smtplib", "socket",
        "socketserver", "ssl", "urllib", "urllib3", "websockets", "xmlrpc",
    }),
    "environment": frozenset({"dotenv", "getpass"}),
    "processes": frozenset({"multiprocessing", "pty", "subprocess"}),
    "interpreter": frozenset({
        "builtins", "cffi", "code", "ctypes", "gc", "importlib", "inspect", "marshal", "pickle",
        "runpy",
    }),
}  # fmt: skip
_HARMLESS = frozenset({"http", "urllib.parse", "urllib.error", "http.cookies"})
"""Modules that reach nothing although others of their package do."""
_PURE_PATHS = frozenset({"PurePath", "PurePosixPath", "PureWindowsPath"})
_CALLS: dict[str, Reach] = {
    "open": "files",
    "__import__": "interpreter",
    "compile": "interpreter",
    "eval": "interpreter",
    "exec": "interpreter",
    "globals": "interpreter",
}
_OS: dict[Reach, frozenset[str]] = {
    "environment": frozenset({"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}),
    "processes": frozenset({
        "abort", "execl", "execle", "execlp", "execv", "execve", "execvp", "execvpe", "fork",
        "forkpty", "kill", "killpg", "popen", "posix_spawn", "posix_spawnp", "spawnl", "spawnv",
        "startfile", "system", "_exit",
    }),
    "files": frozenset({
        "access", "chmod", "chown", "listdir", "link", "lstat", "makedirs", "mkdir", "open",
        "readlink", "remove", "removedirs", "rename", "renames", "replace", "rmdir", "scandir",
        "stat", "symlink", "truncate", "unlink", "utime", "walk",
    }),
}  # fmt: skip
_SYS = frozenset({"_getframe", "meta_path", "modules", "path", "setprofile", "settrace"})
_WITHIN = frozenset({"__bases__", "__builtins__", "__code__", "__globals__", "__subclasses__"})
"""Attributes that lead from a value to what built it."""


class Touched(NamedTuple):
    """What a text of code gets hold of."""

    imports: tuple[str, ...]
    accesses: tuple[Access, ...]
    """Each thing once, where it comes first."""


def touched(code: str) -> Touched:
    """List what code imports and may get hold of; nothing for what is no Python."""
    try:
        tree = parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Touched((), ())
    nodes = list(ast.walk(tree))
    imports = dict.fromkeys(name for node in nodes for name in _imported(node))
    found: dict[tuple[Reach, str], Access] = {}
    for access in sorted(_accesses(nodes), key=lambda access: access.line):
        found.setdefault((access.reach, access.what), access)
    return Touched(tuple(sorted(imports)), tuple(found.values()))


def reaches(code: str) -> tuple[Reach, ...]:
    """The kinds of things that code may get hold of."""
    return tuple(dict.fromkeys(access.reach for access in touched(code).accesses))


def permitted(options: Options) -> frozenset[Reach]:
    """The kinds of things of which a declaration permits some."""
    wanted: dict[Reach, bool] = {
        "files": bool(options.files),
        "network": bool(options.network),
        "environment": bool(options.env),
    }
    return frozenset(reach for reach, asked in wanted.items() if asked)


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield "." * node.level + (node.module or "")


def _accesses(nodes: Iterable[ast.AST]) -> Iterator[Access]:
    for node in nodes:
        match node:
            case ast.Import(names=names, lineno=line):
                yield from (a for alias in names for a in _of_module(alias.name, line))
            case ast.ImportFrom(module=str(module), level=0, names=names, lineno=line):
                yield from _of_names(module, [alias.name for alias in names], line)
            case ast.Call(func=ast.Name(id=name), lineno=line) if name in _CALLS:
                yield Access(reach=_CALLS[name], what=f"{name}()", line=line)
            case ast.Attribute(value=ast.Name(id="os"), attr=name, lineno=line):
                yield from _of_os(name, line)
            case ast.Attribute(value=ast.Name(id="sys"), attr=name, lineno=line) if name in _SYS:
                yield Access(reach="interpreter", what=f"sys.{name}", line=line)
            case ast.Attribute(attr=name, lineno=line) if name in _WITHIN:
                yield Access(reach="interpreter", what=name, line=line)


def _of_names(module: str, names: list[str], line: int) -> Iterator[Access]:
    if module == "os":
        for name in names:
            yield from _of_os(name, line)
    elif module == "pathlib" and _PURE_PATHS.issuperset(names):
        return
    elif module == "urllib" or module == "http":
        for name in names:
            yield from _of_module(f"{module}.{name}", line)
    else:
        yield from _of_module(module, line)


def _of_module(module: str, line: int) -> Iterator[Access]:
    top = module.partition(".")[0]
    if module in _HARMLESS or module == "http.HTTPStatus":
        return
    for reach, modules in _MODULES.items():
        if top in modules:
            yield Access(reach=reach, what=module, line=line)


def _of_os(name: str, line: int) -> Iterator[Access]:
    for reach, names in _OS.items():
        if name in names:
            yield Access(reach=reach, what=f"os.{name}", line=line)
