"""Responses, the API that OpenAI's own servers are asked by."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pseudocode.events import Finish
from pseudocode.loop import Request
from pseudocode.providers.endpoint import Endpoint
from pseudocode.providers.pieces import (
    Piece,
    SaidError,
    list_of,
    sendable,
    text_of,
    usage_of,
    value_of,
)

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_ENDS: dict[str, Finish] = {"max_output_tokens": "length", "content_filter": "filter"}
_DELTAS = {
    "response.output_text.delta": "text",
    "response.refusal.delta": "refusal",
    "response.reasoning_text.delta": "reasoning",
    "response.reasoning_summary_text.delta": "reasoning",
}


def parameters(endpoint: Endpoint, request: Request) -> dict[str, Any]:
    """What is sent to a server that objects to nothing."""
    sent: dict[str, Any] = {
        "model": request.model or endpoint.model,
        "input": [sendable(message) for message in request.messages],
        "temperature": request.temperature,
        "reasoning": {"summary": "auto"},
        "store": False,
        "stream": True,
    }
    if bounds := [bound for bound in (endpoint.max_tokens, request.max_tokens) if bound]:
        sent["max_output_tokens"] = min(bounds)
    return sent


def resource(client: AsyncOpenAI) -> Any:
    """What of the client is asked."""
    return client.responses


def piece(data: Any) -> Piece:
    """What an event of the stream holds, or a whole answer that was not streamed.

    Raises:
        SaidError: When it holds an error instead.
        BrokenData: When it cannot be understood.
    """
    kind = text_of(data, "type")
    if kind in _DELTAS:
        return _told(Piece(), {_DELTAS[kind]: text_of(data, "delta")})
    if kind == "error":
        raise SaidError(value_of(data, "error") or data)
    if kind in ("response.completed", "response.incomplete", "response.failed"):
        return _end(value_of(data, "response"))
    if text_of(data, "object") == "response" or value_of(data, "error"):
        return _whole(data)
    return Piece(model=text_of(value_of(data, "response"), "model"))


def _end(answer: Any) -> Piece:
    """What is known once an answer is complete; its text came before."""
    if error := value_of(answer, "error"):
        raise SaidError(error)
    finish: Finish = "cut"
    match text_of(answer, "status"):
        case "completed":
            finish = "stop"
        case "incomplete":
            finish = _ENDS.get(text_of(value_of(answer, "incomplete_details"), "reason"), "cut")
    usage = usage_of(value_of(answer, "usage"))
    items = list_of(answer, "output")
    called = any(text_of(item, "type").endswith("_call") for item in items)
    return Piece(finish=finish, usage=usage, model=text_of(answer, "model"), called=called)


def _whole(answer: Any) -> Piece:
    end = _end(answer)
    texts: dict[str, list[str]] = {"text": [], "refusal": [], "reasoning": []}
    for item in list_of(answer, "output"):
        for part in [*list_of(item, "summary"), *list_of(item, "content")]:
            thought = text_of(item, "type") == "reasoning"
            refused = text_of(part, "type") == "refusal"
            name = "reasoning" if thought else "refusal" if refused else "text"
            texts[name].append(text_of(part, "text", "refusal"))
    return _told(end, {name: "".join(parts) for name, parts in texts.items()})


def _told(piece: Piece, texts: dict[str, str]) -> Piece:
    get = texts.get
    return replace(
        piece, text=get("text", ""), reasoning=get("reasoning", ""), refusal=get("refusal", "")
    )
