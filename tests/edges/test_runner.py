"""Generated code in real worker processes: honest, broken and hostile."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from textwrap import dedent, indent

import pytest

from pseudocode.events import Case, SuiteFinished
from pseudocode.loop import RunnerError
from pseudocode.runner.isolation import LimitsOnly
from pseudocode.runner.process import ProcessRunner
from pseudocode.spec.discovery import find_specs
from pseudocode.spec.model import Spec
from tests.edges.processes import MARK, SECONDS, assert_nobody_left, marked, until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="process groups and limits of POSIX")
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="looks at processes through /proc"
)
KEY = "sk-very-secret-4711"
MARGIN = 15.0
"""Seconds that a pass may take beyond its time limit, on a busy machine."""
ENDED = "the code ended the test process"


class Bench:
    """A runner, and what it leaves behind."""

    def __init__(self) -> None:
        self.mark = secrets.token_hex(8)
        self.environ = {**os.environ, MARK: self.mark, "OPENAI_API_KEY": KEY, "GREETING": "hello"}
        self.runner = ProcessRunner(LimitsOnly(), self.environ)

    async def run(
        self, examples: str, code: str, *, context: str = "", options: str = "", name: str = "f"
    ) -> SuiteFinished:
        made = spec(examples, context=context, options=options, mark=True, name=name)
        return await self.runner.run(made, dedent(code))

    async def case(self, examples: str, code: str, *, context: str = "", options: str = "") -> Case:
        """The last example's case."""
        return (await self.run(examples, code, context=context, options=options)).cases[-1]

    @property
    def processes(self) -> set[int]:
        """What is left of the workers and of what they started."""
        return marked(self.mark)

    async def assert_nobody_left(self, seconds: float = SECONDS) -> None:
        await assert_nobody_left(self.mark, seconds)


def spec(
    examples: str, *, context: str = "", options: str = "", mark: bool = False, name: str = "f"
) -> Spec:
    """The one spec of a file; its function takes anything."""
    body = indent(dedent(examples).strip("\n"), "    ")
    keyword = "async def" if "await " in examples or "asyncio." in examples else "def"
    given = ", ".join(filter(None, [options, f"env=['{MARK}']" if mark else ""]))
    source = (
        f"from pseudocode import pseudo_function\n{dedent(context)}\n"
        f'@pseudo_function({given})\n{keyword} {name}(*args):\n    """It.\n\n{body}\n    """\n'
    )
    found = find_specs("specs/module.py", source.encode())
    assert not found.problems
    return found.specs[0]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    await made.assert_nobody_left()


