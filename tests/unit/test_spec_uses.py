"""Which specs use which, in a folder of files that are never run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pseudocode.spec.model import Found, Spec
from pseudocode.spec.overview import MAX_TOKENS, callable_specs, overview
from pseudocode.spec.used import used_digest
from pseudocode.spec.uses import Family, comes_after, family_of, in_order
from pseudocode.store.accepted import accepted_path, render
from pseudocode.store.folder import load_specs as load
from pseudocode.store.supply import Supplier, look_up
from tests.making import IMPORT

CLAMP = """\
@pseudo_function
def clamp(x: int) -> int:
    '''Clamp it.

    >>> clamp(9)
    5
    '''
"""
CODE = "def clamp(x):\n    return min(x, 5)\n"
F = "@pseudo_function\ndef f(x: int) -> int:\n    '''Do.\n\n    >>> f(9)\n    5\n    '''\n"


class Folder:
    """A project with specs, and code that is accepted for them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "specs").mkdir()
        (root / "pyproject.toml").write_text("")

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.root / (name.replace("__", "/") + ".py")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text if name.startswith("lib") else IMPORT + text)

    def found(self, *paths: str) -> Found:
        found = load(*(self.root / path for path in paths or ("specs",)))
        supplier = Supplier()
        return Found(specs=tuple(map(supplier.supply, found.specs)), problems=found.problems)

    def spec(self, name: str) -> Spec:
        found = self.found()
        assert not found.problems, found.problems
        return next(spec for spec in found.specs if spec.id == name)

    def uses(self, name: str) -> set[str]:
        return {used.id for used in self.spec(name).around.uses}

    def accept(self, name: str, code: str, **facts: str) -> None:
        spec = self.spec(name)
        path = Path(accepted_path(spec.path, spec.module, spec.name))
        path.parent.mkdir(exist_ok=True)
        told = {"uses": used_digest(spec, code), **facts}
        path.write_text(render(code, declared_in="x.py", digest=spec.digest, facts=told))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


HEADS = {
    "in an annotation": "@pseudo_function\ndef f(x: 'clamp') -> int: ...\n",
    "in a default": "@pseudo_function\ndef f(x=clamp) -> int: ...\n",
    "in an example": F.replace("f(9)", "f(clamp(9))"),
    "in a test": "def check():\n    assert f(1) == clamp(1)\n"
    + F.replace("on\n", "on(tests=[check])\n"),
    "by a helper": "def g(x): return clamp(x)\n" + F.replace("f(9)", "f(g(9))"),
    "by a helper of a helper": "def h(): return g()\ndef g(): return clamp(1)\n"
    + F.replace("f(9)", "f(h())"),
}


@pytest.mark.parametrize("text", HEADS.values(), ids=HEADS.keys())
def test_a_declaration_that_names_another_spec_uses_it(folder: Folder, text: str) -> None:
    folder.write(specs__sums=text + CLAMP)
    assert folder.uses("sums.f") == {"sums.clamp"}
    assert folder.uses("sums.clamp") == set()
    assert [spec.name for spec in in_order(folder.found().specs)] == ["clamp", "f"]


ALONE = {
    "side by side": F,
    "a name in prose": F.replace("Do.", "Like clamp."),
    "a text": F.replace("x: int", "x: str = 'clamp'"),
    "a literal": "from typing import Literal\n" + F.replace("x: int", "x: Literal['clamp']"),
    "a parameter": F.replace("x: int", "clamp: int"),
    "a helper that it does not lead to": "def g(x): return clamp(x)\n" + F,
    "its own local name": F.replace("f(9)", "[clamp for clamp in [f(9)]][0]"),
}


@pytest.mark.parametrize("text", ALONE.values(), ids=ALONE.keys())
def test_a_declaration_that_does_not_name_another_does_not_use_it(
    folder: Folder, text: str
) -> None:
    folder.write(specs__sums=text + CLAMP)
    assert folder.uses("sums.f") == set()


IMPORTS = {
    "by name": "from basics import clamp\n",
    "under another name": "from basics import clamp as c\n",
    "in the package": "from specs.basics import clamp\n",
    "relatively": "from .basics import clamp\n",
    "relatively, the module": "from . import basics\n",
    "as a module": "import basics\n",
    "as a module in the package": "import specs.basics as b\n",
    "all of it": "from basics import *\n",
    "by a hand-written module": "from lib import helper\n",
    "in a function": "def g():\n    from basics import clamp\n    return clamp(1)\n",
    "where it may not be": "try:\n    from basics import clamp\n"
    "except ImportError:\n    clamp = None\n",
}


