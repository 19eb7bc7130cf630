"""What servers do wrong, case by case, over HTTP: what was paid for is never lost or paid again.

Each case is a server that misbehaves first and answers well afterwards, or misbehaves until it is
mended. A session with a journal asks it through all that stands before a model in the program; only
the runner is a table.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pseudocode.events import ProviderFailed, ReplyReceived, SuiteFinished
from pseudocode.loop import Tools, drive
from pseudocode.projects import Project
from pseudocode.providers import chat, turns
from pseudocode.providers.chat import ChatProvider
from pseudocode.providers.endpoint import Endpoint
from pseudocode.providers.turns import FairProvider, Turns
from pseudocode.records import to_json
from pseudocode.session import Session
from pseudocode.settings import Settings
from pseudocode.wiring import ModelChoice, load_specs
from tests.making import ADD, IMPORT, MINUS, RIGHT, TIMES, fenced
from tests.scenarios.playing import PlainChecker, TableRunner
from tests.server import (
    CUT,
    DONE,
    HANG,
    PAUSE,
    SSE,
    Answer,
    ModelServer,
    Part,
    chunk,
    delta,
    event,
    page,
    refusal,
    reply,
    serving,
    silence,
    usage,
)

KEY = "sk-very-secret-4711"
SOON = {"retry_after_ms": "20"}
HALF = fenced(RIGHT)[:50]
REST = fenced(RIGHT)[50:]
GOOD = reply(fenced(RIGHT))
JSON = {"Content-Type": "application/json"}


def choices(**values: Any) -> bytes:
    """A chunk with one choice."""
    return chunk([{"index": 0, **values}])


def whole(**values: Any) -> Answer:
    """JSON where a stream was asked for."""
    return Answer(headers=JSON, parts=(json.dumps(values).encode(),))


def at(moment: timedelta) -> str:
    return format_datetime(datetime.now(UTC) + moment, usegmt=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """A server that misbehaves, then answers well; the session gets its code in one run."""

    number: str
    answers: tuple[Answer, ...]
    asked: int
    """How many requests it takes."""
    rounds: int = 1
    told: str = ""
    """What a fact of the session says of it."""
    shown: str = ""
    """What is shown while it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A server that misbehaves until it is mended; the session says why, and goes on after it."""

    number: str
    answer: Answer
    asked: int
    told: str
    retryable: bool


HEADERS = "the server asks to slow down"
PASSING = [
    Passing(number="B1", answers=(refusal(429, **SOON),), asked=2, shown=HEADERS),
    Passing(number="B2 negative", answers=(refusal(429, Retry_After="-5"),), asked=2),
    Passing(number="B2 garbage", answers=(refusal(429, Retry_After="soon"),), asked=2),
    Passing(
        number="B4",
        answers=(refusal(500), refusal(503)),
        asked=3,
        told="answered 500",
        shown="no answer: asking again",
    ),
    Passing(number="B6", answers=(refusal(503, **SOON),), asked=2, shown=HEADERS),
    Passing(number="B9", answers=(reply(HALF, HANG),), asked=2, told=HALF, shown=""),
    Passing(number="B10 total", answers=(reply(HALF, HANG), reply(REST)), asked=2, told=HALF),
    Passing(number="B11", answers=(reply(HALF, CUT),), asked=2, told=HALF),
    Passing(number="B11 first", answers=(reply(CUT), reply(CUT)), asked=3, told="broke off"),
    Passing(
        number="B12 half",
        answers=(reply(HALF, finish=None, counts=False, done=False),),
        asked=2,
        told=HALF,
    ),
    Passing(
        number="B12 whole",
        answers=(reply(fenced(RIGHT), finish=None, counts=False, done=False),),
        asked=1,
    ),
    Passing(number="B13", answers=(reply(HALF, b'data: {"choices": [{"del\n\n'),), asked=2),
    Passing(
        number="B13 first",
        answers=(reply(b'data: {"choices": [{"del\n\n'),),
        asked=2,
        told="sent broken data",
    ),
    Passing(number="B13 types", answers=(reply(HALF, choices(delta="more")),), asked=2, told=HALF),
    Passing(
        number="B14",
        answers=(reply(HALF, b'data: {"choices": "\xff\xfe"}\n\n'),),
        asked=2,
        told=HALF,
    ),
    Passing(
        number="B15",
        answers=(
            reply(
                chunk([]),
                chunk(None),
                choices(delta=None),
                usage(),
                fenced(RIGHT),
                event([1]),
                DONE,
            ),
        ),
        asked=1,
    ),
    Passing(
        number="B16 stream",
        answers=(reply(HALF, event({"error": {"message": "the GPU burns"}})),),
        asked=2,
        told="reported an error",
    ),
    Passing(number="B16 status", answers=(whole(error={"message": "the GPU burns"}),), asked=2),
    Passing(number="B18", answers=(reply(HALF, finish="length"), reply(REST)), asked=2, told=HALF),
    Passing(
        number="B19 filter",
        answers=(reply(HALF, finish="content_filter"),),
        asked=2,
        rounds=2,
        told="content filter",
    ),
    Passing(
        number="B19 prompt",
        answers=(refusal(400, "The prompt was filtered", name="content_filter"),),
        asked=2,
        rounds=2,
        told="content filter",
    ),
    Passing(
        number="B19 field",
        answers=(
            reply(choices(delta={"refusal": "I had rather "}), choices(delta={"refusal": "not"})),
        ),
        asked=2,
        rounds=2,
        told="I had rather not",
    ),
    Passing(
        number="B19 text",
        answers=(reply("I'm sorry, I can't help with that."),),
        asked=2,
        rounds=2,
        told="There is no function",
    ),
    Passing(number="B20", answers=(reply(f"Sure!\n```python\n{RIGHT}"),), asked=1),
    Passing(
        number="B21",
        answers=(reply(fenced(MINUS), "Better:\n", fenced(RIGHT)),),
        asked=1,
    ),
    Passing(
        number="B22",
        answers=(
            # Where there is but one function, its name is mended.
            reply(
                fenced("def plus(a, b):\n    return a + b\n\n\ndef less(a, b):\n    return a - b\n")
            ),
        ),
        asked=2,
        rounds=2,
        told="There is no function named add",
    ),
    Passing(
        number="B24",
        answers=(reply(fenced(RIGHT.replace("+ b", "+ b  # \u202e\x1b]0;x"))),),
        asked=2,
        rounds=2,
        told="U+202E",
    ),
    Passing(
        number="B25",
        answers=(reply(delta(fenced(RIGHT.replace("+ b", "+ b  # \ud800")))),),
        asked=2,
        rounds=2,
        told="surrogates not allowed",
    ),
    Passing(
        number="B26 tools",
        answers=(reply(choices(delta={"tool_calls": [{"index": 0}]}), finish="tool_calls"),),
        asked=2,
        rounds=2,
        told="called a tool",
    ),
    Passing(
        number="B26 reasoning",
        answers=(
            reply(choices(delta={"reasoning_content": fenced("def add(): 1")}), fenced(RIGHT)),
        ),
        asked=1,
        told="def add(): 1",
        shown="the model reasons",
    ),
    Passing(
        number="B26 think",
        answers=(
            reply("<thi", "nk>\n", fenced("def add(): 1"), "</thi", "nk>\n\n", fenced(RIGHT)),
        ),
        asked=1,
        told="def add(): 1",
        shown="the model reasons",
    ),
    Passing(
        number="B26 no opening",
        answers=(reply("Let me think.\n</think>\n\n", fenced(RIGHT)),),
        asked=1,
        told='"reasoning": "Let me think.',
    ),
]
FAILING = [
    Failing(
        number="B2 hour",
        answer=refusal(429, Retry_After="3600"),
        asked=1,
        told="to wait 60 minutes",
        retryable=True,
    ),
    Failing(
        number="B2 date far away",
        answer=refusal(429, Retry_After=at(timedelta(hours=2))),
        asked=1,
        told=" minutes",
        retryable=True,
    ),
    Failing(
        number="B3",
        answer=refusal(429, "You exceeded your quota", name="insufficient_quota"),
        asked=1,
        told="out of credit",
        retryable=False,
    ),
    Failing(
        number="B5",
        answer=Answer(
            status=502, headers={"Content-Type": "text/html"}, parts=(b"<b>bad</b>" * 500,)
        ),
        asked=3,
        told="answered 502 (asked 3 times)",
        retryable=True,
    ),
    Failing(number="B8", answer=silence(), asked=1, told="sent nothing for 0.3 s", retryable=True),
    Failing(
        number="B16",
        answer=whole(error={"message": "the GPU burns"}),
        asked=3,
        told="the GPU burns",
        retryable=True,
    ),
    Failing(number="B17", answer=page(), asked=1, told="sent a web page", retryable=False),
    Failing(
        number="B23 line",
        answer=Answer(headers={"Content-Type": SSE}, parts=(b"data: " + b"x" * (9 << 20), HANG)),
        asked=1,
        told="sent more than an answer can be",
        retryable=False,
    ),
    Failing(
        number="B27 401",
        answer=refusal(401, f"Incorrect API key: {KEY}"),
        asked=1,
        told="check OPENAI_API_KEY",
        retryable=False,
    ),
    Failing(number="B27 403", answer=refusal(403), asked=1, told="key down", retryable=False),
    Failing(
        number="B27 404", answer=refusal(404, "no model"), asked=1, told="--model", retryable=False
    ),
    Failing(
        number="B27 400",
        answer=refusal(400, "maximum context length is 2048", name="context_length_exceeded"),
        asked=1,
        told="raise its context length",
        retryable=False,
    ),
]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits unless the server asks for it."""
    monkeypatch.setattr(chat, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(turns, "FIRST_PAUSE", 0.001)


class Memory:
    """A shelf that only remembers."""

    def accept(self, session: Session, candidate: Any) -> str:
        return "x.py"


class Desk:
    """A project with one spec, worked on in one run after the other."""

    def __init__(self, root: Path, **settings: Any) -> None:
        (root / "specs").mkdir()
        path = root / "specs" / "sums.py"
        path.write_text(f"{IMPORT}@pseudo_function\n{ADD}")
        (self.spec,) = load_specs(path).specs
        self.project = Project(root, Settings(**settings))
        self.shown: list[str] = []

    async def run(self, url: str, **changes: Any) -> Session:
        """One run of the program, on a session that is gone on with or begun."""
        choice = ModelChoice("tiny", url, KEY, "", 1, 3, "chat")
        endpoint = Endpoint(base_url=url, model="tiny", api_key=KEY, **changes)
        provider = ChatProvider(endpoint, self._progress)
        limit = Turns(4, self._progress)
        runner = TableRunner({RIGHT: ("3", "7"), MINUS: ("-1", "-1"), TIMES: ("2", "12")})
        tools = Tools(FairProvider(provider, limit), runner, PlainChecker(), Memory())
        opened = self.project.unattended(
            self.spec, choice, self.project.sessions.lock(self.spec), self.shown.append
        )
        try:
            await drive(opened.session, tools)
        finally:
            limit.close()
            opened.close()
            await provider.close()
        return opened.session

    def _progress(self, _share: float, doing: str) -> None:
        self.shown.append(doing)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def facts(session: Session) -> str:
    """All that a journal holds, as text."""
    told = json.dumps([to_json(event) for event in session.events], ensure_ascii=False)
    told = told.replace("\\n", "\n").replace('\\"', '"')
    return told.encode("utf-8", "backslashreplace").decode()


def bounds(number: str) -> dict[str, float]:
    """The bound that a case is about."""
    return {
        "B8": {"first_token_seconds": 0.3},
        "B9": {"idle_seconds": 0.3},
        "B10 total": {"total_seconds": 1.0},
    }.get(number, {})


@pytest.mark.parametrize("case", PASSING, ids=lambda case: case.number)
async def test_a_server_that_misbehaves_and_then_answers(
    model_server: ModelServer, desk: Desk, case: Passing
) -> None:
    model_server.script.extend(case.answers)
    model_server.otherwise = lambda _: GOOD
    session = await desk.run(model_server.url, **bounds(case.number))
    assert session.accepted is not None, facts(session)
    assert len(model_server.requests) == case.asked
    assert len(session.rounds) == case.rounds
    assert case.told in facts(session)
    assert any(case.shown in text for text in desk.shown) or not case.shown
    assert not desk.shown or desk.shown[-1] == ""
    # What was refused, cut or withheld was not run.
    assert sum(isinstance(event, SuiteFinished) for event in session.events) == 1
    assert KEY not in facts(session)


@pytest.mark.parametrize("case", FAILING, ids=lambda case: case.number)
async def test_a_server_that_misbehaves_until_it_is_mended(
    model_server: ModelServer, desk: Desk, case: Failing
) -> None:
    model_server.otherwise = lambda _: case.answer
    session = await desk.run(model_server.url, **bounds(case.number))
    failed = session.events[-1]
    assert isinstance(failed, ProviderFailed), facts(session)
    assert len(model_server.requests) == case.asked
    assert case.told in f"{failed.message} {failed.hint}"
    assert failed.message.startswith(model_server.url)
    assert len(failed.hint) <= 300
    assert failed.hint
    assert failed.retryable is case.retryable
    assert KEY not in facts(session)
    model_server.release()
    model_server.otherwise = lambda _: GOOD
    session = await desk.run(model_server.url)
    assert session.accepted is not None
    assert len(model_server.requests) == case.asked + 1
    assert len(session.rounds) == 1


@pytest.mark.parametrize(
    ("first", "messages"),
    [
        pytest.param(reply(HALF, CUT), 2, id="cut"),
        pytest.param(reply(HALF, finish="length"), 4, id="length"),
    ],
)
async def test_what_came_before_the_server_died_is_kept_for_the_next_run(
    model_server: ModelServer, desk: Desk, first: Answer, messages: int
) -> None:
    model_server.script.append(first)
    model_server.otherwise = lambda _: refusal(500)
    session = await desk.run(model_server.url)
    assert isinstance(session.events[-1], ProviderFailed)
    assert [e.text for e in session.events if isinstance(e, ReplyReceived)] == [HALF]
    asked = len(model_server.requests)
    model_server.otherwise = lambda _: reply(REST) if messages == 4 else GOOD
    session = await desk.run(model_server.url)
    assert session.accepted is not None
    assert len(model_server.requests) == asked + 1
    assert len(model_server.requests[-1].body["messages"]) == messages


async def test_an_answer_that_came_is_not_asked_for_again(
    model_server: ModelServer, desk: Desk
) -> None:
    model_server.script.append(reply(fenced(MINUS)))
    model_server.otherwise = lambda _: refusal(401)
    await desk.run(model_server.url)
    model_server.otherwise = lambda _: GOOD
    session = await desk.run(model_server.url)
    assert session.accepted is not None
    assert len(model_server.requests) == 3


async def test_b2_a_date_to_come_back_at(model_server: ModelServer, desk: Desk) -> None:
    model_server.script.append(refusal(429, Retry_After=at(timedelta(seconds=2))))
    model_server.otherwise = lambda _: GOOD
    assert (await desk.run(model_server.url)).accepted
    assert len(model_server.requests) == 2
    assert any(HEADERS in text for text in desk.shown)


async def test_b23_a_flood_is_cut_and_not_gone_on_with(
    model_server: ModelServer, desk: Desk
) -> None:
    model_server.script.append(reply(*["# " + "x" * 65_000] * 20, HANG))
    session = await desk.run(model_server.url)
    assert "far too long" in facts(session)
    assert "tokens is reached" in session.next_step.detail  # type: ignore[union-attr]
    assert len(model_server.requests) == 1


@pytest.mark.parametrize("policy", ["repair", "classic"])
async def test_each_request_of_a_conversation_extends_the_one_before(
    model_server: ModelServer, tmp_path: Path, policy: str
) -> None:
    wrong = [reply(fenced(code), counts=False) for code in (MINUS, TIMES)]
    model_server.script.extend([*wrong, GOOD])
    session = await Desk(tmp_path, policy=policy).run(model_server.url)
    assert session.accepted is not None
    sent = [request.body["messages"] for request in model_server.requests]
    assert len(sent) == 3
    for before, after in pairwise(sent):
        assert len(after) > len(before)
        assert after[: len(before)] == before


async def test_b6_a_burst_of_overload_stops_nobody(
    model_server: ModelServer, tmp_path: Path
) -> None:
    model_server.script.extend([refusal(503)] * 8)
    model_server.otherwise = lambda _: GOOD
    desks = []
    for number in range(8):
        (tmp_path / str(number)).mkdir()
        desks.append(Desk(tmp_path / str(number)))
    sessions = await asyncio.gather(*(desk.run(model_server.url) for desk in desks))
    assert all(session.accepted for session in sessions)
    assert len(model_server.requests) == 16


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "http://no-such-host.invalid/v1"])
async def test_b7_nobody_there(desk: Desk, url: str, model_server: ModelServer) -> None:
    session = await desk.run(url)
    failed = session.events[-1]
    assert isinstance(failed, ProviderFailed)
    assert url in failed.message
    assert "--base-url" in failed.hint
    model_server.otherwise = lambda _: GOOD
    assert (await desk.run(model_server.url)).accepted


