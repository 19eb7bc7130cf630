"""What a chunk of an answer holds, whichever API it came by.

The client does not look at what a server sends: any field can be missing, null, or of another type.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pseudocode.events import ChatMessage, Finish


class SaidError(Exception):
    """The server reports an error where an answer should be."""

    def __init__(self, error: Any) -> None:
        self.code = text_of(error, "code")
        super().__init__(text_of(error, "message") or (error if type(error) is str else ""))


class BrokenData(Exception):
    """A field holds what it cannot: a part of the answer may be lost."""


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of an answer, as the server counts them."""

    prompt: int
    completion: int
    cached: int = 0
    """Of those of the prompt, how many it had read before."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one chunk adds to an answer."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    finish: Finish | None = None
    usage: Usage | None = None
    model: str = ""
    called: bool = False
    """Whether the model calls a tool, though it was offered none."""


def value_of(holder: Any, name: str) -> Any:
    """A field of an object of JSON, whether the client made a class of it or not."""
    return holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)


def text_of(holder: Any, *names: str) -> str:
    """The first of the fields that holds text."""
    found = (value_of(holder, name) for name in names)
    return next((text for text in found if isinstance(text, str) and text), "")


def list_of(holder: Any, name: str) -> list[Any]:
    """A field that is a list; empty where it is not there.

    Raises:
        BrokenData: When it is something else.
    """
    found = value_of(holder, name)
    if found is not None and not isinstance(found, list):
        raise BrokenData(name)
    return found or []


def count_of(holder: Any, *names: str) -> int | None:
    """The first of the fields that is a number of tokens."""
    found = (value_of(holder, name) for name in names)
    return next((number for number in found if type(number) is int and number >= 0), None)


def sendable(message: ChatMessage) -> dict[str, str]:
    """A message as it is sent: half of a pair of surrogates, from an earlier answer, cannot be."""
    content = message.content.encode("utf-8", "backslashreplace").decode()
    return {"role": message.role, "content": content}


def usage_of(counts: Any) -> Usage | None:
    """The tokens, under the names of either API; nothing where they are not told."""
    prompt = count_of(counts, "prompt_tokens", "input_tokens")
    completion = count_of(counts, "completion_tokens", "output_tokens")
    if prompt is None or completion is None:
        return None
    details = [value_of(counts, f"{name}_tokens_details") for name in ("prompt", "input")]
    cached = [count_of(detail, "cached_tokens") for detail in details]
    cached.append(count_of(counts, "prompt_cache_hit_tokens"))
    return Usage(prompt, completion, next((number for number in cached if number), 0))
