"""Hostile and honest code behind every isolation that works here, as this user and as another."""

from __future__ import annotations

import asyncio
import os
import sys
import sysconfig
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pseudocode.errors import SandboxUnavailable
from pseudocode.loop import RunnerError
from pseudocode.runner import isolation
from pseudocode.runner.isolation import Bubblewrapped, Isolation, LimitsOnly, Tried
from pseudocode.settings import Settings
from pseudocode.wiring import sandbox_name
from tests.edges import ordinary, processes
from tests.edges.processes import MARK, SECONDS, environment, until
from tests.edges.walls import KEY, Place, heard, kinds, listening, walls

pytestmark = pytest.mark.skipif(os.name == "nt", reason="isolations of POSIX systems")
linux = pytest.mark.skipif(sys.platform != "linux", reason="what Linux has")


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    made = Place.make(tmp_path / "place")
    yield made
    await made.assert_nobody_left()


def may_fork(kind: Isolation) -> bool:
    from pseudocode.runner.confine import Rules

    return kind.rules(Rules(scratch="/", memory_mb=1, cpu_seconds=1)).processes


@pytest.mark.parametrize("kind", walls())
class TestWalls:
    async def test_reading(self, kind: Isolation, place: Place) -> None:
        async with processes.started(
            "sleep", "60", cwd=place.root, env={"OPENAI_API_KEY": KEY}
        ) as holder:
            acts = f"""\
                home=lambda: os.listdir({str(place.root / "home")!r}),
                specs=lambda: os.listdir({str(place.root / "project/specs")!r}),
                files=lambda: [read(path) for path in {place.secrets!r}],
                ssh=lambda: read({place.secrets[0]!r}),
                spec=lambda: read({place.secrets[1]!r}),
                tests=lambda: read({place.secrets[2]!r}),
                own=lambda: read({__file__!r}),
                passwords=lambda: read("/etc/passwd"),
                tmp=lambda: "pytest-" in repr(os.listdir({tempfile.gettempdir()!r})),
                link=lambda: (os.symlink({place.secrets[0]!r}, "link"), read("link")),
                hard=lambda: (os.link({place.secrets[0]!r}, "hard"), read("hard")),
                into=lambda: (os.chdir({str(place.root / "home")!r}), os.listdir(".")),
                environ=lambda: read("/proc/{os.getpid()}/environ"),
                memory=lambda: read("/proc/{os.getpid()}/mem"),
                arguments=lambda: read("/proc/{os.getpid()}/cmdline"),
                around=lambda: os.listdir("/proc/{os.getpid()}/cwd/"),
                above=lambda: read(f"/proc/{{os.getppid()}}/environ"),
                above_memory=lambda: open(f"/proc/{{os.getppid()}}/mem", "r+b"),
                holder=lambda: read("/proc/{holder.pid}/environ"),
                found=lambda: any(
                    {KEY!r}.encode() in open(f"/proc/{{pid}}/environ", "rb").read()
                    for pid in os.listdir("/proc")
                ),
            """
            assert await place.escapes(kind, acts) == "[]"

    async def test_writing(self, kind: Isolation, place: Place) -> None:
        victim, folder = place.secrets[0], str(place.root / "project/specs")
        before = place.state
        acts = f"""\
            append=lambda: open({victim!r}, "a"),
            update=lambda: open({victim!r}, "r+"),
            anew=lambda: open({victim!r}, "w"),
            create=lambda: open({folder + "/conftest.py"!r}, "x"),
            truncate=lambda: os.truncate({victim!r}, 0),
            reading=lambda: os.open({victim!r}, os.O_RDONLY | os.O_TRUNC),
            neither=lambda: os.open({victim!r}, os.O_ACCMODE | os.O_TRUNC),
            given=lambda: os.open("given.txt", os.O_RDONLY | os.O_TRUNC),
            given_neither=lambda: os.open("given.txt", os.O_ACCMODE | os.O_TRUNC),
            given_truncate=lambda: os.truncate("given.txt", 0),
            given_mode=lambda: os.chmod("given.txt", 0o600),
            given_open_mode=lambda: os.fchmod(os.open("given.txt", os.O_RDONLY), 0o600),
            mode=lambda: os.chmod({victim!r}, 0o666),
            owner=lambda: os.chown({victim!r}, os.getuid(), os.getgid()),
            times=lambda: os.utime({victim!r}, (1, 1)),
            attribute=lambda: os.setxattr({victim!r}, "user.x", b"x"),
            away=lambda: os.rename({victim!r}, "taken"),
            over=lambda: (open("mine", "x"), os.rename("mine", {victim!r})),
            remove=lambda: os.remove({victim!r}),
            folder=lambda: os.mkdir({folder + "/new"!r}),
            link=lambda: os.symlink("/etc", {folder + "/link"!r}),
            pipe=lambda: os.mkfifo({folder + "/pipe"!r}),
            tmp=lambda: open({tempfile.gettempdir() + "/left-by-a-test"!r}, "x"),
            library=lambda: open(os.__file__, "a"),
            package=lambda: open({sysconfig.get_paths()["purelib"] + "/left.pth"!r}, "x"),
            device=lambda: os.chmod("/dev/null", 0o600),
        """
        assert await place.escapes(kind, acts, files=("given.txt",)) == "[]"
        assert place.state == before
        assert not (Path(tempfile.gettempdir()) / "left-by-a-test").exists()

    async def test_network(self, kind: Isolation, place: Place, tmp_path: Path) -> None:
        with listening(tmp_path) as sockets:
            tcp, udp = (sockets[name].getsockname()[1] for name in ("tcp", "udp"))
            abstract = sockets["abstract"].getsockname() if "abstract" in sockets else b""
            stream, datagrams = (str(tmp_path / name) for name in ("stream", "datagrams"))
            acts = f"""\
                tcp=lambda: socket.create_connection(("127.0.0.1", {tcp}), 1),
                udp=lambda: socket.socket(type=2).sendto(b"x", ("127.0.0.1", {udp})),
                path=lambda: socket.socket(1).connect({stream!r}),
                abstract=lambda: socket.socket(1).connect({abstract!r}),
                datagrams=lambda: socket.socket(1, 2).sendto(b"x", {datagrams!r}),
                pair=lambda: socket.socketpair(1, 2)[0].sendto(b"x", {datagrams!r}),
                packets=lambda: socket.socketpair(1, 5)[0].sendto(b"x", {datagrams!r}),
                netlink=lambda: socket.socket(16, 3),
                raw=lambda: socket.socket(2, 3, 1),
                packet=lambda: socket.socket(17, 3),
                vsock=lambda: socket.socket(40, 1),
                listen=lambda: socket.create_server(("127.0.0.1", 0)),
                names=lambda: socket.getaddrinfo("example.org", 80),
            """
            assert await place.escapes(kind, acts) == "[]"
            assert not [name for name, one in sockets.items() if heard(one)]

    async def test_processes(self, kind: Isolation, place: Place) -> None:
        async with processes.started(
            "sleep", "60", cwd=place.root, env={}, start_new_session=True
        ) as other:
            acts = f"""\
                app=lambda: os.kill({os.getpid()}, 0),
                above=lambda: os.kill(os.getppid(), 15),
                other=lambda: os.kill({other.pid}, 9),
                group=lambda: os.killpg({other.pid}, 9),
                limits=lambda: __import__("resource").prlimit({os.getpid()}, 7, (10, 10)),
                limits_above=lambda: __import__("resource").prlimit(os.getppid(), 7, (10, 10)),
                nice=lambda: os.setpriority(os.PRIO_PROCESS, {other.pid}, 10),
                handle=lambda: os.pidfd_open({other.pid}),
                owner=lambda: __import__("fcntl").fcntl(0, 8, {other.pid}),
                signal=lambda: __import__("fcntl").fcntl(0, 10, 9),
                affinity=lambda: os.sched_setaffinity({other.pid}, {{0}}),
            """
            assert await place.escapes(kind, acts) == "[]"
            assert other.returncode is None

    @linux
    async def test_surface_of_the_kernel(self, kind: Isolation, place: Place) -> None:
        numbers = {
            "ptrace": (101, 117),
            "process_vm_readv": (310, 270),
            "mount": (165, 40),
            "unshare": (272, 97),
            "setns": (308, 268),
            "clone3": (435, 435),
            "keyctl": (250, 219),
            "add_key": (248, 217),
            "bpf": (321, 280),
            "io_uring_setup": (425, 425),
            "userfaultfd": (323, 282),
            "perf_event_open": (298, 241),
            "memfd_create": (319, 279),
            "chroot": (161, 51),
            "open_by_handle_at": (304, 265),
            "name_to_handle_at": (303, 264),
            "fsopen": (430, 430),
            "setxattr": (188, 5),
            "shmget": (29, 194),
            "mq_open": (180, 180),
            "personality": (135, 92),
            "openat2": (437, 437),
            "pidfd_getfd": (438, 438),
            "landlock_create_ruleset": (444, 444),
            "unknown": (1000, 1000),
        }
        column = 0 if os.uname().machine == "x86_64" else 1
        asked = {name: both[column] for name, both in numbers.items()}
        code = f"""\
            import ctypes, errno

            def f():
                libc = ctypes.CDLL(None, use_errno=True)
                done = []
                for name, number in {asked}.items():
                    ctypes.set_errno(0)
                    libc.syscall(number, 0, 0, 0, 0, 0, 0)
                    if ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
                        done.append((name, ctypes.get_errno()))
                for request in (0x5412, 0x541C):  # TIOCSTI, TIOCLINUX
                    if libc.ioctl(0, request, b"x") == 0 or ctypes.get_errno() != errno.EPERM:
                        done.append(request)
                return done
            """
        report = await place.run(kind, code)
        assert (report.error, report.cases[0].got, report.cases[0].error) == ("", "[]", "")

    async def test_programs(self, kind: Isolation, place: Place) -> None:
        """Only the interpreter can be started, and what it starts is shut in as well."""
        acts = f"""\
            shell=lambda: os.posix_spawn("/bin/sh", ["sh", "-c", "true"], {{}}),
            loaded=lambda: os.posix_spawn("/lib64/ld-linux-x86-64.so.2", ["x", "/bin/sh"], {{}})
                and os.waitstatus_to_exitcode(os.wait()[1]) == 0,
            own=lambda: (
                open("own", "w").write("#!/bin/sh"),
                os.posix_spawn("./own", ["own"], {{}}),
            ),
            python=lambda: __import__("subprocess").run(
                [__import__("sys").executable, "-I", "-c", "open({place.secrets[0]!r})"]
            ).returncode == 0,
        """
        assert await place.escapes(kind, acts) == "[]"

    async def test_descriptors(self, kind: Isolation, place: Place) -> None:
        code = """\
            def f():
                found = []
                for descriptor in range(200):
                    try:
                        found.append((descriptor, os.fstat(descriptor).st_mode >> 12))
                    except OSError:
                        pass
                return [pair for pair in found if pair[0] > 2 and pair[1] != 1]
            """
        with open(place.secrets[0]) as stream:
            os.set_inheritable(stream.fileno(), True)
            report = await place.run(kind, code)
        assert report.cases[0].got == "[]"

    async def test_terminal(self, kind: Isolation, place: Place) -> None:
        acts = 'tty=lambda: open("/dev/tty"), standard=lambda: os.isatty(0) or os.isatty(1),'
        assert await place.escapes(kind, acts) == "[]"


