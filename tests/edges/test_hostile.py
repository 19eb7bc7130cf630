"""Every hostile program and every cheat is contained; honest code is not harmed.

The programs and what is known of them are data in `tests.edges.hostile`. All are run beforehand, in
few processes, and each test looks at what was found about one of them.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

import pytest

from pseudocode.runner.isolation import LimitsOnly
from pseudocode.suspicion import flags
from tests.edges.hostile.__main__ import NOT_APPLICABLE, table
from tests.edges.hostile.batch import Result, run_hostile
from tests.edges.hostile.cheats import CHEATS
from tests.edges.hostile.corpus import FACTORIAL, Program, acts, among
from tests.edges.hostile.crossing import (
    ROOT,
    USER,
    Found,
    Run,
    cross,
    everything,
    honest,
    isolations,
    usual,
)
from tests.edges.hostile.everything import HONEST, HOSTILE
from tests.edges.hostile.own import OWN
from tests.edges.hostile.scene import Scene, scene
from tests.making import spec_of

linux = pytest.mark.skipif(sys.platform != "linux", reason="what Linux has")
BEST = isolations()[0] if sys.platform == "linux" else ""
SHARE_OF_FLAGGED = 0.05


def parameters() -> list[object]:
    """All runs; those that take long and are seldom different only when asked for."""
    if sys.platform != "linux":
        return []
    at_once, by_the_way = set(usual()), pytest.mark.everywhere
    return [
        pytest.param(run, id="-".join(run), marks=[] if run in at_once else [by_the_way])
        for run in everything()
    ]


@pytest.fixture(scope="module")
def found(request: pytest.FixtureRequest) -> Found:
    """What became of all programs that tests of this session ask for."""
    asked = [
        item.callspec.params["run"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and "run" in getattr(item, "callspec", _NONE).params
    ]
    return asyncio.run(cross([run for run in asked if isinstance(run, Run)]))


class _NONE:
    params: dict[str, object] = {}  # noqa: RUF012 - it stands for a callspec


@linux
@pytest.mark.parametrize("run", parameters())
def test_program_does_what_is_known_of_it(run: Run, found: Found) -> None:
    result = found[run]
    if result.missing:
        pytest.skip(f"not for this user: {result.missing}")
    assert not result.broken, "the program did not even try"
    if run.expected == "contained":
        assert not result.harms, result.told
    if run.expected == "not contained":
        assert result.harms, f"it is contained by now; say so in the corpus ({result.told})"


@linux
@pytest.mark.parametrize("run", [pytest.param(r, id="-".join(r)) for r in honest()] if BEST else [])
def test_honest_code_passes(run: Run, found: Found) -> None:
    if found[run].missing:
        pytest.skip(f"not for this user: {found[run].missing}")
    one, root = HONEST[run.name], run.user == ROOT
    if among(one.fails, run.isolation, root=root):
        assert found[run].harms, "there is room for it by now; say so in the corpus and the README"
    elif not among(one.varies, run.isolation, root=root):
        assert not found[run].harms


class TestCorpus:
    def test_it_is_as_large_as_promised(self) -> None:
        assert len(CHEATS) >= 28
        assert len(OWN) >= 15
        assert len(HONEST) >= 40
        numbers = {name.split()[0] for name in HOSTILE}
        assert {f"A{number}" for number in range(1, 45)} <= numbers

    def test_nothing_but_what_is_flagged_passes_behind_the_best_isolation(self) -> None:
        for one in HOSTILE.values():
            if one.flagged:
                continue
            for kind in ("bubblewrap", "landlock"):
                for root in (True, False):
                    assert one.expected(kind, root=root) == "contained", one.name

    def test_what_no_machine_sees_is_flagged_for_the_reviewer(self) -> None:
        spec = spec_of('def f(n):\n    """\n    >>> f(4)\n    24\n    """\n')
        told = [one.name for one in HOSTILE.values() if one.flagged and not flags(one.code, spec)]
        assert told == []

    def test_hardly_any_honest_code_is_flagged(self) -> None:
        plain = [one for one in HONEST.values() if not one.machinery]
        flagged = [one.name for one in plain if flags(one.code, spec_of(one.spec))]
        assert len(flagged) <= SHARE_OF_FLAGGED * len(plain), flagged


class TestTable:
    def test_it_says_what_was_found_and_marks_what_is_new(self) -> None:
        name = "A40 reads secrets"
        harmed, unharmed = Result(harms=["it saw a secret"]), Result()
        kinds = isolations()
        for kind in kinds:
            run = Run(name, kind, USER)
            expected = run.expected == "contained"
            usual, odd = (unharmed, harmed) if expected else (harmed, unharmed)
            word = "contained" if expected else "NOT CONTAINED"
            column = kinds.index(kind)
            shown = table([name], USER, {run: usual})[3]
            assert shown.count(NOT_APPLICABLE) == len(kinds) - 1
            assert word in shown
            assert "!" not in shown
            assert "!" in table([name], USER, {run: odd})[3]
            counts = table([name], USER, {run: usual})[4 if expected else 5].split()
            assert counts[-len(kinds) :][column] == "1"


@linux
class TestInspection:
    """What looks at the machine sees what it should: each of these is out in the open."""

    @pytest.mark.parametrize(
        ("code", "told"),
        [
            (acts("x=lambda: open(SECRET).read() and print(open(SECRET).read())"), "saw a secret"),
            (acts("x=lambda: open(TESTS, 'a')"), "it got through with"),
            ("def f(n): open(TESTS, 'a').write('x')", "files were changed"),
            ("def f(n): os.chmod(HOME, 0o700)", "files were changed"),
            ("def f(n): os.chmod(SPEC, 0o600), os.chmod(SPEC, 0o644)", "files were changed"),
            ("def f(n): os.setxattr(JOURNAL, 'user.x', b'x')", "files were changed"),
            ("def f(n): open(PROJECT + '/conftest.py', 'x')", "files were changed"),
            ("def f(n): open(TEMP + '/x', 'x')", "x was left in the temporary folder"),
            ("def f(n): open('/dev/shm/' + MARKED, 'x')", "was left"),
            ("def f(n): os.kill(APP, 10)", "the app was sent ['SIGUSR1']"),
            ("def f(n): os.kill(DECOY, 19)", "another process was changed"),
            ("def f(n): os.kill(DECOY, 9)", "another process was changed"),
            ("def f(n): os.setpriority(0, DECOY, 9)", "another process was changed"),
            ("def f(n): socket.create_connection(('127.0.0.1', TCP))", "tcp was called"),
            ("def f(n): socket.socket(type=2).sendto(b'', ('127.0.0.1', UDP))", "udp was called"),
            ("def f(n): socket.socket(1).connect(STREAM)", "path was called"),
            ("def f(n): socket.socket(1).connect(ABSTRACT)", "abstract was called"),
            ("def f(n): open(TERMINAL, 'w').write('\\x07')", "the terminal was sent b'\\x07'"),
            ("from math import factorial as f", "it passed"),
            ("def f(n): open('/proc/self/none')", None),
        ],
    )
    async def test_harm_is_seen(self, code: str, told: str | None) -> None:
        calls = FACTORIAL if "factorial" in code else (("f(4)", "24"),)
        program = Program(name="x", code=code, calls=calls, tells="succeeded" in code)
        async with scene() as around:
            result = await run_hostile(program, LimitsOnly(), around)
            assert any(told in harm for harm in result.harms) if told else result.harms == []
            assert not result.broken
            assert await self.nothing_is_seen_again(around)

    async def nothing_is_seen_again(self, around: Scene) -> bool:
        """What one program did is not laid to the next one's charge."""
        quiet = Program(name="x", code="def f(n): return 7")
        return (await run_hostile(quiet, LimitsOnly(), around)).harms == []

    async def test_process_that_is_left_is_seen_and_ended(self) -> None:
        async with scene() as around:
            program = HOSTILE["A38 kills who watches over it"]
            program = replace(program, options={"timeout": 0.5})
            result = await run_hostile(program, LimitsOnly(), around)
            assert any("processes were left" in harm for harm in result.harms)
            assert await self.nothing_is_seen_again(around)

    async def test_program_that_does_not_even_try_is_seen(self) -> None:
        async with scene() as around:
            for code in ("def f(n): return misspelt", "import nowhere", "def f(n) return"):
                result = await run_hostile(Program(name="x", code=code), LimitsOnly(), around)
                assert result.broken, code