@pytest.mark.parametrize("text", IMPORTS.values(), ids=IMPORTS.keys())
def test_an_import_from_another_module_is_a_use(folder: Folder, text: str) -> None:
    folder.write(specs__basics=CLAMP, specs__sums=text + F)
    (folder.root / "lib.py").write_text("from specs.basics import clamp\ndef helper(): clamp(1)\n")
    assert folder.uses("sums.f") == {"basics.clamp"}
    assert [used.id for used in folder.spec("sums.f").around.missing] == ["basics.clamp"]
    folder.accept("basics.clamp", CODE)
    spec = folder.spec("sums.f")
    assert spec.around.missing == ()
    assert ("clamp", CODE) in [code for m in spec.around.modules for code in m.served]


NO_IMPORTS = {
    "what only a type checker sees": "from typing import TYPE_CHECKING\n"
    "if TYPE_CHECKING:\n    from basics import clamp\n",
    "hand-written code that does not lead to it": "from basics import LIMIT\n",
    "a library of that name": "import json\n",
    "what is not there": "from nowhere import clamp\n",
    "what only holds tests": "from tests.basics import clamp\n",
}


@pytest.mark.parametrize("text", NO_IMPORTS.values(), ids=NO_IMPORTS.keys())
def test_other_imports_are_no_uses(folder: Folder, text: str) -> None:
    folder.write(specs__basics=CLAMP + "LIMIT = 3\n", specs__sums=text + F, specs__json=CLAMP)
    (folder.root / "specs" / "tests").mkdir()
    (folder.root / "specs" / "tests" / "basics.py").write_text(IMPORT + CLAMP)
    spec = next(s for s in folder.found().specs if s.id == "sums.f")
    assert spec.around.uses == ()
    assert "tests.basics" not in [module.name for module in spec.around.modules]


def test_a_file_alone_finds_what_it_imports(folder: Folder) -> None:
    folder.write(specs__basics=CLAMP, specs__sums="from basics import clamp\n" + F)
    (spec,) = folder.found("specs/sums.py").specs
    assert [used.id for used in spec.around.uses] == ["basics.clamp"]


def test_two_folders_are_one_project(folder: Folder) -> None:
    folder.write(specs__basics=CLAMP, more__sums="from specs.basics import clamp\n" + F)
    found = folder.found("more", "specs")
    assert [spec.name for spec in in_order(found.specs)] == ["clamp", "f"]


def test_nothing_outside_of_the_project_is_read(folder: Folder, tmp_path: Path) -> None:
    outside = tmp_path.parent / "outside_of_it.py"
    outside.write_text("X = 1\n")
    (folder.root / "specs" / "linked.py").symlink_to(outside)
    folder.write(specs__sums="from linked import X\nimport outside_of_it\n" + F)
    spec = next(s for s in folder.found().specs if s.id == "sums.f")
    assert spec.around.modules == ()


def test_a_cycle_is_named_and_the_others_still_work(folder: Folder) -> None:
    folder.write(
        specs__a="from b import g\n" + F,
        specs__b="from a import f\n" + F.replace("f(", "g("),
        specs__basics=CLAMP,
    )
    found = folder.found()
    assert [spec.id for spec in found.specs] == ["basics.clamp"]
    (problem,) = found.problems
    a, b = folder.root / "specs" / "a.py", folder.root / "specs" / "b.py"
    assert problem.reason == (
        f"a cycle: a.f ({a}:5) uses b.g ({b}:5), which uses a.f; none of them can be written first"
    )
    assert (problem.path, problem.line) == (str(a), 5)


def test_tests_that_need_each_other_are_a_cycle(folder: Folder) -> None:
    test = "def check(): assert g(f(1)) == 1\n"
    both = F.replace("on\n", "on(tests=[check])\n")
    folder.write(specs__sums=test + both + both.replace("f(", "g("))
    assert "a cycle: sums.f" in folder.found().problems[0].reason