@pytest.mark.parametrize("kind", kinds())
class TestEnding:
    CODE = """\
        import time

        def f(seconds=0):
            for _ in range(2):
                try:
                    if os.fork():
                        break
                except OSError:
                    break
                os.setsid()
            else:
                time.sleep(600)
            time.sleep(seconds)
            return []
        """

    @linux
    async def test_grandchild_that_leaves(self, kind: Isolation, place: Place) -> None:
        report = await place.run(kind, self.CODE)
        assert report.all_passed
        await place.assert_nobody_left()

    @linux
    async def test_time_limit(self, kind: Isolation, place: Place) -> None:
        started = time.monotonic()
        report = await place.run(kind, self.CODE, ("f(600)", "[]"), timeout=0.7)
        assert "time limit" in report.error
        assert time.monotonic() - started < 0.7 + SECONDS
        await place.assert_nobody_left()

    @linux
    async def test_the_app_is_killed(self, kind: Isolation, place: Place) -> None:
        program = (
            "import asyncio, sys\nfrom pathlib import Path\n"
            "from pseudocode.runner.isolation import available\n"
            "from tests.edges.test_isolation import TestEnding\n"
            "from tests.edges.walls import Place\n"
            f"place = Place(Path({str(place.root)!r}), {place.mark!r})\n"
            f"kind = next(k for k in available() if k.name == {kind.name!r})\n"
            "asyncio.run(place.run(kind, TestEnding.CODE, ('f(600)', '[]'), timeout=600))\n"
        )
        checkout = str(Path(__file__).parents[2])
        # Nobody is left to remove the scratch folder.
        env = {"PYTHONPATH": checkout, "TMPDIR": str(place.root)}
        async with processes.started(
            sys.executable, "-c", program, cwd=Path(checkout), env=env
        ) as app:
            await until(lambda: len(place.processes) >= (3 if may_fork(kind) else 2))
            app.kill()
            await app.wait()
            await place.assert_nobody_left()


