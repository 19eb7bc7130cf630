"""The client of OpenAI-compatible servers, against servers that behave and servers that do not."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import time
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pseudocode.errors import ProviderError
from pseudocode.events import ChatMessage, ReplyReceived
from pseudocode.loop import Request
from pseudocode.providers import chat, exchange
from pseudocode.providers.chat import ChatProvider
from pseudocode.providers.endpoint import Endpoint
from tests.server import (
    CUT,
    DONE,
    HANG,
    Answer,
    ModelServer,
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
BASIC = base64.b64encode(b"someone:p@ssw0rd-4712").decode()
MESSAGES = (
    ChatMessage(role="system", content="Be brief."),
    ChatMessage(role="user", content="Write `double`: x" + "x" * 400),
)
REQUEST = Request(messages=MESSAGES, temperature=0.3, sample=2001)
AT_ONCE = {"retry_after_ms": "1"}
"""Makes the client repeat a request without its usual delay."""
PATIENCE = 5.0
"""Seconds after which something that should have happened at once has not."""


@asynccontextmanager
async def provider(url: str, **changes: Any) -> AsyncIterator[ChatProvider]:
    values = {"base_url": url, "model": "tiny", "api_key": KEY, "total_seconds": 20.0}
    made = ChatProvider(Endpoint(**{**values, **changes}))
    try:
        yield made
    finally:
        await made.close()


def nothing(_text: str) -> None:
    pass


async def ask(
    server: ModelServer, *answers: Answer, on_text: Callable[[str], None] = nothing, **changes: Any
) -> ReplyReceived:
    server.script.extend(answers)
    async with provider(server.url, **changes) as asked:
        return await asked.reply(REQUEST, on_text)


async def refused(server: ModelServer, *answer: Answer, **changes: Any) -> ProviderError:
    """What becomes of a server that answers nothing but this."""
    if answer:
        server.otherwise = lambda _: answer[0]
    with pytest.raises(ProviderError) as caught:
        await ask(server, **changes)
    assert_fit_to_show(caught.value)
    return caught.value


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are repeated without a pause, unless the server asks for one."""
    monkeypatch.setattr(chat, "FIRST_PAUSE", 0.001)


def assert_fit_to_show(error: ProviderError) -> None:
    """One line with a mend, and no key, not even in a traceback."""
    assert "\n" not in str(error)
    assert error.hint
    assert KEY not in "".join([*traceback.format_exception(error), error.hint, repr(error)])


def unused_url() -> str:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return f"http://127.0.0.1:{held.getsockname()[1]}/v1"


class TestGoodAnswers:
    async def test_text_arrives_in_pieces_and_whole(self, model_server: ModelServer) -> None:
        pieces: list[str] = []
        told = await ask(model_server, reply("def ", "f", "(): ä"), on_text=pieces.append)
        assert pieces == ["def ", "f", "(): ä"]
        assert (told.text, told.finish) == ("def f(): ä", "stop")
        assert (told.prompt_tokens, told.completion_tokens) == (40, 20)
        assert not told.estimated
        assert told.model == "scripted-1"
        assert 0 < told.first_token_seconds <= told.seconds < 20

    async def test_request_carries_what_was_chosen(self, model_server: ModelServer) -> None:
        await ask(
            model_server, reply("x"), max_tokens=77, stop=("END",), extra={"grammar": "root ::= x"}
        )
        (asked,) = model_server.requests
        assert asked.path == "/v1/chat/completions"
        assert asked.headers["authorization"] == f"Bearer {KEY}"
        expected = {
            "model": "tiny",
            "temperature": 0.3,
            "seed": 2001,
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_tokens": 77,
            "stop": ["END"],
            "grammar": "root ::= x",
            "messages": [{"role": m.role, "content": m.content} for m in MESSAGES],
        }
        assert asked.body == expected

    async def test_nothing_is_sent_that_was_not_chosen(self, model_server: ModelServer) -> None:
        await ask(model_server, reply("x"))
        names = {"model", "messages", "temperature", "seed", "stream", "stream_options"}
        assert set(model_server.requests[0].body) == names

    async def test_a_server_without_keys_needs_none(self, model_server: ModelServer) -> None:
        assert (await ask(model_server, reply("x"), api_key="")).text == "x"

    async def test_tokens_are_estimated_without_usage(self, model_server: ModelServer) -> None:
        told = await ask(model_server, reply("a" * 40, counts=False))
        assert told.estimated
        assert told.completion_tokens == 10
        assert told.prompt_tokens == sum(len(m.content) for m in MESSAGES) // 4

    async def test_server_that_does_not_know_stream_options(
        self, model_server: ModelServer
    ) -> None:
        unknown = refusal(400, "Unrecognized request argument supplied: stream_options")
        model_server.script.extend([unknown, reply("a", counts=False), reply("b", counts=False)])
        async with provider(model_server.url) as asked:
            told = [await asked.reply(REQUEST, nothing) for _ in range(2)]
        assert [(t.text, t.estimated) for t in told] == [("a", True), ("b", True)]
        sent = ["stream_options" in r.body for r in model_server.requests]
        assert sent == [True, False, False]

    async def test_chunks_without_choices_or_delta_are_passed_over(
        self, model_server: ModelServer
    ) -> None:
        null = chunk([{"index": 0, "delta": None, "finish_reason": None}])
        empty = chunk([{"index": 0, "delta": {"content": None}, "finish_reason": None}])
        answer = reply(chunk([]), null, "one", empty, chunk(None), delta(""), event([1]), "two")
        told = await ask(model_server, Answer(parts=(b": keep-alive\n\n", *answer.parts)))
        assert (told.text, told.finish) == ("onetwo", "stop")

    async def test_a_chunk_may_come_in_two_packets(self, model_server: ModelServer) -> None:
        data = delta("grüße")
        middle = data.index(b"\\u00fc") + 2
        told = await ask(model_server, reply(data[:middle], data[middle:]))
        assert told.text == "grüße"

    async def test_two_requests_at_once(self, model_server: ModelServer) -> None:
        model_server.script.extend([reply("a"), reply("a")])
        async with provider(model_server.url) as asked:
            told = await asyncio.gather(*(asked.reply(REQUEST, nothing) for _ in range(2)))
        assert [t.text for t in told] == ["a", "a"]


