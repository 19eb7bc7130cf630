"""Specs that use each other: in real workers and judges, and through the command line."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from pseudocode.events import SuiteFinished
from pseudocode.runner import isolation
from pseudocode.runner.process import ProcessRunner
from pseudocode.store.accepted import accepted_path, read_accepted, render
from pseudocode.store.supply import used_facts
from pseudocode.wiring import load_specs
from tests.edges import processes
from tests.edges.processes import Ended
from tests.server import Answer, Asked, ModelServer, code

IMPORT = "from pseudocode import pseudo_class, pseudo_function\n"
LOW = '''
@pseudo_function
def low(x: int) -> int:
    """Twice a number.

    >>> low(2)
    4
    """
'''
MID = '''
@pseudo_function
def mid(x: int) -> int:
    """Four times a number.

    >>> mid(2)
    8
    """
'''
TOP = '''
@pseudo_function
def top(x: int) -> int:
    """Eight times a number.

    >>> top(2)
    16
    """
'''
CODE = {
    "low": "def low(x: int) -> int:\n    return x + x\n",
    "mid": "def mid(x: int) -> int:\n    return low(low(x))\n",
    "top": "def top(x: int) -> int:\n    return low(mid(x))\n",
}


class Project:
    """A folder with specs that use each other."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.specs = root / "specs"
        self.specs.mkdir(parents=True)
        (root / "pyproject.toml").write_text("[project]\nname = 'example'\n")

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.root / (name.replace("__", "/") + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))

    def three_levels(self) -> None:
        """Two modules; in the second, one spec uses the other."""
        self.write(
            specs__alpha=IMPORT + "from specs.zeta import low, mid\n" + TOP,
            specs__zeta=IMPORT + MID.replace("mid(2)", "mid(low(1))") + LOW,
        )

    def accept(self, name: str, source: str) -> None:
        spec = next(s for s in load_specs(self.specs).specs if s.name == name)
        path = Path(accepted_path(spec.path, spec.module, spec.name))
        path.parent.mkdir(exist_ok=True)
        facts = used_facts(spec, source)
        path.write_text(render(source, declared_in="x.py", digest=spec.digest, facts=facts))

    def accepted(self, module: str, name: str) -> dict[str, str]:
        found = read_accepted(accepted_path(str(self.specs / "x.py"), module, name))
        assert found is not None
        return found.facts

    async def test(self, name: str, source: str) -> SuiteFinished:
        """Run what a spec has to pass, behind the best walls that there are here."""
        runner = ProcessRunner(isolation.available()[0])
        spec = next(s for s in load_specs(self.specs).specs if s.name == name)
        try:
            return await runner.run(spec, dedent(source))
        finally:
            await runner.close()

    async def command(self, *arguments: str, server: ModelServer | None = None) -> Ended:
        env = {"OPENAI_BASE_URL": server.url} if server else {}
        return await processes.run_warm(*arguments, cwd=self.root, env=env)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


def answering(answers: dict[str, str]) -> Any:
    """Answers by the name of the function that is asked for, in whichever order."""

    def answer(asked: Asked) -> Answer:
        wanted = asked.body["messages"][1]["content"].rpartition("```python\ndef ")[2]
        return code(answers[wanted.partition("(")[0]])

    return answer


