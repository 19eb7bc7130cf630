"""Servers that object to how they are asked, over HTTP: they are asked otherwise from then on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pseudocode.events import ChatMessage
from pseudocode.loop import Request
from pseudocode.providers.endpoint import Endpoint
from tests.edges.test_chat_provider import KEY, REQUEST, ask, nothing, provider, refused
from tests.server import Answer, Asked, ModelServer, event, refusal, reply

JSON = {"Content-Type": "application/json"}
OBJECTIONS = {
    "max_tokens": "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
    "'max_completion_tokens' instead.",
    "temperature": "Unsupported value: 'temperature' does not support 0.3 with this model.",
    "seed": "Unrecognized request argument supplied: seed",
    "stream_options": "stream_options is not supported by this server",
    "grammar": "Additional properties are not allowed ('grammar' was unexpected)",
}


def objecting(*names: str) -> Callable[[Asked], Answer]:
    """A server that objects to each of these parameters, one at a time."""

    def answer(asked: Asked) -> Answer:
        for name in names:
            if name in asked.body:
                return refusal(400, OBJECTIONS[name], name="unsupported_parameter")
        return reply("x")

    return answer


@pytest.mark.parametrize("name", OBJECTIONS)
async def test_a_parameter_that_is_turned_down(model_server: ModelServer, name: str) -> None:
    model_server.otherwise = objecting(name)
    async with provider(model_server.url, max_tokens=9, extra={"grammar": "x"}) as asked:
        told = [await asked.reply(REQUEST, nothing) for _ in range(2)]
    assert [reply.text for reply in told] == ["x", "x"]
    first, *others = (set(request.body) for request in model_server.requests)
    wanted = (first - {name}) | ({"max_completion_tokens"} if name == "max_tokens" else set())
    assert others == [wanted, wanted]


async def test_all_of_them_are_remembered_while_the_program_runs(model_server: ModelServer) -> None:
    model_server.otherwise = objecting(*OBJECTIONS)
    for _ in range(2):  # a provider of its own each time
        told = await ask(model_server, max_tokens=9, extra={"grammar": "x"})
        assert told.text == "x"
    assert len(model_server.requests) == len(OBJECTIONS) + 2
    assert set(model_server.requests[-1].body) == {
        "model",
        "messages",
        "stream",
        "max_completion_tokens",
    }


async def test_a_bound_under_neither_name(model_server: ModelServer) -> None:
    def answer(asked: Asked) -> Answer:
        if "max_tokens" in asked.body:
            return refusal(400, OBJECTIONS["max_tokens"])
        other = "max_completion_tokens"
        return refusal(400, f"no {other} here") if other in asked.body else reply("x")

    model_server.otherwise = answer
    assert (await ask(model_server, max_tokens=9)).text == "x"
    assert len(model_server.requests) == 3


async def test_what_a_validator_says_of_an_unknown_field(model_server: ModelServer) -> None:
    detail = [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "not permitted"}]
    said = Answer(status=422, headers=JSON, parts=(json.dumps({"detail": detail}).encode(),))
    told = await ask(model_server, said, reply("x"))
    assert told.text == "x"
    assert "seed" not in model_server.requests[-1].body


@pytest.mark.parametrize(
    "said",
    [
        refusal(400, "System role not supported"),
        refusal(500, "Conversation roles must alternate user/assistant/user/assistant/..."),
        refusal(
            400, "Unsupported value: 'messages[0].role' does not support 'system' with this model."
        ),
    ],
    ids=["gemma", "template", "openai"],
)
async def test_no_system_role(model_server: ModelServer, said: Answer) -> None:
    told = await ask(model_server, said, reply("x"))
    assert told.text == "x"
    before, after = (request.body["messages"] for request in model_server.requests)
    assert [message["role"] for message in before] == ["system", "user"]
    assert [message["role"] for message in after] == ["user"]
    assert after[0]["content"] == "\n\n".join(message["content"] for message in before)


@pytest.mark.parametrize(
    "said",
    [
        refusal(400, "Streaming is not supported for this model"),
        refusal(501, "stream is not implemented"),
        refusal(400, "Your organization must be verified to stream this model."),
    ],
    ids=["400", "501", "verified"],
)
async def test_no_streaming(model_server: ModelServer, said: Answer) -> None:
    pieces: list[str] = []
    told = await ask(model_server, said, whole("x"), on_text=pieces.append)
    assert (told.text, told.finish, told.prompt_tokens) == ("x", "stop", 40)
    assert told.reasoning == "hm"
    assert pieces == ["x"]
    assert [request.body["stream"] for request in model_server.requests] == [True, False]
    assert "stream_options" not in model_server.requests[-1].body


async def test_a_server_that_does_not_stream_though_it_was_asked_to(
    model_server: ModelServer,
) -> None:
    told = await ask(model_server, whole("x"))
    assert (told.text, told.completion_tokens) == ("x", 20)
    assert len(model_server.requests) == 1


async def test_what_is_refused_whatever_is_sent(model_server: ModelServer) -> None:
    error = await refused(model_server, refusal(400, "I do not like you"))
    assert "I do not like you" in error.hint
    assert len(model_server.requests) == 1


def whole(text: str) -> Answer:
    """A completion in one piece."""
    message = {"role": "assistant", "content": text, "reasoning": "hm"}
    counts: dict[str, Any] = {
        "prompt_tokens": 40,
        "completion_tokens": 20,
        "prompt_tokens_details": {"cached_tokens": 8},
    }
    data = {
        "id": "c",
        "object": "chat.completion",
        "model": "scripted-1",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": counts,
    }
    return Answer(headers=JSON, parts=(json.dumps(data).encode(),))


async def test_cached_tokens_are_told(model_server: ModelServer) -> None:
    assert (await ask(model_server, whole("x"))).cached_tokens == 8


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "text", "text": "x"}],
        [
            {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
            {"type": "text", "text": "x"},
        ],
    ],
)
async def test_contents_in_parts(model_server: ModelServer, content: list[Any]) -> None:
    data = {"choices": [{"index": 0, "message": {"content": content}, "finish_reason": "stop"}]}
    told = await ask(model_server, Answer(headers=JSON, parts=(json.dumps(data).encode(),)))
    assert told.text == "x"
    assert told.reasoning == ("hm" if len(content) > 1 else "")


class TestResponses:
    """OpenAI's newer API."""

    @staticmethod
    def streamed(*events: dict[str, Any], status: str = "completed", **more: Any) -> Answer:
        counts = {
            "input_tokens": 40,
            "input_tokens_details": {"cached_tokens": 16},
            "output_tokens": 20,
            "output_tokens_details": {"reasoning_tokens": 5},
            "total_tokens": 60,
        }
        answer = {"object": "response", "model": "m-1", "status": status, "usage": counts, **more}
        last = {"type": f"response.{status}", "response": answer}
        return Answer(parts=tuple(event(data) for data in (*events, last)))

    @staticmethod
    def delta(kind: str, text: str) -> dict[str, Any]:
        return {"type": f"response.{kind}.delta", "delta": text, "item_id": "i", "output_index": 0}

    async def test_text_reasoning_and_tokens(self, model_server: ModelServer) -> None:
        said = self.streamed(
            {"type": "response.created", "response": {"model": "m-1"}},
            self.delta("reasoning_summary_text", "hm"),
            self.delta("output_text", "de"),
            self.delta("output_text", "f"),
        )
        told = await ask(model_server, said, api="responses", max_tokens=9)
        assert (told.text, told.reasoning, told.finish) == ("def", "hm", "stop")
        assert (told.prompt_tokens, told.completion_tokens, told.cached_tokens) == (40, 20, 16)
        assert told.model == "m-1"
        (asked,) = model_server.requests
        assert asked.path == "/v1/responses"
        assert asked.body["max_output_tokens"] == 9
        assert asked.body["store"] is False
        assert [message["role"] for message in asked.body["input"]] == ["system", "user"]

    async def test_bounds_filters_and_refusals(self, model_server: ModelServer) -> None:
        for reason, finish in (("max_output_tokens", "length"), ("content_filter", "filter")):
            said = self.streamed(
                self.delta("output_text", "x"),
                status="incomplete",
                incomplete_details={"reason": reason},
            )
            assert (await ask(model_server, said, api="responses")).finish == finish
        said = self.streamed(self.delta("refusal", "no"))
        assert (await ask(model_server, said, api="responses")).refusal == "no"

    async def test_errors_and_cuts(self, model_server: ModelServer) -> None:
        failed = self.streamed(status="failed", error={"code": "server_error", "message": "burns"})
        error = await refused(model_server, failed, api="responses")
        assert "burns" in error.hint
        half = Answer(parts=(event(self.delta("output_text", "half")),))
        told = await ask(model_server, half, api="responses")
        assert (told.text, told.finish) == ("half", "cut")

    async def test_what_it_objects_to_and_what_it_does_not_stream(
        self, model_server: ModelServer
    ) -> None:
        body = {"message": "no summaries", "param": "reasoning.summary", "code": "unsupported"}
        picky = Answer(status=400, headers=JSON, parts=(json.dumps({"error": body}).encode(),))
        parts = [{"type": "output_text", "text": "x"}]
        output: list[dict[str, Any]] = [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
            {"type": "message", "role": "assistant", "content": parts},
        ]
        answer: dict[str, Any] = {
            "object": "response",
            "model": "m-1",
            "status": "completed",
            "output": output,
        }
        answer |= {"usage": {"input_tokens": 40, "output_tokens": 20}}
        told = await ask(
            model_server,
            picky,
            refusal(400, "Your organization must be verified to stream this model."),
            Answer(headers=JSON, parts=(json.dumps(answer).encode(),)),
            api="responses",
        )
        assert (told.text, told.reasoning, told.prompt_tokens) == ("x", "hm", 40)
        assert "reasoning" not in model_server.requests[-1].body

    async def test_a_server_without_them(self, model_server: ModelServer) -> None:
        error = await refused(model_server, refusal(404, "not found"), api="responses")
        assert "set api to chat" in error.hint

    @pytest.mark.parametrize(
        ("url", "api", "expected"),
        [
            ("https://api.openai.com/v1", "auto", True),
            ("https://eu.api.openai.com/v1", "auto", True),
            ("https://api.openai.com/v1", "chat", False),
            ("https://api.openai.com.example/v1", "auto", False),
            ("http://127.0.0.1:8080/v1", "auto", False),
            ("http://127.0.0.1:8080/v1", "responses", True),
        ],
    )
    def test_who_is_asked_for_them(self, url: str, api: Any, expected: bool) -> None:
        assert Endpoint(base_url=url, model="m", api=api).takes_responses is expected