async def test_b10_a_drip_ends_with_its_time(model_server: ModelServer, desk: Desk) -> None:
    drip: list[Part] = [delta(HALF)]
    for _ in range(500):
        drip += [delta(""), PAUSE]
    model_server.script.append(Answer(parts=tuple(drip)))
    model_server.otherwise = lambda _: reply(REST)
    session = await desk.run(model_server.url, total_seconds=1.0)
    assert session.accepted is not None
    assert "did not answer within 1 s" in facts(session)


async def test_b28_a_redirect_to_another_host(model_server: ModelServer, desk: Desk) -> None:
    with serving() as other:
        there = {"Location": f"{other.url}/chat/completions"}
        model_server.otherwise = lambda _: Answer(status=307, headers=there)
        session = await desk.run(model_server.url)
        assert other.requests == []
        failed = session.events[-1]
        assert isinstance(failed, ProviderFailed)
        assert other.url in failed.hint


async def test_b28_a_key_that_others_can_read_on_its_way(
    model_server: ModelServer, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server stands in for a proxy, so that no name has to be looked up.
    monkeypatch.setenv("HTTP_PROXY", model_server.url.removesuffix("/v1"))
    model_server.otherwise = lambda _: GOOD
    session = await desk.run("http://models.example/v1")
    assert session.accepted is not None
    assert model_server.requests[0].path == "http://models.example/v1/chat/completions"
    assert "sent without encryption" in facts(session)
