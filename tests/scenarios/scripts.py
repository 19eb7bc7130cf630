"""Scripted sessions by name: what the model and the person say, and the facts that follow.

The tests of the loop play them without an app, those of the replay within one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pseudocode.errors import ProviderError
from pseudocode.events import (
    Approved,
    Commented,
    Event,
    PermissionsDenied,
    PermissionsGranted,
    Rejected,
    RoundRequested,
)
from pseudocode.loop import RunnerError, Tools
from pseudocode.providers.scripted import ScriptedProvider
from pseudocode.rounds import code_hash
from pseudocode.spec.model import Spec
from pseudocode.store.shelf import FolderShelf
from tests.making import ADD, MINUS, RIGHT, THREE, TIMES, fenced, now
from tests.scenarios.playing import ANSWER, PROMPT, ROUND, TESTED, PlainChecker, TableRunner

Act = Event | Callable[[Path], Event]
GOT = {RIGHT: ("3", "7"), MINUS: ("-1", "-1"), TIMES: ("2", "12"), THREE: ("3", "3")}
PLAIN = "def add(a: int, b: int) -> int:\n    '''Add two numbers.'''\n"
SKIPPED = ADD.replace("add(1, 2)\n", "add(1, 2)  # doctest: +SKIP\n").replace(
    "add(3, 4)\n", "add(3, 4)  # doctest: +SKIP\n"
)
NO_ANSWER = ProviderError("no network", hint="is the cable in?", retryable=True)
YES = Approved(sha256=code_hash(RIGHT))
ONLINE = "network=['a.org']"
MAY = ("may reach a.org",)
ALLOWED, DENIED = PermissionsGranted(permissions=MAY), PermissionsDenied(permissions=MAY)


def in_the_way(folder: Path) -> None:
    (folder / "__pseudocode__").write_text("in the way")


def out_of_the_way(folder: Path) -> Event:
    (folder / "__pseudocode__").unlink()
    return YES


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What everyone says, and what has to happen."""

    answers: tuple[str | ProviderError, ...]
    happens: str
    """Names of the facts after the start, in their order."""
    ends: str
    """What the session waits for in the end."""
    before: tuple[Event, ...] = ()
    """What the person says before the first round."""
    acts: tuple[Act, ...] = ()
    """What the person does each time it is their turn."""
    declaration: str = ADD
    options: str = ""
    limits: Mapping[str, Any] = field(default_factory=dict)
    failures: tuple[RunnerError, ...] = ()
    seconds: float = 0.0
    prepare: Callable[[Path], None] = lambda _: None
    reasons: str = ""
    """Why each round was started."""
    runs: int | None = None
    """How many test passes there were."""


