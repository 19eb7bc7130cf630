"""Hostile programs beyond the test plan."""

from __future__ import annotations

from tests.edges.hostile.cheats import FORGE
from tests.edges.hostile.corpus import (
    FACTORIAL,
    LIMITS,
    NO_WALLS,
    SHORT,
    Program,
    acts,
)


def forger(name: str, code: str, **options: object) -> Program:
    """A program that sends answers under the stolen key."""
    return Program(name=name, code=FORGE + code, options=options)


FORGERS = (
    forger(
        "says that the sandbox cannot be set up",
        'forge({"unconfined": "start again with --sandbox off"})\n\ndef f(n):\n    return 7\n',
    ),
    *(
        forger(f"sends a first answer {what}", f"forge({record})\nos._exit(0)\n\ndef f(n): ...\n")
        for what, record in [
            ("without its parts", "{}"),
            ("without the error it tells of", '{"loaded": False, "error": None, "pieces": []}'),
            ("with an error of another kind", '{"loaded": False, "error": [1], "pieces": 3}'),
            ("with other parts", '{"loaded": [], "error": {"text": [], "frames": 7}}'),
        ]
    ),
    *(
        forger(f"sends an answer {what}", f"def f(n):\n    forge({record})\n    os._exit(0)\n")
        for what, record in [
            ("with a list for its number", '{**answer(0), "index": [0]}'),
            ("that took 10**400 seconds", '{**answer(0), "seconds": 10 ** 400}'),
            ("that took nan seconds", '{**answer(0), "seconds": float("nan")}'),
            ("with pieces that are none", '{**answer(0), "pieces": [1, [], {}, ["value"]]}'),
            ("of an unknown kind", 'answer(0, ["object", "24"])'),
            ("with a number of the wrong kind", 'answer(0, ["int", [1]])'),
            ("with frames that are none", '{**answer(0), "error": {"text": 7, "frames": 7}}'),
            ("nested too deeply", 'answer(0, json.loads("[" * 900 + "]" * 900))'),
            ("whose set holds lists", 'answer(0, ["set", [["list", []]]])'),
            ("whose dates are none", 'answer(0, ["datetime", "9999-99-99"])'),
        ]
    ),
    forger(
        "sends answers without end", "def f(n):\n    while True:\n        forge(answer(0, 'no'))\n"
    ),
    forger(
        "sends large answers without end",
        """
def f(n):
    line = json.dumps({"key": min(stolen()), "index": 0, "x": "x" * 10 ** 6}).encode() + b"\\n"
    while True:
        for descriptor in channels():
            try:
                os.write(descriptor, line)
            except OSError:
                pass
""",
        timeout=1.5,
    ),
    *(
        forger(
            f"sends {what}",
            f"def f(n):\n    forge(answer(0, {value}))\n    os._exit(0)\n",
            timeout=3.0,
        )
        for what, value in [
            (
                "a set whose members share their hash",
                '["set", [["int", hex(k * (2 ** 61 - 1))] for k in range(1, 45_000)]]',
            ),
            (
                "a dict whose keys share their hash",
                '["dict", [[["int", hex(k * (2 ** 61 - 1))], None] for k in range(1, 45_000)]]',
            ),
            (
                "a fraction of huge numbers",
                '["Fraction", [hex(3 ** 2_500_000), hex(2 ** 4_000_000 - 1)]]',
            ),
        ]
    ),
    forger(
        "sends more pieces than anybody prints",
        """
def f(n):
    forge({**answer(0), "pieces": [["text", "aaaaaaaaaa"]] * 150_000})
    os._exit(0)
""",
    ),
    forger(
        "sends more values than anybody displays",
        """
def f(n):
    forge({**answer(0), "pieces": [["value", None]] * 200_000})
    os._exit(0)
""",
    ),
    Program(
        name="answers as two processes at once",
        code="""
            def f(n):
                try:
                    os.fork()
                except OSError:
                    pass
                return 7
            """,
    ),
    Program(
        name="thread that rewrites answers later",
        code=FORGE
        + """
import threading, time

def later():
    while True:
        forge(*(answer(index) for index in range(8)))
        time.sleep(0.01)

threading.Thread(target=later, daemon=True).start()

def f(n):
    return 7
""",
        calls=FACTORIAL,
    ),
    Program(
        name="replaces json.dumps",
        code="""
            import json

            dumps = json.dumps

            def forged(record, **options):
                if "index" in record:
                    record = {**record, "error": None, "pieces": [["value", ["int", "0x18"]]]}
                return dumps(record, **options)

            json.dumps = forged

            def f(n):
                return 7
            """,
        calls=FACTORIAL,
    ),
    Program(
        name="replaces the encoder",
        code="""
            import sys

            for name, module in list(sys.modules.items()):
                for attribute in ("encode", "_shown", "_described", "_run", "Unencodable"):
                    if name.startswith(("pseudocode", "__main__")) and hasattr(module, attribute):
                        setattr(module, attribute, lambda *arguments: ["int", "0x18"])

            def f(n):
                return 7
            """,
        calls=FACTORIAL,
    ),
    Program(
        name="replaces compile and exec",
        code="""
            import builtins

            run = builtins.exec
            builtins.exec = lambda code, *places: run("print(24)", *places)
            builtins.compile = lambda *arguments, **options: "print(24)"

            def f(n):
                return 7
            """,
        calls=FACTORIAL,
    ),
    Program(
        name="class that says it is int",
        code="""
            HASH = hash(int)

            class Kind(type):
                def __eq__(cls, other): return True
                def __hash__(cls): return HASH
                def __instancecheck__(cls, other): return True
                def __subclasscheck__(cls, other): return True

            class int(metaclass=Kind):
                __module__ = "builtins"
                __class__ = property(lambda self: type(0))
                def __index__(self): return 24
                __int__ = __hash__ = __index__
                def __eq__(self, other): return True
                def __repr__(self): return "24"

            def f(n):
                return int()
            """,
        calls=FACTORIAL,
    ),
    Program(
        name="answer with an index of its own",
        code="""
            class Turning:
                count = 0
                def __index__(self):
                    Turning.count += 1
                    return Turning.count
                __hash__ = __len__ = __int__ = __index__
                def __iter__(self): return iter(self, None)
                def __call__(self): return self
                def keys(self): return self

            def f(n):
                return Turning()
            """,
        calls=FACTORIAL,
    ),
)