class TestAzure:
    async def test_its_url_version_and_key(self, model_server: ModelServer) -> None:
        url = model_server.url.removesuffix("/v1")
        model_server.script.extend([reply("x"), reply("x")])
        for base in (url, f"{url}/openai/deployments/other"):
            async with provider(base, api_version="2024-10-21") as asked:
                assert (await asked.reply(REQUEST, nothing)).text == "x"
        for request in model_server.requests:
            path = "/openai/deployments/tiny/chat/completions?api-version=2024-10-21"
            assert request.path == path
            assert request.headers["api-key"] == KEY
            assert "authorization" not in request.headers

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("https://me.openai.azure.com", True),
            ("https://me.cognitiveservices.azure.com/openai", True),
            ("https://me.openai.azure.com/openai/v1/", False),
            ("https://example.com/v1", False),
        ],
    )
    def test_who_is_taken_for_one(self, url: str, expected: bool) -> None:
        assert Endpoint(base_url=url, model="m").is_azure is expected


class TestPromptsThatAreCut:
    """Servers cut a prompt to their context length and say nothing of it."""

    @staticmethod
    def request(words: int) -> Request:
        text = "def area(width, height): return width * height\n" * (words // 7)
        return replace(REQUEST, messages=(ChatMessage(role="user", content=text),))

    async def test_a_prompt_of_which_half_was_read(self, model_server: ModelServer) -> None:
        async with provider(model_server.url) as asked:
            model_server.script.append(counting(2048))
            told = await asked.reply(self.request(4000), nothing)
            assert told.warning == (
                "the server read only 2,048 of about 6,400 tokens; raise its context length"
            )

    @pytest.mark.parametrize(("words", "read"), [(4000, 6000), (4000, 3600), (200, 40)])
    async def test_a_prompt_that_was_read(
        self, model_server: ModelServer, words: int, read: int
    ) -> None:
        async with provider(model_server.url) as asked:
            model_server.script.append(counting(read))
            assert not (await asked.reply(self.request(words), nothing)).warning


def counting(prompt: int) -> Answer:
    """An answer whose server read so many tokens."""
    counts = {"prompt_tokens": prompt, "completion_tokens": 1, "total_tokens": prompt + 1}
    return reply("x", event({"choices": [], "usage": counts}), counts=False)
