"""A model of known ability, for which the best that any policy can do is known on paper.

A fresh answer is right with probability p, one after true feedback with probability p + q. With
rounds of one answer each, nobody can do better than to repair in each of N rounds but the first:

    best(N) = 1 - (1 - p) (1 - p - q)^(N - 1)

and where feedback is not heard (q = 0), or c answers are asked for in each round, the best is
1 - (1 - p)^(c N). Of the wrong answers, a share s fits all examples by chance, each in a way of its
own; a policy that takes the first that passes is wrong in (1 - p) s / (p + (1 - p) s) of what it
accepts.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from pseudocode.events import (
    CandidateChecked,
    Case,
    ReplyReceived,
    SessionStarted,
    Style,
    SuiteFinished,
)
from pseudocode.loop import Request, Tools, drive
from pseudocode.rounds import Candidate
from pseudocode.session import Session
from pseudocode.spec.discovery import find_specs
from pseudocode.spec.model import Spec

SOURCE = b'''from pseudocode import pseudo_function


@pseudo_function
def twice(x: int) -> int:
    """Return twice x.

    >>> twice(1)
    2
    >>> twice(3)
    6
    """
'''
RIGHT = "2 * x"
TOKENS = 20
"""Of each answer."""
_RETURNED = re.compile(r"return 2 \* x(?: \+ (\d+)( \* \(x - 1\) \* \(x - 3\))?)?$", re.M)
_ARGUMENT = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """How good a model is."""

    right: float
    """The probability that a fresh answer is right."""
    better: float = 0.0
    """What true feedback adds to it."""
    slips: float = 0.0
    """The share of the wrong answers that fit the examples."""

    def best(self, rounds: int, candidates: int = 1) -> float:
        """The highest probability of a right answer that any policy can reach."""
        fresh = 1 - (1 - self.right) ** candidates
        after = 1 - (1 - self.right - self.better) ** candidates
        return 1 - (1 - fresh) * (1 - after) ** (rounds - 1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many of some sessions ended with code, and with right code."""

    sessions: int
    accepted: int
    correct: int
    generated: int
    """Tokens of all of them."""

    @property
    def rate(self) -> float:
        """Of right code among all sessions."""
        return self.correct / self.sessions

    @property
    def false_accepts(self) -> float:
        """The share of wrong code in what was accepted."""
        return (self.accepted - self.correct) / self.accepted if self.accepted else 0.0


class SimulatedModel:
    """Answers as well as it is able to."""

    def __init__(self, ability: Ability, seed: int) -> None:
        self._ability = ability
        self._seed = seed

    async def reply(self, request: Request, on_text: Callable[[str], None]) -> ReplyReceived:
        """The same answer for the same request and seed."""
        told = f"{self._seed}|{request.sample}|{request.temperature}|{request.messages}"
        draw = Random(hashlib.sha256(told.encode()).digest())
        text = self._returned(draw, self._chance(request))
        if request.messages[-1].role != "assistant":
            text = f"```python\ndef twice(x: int) -> int:\n{text}```\n"
        on_text(text)
        return ReplyReceived(candidate=0, text=text, finish="stop", completion_tokens=TOKENS)

    def _chance(self, request: Request) -> float:
        # Feedback names a call that fails, after an answer of the model's own.
        asked = [m.content for m in request.messages if m.role == "user"]
        heard = len(asked) > 1 and "twice(" in asked[-1]
        return self._ability.right + (self._ability.better if heard else 0.0)

    def _returned(self, draw: Random, chance: float) -> str:
        if draw.random() < chance:
            return f"    return {RIGHT}\n"
        wrong = f"{RIGHT} + {draw.randrange(1, 10**6)}"
        slip = " * (x - 1) * (x - 3)" if draw.random() < self._ability.slips else ""
        return f"    return {wrong}{slip}\n"


def returned(code: str, x: int) -> int:
    """What the code of an answer returns for an argument."""
    found = _RETURNED.search(code)
    assert found is not None, code
    extra = int(found.group(1) or 0)
    return 2 * x + extra * ((x - 1) * (x - 3) if found.group(2) else 1)


class SimulatedRunner:
    """Knows what the answers do without running anything."""

    def prepare(self, spec: Spec) -> None:
        """There is nothing to start."""

    async def run(self, spec: Spec, code: str) -> SuiteFinished:
        """The verdict over each example."""
        cases = []
        for example in spec.examples:
            arguments = _ARGUMENT.findall(example.source)
            got, want = str(returned(code, int(arguments[0]))), example.want.strip()
            passed = want in ("", got)
            outcome: Case = Case(
                call=example.call,
                outcome="passed" if passed else "failed",
                expected=want,
                got=got,
            )
            cases.append(outcome)
        return SuiteFinished(candidate=0, cases=tuple(cases))


class _Checker:
    async def check(self, spec: Spec, code: str) -> CandidateChecked:
        return CandidateChecked(candidate=0, code=code)


class _Shelf:
    def accept(self, session: Session, candidate: Candidate) -> str:
        return "twice.py"


async def simulated(
    ability: Ability,
    policy: str,
    *,
    sessions: int,
    rounds: int,
    style: Style = "chat",
    candidates: int = 1,
) -> Outcome:
    """Drive sessions to their ends, each with a seed of its own.

    Args:
        ability: Of the model.
        policy: What decides, by its name.
        sessions: How many.
        rounds: What the budget of tokens is for, with so many candidates in each.
        style: How the model is prompted.
        candidates: Answers in a round, where the policy does not say otherwise.
    """
    (spec,) = find_specs("specs/twice.py", SOURCE).specs
    accepted = correct = generated = 0
    for seed in range(sessions):
        session = Session(spec)
        session.append(
            SessionStarted(
                session=str(seed),
                spec=spec.id,
                path=spec.path,
                digest=f"{spec.digest}-{seed}",
                stub=spec.stub,
                model="simulated",
                style=style,
                approval="tests",
                max_rounds=10 * rounds,
                max_generated=rounds * candidates * TOKENS,
                candidates=candidates,
                policy=policy,
            )
        )
        model = SimulatedModel(ability, seed)
        await drive(session, Tools(model, SimulatedRunner(), _Checker(), _Shelf()))
        generated += session.total.generated
        if (kept := session.accepted_candidate) is not None:
            accepted += 1
            correct += all(returned(kept.code, x) == 2 * x for x in range(10))
    return Outcome(sessions, accepted, correct, generated)