@pytest.mark.skipif(os.name == "nt", reason="process groups and limits of POSIX")
class TestRunner:
    HEADS = (
        "from zeta import low",
        "from specs.zeta import low",
        "from .zeta import low",
        "import specs.zeta\nlow = lambda x: specs.zeta.low(x)",
        "from lib.tools import twice as low",
        "from .deeper.inner import low",
    )

    @pytest.mark.parametrize("head", HEADS)
    async def test_imports_work_where_the_project_cannot_be_read(
        self, project: Project, head: str
    ) -> None:
        project.write(
            specs__alpha=IMPORT + head + TOP,
            specs__zeta=IMPORT + LOW,
            specs__deeper__inner="from ..zeta import low",
            lib__tools="from specs.zeta import low\nSTEP = 1\ndef twice(x): return low(x) * STEP\n",
        )
        project.accept("low", CODE["low"])
        report = await project.test("top", "def top(x): return low(low(low(x)))")
        assert report.all_passed, report
        assert not (await project.test("top", "def top(x): return low(x)")).all_passed

    async def test_specs_of_the_same_module(self, project: Project) -> None:
        project.write(specs__alpha=IMPORT + "STEP = 2\n" + LOW + MID + TOP)
        report = await project.test("top", "def top(x): return low(low(low(x)))")
        assert "no accepted code for low" in report.cases[0].error
        # Its own imports and helpers are its own: they neither leak nor are replaced.
        own = "import math\nSTEP = 7\n_H = STEP\ndef low(x): return math.floor(x * _H / 7 * 2)\n"
        project.accept("low", own)
        project.accept("mid", "_H = 4\ndef mid(x): return _H * x\n")
        source = "_H = 0\ndef top(x): return low(x) and (mid(x) + low(x) + low(x)) * STEP // 2"
        assert (await project.test("top", source)).all_passed
        leaking = await project.test("top", "def top(x): return math.floor(16)")
        assert "math" in leaking.cases[0].error

    async def test_accepted_classes_and_async_functions(self, project: Project) -> None:
        declared = '''
            from __future__ import annotations
            from pseudocode import pseudo_class, pseudo_function
            from specs.boxes import Box, fetch

            def weigh(box: Box) -> int:
                return box.size

            @pseudo_function
            async def top(x: int) -> int:
                """Do it.

                >>> await top(2)
                8
                """
        '''
        boxes = '''
            from dataclasses import dataclass
            from pseudocode import pseudo_class, pseudo_function

            @pseudo_class
            @dataclass
            class Box:
                """A box."""
                size: int
                def grown(self) -> "Box": ...

            @pseudo_function
            async def fetch(x: int) -> Box:
                """One of a size."""
        '''
        project.write(specs__alpha=declared, specs__boxes=boxes)
        grown = "    def grown(self):\n        return Box(self.size * LATER)\n"
        project.write(specs__boxes=boxes + "\n            LATER = 4\n")
        project.accept("Box", f"@dataclass\nclass Box:\n    size: int\n{grown}")
        project.accept("fetch", "async def fetch(x):\n    return Box(x)\n")
        source = "async def top(x):\n    return weigh((await fetch(x)).grown())\n"
        report = await project.test("top", source)
        assert report.all_passed, report

    async def test_a_helper_that_is_annotated_with_the_declared_class(
        self, project: Project
    ) -> None:
        declared = '''
            from pseudocode import pseudo_class

            @pseudo_class
            class Box:
                """A box.

                >>> doubled(Box(2))
                4
                """
                def __init__(self, size: int): ...

            def doubled(box: Box) -> int:
                return box.size * 2
        '''
        project.write(specs__alpha=declared)
        source = "class Box:\n    def __init__(self, size):\n        self.size = size\n"
        assert (await project.test("Box", source)).all_passed

    @pytest.mark.skipif(sys.platform != "linux", reason="the judge needs its walls")
    async def test_test_files_of_what_uses_others(self, project: Project) -> None:
        project.three_levels()
        project.write(
            specs__test_alpha="""
                from specs.alpha import top
                from specs.zeta import low

                def test_apart():
                    assert top(low(1)) == 16

                def test_beside(tmp_path):
                    assert top(2) == 16
            """
        )
        project.accept("low", CODE["low"])
        project.accept("mid", CODE["mid"])
        report = await project.test("top", CODE["top"])
        assert report.all_passed, report
        assert [case.call for case in report.cases if case.file] == ["test_apart", "test_beside"]

    @pytest.mark.skipif(sys.platform != "linux", reason="the judge needs its walls")
    async def test_modules_outside_of_the_folder_and_modules_of_stubs(
        self, project: Project
    ) -> None:
        project.write(
            specs__alpha=IMPORT + "from two_fer import low\nfrom lib.tools import twice\n" + TOP,
            specs__test_alpha="""
                from alpha import top, twice, low
                def test_all():
                    assert top(2) == twice(low(4))
            """,
            specs__two_fer="def low(x: int) -> int:\n    pass\n",
            specs__two_fer_test="from two_fer import low\ndef test_it(): assert low(1) == 2\n",
            lib__tools="def twice(x): return 2 * x\n",
        )
        project.accept("two_fer", CODE["low"])
        report = await project.test("top", "def top(x): return twice(low(low(x)))")
        assert report.all_passed, report

    async def test_the_worker_is_told_nothing_of_other_tests(self, project: Project) -> None:
        checked = "CASES = [4711]\ndef check():\n    assert low(CASES[0])\n"
        project.write(
            specs__alpha=IMPORT + "import specs.zeta as zeta\n" + TOP,
            specs__zeta=IMPORT + checked + LOW.replace("on\n", "on(tests=[check])\n", 1),
        )
        project.accept("low", CODE["low"])
        spying = (
            "def top(x):\n    source = repr(vars(zeta)) + repr(zeta.low.__doc__)\n"
            "    return 16 if 'check' not in source and '4711' not in source else source\n"
        )
        report = await project.test("top", spying)
        assert report.all_passed, report


