"""A machine in small around the app, and what has become of it after a program."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import resource
import signal
import sysconfig
import tempfile
import termios
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.edges import processes
from tests.edges.hostile.corpus import FACTORIAL
from tests.edges.processes import until
from tests.edges.walls import KEY, Place, drained, listening

DROPS = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", sysconfig.get_paths()["purelib"])
"""Folders of the machine that others may write to, or that Python reads when it starts."""
_SIGNALS = (signal.SIGUSR1, signal.SIGURG)
"""Those with which the app can be tried without being ended."""


@dataclass(slots=True)
class Scene:
    """What surrounds the app while programs run, one after the other."""

    folder: Path
    sockets: dict[str, Any]
    terminal: Terminal
    decoy: Decoy
    signals: list[int] = field(default_factory=list)

    def names(self, place: Place) -> str:
        """What a program knows of the place it is in, as its first lines."""
        abstract = self.sockets.get("abstract")
        known = {
            "APP": os.getpid(),
            "DECOY": self.decoy.pid,
            "HOME": str(place.root / "home"),
            "PROJECT": str(place.root / "project"),
            "SECRET": str(place.root / "home/.ssh/id"),
            "SPEC": str(place.root / "project/specs/module.py"),
            "TESTS": str(place.root / "project/specs/test_module.py"),
            "JOURNAL": str(place.root / "state/journal.jsonl"),
            "MARKED": place.mark,
            "NUMBER": number_of(place),
            "TEMP": tempfile.gettempdir(),
            "PACKAGES": sysconfig.get_paths()["purelib"],
            "TERMINAL": self.terminal.name,
            "TCP": self.sockets["tcp"].getsockname()[1],
            "UDP": self.sockets["udp"].getsockname()[1],
            "STREAM": str(self.folder / "stream"),
            "DATAGRAMS": str(self.folder / "datagrams"),
            "ABSTRACT": abstract.getsockname() if abstract else b"",
        }
        return "".join(f"{name} = {value!r}\n" for name, value in known.items())

    def place(self) -> Place:
        """A new one, with a spec whose examples could be copied."""
        place = Place.make(self.folder / f"place-{os.urandom(4).hex()}")
        examples = "".join(f"    >>> {call}\n    {want}\n" for call, want in FACTORIAL)
        with open(place.root / "project/specs/module.py", "a") as stream:
            stream.write(f'\n\ndef f(n):\n    """\n{examples}    """\n')
        return place


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    """Set up one; this process is the app."""
    with (
        tempfile.TemporaryDirectory(prefix="scene-") as name,
        _shown(Path(name)) as folder,
        listening(folder) as sockets,
        terminal() as screen,
    ):
        decoy = Decoy(folder)
        await decoy.start()
        made = Scene(folder, sockets, screen, decoy)
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, made.signals.append, number)
        try:
            yield made
        finally:
            await decoy.end()


@contextmanager
def _shown(folder: Path) -> Iterator[Path]:
    folder.chmod(0o755)
    # What is left in the temporary folder is to be seen apart from all this.
    (temporary := folder / "tmp").mkdir()
    before, tempfile.tempdir = tempfile.tempdir, str(temporary)
    try:
        yield folder
    finally:
        tempfile.tempdir = before


class Decoy:
    """Another process of the same person, which holds the key as well."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._facts: object = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *("sleep", "86400"),
            cwd=self._folder,
            env={"PATH": os.defpath, "OPENAI_API_KEY": KEY},
            start_new_session=True,
        )
        name = Path(f"/proc/{self.pid}/comm")
        await until(lambda: name.read_text() == "sleep\n")
        self._facts = self._found()

    async def harm(self) -> str:
        """What was done to it; it is replaced then."""
        if (found := self._found()) == self._facts:
            return ""
        before = self._facts
        await self.end()
        await self.start()
        return f"another process was changed: {before} became {found}"

    async def end(self) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            processes.end({self.pid})  # kill() may take the exit code first
            await self._process.wait()

    def _found(self) -> object:
        try:
            status = Path(f"/proc/{self.pid}/status").read_text().splitlines()
            told = [s for s in status if s.startswith(("TracerPid:", "Cpus_allowed_list:"))]
            return (
                # The fields of the state and of the niceness in proc_pid_stat(5), but not whether
                # it is just being woken, or waits for a disk.
                _stat(self.pid)[0].translate(str.maketrans("RD", "SS")),
                os.getpriority(os.PRIO_PROCESS, self.pid),
                os.sched_getscheduler(self.pid),
                [
                    resource.prlimit(self.pid, n)
                    for n in (resource.RLIMIT_NOFILE, resource.RLIMIT_CPU)
                ],
                told,
            )
        except OSError:
            return "ended"


