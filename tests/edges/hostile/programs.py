"""The hostile programs of the test plan: A15 to A44, as far as they are no cheats."""

from __future__ import annotations

from tests.edges.hostile.corpus import LIMITS, NO_WALLS, SHORT, Program, acts

ENDLESS = "def f(n):\n    while True:\n        pass"
DEEP = """
def deep(n):
    made = []
    for _ in range(n):
        made = [made]
    return made

def own():
    made = []
    made.append(made)
    return made
"""

FILES = (
    Program(
        name="A15 reads specs and tests",
        code=acts(
            """
            spec=lambda: print(open(SPEC).read()),
            tests=lambda: print(open(TESTS).read()),
            journal=lambda: print(open(JOURNAL).read()),
            folder=lambda: os.listdir(PROJECT),
            around=lambda: print(open(f"/proc/{APP}/cwd/project/specs/module.py").read()),
            root=lambda: print(open(f"/proc/{APP}/root{SPEC}").read()),
            """
        ),
        tells=True,
        gets_through=NO_WALLS,
    ),
    Program(
        name="A16 leaves code that later starts would run",
        code=acts(
            """
            above=lambda: open("../" + MARKED + ".pth", "x").write("#"),
            packages=lambda: open(f"{PACKAGES}/{MARKED}.pth", "x").write("#"),
            project=lambda: open(f"{PROJECT}/sitecustomize.py", "x").write("#"),
            home=lambda: os.makedirs(f"{HOME}/.local/lib/python3/site-packages"),
            profile=lambda: open(f"{HOME}/.profile", "a").write("#"),
            """
        ),
        tells=True,
        gets_through=LIMITS,
    ),
    Program(
        name="A17 changes what is there",
        code=acts(
            """
            anew=lambda: open(TESTS, "w").write("x"),
            update=lambda: open(SPEC, "r+").write("x"),
            append=lambda: open(JOURNAL, "a").write("x"),
            truncate=lambda: os.truncate(SECRET, 0),
            reading=lambda: os.open(SPEC, os.O_RDONLY | os.O_TRUNC),
            neither=lambda: os.open(SPEC, os.O_ACCMODE | os.O_TRUNC),
            over=lambda: (open("mine", "x"), os.rename("mine", TESTS)),
            away=lambda: os.rename(JOURNAL, "taken"),
            remove=lambda: os.remove(SECRET),
            folder=lambda: os.mkdir(PROJECT + "/new"),
            link=lambda: os.symlink("/etc", PROJECT + "/link"),
            """
        ),
        tells=True,
        gets_through=LIMITS,
    ),
    Program(
        name="A17 changes what the spec lets it read",
        code=acts(
            """
            reading=lambda: os.open("given.txt", os.O_RDONLY | os.O_TRUNC),
            neither=lambda: os.open("given.txt", os.O_ACCMODE | os.O_TRUNC),
            truncate=lambda: os.truncate("given.txt", 0),
            write=lambda: open("given.txt", "a").write("x"),
            mode=lambda: os.fchmod(os.open("given.txt", os.O_RDONLY), 0o600),
            times=lambda: os.utime("given.txt", (1, 1)),
            """
        ),
        options={"files": ("given.txt",)},
        tells=True,
        gets_through=LIMITS,
    ),
    Program(
        name="A18 changes modes, times and attributes",
        code=acts(
            """
            mode=lambda: os.chmod(SECRET, 0o666),
            folder_mode=lambda: os.chmod(HOME, 0o777),
            times=lambda: os.utime(SPEC, (1, 1)),
            attribute=lambda: os.setxattr(SPEC, "user.x", b"x"),
            link=lambda: os.link(TESTS, PROJECT + "/hard"),
            """
        ),
        tells=True,
        gets_through=LIMITS,
    ),
    Program(
        name="A40 reads secrets",
        code=acts(
            """
            ssh=lambda: print(open(SECRET).read()),
            home=lambda: os.listdir(HOME),
            passwords=lambda: read("/etc/passwd"),
            link=lambda: (os.symlink(SECRET, "link"), print(open("link").read())),
            into=lambda: (os.chdir(HOME), os.listdir(".")),
            """
        ),
        tells=True,
        gets_through=NO_WALLS,
    ),
    Program(
        name="A43 many files",
        code="""
            def f(n):
                total = 0
                for number in range(200):
                    try:
                        with open(f"file{number}", "wb") as stream:
                            stream.write(bytes(8 << 20))
                            os.unlink(f"file{number}") if number % 2 else None
                            kept.append(os.dup(stream.fileno()))
                            total += 8
                    except OSError:
                        break
                return ["disk"] if total >= 500 else []

            kept = []
            """,
        tells=True,
    ),
    Program(
        name="A43 many empty files",
        code="""
            def f(n):
                try:
                    for number in range(100_000):
                        os.close(os.open(f"file{number}", os.O_CREAT | os.O_WRONLY))
                except OSError:
                    return []
                return ["inodes"]
            """,
        options={"timeout": 8.0},
        tells=True,
    ),
    Program(
        name="A43 files too deep to be named",
        code="""
            def f(n):
                try:
                    for _ in range(20):
                        os.mkdir("x" * 250)
                        os.chdir("x" * 250)
                    for number in range(200):
                        with open(f"file{number}", "wb") as stream:
                            stream.write(bytes(8 << 20))
                except OSError:
                    return []
                return ["disk"]
            """,
        tells=True,
    ),
    Program(
        name="A43 one file of a terabyte",
        code=acts(
            """
            sparse=lambda: os.truncate(os.open("sparse", os.O_CREAT | os.O_RDWR), 1 << 40),
            allocated=lambda: os.posix_fallocate(os.open("a", os.O_CREAT | os.O_RDWR), 0, 1 << 40),
            """,
            before="import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)",
        ),
        tells=True,
    ),
    Program(
        name="A43 fills the memory of files",
        code=acts(
            """
            shared=lambda: open("/dev/shm/" + MARKED, "xb").write(bytes(8 << 20)),
            others=lambda: open("/var/tmp/" + MARKED, "xb").write(b"x"),
            """
        ),
        gets_through=LIMITS,
    ),
)

