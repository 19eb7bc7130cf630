"""Accepted code as plain Python: it runs, and passes its tests, without the package."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from pseudocode.rounds import code_hash
from pseudocode.store.accepted import accepted_path, render
from pseudocode.wiring import load_specs
from tests.edges import processes
from tests.edges.processes import COMMAND, Ended

WITHOUT_US = """\
import sys
sys.modules["pseudocode"] = None
import pytest
options = ["-q", "-p", "no:cacheprovider", "-Werror", "--strict-markers", "--doctest-modules"]
sys.exit(pytest.main(options))
"""


class Project:
    """A folder of specs with accepted code."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.specs = root / "specs"
        self.plain = root / "plain"
        self.specs.mkdir(parents=True)
        (root / "pyproject.toml").write_text("[project]\nname = 'example'\n")

    def write(self, name: str, text: str) -> Path:
        path = self.specs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def accept(self, file: str, **codes: str) -> None:
        """Keep code as of the present declarations, in the order of no importance."""
        path = self.specs / file
        for spec in load_specs(path).specs:
            if spec.name in codes:
                kept = Path(accepted_path(str(path), spec.module, spec.name))
                kept.parent.mkdir(exist_ok=True)
                code = dedent(codes[spec.name])
                text = render(code, declared_in=file, digest=spec.digest, facts={})
                kept.write_text(text, encoding="utf-8")

    async def eject(self, *arguments: str, path: str = "specs") -> Ended:
        command = (*COMMAND, "eject", path, "-o", "plain", *arguments)
        return await processes.run(*command, cwd=self.root, env={})

    async def assert_works(self, tests: int) -> None:
        """What was written is free of us, and so many tests and doctests pass."""
        for path in self.plain.rglob("*.py"):
            assert "pseudo" not in path.read_text(encoding="utf-8")
        command = (sys.executable, "-B", "-c", WITHOUT_US)
        # Our own plugin cannot be imported there.
        env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        async with processes.started(*command, cwd=self.plain, env=env) as running:
            out, err = await running.communicate()
        told = (out + err).decode()
        assert running.returncode == 0, told
        assert f"{tests} passed" in told, told

    def text(self, name: str) -> str:
        return (self.plain / name).read_text(encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


CLAMP = '''\
"""Numbers."""

import math  # the user's own
from pseudocode import pseudo_function

LIMIT = 10  # kept


@pseudo_function
def clamp(value: float, low: float = 0, high: float = LIMIT) -> float:
    """Between low and high.

    >>> clamp(-3)
    0
    >>> clamp(99)
    10
    """
    ...


# about the area
def area(r):
    return math.pi * clamp(r)
'''
CLAMPED = (
    "def clamp(value, low=0, high=10):\n    # both ends\n    return max(low, min(value, high))\n"
)


class TestModules:
    async def test_all_that_is_not_ours_stays(self, project: Project) -> None:
        project.write("numbers_.py", CLAMP)
        project.accept("numbers_.py", clamp=CLAMPED)
        told = await project.eject()
        assert told.code == 0, told.err
        assert told.lines == ["1 spec in 1 files of plain"]
        assert project.text("numbers_.py") == dedent('''\
            """Numbers."""

            import math  # the user's own

            LIMIT = 10  # kept


            def clamp(value: float, low: float = 0, high: float = LIMIT) -> float:
                """Between low and high.

                >>> clamp(-3)
                0
                >>> clamp(99)
                10
                """
                # both ends
                return max(low, min(value, high))


            # about the area
            def area(r):
                return math.pi * clamp(r)
            ''')
        await project.assert_works(1)
        assert "another default" in told.err

    async def test_helpers_with_equal_names_do_not_meet(self, project: Project) -> None:
        declared = '''\
            from pseudocode import pseudo_function

            FACTOR = 2
            words = ["max"]


            @pseudo_function
            def one(n: int) -> int:
                """One.

                >>> one(3)
                6
                """


            @pseudo_function
            def two(n: int) -> int:
                """Two.

                >>> two(3)
                106
                >>> helper()
                'mine'
                """


            def helper():
                return words and "mine"
            '''
        project.write("a.py", declared)
        project.accept(
            "a.py",
            one="""\
                from math import floor
                FACTOR = 2.0


                def helper(n):
                    \"\"\"Never run: >>> helper(1)

                    >>> helper(1)
                    'nonsense'
                    \"\"\"
                    def inner(helper):
                        return helper * FACTOR
                    return inner(n)


                def one(n):
                    return floor(helper(n))
                """,
            two="""\
                from math import ceil as floor
                import functools

                COUNT = 0


                @functools.cache
                def helper(n):
                    global COUNT
                    COUNT += 1
                    words = [helper for helper in range(n)]
                    return len(words) * 2 + 100 * COUNT


                def two(n):
                    try:
                        return floor(helper(n=n))
                    except ValueError as helper_:
                        return helper_
                """,
        )
        told = await project.eject()
        assert told.code == 0, told.err
        await project.assert_works(2)

    async def test_specs_of_a_module_use_each_other(self, project: Project) -> None:
        project.write(
            "chain.py",
            '''\
            from pseudocode import pseudo_function

            @pseudo_function
            def first(n: int) -> list[int]:
                """Primes below n.

                >>> first(10)
                [2, 3, 5, 7]
                """

            @pseudo_function
            def sieve(n: int) -> list[bool]:
                """Which are prime.

                >>> sieve(4)
                [False, False, True, True]
                """

            @pseudo_function
            def table(n: int) -> int:
                """The nth prime.

                >>> table(0)
                2
                """
            ''',
        )
        project.accept(
            "chain.py",
            # It needs what is declared further down when it is imported.
            first="""\
                ALL = [n for n, prime in enumerate(sieve(100)) if prime]


                def first(n):
                    return [p for p in ALL if p < n]
                """,
            sieve="""\
                def sieve(n):
                    return [k > 1 and all(k % d for d in range(2, k)) for k in range(n)]
                """,
            table="KNOWN = tuple(first(50))\n\n\ndef table(n):\n    return KNOWN[n]\n",
        )
        told = await project.eject()
        assert told.code == 0, told.err
        await project.assert_works(3)

    async def test_every_kind_of_function_survives(self, project: Project) -> None:
        project.write(
            "kinds.py",
            '''\
            from __future__ import annotations

            import asyncio
            import functools
            from collections.abc import AsyncIterator, Callable, Iterator
            from typing import TypeVar, overload

            import pseudocode
            from pseudocode import pseudo_function as spec

            T = TypeVar("T")
            calls: list[str] = []


            def counted(name: str) -> Callable[[T], T]:
                def wrap(function):
                    @functools.wraps(function)
                    def inner(*args, **kwargs):
                        calls.append(name)
                        return function(*args, **kwargs)
                    return inner
                return wrap


            @spec
            def generated(
                n: int,  # how many
                /,
                start: int = 0,
                *more: int,
                step: int = ...,
                **others: int,
            ) -> Iterator[int]:
                r"""Count \\N and "quote\'s".

                >>> list(generated(3))
                [0, 2, 4]
                >>> list(generated(1, 5, 6, step=1, x=9))
                [5, 6, 9]
                """


            @spec
            async def waited(value: T) -> T:
                """Wait.

                >>> asyncio.run(waited(4))
                4
                """


            @overload
            def twice(x: int, /) -> int: ...
            @overload
            def twice(x: str, /) -> str: ...
            @spec
            def twice(x, /):
                \'\'\'Two of it, "quoted".

                >>> twice(2), twice("ab")
                (4, 'abab')
                \'\'\'


            @counted("outer")
            @pseudocode.pseudo_function(max_rounds=3)
            @counted("inner")
            def depth(n: int) -> int:
                """How deep.

                >>> depth(3)
                3
                >>> calls
                ['outer', 'inner']
                """


            @spec
            def quiet(a: int, b: int = 1) -> int:
                return NotImplemented
            ''',
        )
        project.accept(
            "kinds.py",
            generated="""\
                def generated(count, /, start=0, *more, step=2, **others):
                    for n in range(count):
                        yield start + n * step
                    yield from more
                    yield from others.values()
                """,
            waited="""\
                import asyncio


                async def waited(value):
                    await asyncio.sleep(0)
                    return value
                """,
            twice='def twice(x):\n    """Mine."""\n    return x + x\n',
            depth="def depth(n):\n    return n and 1 + depth(n - 1)\n",
            quiet="def quiet(a, b=1, _seen={}):\n    _seen[a] = b\n    return len(_seen)\n",
        )
        told = await project.eject()
        assert told.code == 0, told.err
        text = project.text("kinds.py")
        assert "    n: int,  # how many\n    /,\n" in text or "step: int = 2" in text
        assert "def twice(x: str, /) -> str: ...\ndef twice(x, /):" in text.replace("\n\n\n", "\n")
        await project.assert_works(4)

    async def test_code_with_postponed_annotations_in_a_module_without(
        self, project: Project
    ) -> None:
        project.write(
            "nodes.py",
            '''\
            from pseudocode import pseudo_function

            @pseudo_function
            def depth(values: list[int]) -> int:
                """How long.

                >>> depth([1, 2])
                2
                """
            ''',
        )
        project.accept(
            "nodes.py",
            depth="""\
                from __future__ import annotations
                from dataclasses import dataclass


                @dataclass
                class Node:
                    value: int
                    next: Node | Unknown | None = None

                    def last(self) -> Node:
                        return self.next.last() if self.next else self


                def depth(values: Sequence[int]) -> int:
                    node: Node | None = None
                    for value in values:
                        node = Node(value, node)
                    return len(values)
                """,
        )
        told = await project.eject()
        assert told.code == 0, told.err
        await project.assert_works(1)

    async def test_classes_keep_what_they_declare(self, project: Project) -> None:
        project.write(
            "stacks.py",
            '''\
            from dataclasses import dataclass, field
            from pseudocode import pseudo_class


            class Base:
                def kind(self):
                    return type(self).__name__


            @pseudo_class
            @dataclass
            class Stack(Base):
                """A stack.

                >>> s = Stack()
                >>> s.push(3, 4)
                >>> s.top, len(s), s.kind()
                (4, 2, 'Stack')
                """

                items: list[int] = field(default_factory=list)

                def push(self, *items: int) -> None:
                    """Put items on it."""

                @property
                def top(self) -> int:
                    """The last one.

                    >>> Stack([1]).top
                    1
                    """

                @top.setter
                def top(self, value: int) -> None:
                    ...

                def __len__(self) -> int: ...

                @staticmethod
                def made(n: int, /) -> "Stack":
                    """Of one.

                    >>> Stack.made(2).items
                    [2]
                    """
            ''',
        )
        project.accept(
            "stacks.py",
            Stack="""\
                @dataclass
                class Stack(Base):
                    items: list[int] = field(default_factory=list)

                    # all of them
                    def push(self, *items):
                        self.items.extend(items)

                    @property
                    def top(self):
                        return self.items[-1]

                    @top.setter
                    def top(self, value):
                        self.items[-1] = value

                    def __len__(self):
                        return len(self.items)

                    @staticmethod
                    def made(only):
                        return Stack([only])
                """,
        )
        told = await project.eject()
        assert told.code == 0, told.err
        text = project.text("stacks.py")
        assert text.count("@dataclass") == 1
        for kept in ("def push(self, *items: int) -> None:", '"""Put items on it."""', "# all of"):
            assert kept in text
        assert "    @top.setter\n    def top(self, value: int) -> None:\n        self" in text
        await project.assert_works(3)

    async def test_a_sketch_keeps_the_defaults_that_were_tested(self, project: Project) -> None:
        project.write(
            "greet.py",
            """\
            import sys

            def greet(name):
                pass

            class Number:
                def __init__(self, real, other):
                    pass

            if __name__ == "__main__":
                print(greet(sys.argv[1]))
            """,
        )
        project.write(
            "greet_test.py",
            """\
            from greet import Number, greet

            def test_it():
                assert greet() == "hi you"
                assert Number(1).real == 1
            """,
        )
        project.accept(
            "greet.py",
            greet="""\
                import sys

                def greet(name="you"):
                    return f"hi {name}"

                class Number:
                    def __init__(self, real, other=0):
                        self.real = real
            """,
        )
        told = await project.eject()
        assert told.code == 0, told.err
        assert "    print(greet(sys.argv[1]))" in project.text("greet.py")
        await project.assert_works(1)

    async def test_a_module_without_any_code(self, project: Project) -> None:
        project.write("empty.py", "# just a comment\n")
        tests = "from empty import LIMIT\n\ndef test_it():\n    assert LIMIT == 5\n"
        project.write("empty_test.py", tests)
        project.accept("empty.py", empty="LIMIT = 5\n")
        told = await project.eject()
        assert told.code == 0, told.err
        assert "# just a comment" in project.text("empty.py")
        await project.assert_works(1)

    async def test_modules_of_stubs(self, project: Project) -> None:
        project.write(
            "two_fer.py",
            '''\
            # Licence.
            """Sharing."""
            import math

            class NameError_(Exception):
                """Wrong."""

            def two_fer(name: str = "you") -> str:
                """One for each."""
                pass
            ''',
        )
        project.write(
            "two_fer_test.py",
            """\
            import unittest
            from two_fer import two_fer, NameError_

            class TwoFerTest(unittest.TestCase):
                def test_you(self):
                    self.assertEqual(two_fer(), "One for you, one for me.")

                def test_empty(self):
                    with self.assertRaises(NameError_):
                        two_fer("")
            """,
        )
        project.accept(
            "two_fer.py",
            two_fer="""\
                class NameError_(Exception):
                    pass


                def text(name):
                    return f"One for {name}, one for me."


                def two_fer(name="you"):
                    if not name:
                        raise NameError_(math.pi)
                    return text(name)
                """,
        )
        told = await project.eject()
        assert told.code == 0, told.err
        text = project.text("two_fer.py")
        assert text.startswith('# Licence.\n"""Sharing."""\n')
        assert 'def two_fer(name: str = "you") -> str:\n    """One for each."""\n    if' in text
        await project.assert_works(2)


class TestFiles:
    async def test_files_tests_and_what_they_need_go_along(self, project: Project) -> None:
        project.write(
            "deploy.py",
            '''\
            import json
            from pathlib import Path
            from pseudocode import pseudo_file, pseudo_function

            def is_valid(text):
                json.loads(text)

            APP = pseudo_file("conf/app.json", "a port", [is_valid])

            @pseudo_function(files=["names.txt"], requires=["requests"])
            def port() -> int:
                """The port.

                >>> port()
                80
                """
            ''',
        )
        project.write("names.txt", "ada\n")
        project.write("shared.py", "def same(x):\n    return x\n")
        project.write("tests/conftest.py", "import pytest\n@pytest.fixture\ndef p(): return 80\n")
        project.write("tests/data/numbers.txt", "80")
        project.write(
            "tests/test_deploy.py",
            """\
            from pathlib import Path
            import pytest
            from deploy import port
            from shared import same

            def test_port(p):
                assert same(port()) == p

            @pytest.mark.hidden
            def test_data():
                assert port() == int((Path(__file__).parent / "data" / "numbers.txt").read_text())
            """,
        )
        (project.root / "conf").mkdir()
        (project.root / "conf/app.json").write_text('{"port": 80}\n')
        project.accept(
            "deploy.py",
            port="def port():\n    return json.loads(Path(APP).read_text())['port']\n",
        )
        found = {spec.name: spec for spec in load_specs(project.specs / "deploy.py").specs}
        kept = Path(accepted_path(str(project.specs / "deploy.py"), "deploy", "conf/app.json"))
        digest = found["conf/app.json"].digest
        facts = {"sha256": code_hash('{"port": 80}\n')}
        kept.write_text(render("", declared_in="deploy.py", digest=digest, facts=facts))
        told = await project.eject()
        assert told.code == 0, told.err
        assert told.lines[1:] == ["needs requests"]
        assert project.text("conf/app.json") == '{"port": 80}\n'
        assert project.text("names.txt") == "ada\n"
        assert 'APP = "conf/app.json"' in project.text("deploy.py")
        await project.assert_works(3)

    async def test_files_in_other_encodings(self, project: Project) -> None:
        declared = "# -*- coding: latin-1 -*-\n" + CLAMP.replace("own", "\xf6wn")
        (project.specs / "numbers_.py").write_bytes(declared.encode("latin-1"))
        project.accept("numbers_.py", clamp=CLAMPED.replace("both", "\u6f22"))
        told = await project.eject()
        assert told.code == 0, told.err
        assert project.text("numbers_.py").startswith("# -*- coding: utf-8 -*-\n")
        assert "\xf6wn" in project.text("numbers_.py")
        await project.assert_works(1)

    async def test_files_outside_of_the_folder_do_not_come_along(self, project: Project) -> None:
        declared = CLAMP.replace(
            "@pseudo_function", '@pseudo_function(files=["../pyproject.toml"])'
        )
        project.write("numbers_.py", declared)
        project.accept("numbers_.py", clamp=CLAMPED)
        told = await project.eject()
        assert told.code == 1
        assert "files: '../pyproject.toml' is not inside the folder of the spec" in told.err
        assert not project.plain.exists()

    async def test_one_file_takes_what_it_imports(self, project: Project) -> None:
        project.write("numbers_.py", CLAMP.replace("import math", "import math, shared"))
        project.accept("numbers_.py", clamp=CLAMPED)
        project.write("shared.py", "import deeper\n")
        project.write("deeper.py", "")
        project.write("other.py", CLAMP)
        project.write(
            "test_numbers.py", "from numbers_ import clamp\ndef test(): assert clamp(0) == 0\n"
        )
        project.write("test_other.py", "from other import clamp\ndef test(): assert not clamp(0)\n")
        told = await project.eject(path="specs/numbers_.py")
        assert told.code == 0, told.err
        names = sorted(path.name for path in project.plain.rglob("*"))
        assert names == ["deeper.py", "numbers_.py", "shared.py", "test_numbers.py"]
        await project.assert_works(2)


class TestRefusals:
    async def test_missing_and_stale_code_stops_all_of_it(self, project: Project) -> None:
        file = project.write("numbers_.py", CLAMP)
        project.accept("numbers_.py", clamp=CLAMPED)
        file.write_text(CLAMP.replace("Between", "Within"))
        project.write("more.py", CLAMP)
        told = await project.eject()
        assert (told.code, told.out) == (1, "")
        assert "✗ more.clamp" in told.err
        assert "no accepted code; pseudocode-tui run specs/more.py --only clamp" in told.err
        assert "stale: the declaration changed" in told.err
        assert "nothing was written" in told.err
        assert sorted(path.name for path in project.root.iterdir()) == ["pyproject.toml", "specs"]

    async def test_a_folder_with_other_files_is_not_overwritten(self, project: Project) -> None:
        project.write("numbers_.py", CLAMP)
        project.accept("numbers_.py", clamp=CLAMPED)
        project.plain.mkdir()
        (project.plain / "mine.txt").write_text("mine")
        (project.plain / "numbers_.py").write_text("old")
        told = await project.eject()
        assert told.code == 2
        assert "plain is not empty" in told.err
        assert project.text("numbers_.py") == "old"
        told = await project.eject("--force")
        assert told.code == 0
        assert project.text("mine.txt") == "mine"
        assert "def clamp" in project.text("numbers_.py")
        assert {path.name for path in project.root.iterdir()} == {
            "pyproject.toml", "specs", "plain",
        }  # fmt: skip

    async def test_links_are_not_followed(self, project: Project, tmp_path: Path) -> None:
        project.write("numbers_.py", CLAMP)
        project.accept("numbers_.py", clamp=CLAMPED)
        project.plain.mkdir()
        outside = tmp_path / "outside.py"
        outside.write_text("old")
        (project.plain / "numbers_.py").symlink_to(outside)
        told = await project.eject("--force")
        assert told.code == 2
        assert "is a link" in told.err
        assert outside.read_text() == "old"

    async def test_the_specs_themselves_are_not_overwritten(self, project: Project) -> None:
        project.write("numbers_.py", CLAMP)
        project.accept("numbers_.py", clamp=CLAMPED)
        for arguments in (("-o", "specs", "--force"), ("-o", ".", "--force")):
            path = "specs" if arguments[1] == "specs" else "."
            told = await processes.run(
                *COMMAND, "eject", path, *arguments, cwd=project.root, env={}
            )
            assert told.code == 2
            assert "specs themselves" in told.err
            assert "pseudo_function" in (project.specs / "numbers_.py").read_text()

    async def test_what_only_the_package_has_cannot_go(self, project: Project) -> None:
        project.write(
            "uses.py",
            CLAMP.replace("import pseudo_function", "import NotGenerated, pseudo_function")
            + "\n\ndef own():\n    raise NotGenerated\n",
        )
        project.accept("uses.py", clamp=CLAMPED)
        project.write("test_uses.py", "def test():\n    import pseudocode\n")
        told = await project.eject()
        assert told.code == 2
        assert "specs/uses.py:27: cannot be ejected: NotGenerated of pseudocode is used" in told.err
        assert "specs/test_uses.py:2: cannot be ejected: it imports pseudocode" in told.err

    async def test_renaming_that_is_not_certain_is_refused(self, project: Project) -> None:
        project.write("numbers_.py", CLAMP)
        code = "LIMIT = 3\n\n\ndef clamp(value, low=0, high=10):\n    return eval('LIMIT')\n"
        project.accept("numbers_.py", clamp=code)
        told = await project.eject()
        assert told.code == 2
        assert "clamp: it calls eval(), and LIMIT has to be renamed" in told.err

    async def test_no_specs_and_no_folder(self, project: Project) -> None:
        for path, told in (("specs", "no specs in"), ("nowhere", "does not exist")):
            ended = await project.eject(path=path)
            assert ended.code == 2
            assert told in ended.err