@dataclass(slots=True)
class Terminal:
    """A pseudo terminal, and what it was sent."""

    name: str
    screen: int
    keyboard: int

    def harm(self) -> str:
        written, typed = _taken(self.screen), _taken(self.keyboard)
        return f"the terminal was sent {written!r} and typed {typed!r}" if written + typed else ""


@contextmanager
def terminal() -> Iterator[Terminal]:
    """The app's own, where this process leads a session of its own."""
    screen, keyboard = pty.openpty()
    tty.setraw(keyboard)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):  # there is one already
            fcntl.ioctl(keyboard, termios.TIOCSCTTY, 0)
    os.set_blocking(screen, False)
    os.set_blocking(keyboard, False)
    try:
        yield Terminal(os.ttyname(keyboard), screen, keyboard)
    finally:
        os.close(keyboard)
        os.close(screen)
        signal.signal(signal.SIGHUP, before)


def _taken(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:
        return b""


def number_of(place: Place) -> int:
    """By which the kernel's leftovers of a place are known."""
    return int(place.mark[:7], 16)


def _stat(pid: int) -> list[str]:
    """The fields of proc_pid_stat(5) from the state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def descendants(but: int) -> set[int]:
    """Those of this process that still run, without one of them.

    With PR_SET_CHILD_SUBREAPER nobody can leave them.
    """
    waiting, found = [os.getpid()], set()
    while waiting:
        above = waiting.pop()
        for task in Path(f"/proc/{above}/task").glob("*/children"):
            with suppress(OSError):
                children = {int(child) for child in task.read_text().split()} - {but}
                running = {child for child in children if _runs(child)}
                found |= running
                waiting += running
    return found


def _runs(pid: int) -> bool:
    try:
        return _stat(pid)[0] != "Z"
    except OSError:
        return False


async def left_over(place: Place, but: int) -> str:
    """The processes that have not ended within a second; now they have."""

    def left() -> set[int]:
        return place.processes | descendants(but)

    with suppress(TimeoutError):
        await until(lambda: not left(), 1.0)
        return ""
    told = sorted(left())
    while there := left():
        processes.end(there)
        await asyncio.sleep(0.01)
    return f"{len(told)} processes were left"


def dropped(place: Place) -> list[str]:
    """What bears the mark of a place outside of it, and is removed."""
    found = []
    for folder in DROPS:
        with suppress(OSError):
            found += [path for path in Path(folder).iterdir() if place.mark in path.name]
    for path in found:
        path.unlink()
    return [str(path) for path in found] + _dropped_in_the_kernel(place)


def _dropped_in_the_kernel(place: Place) -> list[str]:
    found = []
    for kind, option in (("shm", "-M"), ("sem", "-S"), ("msg", "-Q")):
        with suppress(OSError):
            lines = Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]
            if str(number_of(place)) in {line.split()[0] for line in lines}:
                found.append(f"{kind} of System V")
                os.system(f"ipcrm {option} {number_of(place)}")
    return found


def emptied_temporary_folder() -> list[str]:
    """What stood in it, scratch folders among it."""
    folder = Path(tempfile.gettempdir())
    names = sorted(path.name for path in folder.iterdir())
    if names:
        _remove(folder)
        folder.mkdir()
    return names


def _remove(folder: Path) -> None:
    """By a program, since the folders may be deeper than Python's own way goes."""
    os.system(f"chmod -R u+rwx '{folder}' 2>/dev/null; rm -rf '{folder}'")


def heard(sockets: dict[str, Any]) -> list[str]:
    """The listeners that were called."""
    return [name for name, one in sockets.items() if drained(one)]
