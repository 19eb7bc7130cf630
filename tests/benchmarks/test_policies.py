"""The table of all policies on a model of known ability, beside the best that is possible."""

from __future__ import annotations

import pytest

from pseudocode.bench.simulated import Ability, simulated
from pseudocode.policy import POLICIES

pytestmark = pytest.mark.benchmark
ABILITIES = [
    Ability(right=p, better=q, slips=s)
    for p, q in ((0.05, 0.3), (0.1, 0.0), (0.1, 0.3), (0.3, 0.2), (0.5, 0.3))
    for s in (0.0, 0.1)
]


async def test_all_policies_beside_the_best(capsys: pytest.CaptureFixture[str]) -> None:
    rounds, sessions = 8, 200
    with capsys.disabled():
        print(f"\nright code with {rounds} answers, % (wrong in what is accepted, %)")
        print(f"{'p':>5}{'q':>5}{'slips':>6}{'best':>6}", *(f"{n:>13}" for n in POLICIES))
    for ability in ABILITIES:
        found = [
            await simulated(ability, name, sessions=sessions, rounds=rounds) for name in POLICIES
        ]
        best = ability.best(rounds)
        with capsys.disabled():
            cells = (f"{100 * o.rate:>6.0f} ({100 * o.false_accepts:>3.0f}%)" for o in found)
            print(
                f"{ability.right:>5}{ability.better:>5}{ability.slips:>6}{100 * best:>6.0f}", *cells
            )
        assert max(o.rate for o in found) <= best + 0.1