HONEST = """\
import asyncio, bisect, bz2, collections, contextlib, copy, csv, ctypes, dataclasses, datetime
import decimal, enum, fractions, functools, glob, gzip, hashlib, heapq, hmac, inspect, io
import itertools, json, locale, logging, lzma, math, mimetypes, multiprocessing, operator, pathlib
import pickle, queue, random, re, secrets, select, shutil, signal, socket, sqlite3, ssl, statistics
import string, struct, subprocess, sys, tempfile, textwrap, threading, time, typing, unicodedata
import urllib.parse
import uuid, xml.etree.ElementTree, zipfile, zlib, zoneinfo
from concurrent.futures import ThreadPoolExecutor

async def double(x):
    await asyncio.sleep(0.001)
    return 2 * await asyncio.to_thread(abs, x)

async def several():
    return await asyncio.gather(*map(double, range(5)))

def depth(n):
    return n and 1 + depth(n - 1)

def temporary():
    with tempfile.TemporaryFile() as one, tempfile.NamedTemporaryFile("w+") as two:
        one.write(b"x"), two.write("x")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a", "b.txt")
            path.parent.mkdir()
            path.write_text("hello")
            path.write_text("bye")
            path.rename(path.with_suffix(".md"))
            shutil.copyfile(path.with_suffix(".md"), path)
            return [p.name for p in sorted(path.parent.glob("*"))], path.read_text()

def in_scratch():
    with open("a.txt", "w") as stream:
        stream.write("1\\n2\\n")
    with open("a.txt", "a") as stream:
        stream.write("3\\n")
    with zipfile.ZipFile("a.zip", "w") as archive:
        archive.write("a.txt")
    os.mkdir("sub")
    os.replace("a.txt", "sub/b.txt")
    with gzip.open("c.gz", "wt") as stream:
        stream.write("z")
    return open("sub/b.txt").read().split(), sorted(os.listdir())

def database(name):
    with contextlib.closing(sqlite3.connect(name)) as base, base:
        base.execute("create table t (x)")
        base.executemany("insert into t values (?)", [(1,), (2,)])
        return base.execute("select sum(x) from t").fetchone()

def threads():
    done = queue.Queue()
    made = [threading.Thread(target=done.put, args=(n,)) for n in range(20)]
    [one.start() for one in made], [one.join() for one in made]
    with ThreadPoolExecutor(8) as pool:
        return done.qsize(), sum(pool.map(abs, range(-10, 0)))

def alarm():
    rang = []
    signal.signal(signal.SIGALRM, lambda *_: rang.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.pause()
    return rang

def zones():
    berlin = datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
    return berlin.utcoffset().seconds, time.localtime(0).tm_year > 1968

def digests():
    return (hashlib.sha256(b"").hexdigest()[:8], hashlib.blake2b(b"").hexdigest()[:8],
            hashlib.pbkdf2_hmac("sha256", b"", b"", 2).hex()[:8], len(secrets.token_hex(4)),
            hmac.new(b"", b"", "sha1").hexdigest()[:8])

def loops():
    left, right = socket.socketpair()
    left.sendall(b"hello")
    ready = select.select([right], [], [], 1)[0] == [right]
    return ready, right.recv(10)

def doubles(channel, x):
    channel.send(2 * x)

def processes():
    near, far = multiprocessing.get_context("fork").Pipe()
    child = multiprocessing.get_context("fork").Process(target=doubles, args=(far, 4))
    child.start()
    got = near.recv()
    child.join()
    return got, child.exitcode

def started():
    command = [sys.executable, "-I", "-c", "print(3)"]
    return subprocess.run(command, check=True, capture_output=True).stdout

def pool():
    with multiprocessing.get_context("fork").Pool(2) as made:
        return made.map(abs, [-1, -2, 3])
"""
HONEST_CALLS = [
    ("asyncio.run(several())", "[0, 2, 4, 6, 8]"),
    ("depth(sys.getrecursionlimit() - 100) > 800", "True"),
    ("temporary()", "(['b.md', 'b.txt'], 'bye')"),
    ("in_scratch()", "(['1', '2', '3'], ['a.zip', 'c.gz', 'sub'])"),
    ("database(':memory:')", "(3,)"),
    ("database('file.db')", "(3,)"),
    ("threads()", "(20, 55)"),
    ("alarm()", "[1]"),
    ("zones()", "(7200, True)"),
    ("digests()", "('e3b0c442', '786a02f7', '97398411', 8, 'fbdb1d1b')"),
    ("loops()", "(True, b'hello')"),
    ("mimetypes.guess_type('a.html')[0]", "'text/html'"),
    ("len(uuid.uuid4().hex), random.random() < 1, os.cpu_count() > 0", "(32, True, True)"),
    ("ctypes.CDLL(None).abs(-3)", "3"),
    ("ssl.create_default_context() is not None", "True"),
    ("zlib.decompress(zlib.compress(b'x')), lzma.decompress(lzma.compress(b'y'))", "(b'x', b'y')"),
    ("locale.setlocale(locale.LC_ALL, 'C.UTF-8')", "'C.UTF-8'"),
    ("open(os.devnull, 'w').write('x'), len(open('/dev/urandom', 'rb').read(4))", "(1, 4)"),
    (
        "re.sub('a+', 'b', 'caat'), json.dumps({'a': 1}), decimal.Decimal('1.10') * 2",
        "('cbt', '{\"a\": 1}', Decimal('2.20'))",
    ),
]