PROCESSES = (
    Program(name="A25 endless loop", code=ENDLESS, options=SHORT),
    Program(
        name="A26 swallows everything",
        code="""
            import signal, time

            def f(n):
                for number in range(1, 65):
                    try:
                        signal.signal(number, signal.SIG_IGN)
                    except (OSError, ValueError):
                        pass
                signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
                while True:
                    try:
                        time.sleep(60)
                    except BaseException:
                        pass
            """,
        options=SHORT,
    ),
    Program(
        name="A27 expression that backtracks for ever",
        code="import re\n\ndef f(n):\n    return re.match('(a+)+$', 'a' * 64 + 'b')",
        options=SHORT,
    ),
    Program(
        name="A27 number that takes for ever",
        code="def f(n):\n    return len(str(3 ** 10 ** 8 % 10 ** (10 ** 7)))",
        options=SHORT,
    ),
    Program(name="A28 sleeps", code="import time\n\ndef f(n):\n    time.sleep(600)", options=SHORT),
    Program(name="A28 asks the person", code="def f(n):\n    return input('Password: ')"),
    Program(name="A28 calls the debugger", code="def f(n):\n    breakpoint()\n    return 7"),
    Program(
        name="A29 takes all memory, and goes on when refused",
        code="""
            def f(n):
                kept, size = [], 1 << 24
                while True:
                    try:
                        kept.append(bytearray(size))
                    except MemoryError:
                        size = size // 2 or 1
            """,
        options={"timeout": 1.0, "memory_mb": 256},
    ),
    Program(
        name="A29 takes memory in many processes",
        code="""
            import time

            def f(n):
                try:
                    for _ in range(6):
                        if os.fork() == 0:
                            kept = b"x" * (150 << 20)
                            time.sleep(600)
                except OSError:
                    return []
                time.sleep(5)
                return ["memory"]
            """,
        options={"memory_mb": 256},
        tells=True,
    ),
    Program(
        name="A30 recursion without a limit",
        code="""
            import sys

            sys.setrecursionlimit(10 ** 9)

            def f(*arguments):
                return repr(f(*arguments, arguments))
            """,
        options={"timeout": 2.0, "memory_mb": 300},
    ),
    Program(
        name="A31 reads at address 0",
        code="import ctypes\n\ndef f(n):\n    return ctypes.string_at(0)",
    ),
    Program(
        name="A31 aborts with a core dump",
        code="""
            import resource

            def f(n):
                try:
                    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
                except (OSError, ValueError):
                    pass
                os.abort()
            """,
    ),
    *(
        Program(
            name=f"A32 floods {where}",
            code=f"def f(n, b=b'x' * 65536):\n    while True:\n        {how}",
            options={**SHORT, "memory_mb": 300},
        )
        for where, how in [
            ("standard output", "print(b)"),
            ("standard output, past Python", "os.write(1, b)"),
            ("standard error, past Python", "os.write(2, b)"),
        ]
    ),
    *(
        Program(name=f"A33 returns {what}", code=f"{DEEP}\n\ndef f(n):\n    return {value}")
        for what, value in [
            ("50 MB of text", "'x' * (50 << 20)"),
            ("a list in a list, 100,000 times", "deep(100_000)"),
            ("a list that holds itself", "own()"),
            ("a million numbers", "list(range(10 ** 6))"),
            ("a number of a million digits", "10 ** 10 ** 6"),
        ]
    ),
    Program(
        name="A34 numbers and texts that are hard to show",
        code="""
            VALUES = [10 ** 5000, float("nan"), -0.0, float("-inf"), "\\ud800\\x1b]0;x\\x07\\u202e",
                      [10 ** 5000], {10 ** 5000: -(10 ** 5000)}, complex("nan"), b"\\xff" * 9]

            def f(n):
                return VALUES[n]
            """,
        calls=tuple((f"f({n})", "24") for n in range(9)),
    ),
    Program(
        name="A35 exception that takes for ever to be told",
        code="""
            class Bad(Exception):
                def __str__(self):
                    while True:
                        pass

            def f(n):
                raise Bad
            """,
        options=SHORT,
    ),
    Program(
        name="A35 exception with commands for the terminal",
        code="def f(n):\n    raise ValueError('\\x1b]52;c;eA==\\x07\\x1b[2J\\u202e\\ud800' * 1000)",
    ),
    Program(
        name="A36 fork bomb",
        code="""
            def f(n):
                while True:
                    try:
                        os.fork()
                    except OSError:
                        pass
            """,
        options=SHORT,
        varies=("limits only, user",),
        harmful=("limits only, root",),
    ),
    Program(
        name="A36 thread bomb",
        code="""
            import threading, time

            def f(n):
                threading.stack_size(32768)
                try:
                    for count in range(3000):
                        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
                except RuntimeError:
                    return []
                return ["threads"]
            """,
        options={"timeout": 2.0},
        tells=True,
    ),
    Program(
        name="A37 grandchild that leaves",
        code="""
            import time

            def f(n):
                for _ in range(2):
                    try:
                        if os.fork():
                            break
                    except OSError:
                        break
                    os.setsid()
                else:
                    os.environ.clear()
                    time.sleep(600)
                return 7
            """,
    ),
    Program(
        name="A37 grandchild that closes all it holds",
        code="""
            import time

            def f(n):
                try:
                    if os.fork() == 0:
                        os.setsid()
                        if os.fork():
                            os._exit(0)
                        os.closerange(0, 256)
                        time.sleep(600)
                except OSError:
                    pass
                return 7
            """,
    ),
    Program(
        name="A38 signals the app and others",
        code=acts(
            """
            app=lambda: os.kill(APP, signal.SIGUSR1),
            other=lambda: os.kill(DECOY, signal.SIGSTOP),
            group=lambda: os.killpg(DECOY, signal.SIGTERM),
            handle=lambda: signal.pidfd_send_signal(os.pidfd_open(DECOY), signal.SIGKILL),
            """,
            before="import signal",
        ),
        tells=True,
        gets_through=LIMITS,
    ),
    Program(
        name="A38 signals everybody",
        # In a namespace of its own that succeeds, and reaches nobody.
        code="""
            import signal

            def f(n):
                os.kill(-1, signal.SIGURG)
            """,
        harmful=LIMITS,
    ),
    Program(
        name="A38 kills who watches over it",
        code="""
            import time

            def f(n):
                os.kill(os.getppid(), 9)
                time.sleep(600)
            """,
        options={"timeout": 1.0},
        gets_through=LIMITS,
    ),
    Program(
        name="A38 stops itself",
        code="import signal\n\ndef f(n):\n    os.kill(os.getpid(), signal.SIGSTOP)",
        options=SHORT,
    ),
    Program(
        name="A39 steals the key",
        code=acts(
            """
            own=lambda: {k: v for k, v in os.environ.items() if "KEY" in k} or False,
            app=lambda: print(open(f"/proc/{APP}/environ").read()),
            memory=lambda: open(f"/proc/{APP}/mem", "rb"),
            above=lambda: b"KEY" in open(f"/proc/{os.getppid()}/environ", "rb").read(),
            above_memory=lambda: open(f"/proc/{os.getppid()}/mem", "r+b"),
            other=lambda: print(open(f"/proc/{DECOY}/environ").read()),
            """
        ),
        tells=True,
        gets_through=("limits only", "seccomp, files readable, user"),
    ),
)