class TestRun:
    @pytest.mark.parametrize("jobs", ["1", "4"])
    async def test_three_levels_are_written_in_order(
        self, project: Project, model_server: ModelServer, jobs: str
    ) -> None:
        project.three_levels()
        model_server.otherwise = answering(CODE)
        told = await project.command("run", "specs", "--jobs", jobs, server=model_server)
        assert told.code == 0, told
        assert [line.split()[1] for line in told.lines[:-1]] == [
            "zeta.low",
            "zeta.mid",
            "alpha.top",
        ]
        prompts = [asked.last for asked in model_server.requests]
        assert len(prompts) == 3
        assert 'def low(x: int) -> int:\n    """Twice a number."""\n    ...' in prompts[1]
        assert "# in specs.zeta:\ndef mid(x: int) -> int:" in prompts[2]
        assert ">>> low" not in prompts[1] + prompts[2]
        program = "from specs.alpha import top; print(top(5))"
        ran = await processes.run(sys.executable, "-c", program, cwd=project.root, env={})
        assert (ran.out, ran.err) == ("40\n", "")
        checked = await project.command("check", "specs")
        assert checked.code == 0, checked
        assert len(checked.lines) == 4

    async def test_what_fails_below_is_named_above_and_costs_nothing(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.three_levels()
        wrong = CODE["low"].replace("x + x", "x")
        model_server.otherwise = answering({**CODE, "low": wrong})
        told = await project.command(
            "run", "specs", "--jobs", "4", "--max-rounds", "1", server=model_server
        )
        assert told.code == 1
        assert len(model_server.requests) == 1
        lines = {line.split()[1]: line for line in told.lines[:-1]}
        assert lines["zeta.mid"].endswith("waits for zeta.low, which is not accepted")
        assert "waits for zeta." in lines["alpha.top"]
        alone = await project.command("run", "specs", "--only", "top", server=model_server)
        assert "waits for zeta.low, which is not accepted" in alone.out
        assert len(model_server.requests) == 1

    async def test_a_cycle_is_named_and_the_rest_is_written(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.write(
            specs__alpha=IMPORT + "from zeta import low\n" + TOP,
            specs__zeta=IMPORT + "from alpha import top\n" + LOW,
            specs__other=IMPORT + MID,
        )
        model_server.otherwise = answering({"mid": "def mid(x):\n    return 4 * x\n"})
        told = await project.command("run", "specs", server=model_server)
        assert told.code == 2
        assert told.err == (
            "specs/alpha.py:5: a cycle: alpha.top (specs/alpha.py:5) uses zeta.low "
            "(specs/zeta.py:5), which uses alpha.top; none of them can be written first\n"
        )
        assert "✓ other.mid" in told.out

    async def test_a_change_below_means_another_test_above(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.three_levels()
        for name in ("low", "mid", "top"):
            project.accept(name, CODE[name])
        project.accept("low", CODE["low"].replace("x + x", "2 * x"))
        checked = await project.command("check", "specs")
        assert checked.code == 0
        lines = {line.split()[1]: line for line in checked.lines[:-1]}
        assert lines["zeta.low"].endswith("accepted, fresh, passing")
        assert lines["alpha.top"].endswith("passing again: what its code uses changed")

        before = project.accepted("alpha", "top")["uses"]
        told = await project.command("run", "specs", server=model_server)
        assert (told.code, len(model_server.requests)) == (0, 0)
        assert "fresh · already accepted, tested again" in told.out
        assert project.accepted("alpha", "top")["uses"] != before
        again = await project.command("check", "specs")
        assert "again" not in again.out

    async def test_what_fails_after_a_change_below_is_written_anew(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.write(
            specs__alpha=IMPORT + "from zeta import low\n" + MID, specs__zeta=IMPORT + LOW
        )
        project.accept("low", CODE["low"].replace("x + x", "x + x if x != 4 else 8"))
        project.accept("mid", CODE["mid"])
        project.write(specs__zeta=IMPORT + LOW + "\n# nothing\n")
        project.accept("low", CODE["low"].replace("x + x", "x + 2"))  # passes its one example
        model_server.otherwise = answering({"mid": "def mid(x):\n    return 4 * x\n"})
        told = await project.command("run", "specs", server=model_server)
        assert told.code == 0
        assert len(model_server.requests) == 1
        assert "✓ alpha.mid" in told.out
        assert "accepted · 1 round" in told.out

    async def test_a_change_of_a_test_file_makes_stale(
        self, project: Project, model_server: ModelServer
    ) -> None:
        project.write(specs__zeta=IMPORT + LOW + MID)
        test = "from zeta import low, mid\ndef test_low():\n    assert low(1) == 2\n"
        other = "def test_mid():\n    assert mid(1) == 4\n"
        project.write(specs__test_zeta=test + other)
        project.accept("low", CODE["low"])
        project.accept("mid", CODE["mid"])
        project.write(specs__test_zeta="# A comment.\n" + test.replace("1) ==", "1)  ==") + other)
        assert (await project.command("check", "specs")).code == 0
        project.write(specs__test_zeta=test + other.replace("mid(1) == 4", "mid(2) == 8"))
        told = await project.command("check", "specs")
        assert told.code == 1
        lines = {line.split()[1]: line for line in told.lines[:-1]}
        assert "stale: its test files changed; pseudocode-tui run" in lines["zeta.mid"]
        assert lines["zeta.low"].endswith("accepted, fresh, passing")
        model_server.otherwise = answering(CODE)
        ran = await project.command("run", "specs", "--json", server=model_server)
        states = {
            record["spec"]: record["state"]
            for record in map(json.loads, ran.lines)
            if record["event"] == "Outcome"
        }
        assert states == {"zeta.low": "fresh", "zeta.mid": "accepted"}