@pytest.mark.parametrize("kind", walls())
class TestHonestCode:
    async def test_the_standard_library(self, kind: Isolation, place: Place) -> None:
        calls = list(HONEST_CALLS)
        if getattr(kind, "abi", 0) == 1:  # there nothing moves from folder to folder
            calls = [call for call in calls if call[0] != "in_scratch()"]
        if may_fork(kind):
            calls += [("processes()", "(8, 0)"), ("started()", "b'3\\n'")]
        # A pool needs a /dev/shm of its own, and ends its processes by signals.
        if isinstance(kind, Bubblewrapped) and may_fork(kind) and kind.abi >= 6:
            calls.append(("pool()", "[1, 2, 3]"))
        report = await place.run(kind, HONEST, *calls)
        failed = [(c.call, c.got, c.error) for c in report.cases if c.outcome != "passed"]
        assert (report.error, failed) == ("", [])

    async def test_crash_is_named(self, kind: Isolation, place: Place) -> None:
        report = await place.run(kind, "import ctypes\ndef f(): return ctypes.string_at(0)")
        assert report.error == "the code crashed (SIGSEGV)"
        report = await place.run(kind, "def f(): os.abort()")
        assert report.error == "the code crashed (SIGABRT)"
        report = await place.run(kind, "def f(): os.kill(os.getpid(), 15)")
        assert report.error == "the code crashed (SIGTERM)"


