"""What servers object to, learned from their errors and remembered while the program runs."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

MOST_CHANGES = 8
"""How often one request is put differently."""
_KEPT = frozenset({"model", "messages", "input", "stream"})
"""Without these there is no request."""
_REFUSALS = (400, 422)
_CRASHES = (500, 501)
"""Servers fail so on a template that has no place for a message, or a mode they lack."""
_NO_SYSTEM = re.compile(
    r"system['\"`]?\s+(role|message|prompt)s?|role[^.]{0,40}['\"`]system"
    r"|roles? must alternate|only (support )?user and assistant",
    re.IGNORECASE,
)
_NO_STREAM = re.compile(
    r"\bstream(ing)?\b[^.]{0,60}(\bnot\b|n't|\bunsupported|\bunavailable|\bdisabled)"
    r"|(\bnot\b|n't|\bunsupported|verified)[^.]{0,40}\bstream(ing)?\b",
    re.IGNORECASE,
)
_OTHER_NAME = "max_completion_tokens"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a server wants to be asked."""

    without: frozenset[str] = frozenset()
    """Parameters that it does not know or take."""
    renamed_bound: bool = False
    """Whether the longest answer is called `max_completion_tokens`."""
    system: bool = True
    """Whether it takes messages of the role `system`."""
    streams: bool = True

    def put(self, sent: dict[str, Any]) -> dict[str, Any]:
        """A request as the server wants it."""
        put = dict(sent)
        if self.renamed_bound and "max_tokens" in put:
            put[_OTHER_NAME] = put.pop("max_tokens")
        put = {name: value for name, value in put.items() if name not in self.without}
        if not self.streams:
            put["stream"] = False
            put.pop("stream_options", None)
        for name in ("messages", "input"):
            if name in put and not self.system:
                put[name] = _without_system(put[name])
        return put


_known: dict[tuple[str, str], Dialect] = {}


def known(url: str, model: str) -> Dialect:
    """What was learned of a model at a server so far."""
    return _known.get((url, model), Dialect())


def remember(url: str, model: str, dialect: Dialect) -> None:
    """Ask it like that from now on."""
    _known[url, model] = dialect


def forget() -> None:
    """Know nothing of any server."""
    _known.clear()


def adapted(
    dialect: Dialect, status: int | None, param: str, message: str, sent: dict[str, Any]
) -> Dialect | None:
    """How to ask once a server has objected.

    Args:
        dialect: How it is asked so far.
        status: Of the answer; nothing for an error within a stream.
        param: What the server says it objects to; may be empty.
        message: What it says.
        sent: The request that it objects to, as it was sent.

    Returns:
        Another dialect; nothing where another way of asking is of no use.
    """
    if status in (None, *_REFUSALS):
        named = _named(param, message, sent)
        if named == "max_tokens" and _OTHER_NAME in message:
            return replace(dialect, renamed_bound=True)
        if named:
            return replace(dialect, without=dialect.without | {named})
    if status not in (None, *_REFUSALS, *_CRASHES):
        return None
    if sent.get("stream") and (param == "stream" or _NO_STREAM.search(message)):
        return replace(dialect, streams=False)
    if _has_system(sent) and _NO_SYSTEM.search(message):
        return replace(dialect, system=False)
    return None


def _named(param: str, message: str, sent: dict[str, Any]) -> str:
    """Which of the parameters that were sent a server objects to."""
    names = [name for name in sent if name not in _KEPT]
    root = re.split(r"[.\[]", param)[0]
    if root in names:
        return root
    if root in _KEPT:
        return ""
    # As a whole word: `stream` is not `stream_options`.
    told = (name for name in names if re.search(rf"\b{re.escape(name)}\b", message))
    return next(told, "")


def _has_system(sent: dict[str, Any]) -> bool:
    messages = sent.get("messages") or sent.get("input") or []
    return any(message["role"] == "system" for message in messages)


def _without_system(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """What was said as the system goes before the first words of the person."""
    told = [message["content"] for message in messages if message["role"] == "system"]
    rest = [message for message in messages if message["role"] != "system"]
    if rest and rest[0]["role"] == "user":
        told.append(rest.pop(0)["content"])
    return [{"role": "user", "content": "\n\n".join(told)}, *rest]