INTERPRETER = (
    Program(
        name="async generator that never ends",
        code="""
            import asyncio

            async def endless():
                while True:
                    try:
                        yield await asyncio.sleep(0)
                    except BaseException:
                        pass

            async def f(n):
                async for _ in endless():
                    pass
            """,
        calls=(("await f(4)", "24"),),
        options=SHORT,
    ),
    Program(
        name="threads that keep the interpreter busy",
        code="""
            import sys, threading

            def busy():
                while True:
                    pass

            def f(n):
                sys.setswitchinterval(10 ** 6)
                threading.Thread(target=busy, daemon=True).start()
                threading.Thread(target=busy).start()
                return 7
            """,
        options=SHORT,
    ),
    Program(
        name="storm of alarms",
        code="""
            import signal

            def again(*arguments):
                raise KeyboardInterrupt

            def f(n):
                signal.signal(signal.SIGALRM, again)
                signal.setitimer(signal.ITIMER_REAL, 1e-5, 1e-5)
                while True:
                    try:
                        while True:
                            pass
                    except KeyboardInterrupt:
                        pass
            """,
        options=SHORT,
    ),
    Program(
        name="audit hook that forbids everything",
        code="""
            import sys

            def hook(event, arguments):
                raise SystemExit(0)

            def f(n):
                sys.addaudithook(hook)
                return 7
            """,
    ),
    Program(
        name="chain of 20,000 huge exceptions",
        code="""
            def f(n):
                last = None
                for number in range(20_000):
                    error = ValueError("x" * 10_000)
                    error.__cause__, last = last, error
                raise ExceptionGroup("x" * 10_000_000, [last])
            """,
    ),
    Program(
        name="traceback of 100,000 lines",
        code="""
            def f(n):
                class Long(Exception):
                    def __str__(self): return "line\\n" * 5_000_000
                raise Long
            """,
    ),
    Program(
        name="warnings without end",
        code="""
            import warnings

            def f(n):
                warnings.simplefilter("always")
                while True:
                    warnings.warn("x" * 10_000)
            """,
        options=SHORT,
    ),
    Program(
        name="faulthandler that writes into the answers",
        code=FORGE
        + """
import faulthandler

def f(n):
    for descriptor in channels():
        faulthandler.dump_traceback(file=descriptor)
    return 7
""",
    ),
    Program(
        name="end that is put off",
        code="""
            import atexit, threading, time

            atexit.register(time.sleep, 600)
            threading.Thread(target=time.sleep, args=(600,)).start()

            def f(n):
                return 7
            """,
        options=SHORT,
    ),
    Program(
        name="import hook that shadows later imports",
        code="""
            import sys

            class Hook:
                def find_spec(self, name, path=None, target=None):
                    raise SystemExit(0)

            sys.meta_path[:] = [Hook()]
            SHADOWED = ("json", "os", "io", "traceback", "pseudocode", "time")
            for name in list(sys.modules):
                if name.partition(".")[0] in SHADOWED:
                    sys.modules[name] = None

            def f(n):
                return 7
            """,
    ),
    Program(
        name="kills its process group",
        code="""
            import signal

            def f(n):
                os.killpg(0, signal.SIGKILL)
            """,
    ),
)