@pytest.mark.parametrize("kind", walls())
class TestPermissions:
    async def test_files(self, kind: Isolation, place: Place) -> None:
        folder = place.root / "project/specs"
        (folder / "data").mkdir()
        (folder / "data/one.txt").write_text("one")
        calls = [
            ("open('given.txt').read()", "'given'"),
            (f"open({str(folder / 'given.txt')!r}).read()", "'given'"),
            ("open('data/one.txt').read()", "'one'"),
            ("os.listdir('data')", "['one.txt']"),
            (f"succeeded({{'x': lambda: read({str(folder / 'test_module.py')!r})}})", "[]"),
            ("succeeded({'x': lambda: open('given.txt', 'a')})", "[]"),
        ]
        report = await place.run(kind, "f = 1", *calls, files=("given.txt", "data"))
        assert [case.got or case.error for case in report.cases] == [want for _, want in calls]

    @pytest.mark.parametrize("name", ["../../home/.ssh/id", "/etc/passwd", ".", "", "nowhere"])
    async def test_files_that_must_not_be_named(
        self, kind: Isolation, place: Place, name: str
    ) -> None:
        with pytest.raises(RunnerError, match="files: "):
            await place.run(kind, "def f(): return []", files=(name,))

    async def test_link_out_of_the_folder(self, kind: Isolation, place: Place) -> None:
        (place.root / "project/specs/link").symlink_to(place.secrets[0])
        with pytest.raises(RunnerError, match="not inside"):
            await place.run(kind, "def f(): return []", files=("link",))

    async def test_environment(self, kind: Isolation, place: Place) -> None:
        code = "def f(): return [n for n in os.environ if 'KEY' in n], os.environ['{}']"
        report = await place.run(kind, code.format(MARK), ("f()", f"([], {place.mark!r})"))
        assert report.all_passed

    async def test_network(self, kind: Isolation, place: Place, tmp_path: Path) -> None:
        code = (
            "def f(p): return succeeded({'x': lambda: socket.create_connection(('127.0.0.1', p))})"
        )
        with listening(tmp_path) as sockets:
            port = sockets["tcp"].getsockname()[1]
            for network in (True, (f"127.0.0.1:{port}",)):
                report = await place.run(kind, code, (f"f({port})", "['x']"), network=network)
                assert report.all_passed, report
                assert "network open" in report.isolation
                assert heard(sockets["tcp"])
            assert "not limited to the named hosts" in report.isolation
            acts = f"path=lambda: socket.socket(1).connect({str(tmp_path / 'stream')!r}),"
            assert await place.escapes(kind, acts, network=True) == "[]"
            assert not heard(sockets["path"])

    @linux
    async def test_only_the_named_ports(
        self, kind: Isolation, place: Place, tmp_path: Path
    ) -> None:
        if getattr(kind, "abi", 0) < 4:
            pytest.skip("ports are told apart from version 4 of Landlock on")
        with listening(tmp_path) as sockets:
            port = sockets["tcp"].getsockname()[1]
            acts = f"x=lambda: socket.create_connection(('127.0.0.1', {port}), 1),"
            assert await place.escapes(kind, acts, network=("example.org",)) == "[]"
            assert not heard(sockets["tcp"])

    async def test_memory(self, kind: Isolation, place: Place) -> None:
        code = "def f(): return len(bytes(200 << 20)) >> 20"
        assert (await place.run(kind, code, ("f()", "200"), memory_mb=500)).all_passed
        report = await place.run(kind, code, ("f()", "200"), memory_mb=150)
        assert report.cases[0].error.startswith("MemoryError")