class TestVerdicts:
    async def test_pass(self, bench: Bench) -> None:
        report = await bench.run(">>> f(2)\n6\n>>> f('a')\n'aaa'", "def f(x): return 3 * x")
        assert report.all_passed
        assert report.error == ""
        assert report.isolation == "limits only"
        assert [case.call for case in report.cases] == ["f(2)", "f('a')"]
        assert [case.got for case in report.cases] == ["6", "'aaa'"]
        assert [case.line for case in report.cases] == [7, 9]
        assert 0 < report.seconds < 10

    async def test_failure_tells_expected_and_got(self, bench: Bench) -> None:
        report = await bench.run(">>> f(2)\n6\n>>> f(0)\n0", "def f(x): return x + 2")
        assert [case.outcome for case in report.cases] == ["failed", "failed"]
        assert (report.cases[0].expected, report.cases[0].got) == ("6", "4")
        assert not report.all_passed
        assert report.error == ""

    async def test_example_without_expectation_only_must_not_raise(self, bench: Bench) -> None:
        assert (await bench.case(">>> x = f(2)", "def f(x): return x")).outcome == "passed"
        assert (await bench.case(">>> x = f(2)", "def f(x): return x.y")).outcome == "error"

    async def test_expected_exception(self, bench: Bench) -> None:
        want = """
            >>> f(0)
            Traceback (most recent call last):
                ...
            ValueError: not zero
            """
        good = await bench.case(want, "def f(x): raise ValueError('not zero')")
        assert good.outcome == "passed"
        for code, told in [
            ("raise ValueError('no')", "ValueError: no"),
            ("raise TypeError('not zero')", "TypeError: not zero"),
        ]:
            bad = await bench.case(want, f"def f(x): {code}")
            assert (bad.outcome, bad.expected) == ("failed", "ValueError: not zero")
            assert bad.error.startswith(told)
        none = await bench.case(want, "def f(x): return 7")
        assert (none.outcome, none.expected, none.got) == ("failed", "ValueError: not zero", "7")

    async def test_detail_of_exception_can_be_ignored(self, bench: Bench) -> None:
        want = """
            >>> f(0)  # doctest: +IGNORE_EXCEPTION_DETAIL
            Traceback (most recent call last):
            ValueError: whatever
            """
        assert (await bench.case(want, "def f(x): raise ValueError('no')")).outcome == "passed"
        assert (await bench.case(want, "def f(x): raise KeyError('no')")).outcome == "failed"

    async def test_unexpected_exception_tells_what_variables_held_and_little_of_it(
        self, bench: Bench
    ) -> None:
        code = (
            "class Odd:\n    def __repr__(self):\n        raise SystemExit\n\n\n"
            "def f(x):\n    total, text, odd = x + 1, 'y' * 9999, Odd()\n"
            + "".join(f"    v{n} = {n}\n" for n in range(20))
            + "    return total / 0\n"
        )
        case = await bench.case(">>> f(1)\n1", code)
        assert case.locals[:2] == ("x = 1", "total = 2")
        assert len(case.locals) == 12
        assert max(map(len, case.locals)) <= 80
        assert any(held.startswith("odd = <") for held in case.locals)

    async def test_unexpected_exception_names_the_innermost_frames(self, bench: Bench) -> None:
        case = await bench.case(
            ">>> f(0)\n1",
            """\
            import json

            def helper(x):
                return 1 / x

            def f(x):
                return json.loads("[1]", object_hook=None)[0] + helper(x)
            """,
        )
        assert case.outcome == "error"
        assert case.error.split("\n") == [
            "ZeroDivisionError: division by zero",
            'line 7, in f: return json.loads("[1]", object_hook=None)[0] + helper(x)',
            "line 4, in helper: return 1 / x",
        ]

    async def test_printed_lines_stand_before_the_value(self, bench: Bench) -> None:
        code = "def f(x):\n    print('hm')\n    return x"
        assert (await bench.case(">>> f(2)\nhm\n2", code)).outcome == "passed"
        case = await bench.case(">>> f(2)\n2", code)
        assert (case.outcome, case.got) == ("failed", "hm\n2")

    async def test_output_before_an_exception_is_kept(self, bench: Bench) -> None:
        case = await bench.case(">>> f()\n1", "def f():\n    print('so far')\n    return [][0]")
        assert case.output == "so far"
        assert case.error.startswith("IndexError: ")

    async def test_standard_error_is_no_part_of_the_answer(self, bench: Bench) -> None:
        code = "import sys\ndef f():\n    print('debug', file=sys.stderr)\n    return 2"
        assert (await bench.case(">>> f()\n2", code)).outcome == "passed"

    async def test_skip(self, bench: Bench) -> None:
        report = await bench.run(">>> f(1)\n1\n>>> f(0)  # doctest: +SKIP\n9", "def f(x): return x")
        assert [case.outcome for case in report.cases] == ["passed", "skipped"]
        assert report.all_passed

    async def test_all_skipped_is_no_pass(self, bench: Bench) -> None:
        report = await bench.run(">>> f(0)  # doctest: +SKIP\n9", "def f(x): return 9")
        assert not report.all_passed

    async def test_ellipsis(self, bench: Bench) -> None:
        want = ">>> f(20)  # doctest: +ELLIPSIS\n[0, 1, ..., 19]"
        code = "def f(n): return list(range(n))"
        assert (await bench.case(want, code)).outcome == "passed"
        assert (await bench.case(want.replace("  # doctest: +ELLIPSIS", ""), code)).outcome == (
            "failed"
        )

    async def test_whitespace(self, bench: Bench) -> None:
        want = ">>> f(3)  # doctest: +NORMALIZE_WHITESPACE\n[0,  1,\n  2]"
        code = "def f(n): return list(range(n))"
        assert (await bench.case(want, code)).outcome == "passed"
        assert (await bench.case(">>> f(3)\n[0,  1,\n  2]", code)).outcome == "failed"

    async def test_lines_that_continue(self, bench: Bench) -> None:
        examples = """
            >>> for x in range(2):
            ...     print(f(x))
            0
            10
            >>> f(
            ...     3,
            ... )
            30
            """
        assert (await bench.run(examples, "def f(x): return 10 * x")).all_passed

    async def test_examples_build_on_each_other(self, bench: Bench) -> None:
        examples = ">>> got = f(2)\n>>> got.append(3)\n>>> got\n[2, 3]\n>>> len(f(2))\n1"
        assert (await bench.run(examples, "def f(x): return [x]")).all_passed
        report = await bench.run(
            examples, "def f(x, kept=[]):\n    kept.append(x)\n    return kept"
        )
        assert [case.outcome for case in report.cases][2:] == ["passed", "failed"]

    async def test_blank_lines_in_the_output(self, bench: Bench) -> None:
        examples = ">>> print(f())\na\n<BLANKLINE>\nb"
        assert (await bench.run(examples, "def f(): return 'a\\n\\nb'")).all_passed

    async def test_async(self, bench: Bench) -> None:
        examples = """
            >>> await f(2)
            4
            >>> import asyncio
            >>> asyncio.run(f(3))
            6
            """
        code = "import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    return 2 * x"
        report = await bench.run(examples, code)
        assert [case.outcome for case in report.cases] == ["passed"] * 3

    async def test_coroutine_is_no_answer(self, bench: Bench) -> None:
        case = await bench.case(">>> await f(2)\n4", "async def f(x): return 4")
        assert case.outcome == "passed"
        case = (await bench.run(">>> f(2)\n4", "async def f(x): return 4")).cases[0]
        assert case.outcome == "failed"

    async def test_names_of_the_module(self, bench: Bench) -> None:
        context = """
            from dataclasses import dataclass
            import math
            LIMIT = 3
            @dataclass
            class Point:
                x: int
            def helper(x): return x + LIMIT
            """
        report = await bench.run(
            ">>> f(1)\nPoint(x=4)", "def f(x): return Point(math.floor(helper(x)))", context=context
        )
        assert report.all_passed

    async def test_annotations_are_as_in_the_module(self, bench: Bench) -> None:
        context = """\
            from typing import TYPE_CHECKING
            if TYPE_CHECKING:
                from collections.abc import Iterable
            """
        made = find_specs(
            "specs/module.py",
            (
                "from __future__ import annotations\n"
                f"{dedent(context)}"
                "from pseudocode import pseudo_function\n"
                "@pseudo_function\n"
                "def f(xs: Iterable[int]) -> int:\n"
                '    """\n    >>> f([1, 2])\n    3\n    """\n'
            ).encode(),
        ).specs[0]
        report = await bench.runner.run(made, "def f(xs: Iterable[int]) -> int: return sum(xs)")
        assert report.error == ""
        assert report.all_passed

    async def test_module_named_like_one_of_the_library(self, bench: Bench) -> None:
        source = (
            "from pseudocode import pseudo_function\n@pseudo_function\ndef f(xs):\n"
            '    """\n    >>> f([1, 2, 3])\n    2\n    """\n'
        )
        made = find_specs("specs/statistics.py", source.encode()).specs[0]
        code = "import statistics\n\ndef f(xs): return statistics.mean(xs)"
        report = await bench.runner.run(made, code)
        assert report.all_passed, report.cases

    async def test_code_that_does_not_load(self, bench: Bench) -> None:
        report = await bench.run(">>> f()\n1", "x = 1\ny = x / 0\ndef f(): return 1")
        assert "loading the code failed: ZeroDivisionError: division by zero" in report.error
        assert "line 2" in report.error
        assert [case.outcome for case in report.cases] == ["error"]

    async def test_code_without_the_function(self, bench: Bench) -> None:
        case = await bench.case(">>> f()\n1", "def g(): return 1")
        assert case.error == "NameError: name 'f' is not defined"


