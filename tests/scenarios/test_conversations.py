"""What is said to the model, and what happens while it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from pseudocode.checks.ruff import RuffChecker
from pseudocode.errors import ProviderError
from pseudocode.events import (
    Commented,
    ProviderFailed,
    Rejected,
    ReplyReceived,
    RoundRequested,
    Stopped,
)
from pseudocode.loop import Request, Tools, drive, ignore
from pseudocode.providers.scripted import ScriptedProvider
from pseudocode.session import Session
from pseudocode.spec.model import Spec
from pseudocode.store.shelf import FolderShelf
from tests.making import ADD, MINUS, RIGHT, TIMES, fenced, now, session_of, spec_of
from tests.scenarios.playing import (
    ANSWER,
    PROMPT,
    TESTED,
    PlainChecker,
    TableRunner,
    derived,
    names,
)

GOT = {RIGHT: ("3", "7"), MINUS: ("-1", "7"), TIMES: ("2", "12")}


@pytest.fixture
def spec(tmp_path: Path) -> Spec:
    return spec_of(ADD, path=str(tmp_path / "sums.py"))


def tools(*answers: str | ProviderError) -> tuple[Tools, ScriptedProvider]:
    provider = ScriptedProvider(answers)
    return Tools(provider, TableRunner(GOT), PlainChecker(), FolderShelf(now)), provider


async def test_the_second_prompt_extends_the_first_and_tells_what_failed(spec: Spec) -> None:
    kit, provider = tools(fenced(MINUS), fenced(RIGHT))
    await drive(session_of(spec), kit)
    first, second = (request.messages for request in provider.requests)
    assert second[: len(first)] == first
    answer, feedback = second[len(first) :]
    assert (answer.role, answer.content) == ("assistant", fenced(MINUS))
    assert feedback.role == "user"
    for told in ("1 of 2 examples pass", "add(1, 2)", "expected: 3", "got: -1"):
        assert told in feedback.content
    assert "add(3, 4)" not in feedback.content


async def test_what_is_recorded_as_sent_is_what_was_sent(spec: Spec) -> None:
    kit, provider = tools(fenced(MINUS), fenced(RIGHT))
    session = session_of(spec)
    await drive(session, kit)
    assert [past.messages for past in session.rounds] == [r.messages for r in provider.requests]


async def test_a_fresh_start_holds_nothing_of_the_conversation_before(spec: Spec) -> None:
    kit, provider = tools(fenced(MINUS), fenced(MINUS), fenced(RIGHT))
    await drive(session_of(spec), kit)
    first, _, fresh = provider.requests
    assert fresh.messages == first.messages
    assert fresh.temperature > first.temperature


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (fenced("def add(a: int, b: int) -> int:\n    return a +\n"), "SyntaxError"),
        (fenced(RIGHT.replace("add(a: int, b", "plus(x: int, b")), "no function named add"),
        (fenced(RIGHT.replace("b: int", "c: int")), "signature must be: def add(a: int, b: int)"),
        ("I would rather not.", "no function named add"),
    ],
)
async def test_faults_are_told_in_the_next_prompt(spec: Spec, reply: str, told: str) -> None:
    kit, provider = tools(reply, fenced(RIGHT))
    await drive(session_of(spec), kit)
    assert told in provider.requests[1].messages[-1].content


async def test_a_reason_for_turning_down_reaches_the_model(spec: Spec) -> None:
    kit, provider = tools(fenced(RIGHT), fenced(RIGHT.replace("a + b", "b + a")))
    session = session_of(spec, approval="person", max_rounds=1)
    await drive(session, kit)
    session.append(Rejected(reason="the other way round"))
    assert session.spent.rounds == 1
    kit = Tools(provider, TableRunner({RIGHT.replace("a + b", "b + a"): ("3", "7")}),
                kit.checker, kit.shelf)  # fmt: skip
    await drive(session, kit)
    assert "the other way round" in provider.requests[1].messages[-1].content
    assert session.spent.rounds == 1


async def test_a_comment_before_the_first_round_is_in_the_first_prompt(spec: Spec) -> None:
    kit, provider = tools(fenced(RIGHT))
    session = session_of(spec)
    session.append(Commented(text="no loops"))
    await drive(session, kit)
    assert "no loops" in provider.requests[0].messages[-1].content
    assert session.pending == []


async def test_a_comment_said_while_the_model_answers_is_taken_up_next(spec: Spec) -> None:
    kit, provider = tools(fenced(MINUS), fenced(RIGHT))
    session = session_of(spec)

    def interrupt(_: int, text: str) -> None:
        if not session.pending and len(session.rounds) == 1:
            session.append(Commented(text="add, please"))

    await drive(session, kit, interrupt)
    assert names(session) == f"{PROMPT} Commented {ANSWER} {TESTED} CandidateAccepted".split()
    assert "add, please" in provider.requests[1].messages[-1].content
    assert [past.started.counted for past in session.rounds] == [True, False]


async def test_a_failure_keeps_its_hint_and_asking_again_repeats_the_question(spec: Spec) -> None:
    error = ProviderError("no network", hint="is the cable in?", retryable=True)
    kit, provider = tools(error, fenced(RIGHT))
    session = session_of(spec)
    await drive(session, kit)
    failed = session.events[-1]
    assert failed == ProviderFailed(message="no network", hint="is the cable in?", retryable=True)
    session.append(RoundRequested())
    await drive(session, kit)
    assert provider.requests[0] == provider.requests[1]
    assert session.total.rounds == 1


async def test_what_one_candidate_answered_is_kept_when_another_fails(spec: Spec) -> None:
    kit, provider = tools(fenced(MINUS), ProviderError("overloaded"), fenced(RIGHT))
    session = session_of(spec, candidates=3)
    await drive(session, kit)
    assert len(provider.requests) == 3
    assert session.accepted is not None
    finishes = {c.index: c.reply.finish for c in session.rounds[0].candidates.values()}
    assert finishes == {0: "stop", 1: "cut", 2: "stop"}


async def test_what_is_no_longer_needed_is_dropped_and_paid_for(spec: Spec) -> None:
    thoughts = "Let me think. " * 50
    kit, _ = tools(fenced(RIGHT), thoughts)
    session = session_of(spec, candidates=2)
    await drive(session, kit)
    assert session.accepted is not None
    dropped = session.rounds[0].candidates[1].reply
    assert dropped.finish == "dropped"
    assert dropped.prompt_tokens > 0
    assert thoughts.startswith(dropped.text)
    assert 0 < len(dropped.text) < len(thoughts)
    replies = [c.reply for c in session.rounds[0].candidates.values()]
    assert session.spent.tokens == sum(r.prompt_tokens + r.completion_tokens for r in replies)


class Endless:
    """A provider that says something and then never ends."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.reached = asyncio.Event()

    async def reply(self, request: Request, on_text: Callable[[str], None]) -> ReplyReceived:
        if self._text:
            on_text(self._text)
        self.reached.set()
        await asyncio.Event().wait()
        raise AssertionError