class TestChoice:
    @pytest.fixture
    def bare(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nothing but limits was found."""
        tried = (Tried("landlock", "the kernel has no Landlock"), Tried("limits only"))
        found = isolation._Found(tried=tried, best=LimitsOnly())
        monkeypatch.setattr(isolation, "_found", found)

    def test_off_tries_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(isolation, "_found", None)
        assert isolation.choose("off") == LimitsOnly()
        assert sandbox_name(Settings(sandbox="off")) == "limits only"

    @pytest.mark.usefixtures("bare")
    def test_strict_needs_walls(self) -> None:
        with pytest.raises(SandboxUnavailable, match=r"no Landlock.*install bubblewrap"):
            isolation.choose("strict")

    @pytest.mark.usefixtures("bare")
    def test_best_effort_takes_what_there_is(self) -> None:
        assert isolation.choose("best-effort").name == "limits only"

    def test_name_before_anything_is_known(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(isolation, "_found", isolation._Found())
        assert sandbox_name(Settings()) == "sandbox …"
        best = isolation.choose("best-effort")
        assert sandbox_name(Settings()) == best.name == isolation.available()[0].name

    async def test_choosing_beside_a_running_loop(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(isolation, "_found", isolation._Found())
        best = await asyncio.to_thread(isolation.choose, "best-effort")
        assert best.name == isolation.available()[0].name

    def test_limits_alone_are_no_walls(self) -> None:
        assert [kind.name for kind in isolation.available()][-1] == "limits only"
        assert not isolation.available()[-1].walls


@pytest.mark.skipif(bool(ordinary.why_not()), reason=ordinary.why_not())
async def test_the_same_as_an_ordinary_user() -> None:
    async with (
        ordinary.ordinary_user() as user,
        processes.started(
            *(*user.command, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("-k", "not older-landlock", "tests/edges/test_isolation.py"),
            cwd=user.checkout,
            env=environment(user.env),
        ) as process,
    ):
        out, _ = await process.communicate()
    print(out.decode())
    assert process.returncode == 0


@pytest.mark.skipif(bool(ordinary.why_not()), reason=ordinary.why_not())
async def test_walls_of_an_ordinary_user_whose_memory_is_shut() -> None:
    """The files in /proc of a process that is not dumpable belong to root (proc_pid(5))."""
    told = []
    async with ordinary.ordinary_user() as user:
        for shut in ("", "wiring.shut_memory()\n"):
            source = (
                f"import os\nfrom pseudocode import wiring\n{shut}"
                "print(os.stat('/proc/self/environ').st_uid, wiring.sandbox_probes())\n"
            )
            found = await processes.run(
                *user.command, "-c", source, cwd=user.checkout, env=environment(user.env)
            )
            told.append(found.out.partition(" "))
    (opened, _, before), (closed, _, after) = told
    assert (opened, closed) == (str(ordinary.NOBODY), "0")
    assert before == after
    assert "limits only" in after