class TestEnds:
    @pytest.mark.parametrize(
        ("reason", "finish"), [("stop", "stop"), ("length", "length"), ("content_filter", "filter")]
    )
    async def test_reason_of_the_end(
        self, model_server: ModelServer, reason: str, finish: str
    ) -> None:
        told = await ask(model_server, reply("x", finish=reason))
        assert (told.text, told.finish) == ("x", finish)

    async def test_filtered_before_the_first_word(self, model_server: ModelServer) -> None:
        told = await ask(model_server, reply(finish="content_filter"))
        assert (told.text, told.finish) == ("", "filter")

    async def test_clean_end_without_done_is_a_cut(self, model_server: ModelServer) -> None:
        told = await ask(model_server, reply("half", finish=None, counts=False, done=False))
        assert (told.text, told.finish) == ("half", "cut")

    async def test_finish_without_done_is_an_end(self, model_server: ModelServer) -> None:
        told = await ask(model_server, reply("whole", counts=False, done=False))
        assert (told.text, told.finish) == ("whole", "stop")

    async def test_done_without_finish_keeps_the_text(self, model_server: ModelServer) -> None:
        # The client keeps `[DONE]` to itself; code that is whole is used after a cut as well.
        told = await ask(model_server, reply("whole", finish=None))
        assert (told.text, told.finish) == ("whole", "cut")

    async def test_cut_connection_keeps_what_came(self, model_server: ModelServer) -> None:
        told = await ask(model_server, reply("half", " of it", CUT))
        assert (told.text, told.finish) == ("half of it", "cut")
        assert told.estimated
        assert len(model_server.requests) == 1

    async def test_cut_before_the_first_word(self, model_server: ModelServer) -> None:
        error = await refused(model_server, reply(CUT))
        assert model_server.url in str(error)
        assert error.retryable

    @pytest.mark.parametrize(
        "broken",
        [
            pytest.param(b'data: {"choices": [{"del\n\n', id="json"),
            pytest.param(b'data: {"choices": "\xff\xfe"}\n\n', id="utf-8"),
            pytest.param(event({"error": {"message": f"overloaded {KEY}"}}), id="error"),
            pytest.param(chunk([{"index": 0, "delta": "text"}]), id="delta"),
        ],
    )
    async def test_broken_data(self, model_server: ModelServer, broken: bytes) -> None:
        told = await ask(model_server, reply("half", broken, "more"))
        assert (told.text, told.finish) == ("half", "cut")
        error = await refused(model_server, reply(broken))
        assert model_server.url in str(error)

    async def test_error_in_the_stream_is_quoted(self, model_server: ModelServer) -> None:
        said = event({"error": {"message": "the GPU is on fire"}})
        error = await refused(model_server, reply(said))
        assert "the GPU is on fire" in f"{error} {error.hint}"

    async def test_a_flood_is_cut_and_hung_up_on(
        self, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(exchange, "MAX_TEXT", 1000)
        model_server.script.append(reply("x" * 600, "y" * 600, HANG))
        async with provider(model_server.url) as asked:
            told = await asked.reply(REQUEST, nothing)
            assert told.finish == "length"
            assert len(told.text) == 1200
            assert await asyncio.to_thread(model_server.left.wait, PATIENCE)

    async def test_lone_surrogates_can_be_written_down(self, model_server: ModelServer) -> None:
        told = await ask(model_server, reply(delta("a\ud800b")))
        assert json.loads(json.dumps(told.text)) == told.text

    async def test_reasoning_is_no_answer(self, model_server: ModelServer) -> None:
        thought = chunk([{"index": 0, "delta": {"reasoning_content": "hm"}}])
        told = await ask(model_server, reply(thought, "x"))
        assert (told.reasoning, told.text) == ("hm", "x")


class TestRefusals:
    @pytest.mark.parametrize("status", [401, 403])
    async def test_key_turned_down(self, model_server: ModelServer, status: int) -> None:
        said = refusal(status, f"Incorrect API key provided: {KEY}")
        error = await refused(model_server, said, api_key_env="MY_KEY")
        assert model_server.url in str(error)
        assert "MY_KEY" in error.hint
        assert "--api-key-env" in error.hint
        assert not error.retryable
        assert len(model_server.requests) == 1

    async def test_model_unknown(self, model_server: ModelServer) -> None:
        error = await refused(model_server, refusal(404, "model not found"))
        assert "'tiny'" in str(error)
        assert "--model" in error.hint
        assert not error.retryable
        assert len(model_server.requests) == 1

    async def test_context_too_long(self, model_server: ModelServer) -> None:
        said = refusal(400, f"maximum context length is 2048 {KEY}", name="context_length_exceeded")
        error = await refused(model_server, said)
        assert "maximum context length is 2048" in f"{error} {error.hint}"
        assert not error.retryable
        assert len(model_server.requests) == 1

    async def test_slow_down_for_an_hour(self, model_server: ModelServer) -> None:
        error = await refused(model_server, refusal(429, f"slow {KEY}", Retry_After="3600"))
        assert error.retryable
        assert len(model_server.requests) == 1

    async def test_out_of_credit_is_not_worth_another_try(self, model_server: ModelServer) -> None:
        said = refusal(429, "You exceeded your quota", name="insufficient_quota", **AT_ONCE)
        model_server.otherwise = lambda _: said
        error = await refused(model_server)
        assert "You exceeded your quota" in error.hint
        assert not error.retryable

    async def test_trouble_that_passes(self, model_server: ModelServer) -> None:
        trouble = [refusal(500, **AT_ONCE), refusal(502, **AT_ONCE)]
        assert (await ask(model_server, *trouble, reply("x"))).text == "x"
        assert len(model_server.requests) == 3

    async def test_trouble_that_stays(self, model_server: ModelServer) -> None:
        model_server.otherwise = lambda _: refusal(500, f"boom {KEY}", **AT_ONCE)
        error = await refused(model_server)
        assert "500" in str(error)
        assert "boom" in error.hint
        assert error.retryable
        assert len(model_server.requests) == 3

    async def test_trouble_as_a_web_page(self, model_server: ModelServer) -> None:
        body = f"<html>\n<b>{KEY}</b>\n{'x' * 5000}".encode()
        headers = {"Content-Type": "text/html", "retry-after-ms": "1"}
        said = Answer(status=502, headers=headers, parts=(body,))
        model_server.otherwise = lambda _: said
        error = await refused(model_server)
        assert len(error.hint) < 1000

    async def test_web_page_instead_of_an_answer(self, model_server: ModelServer) -> None:
        error = await refused(model_server, page())
        assert model_server.url in str(error)
        assert "--base-url" in error.hint

    async def test_json_instead_of_a_stream(self, model_server: ModelServer) -> None:
        body = json.dumps({"error": {"message": "no such thing"}}).encode()
        said = Answer(headers={"Content-Type": "application/json"}, parts=(body,))
        error = await refused(model_server, said)
        assert model_server.url in str(error)

    async def test_stream_without_any_choice(self, model_server: ModelServer) -> None:
        error = await refused(model_server, Answer(parts=(usage(), DONE)))
        assert "sent no answer" in str(error)
        assert error.retryable

    async def test_redirect_elsewhere_is_not_followed(self, model_server: ModelServer) -> None:
        with serving() as other:
            other.otherwise = lambda _: reply("stolen")
            there = {"Location": f"{other.url}/chat/completions"}
            error = await refused(model_server, Answer(status=307, headers=there))
            assert other.requests == []
        assert model_server.url in str(error)

    @pytest.mark.parametrize("login", ["", "someone:p%40ssw0rd-4712"])
    async def test_what_is_given_back_is_struck_out(
        self, model_server: ModelServer, login: str
    ) -> None:
        secrets = [KEY, *(["p@ssw0rd-4712", "p%40ssw0rd-4712", BASIC] if login else [])]
        for secret in secrets:
            for size in (1, 5, 100):
                text = f"def f(): # {secret} {secret}, {secret[:5]}"
                model = chunk([], model=f"m {secret}")
                parts = [text[at : at + size] for at in range(0, len(text), size)]
                shown: list[str] = []
                told = await ask(
                    model_server, reply(model, *parts), on_text=shown.append, login=login
                )
                assert told.text == "".join(shown) == f"def f(): # *** ***, {secret[:5]}"
                assert secret not in repr(told)
            error = await refused(model_server, refusal(400, f"not {secret}!"), login=login)
            assert "not ***!" in error.hint

    async def test_a_connection_cut_within_the_key(self, model_server: ModelServer) -> None:
        shown: list[str] = []
        told = await ask(model_server, reply("so: ", KEY[:-1], CUT), on_text=shown.append)
        assert (told.text, told.finish) == ("so: ***", "cut")
        assert "".join(shown) == told.text

    async def test_cancelled_with_text_held_back(self, model_server: ModelServer) -> None:
        model_server.script.append(reply("def f(s", HANG))
        shown: list[str] = []
        async with provider(model_server.url) as asked:
            task = asyncio.ensure_future(asked.reply(REQUEST, shown.append))
            assert await asyncio.to_thread(model_server.hanging.wait, PATIENCE)
            while not shown:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert "".join(shown) == "def f(s"

    async def test_a_login_goes_before_the_key_and_never_in_the_url(
        self, model_server: ModelServer
    ) -> None:
        await ask(model_server, reply("x"), login="someone:p%40ssw0rd-4712")
        (asked,) = model_server.requests
        assert asked.headers["authorization"] == f"Basic {BASIC}"
        assert KEY not in repr(asked)

    async def test_nobody_listens(self) -> None:
        url = unused_url()
        async with provider(url) as asked:
            with pytest.raises(ProviderError) as caught:
                await asked.reply(REQUEST, nothing)
        assert_fit_to_show(caught.value)
        assert url in str(caught.value)
        assert "--base-url" in caught.value.hint

    async def test_no_such_host(self) -> None:
        async with provider("http://no-such-host.invalid/v1") as asked:
            with pytest.raises(ProviderError) as caught:
                await asked.reply(REQUEST, nothing)
        assert_fit_to_show(caught.value)
        assert "no-such-host.invalid" in str(caught.value)

    @pytest.mark.parametrize("url", ["127.0.0.1:9/v1", "http://[::1/v1"])
    async def test_no_url(self, url: str) -> None:
        async with provider(url) as asked:
            with pytest.raises(ProviderError) as caught:
                await asked.reply(REQUEST, nothing)
        assert_fit_to_show(caught.value)
        assert url in str(caught.value)

    def test_key_is_not_printed(self) -> None:
        endpoint = Endpoint(base_url="http://127.0.0.1/v1", model="m", api_key=KEY)
        assert KEY not in repr(endpoint)


class TestTime:
    async def test_silence_before_the_headers(self, model_server: ModelServer) -> None:
        model_server.otherwise = lambda _: silence()
        started = time.monotonic()
        error = await refused(model_server, total_seconds=0.3)
        assert time.monotonic() - started < PATIENCE
        assert error.retryable
        assert "--timeout" in error.hint

    async def test_total_time_runs_out_in_mid_stream(self, model_server: ModelServer) -> None:
        started = time.monotonic()
        told = await ask(model_server, reply("half", HANG), total_seconds=0.5)
        assert (told.text, told.finish) == ("half", "length")
        assert time.monotonic() - started < PATIENCE

    async def test_silence_in_mid_stream(self, model_server: ModelServer) -> None:
        started = time.monotonic()
        told = await ask(model_server, reply("half", HANG), idle_seconds=0.3)
        assert (told.text, told.finish) == ("half", "cut")
        assert time.monotonic() - started < PATIENCE
        assert len(model_server.requests) == 1

    async def test_a_pause_is_no_end(self, model_server: ModelServer) -> None:
        def freed(text: str) -> None:
            if text == "one":
                model_server.release()

        told = await ask(model_server, reply("one", HANG, "two"), on_text=freed)
        assert (told.text, told.finish) == ("onetwo", "stop")

    @pytest.mark.parametrize("answer", [reply("half", HANG), silence()], ids=["stream", "headers"])
    async def test_cancelling_hangs_up_at_once(
        self, model_server: ModelServer, answer: Answer
    ) -> None:
        model_server.script.append(answer)
        async with provider(model_server.url) as asked:
            task = asyncio.ensure_future(asked.reply(REQUEST, nothing))
            assert await asyncio.to_thread(model_server.hanging.wait, PATIENCE)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(task, PATIENCE)
            assert await asyncio.to_thread(model_server.left.wait, PATIENCE)

    async def test_closing_twice_and_unused(self) -> None:
        unused = ChatProvider(Endpoint(base_url="http://127.0.0.1/v1", model="m"))
        await unused.close()
        await unused.close()