BY_PERSON = {"approval": "person"}
DONE = "CandidateAccepted"
SCENARIOS = {
    "right at first": Scenario(
        answers=(fenced(RIGHT),), happens=f"{TESTED} {DONE}", ends="done", reasons="first"
    ),
    "wrong, then right after feedback": Scenario(
        answers=(fenced(MINUS), fenced(RIGHT)),
        happens=f"{TESTED} {TESTED} {DONE}",
        ends="done",
        reasons="first repair",
    ),
    "two repairs, then a fresh start": Scenario(
        answers=(fenced(MINUS), fenced(TIMES), fenced(THREE), fenced(RIGHT)),
        happens=f"{TESTED} {TESTED} {TESTED} {TESTED} {DONE}",
        ends="done",
        reasons="first repair repair fresh",
    ),
    "the limit of rounds": Scenario(
        answers=(fenced(MINUS), fenced(TIMES)),
        happens=f"{TESTED} {TESTED}",
        ends="limit",
        limits={"max_rounds": 2},
    ),
    "another go after the limit": Scenario(
        answers=(fenced(MINUS), fenced(RIGHT)),
        acts=(RoundRequested(),),
        happens=f"{TESTED} RoundRequested {TESTED} {DONE}",
        ends="done",
        limits={"max_rounds": 1},
        reasons="first fresh",
    ),
    "the limit of tokens": Scenario(
        answers=(fenced(MINUS), fenced(RIGHT)),
        happens=TESTED,
        ends="limit",
        limits={"max_tokens": 20},
    ),
    "the limit of time": Scenario(
        answers=(fenced(MINUS), fenced(RIGHT)),
        happens=TESTED,
        ends="limit",
        limits={"max_seconds": 5.0},
        seconds=6.0,
    ),
    "a syntax error": Scenario(
        answers=(fenced("def add(a: int, b: int) -> int:\n    return a +\n"), fenced(RIGHT)),
        happens=f"{ROUND} {TESTED} {DONE}",
        ends="done",
        reasons="first repair",
    ),
    "a wrong name": Scenario(
        answers=(fenced(RIGHT.replace("add", "plus")),),
        happens=f"{TESTED} {DONE}",
        ends="done",
    ),
    "a wrong signature": Scenario(
        answers=(fenced(RIGHT.replace("a: int, b", "x: int, y")), fenced(RIGHT)),
        happens=f"{ROUND} {TESTED} {DONE}",
        ends="done",
    ),
    "no code at all": Scenario(
        answers=("I would rather not.", ""),
        happens=f"{ROUND} {ROUND}",
        ends="limit",
        limits={"max_rounds": 2},
        runs=0,
    ),
    "nothing runs before it was reviewed": Scenario(
        answers=(fenced(RIGHT),), happens=ROUND, ends="review", limits={"review": True}, runs=0
    ),
    "reviewed, then run and accepted": Scenario(
        answers=(fenced(RIGHT),),
        acts=(YES,),
        happens=f"{ROUND} Approved SuiteFinished {DONE}",
        ends="done",
        limits={"review": True},
    ),
    "reviewed and turned down": Scenario(
        answers=(fenced(MINUS), fenced(RIGHT)),
        acts=(Rejected(reason="that subtracts"), YES),
        happens=f"{ROUND} Rejected {ROUND} Approved SuiteFinished {DONE}",
        ends="done",
        limits={"review": True},
        reasons="first comment",
        runs=1,
    ),
    "nothing runs before it was permitted": Scenario(
        answers=(fenced(RIGHT),), happens=ROUND, ends="permission", options=ONLINE, runs=0
    ),
    "permitted, then run and accepted": Scenario(
        answers=(fenced(MINUS), fenced(RIGHT)),
        acts=(ALLOWED,),
        happens=f"{ROUND} PermissionsGranted SuiteFinished {TESTED} {DONE}",
        ends="done",
        options=ONLINE,
    ),
    "permitted in an earlier session": Scenario(
        answers=(fenced(RIGHT),),
        before=(PermissionsGranted(permissions=MAY, remembered=True),),
        happens=f"PermissionsGranted {TESTED} {DONE}",
        ends="done",
        options=ONLINE,
    ),
    "something else was permitted": Scenario(
        answers=(fenced(RIGHT),),
        acts=(PermissionsGranted(permissions=(*MAY, "may read a.csv")),),
        happens=f"{ROUND} PermissionsGranted",
        ends="permission",
        options=ONLINE,
        runs=0,
    ),
    "not permitted": Scenario(
        answers=(fenced(RIGHT),),
        acts=(DENIED,),
        happens=f"{ROUND} PermissionsDenied",
        ends="denied",
        options=ONLINE,
        runs=0,
    ),
    "not permitted, then other code is asked for": Scenario(
        answers=(fenced(MINUS), fenced(RIGHT)),
        acts=(DENIED, RoundRequested()),
        happens=f"{ROUND} PermissionsDenied RoundRequested {ROUND}",
        ends="permission",
        options=ONLINE,
        runs=0,
    ),
    "not permitted, then after all": Scenario(
        answers=(fenced(RIGHT),),
        acts=(DENIED, ALLOWED),
        happens=f"{ROUND} PermissionsDenied PermissionsGranted SuiteFinished {DONE}",
        ends="done",
        options=ONLINE,
    ),
    "reviewed first, then permitted": Scenario(
        answers=(fenced(RIGHT),),
        acts=(YES, ALLOWED),
        happens=f"{ROUND} Approved PermissionsGranted SuiteFinished {DONE}",
        ends="done",
        options=ONLINE,
        limits={"review": True},
    ),
    "permission for several candidates": Scenario(
        answers=(fenced(MINUS), fenced(RIGHT)),
        acts=(ALLOWED,),
        happens=f"{PROMPT} ReplyReceived ReplyReceived CandidateChecked CandidateChecked "
        f"PermissionsGranted SuiteFinished SuiteFinished {DONE}",
        ends="done",
        options=ONLINE,
        limits={"candidates": 2},
    ),
    "a person has to accept": Scenario(
        answers=(fenced(RIGHT),), happens=TESTED, ends="approval", limits=BY_PERSON
    ),
    "a person accepts": Scenario(
        answers=(fenced(RIGHT),),
        acts=(YES,),
        happens=f"{TESTED} Approved {DONE}",
        ends="done",
        limits=BY_PERSON,
    ),
    "a person approves other code than the one shown": Scenario(
        answers=(fenced(RIGHT),),
        acts=(Approved(sha256=code_hash(RIGHT + "\n")),),
        happens=f"{TESTED} Approved",
        ends="approval",
        limits=BY_PERSON,
    ),
    "turned down with a reason": Scenario(
        answers=(fenced(RIGHT), fenced(RIGHT.replace("a + b", "b + a"))),
        acts=(Rejected(reason="other way round"),),
        happens=f"{TESTED} Rejected {TESTED}",
        ends="approval",
        limits=BY_PERSON,
        reasons="first comment",
    ),
    "turned down without a reason": Scenario(
        answers=(fenced(RIGHT), fenced(RIGHT.replace("a + b", "b + a"))),
        acts=(Rejected(),),
        happens=f"{TESTED} Rejected {TESTED}",
        ends="approval",
        limits=BY_PERSON,
        reasons="first fresh",
    ),
    "turned down after it was accepted": Scenario(
        answers=(fenced(RIGHT), fenced(RIGHT.replace("a + b", "b + a"))),
        acts=(YES, Rejected(reason="other way round")),
        happens=f"{TESTED} Approved {DONE} Rejected {TESTED}",
        ends="approval",
        limits=BY_PERSON,
    ),
    "comments use up no round": Scenario(
        answers=(fenced(MINUS), fenced(TIMES), fenced(THREE), fenced(RIGHT)),
        acts=(Commented(text="one"), Commented(text="two"), Commented(text="three")),
        happens=f"{TESTED} Commented {TESTED} Commented {TESTED} Commented {TESTED} {DONE}",
        ends="done",
        limits={"max_rounds": 1},
        reasons="first comment comment comment",
    ),
    "a comment before the first round": Scenario(
        answers=(fenced(MINUS), fenced(RIGHT)),
        before=(Commented(text="no loops"),),
        happens=f"Commented {TESTED} {TESTED} {DONE}",
        ends="done",
        limits={"max_rounds": 1},
        reasons="first repair",
    ),
    "no network, then asked again": Scenario(
        answers=(NO_ANSWER, fenced(RIGHT)),
        acts=(RoundRequested(),),
        happens=f"{PROMPT} ProviderFailed RoundRequested {ANSWER} SuiteFinished {DONE}",
        ends="done",
        reasons="first",
    ),
    "no network, twice": Scenario(
        answers=(NO_ANSWER, NO_ANSWER),
        acts=(RoundRequested(),),
        happens=f"{PROMPT} ProviderFailed RoundRequested ProviderFailed",
        ends="failure",
    ),
    "one candidate fails while another answers": Scenario(
        answers=(NO_ANSWER, fenced(RIGHT)),
        happens=f"{PROMPT} {ANSWER} SuiteFinished ReplyReceived {DONE}",
        ends="done",
        limits={"candidates": 2},
    ),
    "one candidate passes while others are still at it": Scenario(
        answers=(fenced(RIGHT), "Let me think. " * 50, "Well, well. " * 50),
        happens=f"{PROMPT} {ANSWER} SuiteFinished ReplyReceived ReplyReceived {DONE}",
        ends="done",
        limits={"candidates": 3},
        runs=1,
    ),
    "all candidates fail": Scenario(
        answers=(NO_ANSWER, NO_ANSWER),
        happens=f"{PROMPT} ProviderFailed",
        ends="failure",
        limits={"candidates": 2},
    ),
    "the second of two candidates is right": Scenario(
        answers=(fenced(MINUS), fenced(RIGHT)),
        happens=f"{PROMPT} ReplyReceived ReplyReceived CandidateChecked SuiteFinished "
        f"CandidateChecked SuiteFinished {DONE}",
        ends="done",
        limits={"candidates": 2},
    ),
    "two candidates say the same": Scenario(
        answers=(fenced(MINUS), fenced(MINUS)),
        happens=f"{PROMPT} ReplyReceived ReplyReceived CandidateChecked SuiteFinished "
        "CandidateChecked",
        ends="limit",
        limits={"candidates": 2, "max_rounds": 1},
        runs=1,
    ),
    "two candidates say the same, and were reviewed": Scenario(
        answers=(fenced(MINUS), fenced(MINUS)),
        acts=(Approved(sha256=code_hash(MINUS)),),
        happens=f"{PROMPT} ReplyReceived ReplyReceived CandidateChecked CandidateChecked "
        "Approved SuiteFinished",
        ends="limit",
        limits={"candidates": 2, "max_rounds": 1, "review": True},
        runs=1,
    ),
    "the same code again": Scenario(
        answers=(fenced(MINUS), fenced(MINUS), fenced(RIGHT)),
        happens=f"{TESTED} {ROUND} {TESTED} {DONE}",
        ends="done",
        reasons="first repair fresh",
        runs=2,
    ),
    "no process for the tests, then there is one": Scenario(
        answers=(fenced(RIGHT),),
        failures=(RunnerError("no process"),),
        acts=(RoundRequested(),),
        happens=f"{ROUND} RunnerFailed RoundRequested SuiteFinished {DONE}",
        ends="done",
    ),
    "no room on the disk, then approved again": Scenario(
        answers=(fenced(RIGHT),),
        prepare=in_the_way,
        acts=(YES, out_of_the_way),
        happens=f"{TESTED} Approved AcceptanceFailed Approved {DONE}",
        ends="done",
        limits=BY_PERSON,
    ),
    "no room on the disk without a person": Scenario(
        answers=(fenced(RIGHT),),
        prepare=in_the_way,
        happens=f"{TESTED} AcceptanceFailed",
        ends="failure",
    ),
    "no examples": Scenario(
        answers=(fenced(RIGHT),), happens=TESTED, ends="approval", declaration=PLAIN
    ),
    "no examples, and a person accepts": Scenario(
        answers=(fenced(RIGHT),),
        acts=(YES,),
        happens=f"{TESTED} Approved {DONE}",
        ends="done",
        declaration=PLAIN,
    ),
    "skipped examples only": Scenario(
        answers=(fenced(RIGHT),), happens=TESTED, ends="approval", declaration=SKIPPED
    ),
    "a model that continues texts starts afresh until three answers agree": Scenario(
        answers=(
            *("    return a - b\n", "    return a * b\n"),
            *("    return a + b\n", "    return a + b  # again\n", "    return a + b\n"),
        ),
        happens=f"{TESTED} {TESTED} {TESTED} BehaviourObserved {ROUND} {ROUND} {DONE}",
        ends="done",
        limits={"style": "prefill"},
        reasons="first fresh fresh fresh fresh",
    ),
}


def tools_for(scenario: Scenario, spec: Spec) -> Tools:
    """What the loop works with in a scenario: all is scripted but the disk."""
    table = {RIGHT.replace("a + b", "b + a"): GOT[RIGHT], **GOT}
    runner = TableRunner(
        table if spec.checks else dict.fromkeys(table, ()),
        failures=scenario.failures,
        seconds=scenario.seconds,
    )
    return Tools(ScriptedProvider(scenario.answers), runner, PlainChecker(), FolderShelf(now))