class TestValues:
    @pytest.mark.parametrize(
        ("value", "want"),
        [
            ("{'b', 'a', 'c'}", "{'a', 'b', 'c'}"),
            ("frozenset('abc')", "frozenset({'c', 'b', 'a'})"),
            ("set()", "set()"),
            ("{1, 2}", "{2, 1}"),
            ("0.1 + 0.2", "0.30000000000000004"),
            ("float('nan')", "nan"),
            ("[float('inf'), -0.0]", "[inf, -0.0]"),
            ("2 ** 200", str(2**200)),
            ("-(2 ** 70)", str(-(2**70))),
            ("1 + 2j", "(1+2j)"),
            ("{'a': [(1, None, True)], 2: b'x'}", "{'a': [(1, None, True)], 2: b'x'}"),
            ("'ä\\n€\\ud800'", "'ä\\n€\\ud800'"),
            ("range(3)", "range(0, 3)"),
            ("None", ""),
            ("__import__('datetime').date(2024, 2, 29)", "datetime.date(2024, 2, 29)"),
            ("__import__('decimal').Decimal('1.10')", "Decimal('1.10')"),
            ("__import__('fractions').Fraction(1, 3)", "Fraction(1, 3)"),
            ("__import__('pathlib').PurePosixPath('a')", "PurePosixPath('a')"),
        ],
    )
    async def test_plain_data_crosses(self, bench: Bench, value: str, want: str) -> None:
        escaped = want.replace("\\", "\\\\")
        case = await bench.case(f">>> f()\n{escaped}", f"def f(): return {value}")
        assert case.outcome == "passed", case

    @pytest.mark.parametrize(
        ("value", "want"),
        [
            ("{'a', 'b'}", "{'a'}"),
            ("['a', 'b']", "{'a', 'b'}"),
            ("frozenset({1, 2})", "{1, 2}"),
            ("{1, 2}", "frozenset({1, 2})"),
            ("{1.0, 2.0}", "{1, 2}"),
            ("{True, 2}", "{2, 1}"),
            ("1", "True"),
            ("1.0", "1"),
            ("'1'", "1"),
            ("[1]", "(1,)"),
            ("0.0", "-0.0"),
        ],
    )
    async def test_the_like_is_not_the_same(self, bench: Bench, value: str, want: str) -> None:
        case = await bench.case(f">>> f()\n{want}", f"def f(): return {value}")
        assert case.outcome == "failed", case

    async def test_number_too_long_to_print(self, bench: Bench) -> None:
        case = await bench.case(">>> f()\n1", "def f(): return 10 ** 5000")
        assert (case.outcome, case.got) == ("failed", "<a number too long to print>")
        case = await bench.case(">>> f() == 10 ** 5000\nTrue", "def f(): return 10 ** 5000")
        assert case.outcome == "passed"

    @pytest.mark.parametrize(
        "value",
        [
            "deep(100_000)",
            "own()",
            "list(range(10 ** 6))",
            "'x' * (50 << 20)",
            "10 ** 10 ** 6",
            "(lambda: 1)",
            "(x for x in 'ab')",
        ],
    )
    async def test_what_cannot_cross_fails(self, bench: Bench, value: str) -> None:
        code = f"""\
            def deep(n):
                made = []
                for _ in range(n):
                    made = [made]
                return made

            def own():
                made = []
                made.append(made)
                return made

            def f():
                return {value}
            """
        report = await bench.run(">>> f()\n1", code)
        assert not report.all_passed
        assert report.cases[0].outcome in ("failed", "error")
        assert len(repr(report)) < 20_000