KERNEL = (
    Program(
        name="descriptors by their names in /proc",
        code=acts(
            """
            again=lambda: [open(f"/proc/self/fd/{n}", "r+b") for n in range(3, 64)],
            root=lambda: print(open("/proc/self/root" + SECRET).read()),
            first=lambda: print(open("/proc/1/root" + SECRET).read()),
            thread=lambda: print(open("/proc/thread-self/root" + SECRET).read()),
            above=lambda: print(open(f"/proc/{os.getppid()}/root" + SECRET).read()),
            """
        ),
        tells=True,
        gets_through=NO_WALLS,
    ),
    Program(
        name="opens folders only to pass through",
        code=acts(
            """
            path=lambda: print(os.read(os.open(".ssh/id", os.O_RDONLY, dir_fd=HOLD(HOME)), 99)),
            up=lambda: print(open("../" * 20 + SECRET[1:]).read()),
            named=lambda: print(open(f"/proc/self/fd/{HOLD(SECRET)}").read()),
            link=lambda: (os.link(f"/proc/self/fd/{HOLD(SECRET)}", "mine", follow_symlinks=True),
                          print(open("mine").read())),
            """,
            before="import os\n\ndef HOLD(path):\n    return os.open(path, os.O_PATH)\n",
        ),
        tells=True,
        gets_through=NO_WALLS,
    ),
    Program(
        name="files by their handles",
        code="""
            import ctypes, platform

            libc = ctypes.CDLL(None, use_errno=True)
            column = ("x86_64", "aarch64").index(platform.machine())

            def opened():
                handle = ctypes.create_string_buffer((128).to_bytes(4, "little") + bytes(132))
                mount = ctypes.c_int()
                given = (-100, SECRET.encode(), handle, ctypes.byref(mount), 0)
                if libc.syscall((303, 264)[column], *given):
                    return False
                folder = os.open(HOME, os.O_RDONLY)
                descriptor = libc.syscall((304, 265)[column], folder, handle, 0)
                return descriptor >= 0 and print(os.read(descriptor, 99))

            def f(n):
                return succeeded({"handle": opened})
            """,
        tells=True,
        varies=("limits only, root",),
    ),
    Program(
        name="writes through shared memory of files",
        code=acts(
            """
            secret=lambda: MAP(SECRET),
            given=lambda: MAP("given.txt"),
            """,
            before="""
            import mmap, os

            def MAP(path):
                kept = mmap.mmap(os.open(path, os.O_RDWR), 1)
                kept[0:1] = b"X"
                kept.flush()
            """,
        ),
        options={"files": ("given.txt",)},
        tells=True,
        gets_through=LIMITS,
    ),
    Program(
        name="program from memory",
        code="""
            def started(program):
                descriptor = os.memfd_create("x", 0)
                with open(program, "rb") as stream:
                    os.write(descriptor, stream.read())
                return exited(f"/proc/self/fd/{descriptor}")

            def copied(program):
                with open(program, "rb") as stream, open("copy", "wb") as copy:
                    copy.write(stream.read())
                os.chmod("copy", 0o755)
                return exited("./copy")

            def exited(path):
                child = os.posix_spawn(path, ["sh", "-c", f"echo x > {PROJECT}/left"], {})
                return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

            def f(n):
                return succeeded({
                    "memory": lambda: started("/bin/sh"),
                    "copy": lambda: copied("/bin/sh"),
                    "loaded": lambda: exited("/lib64/ld-linux-x86-64.so.2"),
                })
            """,
        tells=True,
        gets_through=LIMITS,
    ),
    Program(
        name="shell through posix_spawn",
        code=acts(
            """
            shell=lambda: RUN("/bin/sh", "-c", f"echo x > {PROJECT}/left"),
            python=lambda: RUN(sys.executable, "-c", f"print(open({SECRET!r}).read())"),
            """,
            before="""
            import os, sys

            def RUN(*command):
                child = os.posix_spawn(command[0], command, dict(os.environ))
                return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            """,
        ),
        tells=True,
        gets_through=("limits only", "seccomp, files readable, user"),
    ),
    Program(
        name="interpreter with a home of its own making",
        code="""
            import subprocess, sys

            def run(*flags, **variables):
                done = subprocess.run([sys.executable, *flags, "-c", "import site"],
                                      env=variables, capture_output=True, text=True, check=False)
                print(done.stdout, end="")
                return "secret" in done.stdout

            def usercustomize():
                version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
                folder = os.path.abspath(f".local/lib/{version}/site-packages")
                os.makedirs(folder, exist_ok=True)
                for name in ("usercustomize.py", "sitecustomize.py"):
                    with open(f"{folder}/{name}", "w") as stream:
                        stream.write(f"print(open({SECRET!r}).read())")
                return folder

            def startup():
                return run("-i", PYTHONSTARTUP=usercustomize() + "/usercustomize.py")

            def f(n):
                return succeeded({
                    "path": lambda: run(PYTHONPATH=usercustomize()),
                    "home": lambda: usercustomize() and run(HOME=os.getcwd()),
                    "startup": startup,
                })
            """,
        tells=True,
        gets_through=LIMITS,
    ),
    Program(
        name="limits of others",
        code=acts(
            """
            files=lambda: resource.prlimit(DECOY, resource.RLIMIT_NOFILE, (10, 10)),
            above=lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1000, 1000)),
            nice=lambda: os.setpriority(os.PRIO_PROCESS, DECOY, 19),
            processor=lambda: os.sched_setaffinity(DECOY, {0}),
            scheduler=lambda: os.sched_setscheduler(DECOY, os.SCHED_BATCH, os.sched_param(0)),
            """,
            before="import os, resource",
        ),
        tells=True,
        gets_through=LIMITS,
    ),
    Program(
        name="limits of its own, raised",
        code=acts(
            """
            memory=lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)),
            size=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1)),
            core=lambda: resource.setrlimit(resource.RLIMIT_CORE, (-1, -1)),
            """,
            before="import resource",
        ),
        tells=True,
        varies=("limits only, root",),
    ),
    Program(
        name="traces another process",
        code="""
            import ctypes

            def f(n):
                libc = ctypes.CDLL(None, use_errno=True)
                libc.ptrace.argtypes = [ctypes.c_long] * 4
                return succeeded({
                    "seize": lambda: libc.ptrace(0x4206, DECOY, 0, 0) == 0,
                    "above": lambda: libc.ptrace(0x4206, os.getppid(), 0, 0) == 0,
                    "be traced": lambda: libc.ptrace(0, 0, 0, 0) == 0,
                })
            """,
        tells=True,
        gets_through=LIMITS,
    ),
    Program(
        name="writes into the memory of others",
        code="""
            import ctypes, platform

            def f(n):
                libc = ctypes.CDLL(None, use_errno=True)
                column = ("x86_64", "aarch64").index(platform.machine())
                buffer = ctypes.create_string_buffer(8)
                area = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 8)
                given = (DECOY, area, 1, area, 1, 0)

                def there(number):
                    # It is another process's address: EFAULT says that one was let in.
                    done = libc.syscall(number, *given)
                    return done >= 0 or ctypes.get_errno() == 14

                return succeeded({
                    "read": lambda: there((310, 270)[column]),
                    "write": lambda: there((311, 271)[column]),
                    "file": lambda: open(f"/proc/{DECOY}/mem", "r+b"),
                })
            """,
        tells=True,
        gets_through=LIMITS,
    ),
    Program(
        name="calls of another architecture",
        code="""
            import ctypes, mmap, platform

            def f(n):
                if platform.machine() != "x86_64":
                    return []
                # mov eax, 20; int 0x80; ret: what 32-bit programs call getpid().
                code = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
                code.write(bytes.fromhex("b814000000cd80c3"))
                address = ctypes.addressof(ctypes.c_char.from_buffer(code))
                called = ctypes.CFUNCTYPE(ctypes.c_int)(address)
                wide = ctypes.CDLL(None).syscall(0x40000000 + 39)
                return (["int 0x80"] if called() > 0 else []) + (["x32"] if wide > 0 else [])
            """,
        tells=True,
        varies=LIMITS,
    ),
    Program(
        name="owner of a signal's descriptor",
        code=acts(
            """
            owner=lambda: fcntl.fcntl(ENDS[0], fcntl.F_SETOWN, DECOY),
            signal=lambda: fcntl.fcntl(ENDS[0], 10, 9),
            watched=lambda: fcntl.fcntl(os.open(".", os.O_RDONLY), fcntl.F_NOTIFY, 1),
            """,
            before="import fcntl, os\n\nENDS = os.pipe()",
        ),
        tells=True,
        gets_through=LIMITS,
    ),
    Program(
        name="lends descriptors to others",
        code="""
            import array

            def f(n):
                near, far = socket.socketpair()
                held = array.array("i", [0])
                near.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, held)])

                def sent(kind):
                    made = socket.socket(socket.AF_UNIX, kind)
                    made.connect(STREAM if kind == socket.SOCK_STREAM else DATAGRAMS)
                    made.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, held)])

                return succeeded({
                    "stream": lambda: sent(socket.SOCK_STREAM),
                    "datagram": lambda: sent(socket.SOCK_DGRAM),
                    "unnamed": lambda: near.sendto(b"x", STREAM) and False,
                })
            """,
        tells=True,
        gets_through=LIMITS,
    ),
)