async def stopped(session: Session, text: str) -> None:
    """Drive a session until the answer has begun, then stop it."""
    provider = Endless(text)
    kit = Tools(provider, TableRunner(GOT), PlainChecker(), FolderShelf(now))
    async with asyncio.TaskGroup() as group:
        driving = group.create_task(drive(session, kit, ignore))
        await provider.reached.wait()
        driving.cancel()


@pytest.mark.parametrize("text", ["```python\ndef ad", ""])
async def test_stopping_keeps_what_has_arrived(spec: Spec, text: str) -> None:
    session = session_of(spec)
    await stopped(session, text)
    assert names(session) == f"{PROMPT} ReplyReceived Stopped".split()
    reply = session.events[-2]
    assert isinstance(reply, ReplyReceived)
    assert (reply.text, reply.finish) == (text, "stopped")
    assert session.events[-1] == Stopped()
    assert getattr(session.next_step, "reason", None) == "stopped"
    assert derived(Session.replay(spec, session.events)) == derived(session)


async def test_stopping_several_candidates_keeps_each(spec: Spec) -> None:
    session = session_of(spec, candidates=3)
    await stopped(session, "def ad")
    assert names(session) == f"{PROMPT} ReplyReceived ReplyReceived ReplyReceived Stopped".split()
    assert set(session.rounds[0].candidates) == {0, 1, 2}


async def test_after_a_stop_nothing_goes_on_until_the_person_asks(spec: Spec) -> None:
    session = session_of(spec)
    await stopped(session, "```python\ndef ad")
    kit, provider = tools(fenced(RIGHT))
    await drive(session, kit)
    assert provider.requests == []
    session.append(RoundRequested())
    await drive(session, kit)
    assert session.accepted is not None
    assert [past.started.reason for past in session.rounds] == ["first", "fresh"]
    assert len(provider.requests[0].messages) == 2


async def test_ruff_formats_what_is_shown_and_accepted(spec: Spec, tmp_path: Path) -> None:
    messy = "import os\ndef add(a:int,b:int)->int:\n  return a+b\n"
    provider = ScriptedProvider([fenced(messy)])
    kit = Tools(provider, TableRunner(GOT), RuffChecker(), FolderShelf(now))
    session = session_of(spec)
    await drive(session, kit)
    assert session.accepted is not None
    assert session.best is not None
    assert session.best.code == RIGHT
    assert (tmp_path / "__pseudocode__" / "sums.add.py").read_text().endswith("\n\n" + RIGHT)


async def test_ruff_finds_unknown_names_before_anything_is_run(spec: Spec) -> None:
    unknown = RIGHT.replace("a + b", "a + c")
    provider = ScriptedProvider([fenced(unknown), fenced(RIGHT)])
    runner = TableRunner(GOT)
    session = session_of(spec)
    await drive(session, Tools(provider, runner, RuffChecker(), FolderShelf(now)))
    assert runner.codes == [RIGHT]
    assert "c" in provider.requests[1].messages[-1].content
    assert "line 2: Undefined name" in provider.requests[1].messages[-1].content


async def test_names_of_the_module_are_known_to_ruff(tmp_path: Path) -> None:
    path = str(tmp_path / "sums.py")
    spec = spec_of("import math\nLIMIT = 3\n" + ADD, path=path)
    code = RIGHT.replace("a + b", "a + b + LIMIT - math.floor(LIMIT)")
    provider = ScriptedProvider([fenced(code)])
    runner = TableRunner({code: ("3", "7")})
    session = session_of(spec)
    await drive(session, Tools(provider, runner, RuffChecker(), FolderShelf(now)))
    assert session.accepted is not None