CLASSES = """
    from dataclasses import dataclass
    from enum import Enum

    @dataclass
    class Point:
        x: int
        y: int

    class Color(Enum):
        RED = 1
        GREEN = 2
    """
SHAPES = """
    >>> f(1)[0]
    Point(x=1, y=2)
    >>> f(1)[1]
    <Color.RED: 1>
    >>> [f(1)]
    [(Point(x=1, y=2), <Color.RED: 1>)]
    """


class TestCheats:
    @pytest.mark.parametrize(
        "value",
        [
            "type('Fake', (), {'__repr__': lambda self: '24'})()",
            "type('Fake', (int,), {'__repr__': lambda self: '24'})(7)",
            "type('Fake', (int,), {})(24)",
            "type('Fake', (), {'__eq__': lambda self, other: True})()",
            "type('Fake', (), {'__eq__': lambda *_: True, '__repr__': lambda _: '24'})()",
        ],
        ids=["repr", "int-repr", "int", "eq", "eq-repr"],
    )
    async def test_object_that_poses_as_the_answer(self, bench: Bench, value: str) -> None:
        case = await bench.case(">>> f(4)\n24", f"def f(x): return {value}")
        assert case.outcome == "failed"
        assert "Fake" in case.got

    @pytest.mark.parametrize("want", ["{1, 2}", "[1, 2]", "'x'", "{'a': 1}", "None", "True"])
    async def test_object_that_equals_everything(self, bench: Bench, want: str) -> None:
        code = f"""\
            class Fake:
                def __eq__(self, other): return True
                def __hash__(self): return 1
                def __iter__(self): return iter((1, 2))
                def __repr__(self): return {want!r}

            def f(): return Fake()
            """
        assert (await bench.case(f">>> f()\n{want}", code)).outcome == "failed"

    async def test_classes_of_the_module(self, bench: Bench) -> None:
        report = await bench.run(SHAPES, "def f(x): return Point(x, 2), Color(x)", context=CLASSES)
        assert report.all_passed, report.cases
        wrong = "def f(x): return Point(x, 3), Color(2)"
        report = await bench.run(SHAPES, wrong, context=CLASSES)
        assert [case.outcome for case in report.cases] == ["failed"] * 3

    @pytest.mark.parametrize(
        "cheat",
        [
            """
            @dataclass
            class Point:
                x: int
                y: int
            class Color(Enum):
                RED = 1
            """,
            """
            class Fake:
                def __init__(self, *args): pass
                def __eq__(self, other): return True
            class Point(Fake):
                __class__ = Point
                def __repr__(self): return "Point(x=1, y=2)"
            class Color(Fake):
                __class__ = Color
                def __repr__(self): return "<Color.RED: 1>"
            """,
            """
            class Fake:
                def __init__(self, shown): self.shown = shown
                def __repr__(self): return self.shown
            Point = lambda x, y: Fake("Point(x=1, y=2)")
            Color = lambda x: Fake("<Color.RED: 1>")
            """,
            """
            Point.__repr__ = lambda self: "Point(x=1, y=2)"
            Color.__repr__ = lambda self: "<Color.RED: 1>"
            """,
        ],
        ids=["same name", "lies", "other name", "patched"],
    )
    async def test_look_alikes_of_classes_of_the_module(self, bench: Bench, cheat: str) -> None:
        code = f"{dedent(cheat)}\ndef f(x): return Point(x, 2), Color(x)"
        report = await bench.run(SHAPES, code, context=CLASSES)
        assert [case.outcome for case in report.cases] == ["failed"] * 3

    async def test_other_objects_are_compared_by_what_they_print(self, bench: Bench) -> None:
        code = "class Box:\n    def __repr__(self): return '<a box>'\ndef f(): return [Box()]"
        assert (await bench.case(">>> f()\n[<a box>]", code, context=CLASSES)).outcome == "passed"

    async def test_numbers_of_numpy(self, bench: Bench) -> None:
        numpy = pytest.importorskip("numpy")
        code = "import numpy\ndef f(x): return numpy.array(x) * 2"
        examples = f">>> f([1, 2])\narray([2, 4])\n>>> f(1.5)\n{numpy.float64(3.0)!r}"
        options = "memory_mb=2000"
        report = await bench.run(examples, code, options=options)
        assert report.all_passed, report
        sly = """
            import numpy
            class Sly(numpy.ndarray):
                def __repr__(self): return "[2, 4]"
            def f(x): return numpy.array([5]).view(Sly)
            """
        case = await bench.case(">>> f(1)\n[2, 4]", sly, options=options)
        assert case.outcome == "failed"

    @pytest.mark.parametrize(
        "kind", ["SystemExit(0)", "KeyboardInterrupt", "GeneratorExit", "BaseException('x')"]
    )
    async def test_exceptions_that_are_none_of_the_usual(self, bench: Bench, kind: str) -> None:
        report = await bench.run(">>> f()\n1\n>>> 2\n2", f"def f(): raise {kind}")
        assert [case.outcome for case in report.cases] == ["error", "passed"]
        assert report.cases[0].error.startswith(kind.split("(")[0])

    @pytest.mark.parametrize("kind", ["SystemExit(0)", "KeyboardInterrupt"])
    async def test_the_same_while_loading(self, bench: Bench, kind: str) -> None:
        report = await bench.run(">>> f()\n1", f"def f(): return 1\nraise {kind}")
        assert not report.all_passed
        assert kind.split("(")[0] in report.error

    async def test_hard_exit_while_loading(self, bench: Bench) -> None:
        report = await bench.run(">>> f()\n1\n>>> 1\n1", "import os\nos._exit(0)")
        assert (report.passed, report.error) == (0, ENDED)
        assert [case.outcome for case in report.cases] == ["error", "error"]

    async def test_hard_exit_in_the_function(self, bench: Bench) -> None:
        report = await bench.run(
            ">>> 1\n1\n>>> f()\n1\n>>> 2\n2", "import os\ndef f(): os._exit(0)"
        )
        assert report.error == ENDED
        assert [case.outcome for case in report.cases] == ["passed", "error", "error"]
        assert [case.error for case in report.cases] == ["", ENDED, "not run"]
        assert not report.all_passed

    async def test_printed_summary(self, bench: Bench) -> None:
        report = await bench.run(">>> f()\n1", "print('1 passed')\nimport os\nos._exit(0)")
        assert not report.all_passed

    @pytest.mark.parametrize("ending", ["", "os._exit(0)"], ids=["goes on", "exits"])
    @pytest.mark.parametrize("where", ["loading", "function"])
    async def test_forged_answers(self, bench: Bench, ending: str, where: str) -> None:
        told = "" if where == "function" else '{"loaded": true, "error": null, "pieces": []}'
        code = f"""\
            import os

            def forge():
                right = '{{"pieces": [["value", ["int", "0x18"]]], "error": null, "seconds": 0.1'
                records = ['{told}', right + ', "index": 0}}', right + ', "index": 1}}']
                for descriptor in range(1, 31):
                    try:
                        os.write(descriptor, "\\n".join([*filter(None, records), ""]).encode())
                    except OSError:
                        pass
                {ending or "pass"}

            def f(x):
                {"forge()" if where == "function" else "pass"}
                return 7

            {"forge()" if where == "loading" else ""}
            """
        report = await bench.run(">>> f(4)\n24\n>>> f(4)\n24", code)
        assert not report.all_passed, report
        assert report.passed == 0

    async def test_garbage_instead_of_answers(self, bench: Bench) -> None:
        code = """\
            import os

            def f():
                for descriptor in range(1, 31):
                    try:
                        os.write(descriptor, b'\\xff\\x00[[[[{"index"\\n' + b"[" * 100_000 + b"\\n")
                    except OSError:
                        pass
                return 1
            """
        report = await bench.run(">>> f()\n1", code)
        assert not report.all_passed
        assert report.error

    async def test_expected_answers_are_out_of_sight(self, bench: Bench) -> None:
        code = """\
            import gc, sys

            def f():
                frame, seen = sys._getframe(), []
                while frame:
                    seen.append(repr(frame.f_locals))
                    frame = frame.f_back
                seen += [repr(o) for o in gc.get_objects() if type(o) in (dict, list, str)]
                return "sought-" + "after" in "".join(seen)
            """
        report = await bench.run(">>> f()\nFalse\n>>> f() and 1\n'sought-after'", code)
        assert report.cases[0].outcome == "passed"

    async def test_patched_library(self, bench: Bench) -> None:
        code = """\
            import builtins, doctest, json, sys
            doctest.OutputChecker.check_output = lambda *a: True
            builtins.isinstance = lambda *a: True
            sys.displayhook = lambda value: None

            def f(): return 7
            """
        report = await bench.run(">>> f()\n24", code)
        assert not report.all_passed