class TestAcceptedCode:
    def test_what_it_calls_comes_first(self, folder: Folder) -> None:
        folder.write(specs__sums=F + CLAMP)
        folder.accept("sums.clamp", CODE)
        folder.accept("sums.f", "def f(x):\n    return clamp(x)\n")
        assert [spec.name for spec in in_order(folder.found().specs)] == ["clamp", "f"]

    def test_a_local_name_is_no_call(self, folder: Folder) -> None:
        folder.write(specs__sums=F + CLAMP)
        folder.accept("sums.f", "def f(x):\n    clamp = x\n    return clamp\n")
        assert folder.spec("sums.f").around.called == ()

    def test_those_above_cannot_be_used(self, folder: Folder) -> None:
        folder.write(specs__sums=F + CLAMP)
        folder.accept("sums.clamp", CODE)
        folder.accept("sums.f", "def f(x):\n    return clamp(x)\n")
        assert folder.spec("sums.f").around.served == (("clamp", CODE),)
        assert folder.spec("sums.clamp").around.served == ()
        assert folder.spec("sums.clamp").around.unusable == {"f"}

    def test_code_that_calls_each_other_makes_no_cycle(self, folder: Folder) -> None:
        folder.write(specs__sums=F + CLAMP)
        folder.accept("sums.f", "def f(x):\n    return clamp(x)\n")
        folder.accept("sums.clamp", "def clamp(x):\n    return f(x)\n")
        found = folder.found()
        assert not found.problems
        assert len(in_order(found.specs)) == 2

    def test_code_that_calls_what_uses_it_by_now_is_stale(self, folder: Folder) -> None:
        folder.write(specs__sums=F + CLAMP)
        folder.accept("sums.clamp", CODE)
        folder.accept("sums.f", "def f(x):\n    return clamp(x)\n")
        folder.write(specs__sums=F + CLAMP.replace("clamp(9)", "clamp(f(9))"))
        kept = look_up(folder.spec("sums.f"))
        assert kept.state == "stale"
        assert "calls sums.clamp, which uses it by now" in kept.reason
        assert [spec.name for spec in in_order(folder.found().specs)] == ["f", "clamp"]
        assert folder.spec("sums.clamp").around.missing[0].id == "sums.f"

    def test_order_is_that_of_the_files_else(self, folder: Folder) -> None:
        folder.write(specs__b=F, specs__a=CLAMP + F)
        specs = folder.found().specs
        assert [spec.id for spec in in_order(specs)] == ["a.clamp", "a.f", "b.f"]
        assert set(map(tuple, comes_after(specs).values())) == {()}


def test_a_family(folder: Folder) -> None:
    folder.write(specs__sums=F + CLAMP.replace("clamp(9)", "clamp(f(9))"))
    members = family_of(folder.spec("sums.f"))
    family = Family(members, {"f": "def f(x): return x", "clamp": CODE})
    assert set(family.usable("clamp")) == {"f"}
    assert family.usable("f") == {}
    assert family.needs_itself("f", "def f(x): return clamp(x)") == "clamp"
    assert family.needs_itself("f", "def f(x): return f(x)") == ""


class TestWhatCodeUses:
    """The digest by which accepted code is seen to need another test."""

    CHANGES = (
        ("specs__lib", "def helper(x):\n    return x + 1\n", "def helper(x):\n    return x + 2\n"),
        (
            "specs__lib",
            "def helper(x):\n    return other\nother = 1\n",
            "def helper(x):\n    return other\nother = 2\n",
        ),
    )

    @pytest.mark.parametrize(("file", "before", "after"), CHANGES)
    def test_a_change_in_a_hand_written_module(
        self, folder: Folder, file: str, before: str, after: str
    ) -> None:
        folder.write(specs__sums="from lib import helper\n" + F, specs__other=CLAMP)
        code = "def f(x):\n    return helper(x)\n"
        path = folder.root / "specs" / "lib.py"
        path.write_text(before)
        first = used_digest(folder.spec("sums.f"), code)
        path.write_text(before + "\n\n# a comment\nunused = 3\n")
        assert used_digest(folder.spec("sums.f"), code) == first
        path.write_text(after)
        assert used_digest(folder.spec("sums.f"), code) != first

    def test_a_change_of_the_code_below_the_one_below(self, folder: Folder) -> None:
        folder.write(
            specs__low=CLAMP,
            specs__mid="from low import clamp\n" + F.replace("f(", "g("),
            specs__top="from mid import g\n" + F,
        )
        folder.accept("low.clamp", CODE)
        folder.accept("mid.g", "def g(x):\n    return clamp(x)\n")
        folder.accept("top.f", "def f(x):\n    return g(x)\n")
        assert look_up(folder.spec("top.f")).state == "fresh"
        folder.accept("low.clamp", CODE.replace("5", "(5)") + "\n\n# the same\n")
        assert look_up(folder.spec("top.f")).state == "fresh"
        folder.accept("low.clamp", CODE.replace("5", "6"))
        assert look_up(folder.spec("mid.g")).state == "to re-test"
        assert look_up(folder.spec("top.f")).state == "to re-test"

    def test_what_it_does_not_use_is_nothing_to_it(self, folder: Folder) -> None:
        folder.write(specs__sums="LIMIT = 1\n" + F + CLAMP)
        folder.accept("sums.f", "def f(x):\n    return x\n")
        folder.write(specs__sums="LIMIT = 2\n" + F + CLAMP)
        folder.accept("sums.clamp", CODE)
        assert look_up(folder.spec("sums.f")).state == "fresh"

    def test_a_helper_of_its_own_module(self, folder: Folder) -> None:
        folder.write(specs__sums="def helper(): return 1\n" + F)
        folder.accept("sums.f", "def f(x):\n    return helper()\n")
        folder.write(specs__sums="def helper(): return 2\n" + F)
        assert look_up(folder.spec("sums.f")).state == "to re-test"