WORLD = (
    Program(
        name="A41 calls listeners",
        code=acts(
            """
            tcp=lambda: socket.create_connection(("127.0.0.1", TCP), 1),
            udp=lambda: socket.socket(type=2).sendto(b"x", ("127.0.0.1", UDP)),
            path=lambda: socket.socket(1).connect(STREAM),
            abstract=lambda: socket.socket(1).connect(ABSTRACT),
            datagrams=lambda: socket.socket(1, 2).sendto(b"x", DATAGRAMS),
            pair=lambda: socket.socketpair(1, 2)[0].sendto(b"x", DATAGRAMS),
            packets=lambda: socket.socketpair(1, 5)[0].connect(STREAM),
            listen=lambda: socket.create_server(("127.0.0.1", 0)),
            netlink=lambda: socket.socket(16, 3),
            """
        ),
        tells=True,
        gets_through=LIMITS,
    ),
    Program(
        name="A41 calls listeners from a process of its own",
        code=acts(
            """
            child=lambda: subprocess.run(
                [sys.executable, "-I", "-S", "-c", CALL.format(TCP)], check=False
            ).returncode == 0,
            """,
            before=(
                "import subprocess, sys\n"
                "CALL = 'import socket; socket.create_connection((\"127.0.0.1\", {}), 1)'\n"
            ),
        ),
        tells=True,
        gets_through=LIMITS,
    ),
    Program(
        name="A42 writes to the terminal",
        code=acts(
            """
            terminal=lambda: open("/dev/tty", "w"),
            named=lambda: os.write(os.open(TERMINAL, os.O_WRONLY | os.O_NOCTTY), COPY),
            standard=lambda: any(map(os.isatty, range(3))),
            """,
            before="COPY = b'\\x1b]52;c;eA==\\x07'\nfor n in (1, 2):\n    os.write(n, COPY)",
        ),
        tells=True,
        gets_through=LIMITS,
    ),
    Program(
        name="A42 types on the terminal",
        code="""
            import fcntl

            def typed():
                fcntl.ioctl(os.open(TERMINAL, os.O_RDWR), 0x5412, b"x")

            def taken():
                os.setsid()
                os.open(TERMINAL, os.O_RDWR)
                fcntl.ioctl(0, 0x540E, 1)

            def f(n):
                return succeeded({"typed": typed, "taken": taken})
            """,
        tells=True,
        gets_through=("limits only, root",),
    ),
    Program(
        name="A44 parts of the kernel that honest code does not need",
        code="""
            import ctypes, platform

            libc = ctypes.CDLL(None, use_errno=True)
            column = ("x86_64", "aarch64").index(platform.machine())
            buffer = ctypes.create_string_buffer(4096)

            def tried(numbers, *arguments):
                return libc.syscall(numbers[column], *arguments) >= 0

            def f(n):
                return succeeded({
                    "unshare": lambda: tried((272, 97), 0x10020000),
                    "io_uring": lambda: tried((425, 425), 1, buffer),
                    "userfaultfd": lambda: tried((323, 282), 1),
                    "bpf": lambda: tried((321, 280), 0, buffer, 72),
                    "perf": lambda: tried((298, 241), buffer, 0, -1, -1, 0),
                    "add_key": lambda: tried((248, 217), b"user", MARKED.encode(), b"x", 1, -2),
                    "personality": lambda: tried((135, 92), 0xFFFFFFFF),
                    "memfd": lambda: tried((319, 279), b"x", 0),
                    "chroot": lambda: tried((161, 51), b"/"),
                    "landlock": lambda: tried((444, 444), 0, 0, 1),
                    "inotify": lambda: tried((294, 26), 0),
                    "unknown": lambda: tried((1000, 1000)),
                })
            """,
        tells=True,
        gets_through=LIMITS,
    ),
)

PROGRAMS = (*FILES, *PROCESSES, *WORLD)