class TestBounds:
    async def test_endless_loop(self, bench: Bench) -> None:
        started = time.monotonic()
        report = await bench.run(
            ">>> 1\n1\n>>> f()\n1\n>>> 2\n2",
            "def f():\n    while True:\n        pass",
            options="timeout=1",
        )
        assert 1 <= time.monotonic() - started < 1 + MARGIN
        assert report.error == "the time limit of 1 s was reached"
        assert [case.outcome for case in report.cases] == ["passed", "error", "error"]
        assert report.cases[1].error == report.error

    async def test_endless_loop_that_takes_everything(self, bench: Bench) -> None:
        code = """\
            import os, signal, time

            def f():
                for number in range(1, 65):
                    try:
                        signal.signal(number, signal.SIG_IGN)
                    except (OSError, ValueError):
                        pass
                if os.fork() == 0:
                    os.fork()
                while True:
                    try:
                        time.sleep(60)
                    except BaseException:
                        pass
            """
        started = time.monotonic()
        report = await bench.run(">>> f()\n1", code, options="timeout=0.7")
        assert time.monotonic() - started < 0.7 + MARGIN
        assert not report.all_passed
        await bench.assert_nobody_left()

    async def test_forked_child_outlives_nothing(self, bench: Bench) -> None:
        code = """\
            import os, time

            def f():
                if child := os.fork():
                    return child > 0
                os.close(1); os.close(2)
                for descriptor in range(3, 64):
                    try:
                        os.close(descriptor)
                    except OSError:
                        pass
                time.sleep(600)
            """
        report = await bench.run(">>> f()\nTrue", code)
        assert report.all_passed
        await bench.assert_nobody_left()

    async def test_forked_child_that_keeps_the_channel_is_cut_off(self, bench: Bench) -> None:
        code = "import os, time\ndef f():\n    if os.fork() == 0: time.sleep(600)\n    return 1"
        started = time.monotonic()
        await bench.run(">>> f()\n1", code, options="timeout=0.7")
        assert time.monotonic() - started < 0.7 + MARGIN
        await bench.assert_nobody_left()

    @needs_proc
    @pytest.mark.xfail(
        sys.platform != "linux",
        strict=True,
        reason="without a supervisor a process that leaves its group is not followed",
    )
    async def test_child_that_leaves_the_group(self, bench: Bench) -> None:
        code = """\
            import os, time

            def f():
                if os.fork() == 0:
                    os.setsid()
                    time.sleep(600)
                return 1
            """
        started = time.monotonic()
        await bench.run(">>> f()\n1", code, options="timeout=0.7")
        assert time.monotonic() - started < 0.7 + MARGIN
        await bench.assert_nobody_left(0.1)

    async def test_waiting_for_input(self, bench: Bench) -> None:
        case = await bench.case(">>> f()\n1", "def f(): return input()")
        assert case.error.startswith("EOFError")
        case = await bench.case(">>> f()\n1", "import os\ndef f(): return os.read(0, 10)")
        assert case.got == "b''"

    async def test_memory(self, bench: Bench) -> None:
        code = """\
            def f():
                kept = []
                while True:
                    kept.append(bytearray(10 ** 7))
            """
        report = await bench.run(">>> f()\n1", code, options="memory_mb=300")
        assert not report.all_passed
        assert report.seconds < 10
        assert report.error or report.cases[0].error.startswith("MemoryError")

    async def test_memory_that_is_allowed(self, bench: Bench) -> None:
        code = "def f(): return len(bytearray(100 << 20)) >> 20"
        assert (await bench.run(">>> f()\n100", code, options="memory_mb=600")).all_passed

    @pytest.mark.parametrize("how", ["os.write(1, b)", "os.write(2, b)", "print(b)"])
    async def test_flood_of_output(self, bench: Bench, how: str) -> None:
        code = f"import os\ndef f(b=b'x' * 65536):\n    while True: {how}"
        report = await bench.run(">>> f()\n1", code, options="timeout=0.7, memory_mb=300")
        assert not report.all_passed
        assert report.seconds < 0.7 + MARGIN
        assert len(repr(report)) < 20_000

    async def test_much_output_beside_a_right_answer(self, bench: Bench) -> None:
        code = """\
            import os

            def f():
                for _ in range(200):
                    os.write(1, b"x" * 65536)
                    os.write(2, b"x" * 65536)
                return 1
            """
        assert (await bench.run(">>> f()\n1", code)).all_passed

    async def test_deep_recursion(self, bench: Bench) -> None:
        case = await bench.case(">>> f()\n1", "def f(): return f()")
        assert case.error.startswith("RecursionError")
        assert len(case.error.split("\n")) == 4
        code = "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(*a): return repr(f(*a, a))"
        report = await bench.run(">>> f()\n1", code, options="timeout=3, memory_mb=300")
        assert not report.all_passed

    @pytest.mark.parametrize(
        ("code", "signal"),
        [
            ("import ctypes\ndef f(): return ctypes.string_at(0)", "SIGSEGV"),
            ("import os\ndef f(): os.abort()", "SIGABRT"),
            ("import os\ndef f(): os.kill(os.getpid(), 15)", "SIGTERM"),
        ],
    )
    async def test_crash_is_named(self, bench: Bench, code: str, signal: str) -> None:
        report = await bench.run(">>> f()\n1\n>>> 2\n2", code)
        assert report.error == f"the code crashed ({signal})"
        assert [case.outcome for case in report.cases] == ["error", "error"]

    async def test_stopped_process(self, bench: Bench) -> None:
        code = "import os, signal\ndef f(): os.kill(os.getpid(), signal.SIGSTOP)"
        report = await bench.run(">>> f()\n1", code, options="timeout=0.7")
        assert report.error == "the time limit of 0.7 s was reached"

    async def test_exception_that_cannot_be_told(self, bench: Bench) -> None:
        code = """\
            class Bad(Exception):
                def __str__(self): raise SystemExit(0)

            def f(): raise Bad
            """
        report = await bench.run(">>> f()\n1\n>>> 2\n2", code)
        assert [case.outcome for case in report.cases] == ["error", "passed"]
        assert "Bad" in report.cases[0].error

    async def test_thread_that_goes_on(self, bench: Bench) -> None:
        code = """\
            import os, threading, time

            def late():
                time.sleep(600)

            def f():
                threading.Thread(target=late).start()
                return 1
            """
        started = time.monotonic()
        await bench.run(">>> f()\n1", code, options="timeout=0.7")
        assert time.monotonic() - started < 0.7 + MARGIN

    @needs_proc
    async def test_cancelling_ends_it(self, bench: Bench) -> None:
        task = asyncio.ensure_future(bench.run(">>> f()\n1", "def f():\n    while True: pass"))
        await until(lambda: bool(bench.processes))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 3)
        await bench.assert_nobody_left()

    async def test_many_at_once(self, bench: Bench) -> None:
        runs = (bench.run(">>> f(2)\n4", f"def f(x): return {n} * x") for n in (1, 2, 3, 2))
        reports = await asyncio.gather(*runs)
        assert [report.all_passed for report in reports] == [False, True, False, True]

    async def test_no_worker_can_be_started(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "executable", "/nowhere/python")
        with pytest.raises(RunnerError, match="cannot start the test process"):
            await bench.run(">>> f()\n1", "def f(): return 1")