class TestWhatTheModelIsTold:
    def test_specs_and_long_helpers_are_told_in_short(self, folder: Folder) -> None:
        long = "def helper(x):\n    '''Help.\n\n    More.\n    '''\n" + "    x = x + 1\n" * 60
        folder.write(
            specs__basics=CLAMP + long,
            specs__sums="from basics import clamp, helper\nclass T:\n    a = 1\n"
            + F
            + CLAMP.replace("clamp", "cut").replace(
                "Clamp it.", "Cut it.\n\n    >>> cut(77)  # hidden\n    5\n"
            ),
        )
        folder.accept("basics.clamp", CODE)
        folder.accept("sums.cut", CODE.replace("clamp", "cut"))
        told = overview(folder.spec("sums.f"))
        assert "class T:\n    a = 1" in told
        assert 'def cut(x: int) -> int:\n    """Cut it."""\n    ...' in told
        assert '# in basics:\ndef clamp(x: int) -> int:\n    """Clamp it."""\n    ...' in told
        assert 'def helper(x):\n    """Help."""\n    ...' in told
        for secret in (">>>", "77", "__accepted__", "min(x", "More."):
            assert secret not in told
        assert callable_specs(folder.spec("sums.f")) == ["`clamp(x: int) -> int`"]

    def test_what_is_not_accepted_is_not_told(self, folder: Folder) -> None:
        folder.write(specs__sums=F + CLAMP)
        assert "clamp" not in overview(folder.spec("sums.f"))

    def test_it_is_cut_at_the_budget_and_the_nearest_stays(self, folder: Folder) -> None:
        far = "".join(f"class C{n}:\n    value = {'1' * 90}\n" for n in range(100))
        text = far + "class Near:\n    here = 1\n" + F.replace("x: int", "x: Near")
        folder.write(specs__sums=text)
        told = overview(folder.spec("sums.f"))
        assert len(told) < MAX_TOKENS * 4 + 500
        assert "class Near" in told
        assert "class C0:" in told
        assert "class C99:" not in told
        assert told.endswith("# …")


class TestIsolation:
    """Nothing of tests, and no example of another spec, is in what goes to the worker."""

    def test_tests_and_what_only_they_use_stay(self, folder: Folder) -> None:
        head = (
            "from cases import answers\nimport math\nCASES = [(77, 5)]\nLIMIT = 5\n"
            "def check():\n    assert [clamp(a) for a, b in CASES] == answers and math\n"
            "def helper(): return LIMIT\n"
        )
        text = head + CLAMP.replace("on\n", "on(tests=[check])\n").replace("9", "88")
        folder.write(specs__basics=text, specs__sums="from basics import clamp\n" + F)
        (folder.root / "specs" / "cases.py").write_text("answers = [5]\n")
        for name in ("sums.f", "basics.clamp"):
            spec = folder.spec(name)
            sent = spec.context + "".join(m.source for m in spec.around.modules)
            for secret in ("check", "CASES", "77", "88", "answers", ">>>"):
                assert secret not in sent, name
            if name == "basics.clamp":
                assert "LIMIT = 5" in sent
        spec = folder.spec("basics.clamp")
        assert [module.name for module in spec.around.modules] == []

    def test_tests_of_files_stay(self, folder: Folder) -> None:
        text = (
            "from pseudocode import pseudo_file\nWANTED = 77\n"
            "def check(text): assert text == WANTED\n"
            "pseudo_file('a.txt', 'It.', [check])\n" + F
        )
        folder.write(specs__sums=text)
        assert folder.spec("sums.f").context == ""