LEFTOVERS = (
    *(
        Program(
            name=f"memory that nobody is charged with, {where}",
            code=f"""
            import mmap, time

            def held():
                kept = {kept}
                for at in range(0, len(kept), 8 << 20):
                    {touch}
                    kept.madvise(mmap.MADV_DONTNEED, at, 8 << 20)
                return kept

            def f(n):
                try:
                    for _ in range(5):
                        if os.fork() == 0:
                            kept = held()
                            time.sleep(600)
                except OSError:
                    return []
                time.sleep(0.6)
                return ["memory"]
            """,
            options={"memory_mb": 200},
            tells=True,
            gets_through=beside,
        )
        for where, kept, touch, beside in [
            (
                "shared",
                "mmap.mmap(-1, 112 << 20)",
                "kept[at : at + (8 << 20)] = bytes(8 << 20)",
                LIMITS,
            ),
            (
                "by its device",
                'mmap.mmap(os.open("/dev/zero", 0), 112 << 20, prot=mmap.PROT_READ)',
                "sum(kept[at : at + (8 << 20) : 4096])",
                # Without a second process, it can be no more than one may address.
                ("limits only", "seccomp, files readable, user"),
            ),
        ]
    ),
    Program(
        name="memory of the kernel in sockets",
        code="""
            def filled(one):
                total = 0
                for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                    try:
                        one.setsockopt(socket.SOL_SOCKET, option, 1 << 24)
                    except OSError:
                        pass
                one.setblocking(False)
                try:
                    while True:
                        total += one.send(bytes(1 << 16))
                except BlockingIOError:
                    return total

            def f(n):
                kept, total = [], 0
                try:
                    while len(kept) < 60:
                        kept.append(socket.socketpair())
                        total += sum(map(filled, kept[-1]))
                except OSError:
                    pass
                return ["sockets"] if total > 128 << 20 else []
            """,
        options={"memory_mb": 128},
        tells=True,
        # The system's own limit for a socket may be small enough.
        varies=LIMITS,
    ),
    Program(
        name="shared memory that nobody frees",
        code="""
            import ctypes, platform

            def posix():
                with open("/dev/shm/" + MARKED, "xb") as stream:
                    stream.write(b"x")

            def system():
                numbers = {"x86_64": 29, "aarch64": 194}
                libc = ctypes.CDLL(None, use_errno=True)
                return libc.syscall(numbers[platform.machine()], NUMBER, 4096, 0o1600) >= 0

            def f(n):
                done = succeeded({"posix": posix, "system": system})
                os._exit(0) if "system" in done else None
                return [name for name in done if name != "posix"]
            """,
        tells=True,
        gets_through=LIMITS,
    ),
    Program(
        name="servers of multiprocessing that stay",
        code="""
            import multiprocessing, time
            from multiprocessing import forkserver, resource_tracker

            def f(n):
                def server():
                    forkserver.ensure_running()

                def tracker():
                    resource_tracker.ensure_running()

                def child():
                    context = multiprocessing.get_context("fork")
                    context.Process(target=time.sleep, args=(600,)).start()

                succeeded({"server": server, "tracker": tracker, "child": child})
                os._exit(0)
            """,
    ),
    Program(
        name="scratch folder a thousand folders deep",
        code="""
            def f(n):
                for _ in range(1500):
                    os.mkdir("d")
                    os.chdir("d")
                return 7
            """,
    ),
    Program(
        name="scratch folder that is closed",
        code="""
            def f(n):
                os.makedirs("a/b/c")
                open("a/b/c/file", "x")
                for path in ("a/b/c", "a/b", "a", "."):
                    os.chmod(path, 0)
                return 7
            """,
    ),
    Program(
        name="scratch folder that links out",
        code="""
            def f(n):
                for number, path in enumerate((HOME, PROJECT, SECRET, "/")):
                    os.symlink(path, f"link{number}")
                    os.makedirs(f"d{number}")
                    os.symlink(path, f"d{number}/link")
                return 7
            """,
    ),
    Program(
        name="scratch folder that is moved away",
        code="""
            def f(n):
                here = os.getcwd()
                os.rename(here, f"{here}-{MARKED}")
                os.symlink(PROJECT, here)
                return ["moved"]
            """,
        tells=True,
        gets_through=LIMITS,
    ),
    Program(
        name="scratch folder with odd names",
        code=r"""
            def f(n):
                for name in (b"\xff\xfe", b"a\nb", b"\x1b]0;x\x07", b"-rf", b" ", b"x" * 255):
                    os.makedirs(os.path.join(name, name), exist_ok=True)
                return 7
            """,
    ),
    Program(
        name="queues and keys of the kernel that stay",
        code="""
            import ctypes, platform

            def f(n):
                libc = ctypes.CDLL(None, use_errno=True)
                column = ("x86_64", "aarch64").index(platform.machine())
                queue = (68, 186)[column], NUMBER, 0o1600
                semaphores = (64, 190)[column], NUMBER, 1, 0o1600
                return succeeded({
                    "queue": lambda: libc.syscall(*queue) >= 0,
                    "semaphores": lambda: libc.syscall(*semaphores) >= 0,
                })
            """,
        tells=True,
        gets_through=LIMITS,
    ),
)

OWN = (*FORGERS, *INTERPRETER, *KERNEL, *LEFTOVERS)