class TestSurroundings:
    async def test_key_is_out_of_sight(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        code = f"""\
            import os, subprocess

            def f():
                told = subprocess.run(["env"], capture_output=True).stdout.decode()
                return "{KEY[:8]}" in repr(os.environ) + told, "GREETING" in os.environ
            """
        assert (await bench.case(">>> f()\n(False, False)", code)).outcome == "passed"

    async def test_variables_that_are_allowed(self, bench: Bench) -> None:
        made = find_specs(
            "specs/module.py",
            b"from pseudocode import pseudo_function\n"
            b"@pseudo_function(env=['GREETING', 'NOT_SET'])\n"
            b'def f():\n    """\n    >>> f()\n    (\'hello\', None)\n    """\n',
        ).specs[0]
        code = "import os\ndef f(): return os.environ.get('GREETING'), os.environ.get('NOT_SET')"
        assert (await bench.runner.run(made, code)).all_passed

    async def test_folder_of_its_own_that_goes(self, bench: Bench, tmp_path: Path) -> None:
        code = """\
            import os, tempfile
            from pathlib import Path

            def f():
                Path("left").mkdir()
                Path("left/over").write_text("x")
                there = {os.getcwd(), os.environ["HOME"], tempfile.gettempdir()}
                assert len(there) == 1
                return os.getcwd()
            """
        case = await bench.case(">>> f()\n1", code)
        folder = Path(case.got.strip("'"))
        assert folder.is_absolute()
        assert folder != Path.cwd()
        assert not folder.exists()

    async def test_nothing_is_left_from_run_to_run(self, bench: Bench) -> None:
        code = "import builtins\ndef f():\n    builtins.n = getattr(builtins, 'n', 0) + 1; return n"
        for _ in range(2):
            assert (await bench.case(">>> f()\n1\n>>> f()\n2", code)).outcome == "passed"

    async def test_specs_folder_cannot_be_imported(self, bench: Bench) -> None:
        case = await bench.case(">>> f()\n1", "def f():\n    import tests.server")
        assert case.error.startswith("ModuleNotFoundError")

    @needs_proc
    async def test_bench_sees_what_is_left(self, bench: Bench) -> None:
        """The oracle of this file can fail."""
        process = await asyncio.create_subprocess_exec("sleep", "600", env=bench.environ)
        try:
            assert bench.processes == {process.pid}
            with pytest.raises(AssertionError):
                await bench.assert_nobody_left(0.05)
        finally:
            process.kill()
            await process.wait()
