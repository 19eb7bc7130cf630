"""Chat completions, which every OpenAI-compatible server has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pseudocode.events import Finish
from pseudocode.loop import Request
from pseudocode.providers.endpoint import Endpoint
from pseudocode.providers.pieces import (
    BrokenData,
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

_FINISHES: dict[str, Finish] = {
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "filter",
    "safety": "filter",
    "error": "cut",
    "insufficient_system_resource": "cut",
}
"""How servers say it; everything else is an end."""


def parameters(endpoint: Endpoint, request: Request) -> dict[str, Any]:
    """What is sent to a server that objects to nothing."""
    sent: dict[str, Any] = {
        "model": request.model or endpoint.model,
        "messages": [sendable(message) for message in request.messages],
        "temperature": request.temperature,
        "seed": request.sample,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if bounds := [bound for bound in (endpoint.max_tokens, request.max_tokens) if bound]:
        sent["max_tokens"] = min(bounds)
    if endpoint.stop:
        sent["stop"] = list(endpoint.stop)
    return sent


def resource(client: AsyncOpenAI) -> Any:
    """What of the client is asked."""
    return client.chat.completions


def piece(data: Any) -> Piece:
    """What a chunk holds, or a whole answer that was not streamed.

    Raises:
        SaidError: When it holds an error instead.
        BrokenData: When it cannot be understood.
    """
    if error := value_of(data, "error"):
        raise SaidError(error)
    choice = next(iter(list_of(data, "choices")), None)
    message = value_of(choice, "delta") or value_of(choice, "message")
    if isinstance(message, str | int | float | list):
        raise BrokenData("message")
    text, reasoning = _content(value_of(message, "content"))
    reason = text_of(choice, "finish_reason")
    return Piece(
        text=text,
        reasoning=reasoning or text_of(message, "reasoning_content", "reasoning"),
        refusal=text_of(message, "refusal"),
        finish=_FINISHES.get(reason, "stop") if reason else None,
        usage=usage_of(value_of(data, "usage")),
        model=text_of(data, "model"),
        called=bool(list_of(message, "tool_calls") or value_of(message, "function_call")),
    )


def _content(content: Any) -> tuple[str, str]:
    """The answer and the reasoning in it; some servers send a list of parts."""
    if isinstance(content, str | None):
        return content or "", ""
    if not isinstance(content, list):
        raise BrokenData("content")
    parts = content
    thoughts = [part for part in parts if text_of(part, "type") in ("thinking", "reasoning")]
    told = "".join(text_of(part, "text") for part in parts if part not in thoughts)
    inner = [inner for part in thoughts for inner in [part, *list_of(part, "thinking")]]
    return told, "".join(text_of(part, "text", "thinking") for part in inner)
