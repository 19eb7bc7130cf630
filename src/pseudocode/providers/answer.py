"""An answer as it comes in, without secrets."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from pseudocode.events import Finish, ReplyReceived
from pseudocode.loop import CHARACTERS_PER_TOKEN, Request
from pseudocode.providers.pieces import Piece, Usage
from pseudocode.providers.redaction import Redaction, Stream
from pseudocode.providers.thinking import Thinking, without_opening

MAX_TEXT = 1 << 20
"""Characters, thoughts included, after which an answer is cut."""
FEWEST_WORDS = 300
"""Shorter prompts fit everywhere."""
CERTAIN_SHARE = 0.8
"""A tokenizer makes at least one token of a word; of its own counts some are a little less."""
TOKENS_PER_WORD = 1.6
"""In declarations and tests, about, punctuation included."""
_WORD = re.compile(r"\w+")


class Answer:
    """An answer as it comes in."""

    def __init__(self, request: Request, on_text: Callable[[str], None], hidden: Redaction) -> None:
        self._request = request
        self._on_text = on_text
        self._hidden = hidden
        self._arriving, self._thoughts = Stream(hidden), Stream(hidden)
        self._thinking = Thinking()
        self._parts: dict[str, list[str]] = {"text": [], "reasoning": [], "refusal": []}
        self._started = time.monotonic()
        self._first: float | None = None
        self._usage: Usage | None = None
        self._model = ""
        self._called = False
        self.finish: Finish = "cut"
        self.bounded = False
        """Whether the server was told where to end it."""
        self.length = 0
        self.retries: list[str] = []
        """Why the same was asked again, once for each time."""
        self.warnings: list[str] = []

    @property
    def begun(self) -> bool:
        """Whether anything came that was paid for."""
        return self.length > 0

    @property
    def thinks(self) -> bool:
        """Whether it has brought thoughts only so far."""
        return bool(self._parts["reasoning"]) and not self._parts["text"]

    def take(self, piece: Piece) -> None:
        """Add what a chunk holds."""
        self._model = self._hidden(piece.model) or self._model
        self._usage = piece.usage or self._usage
        self._called = self._called or piece.called
        self.finish = piece.finish or self.finish
        self._add("refusal", piece.refusal)
        self._add("reasoning", self._thoughts.take(piece.reasoning))
        if piece.text:
            self._tell(*self._thinking.take(self._arriving.take(piece.text)))

    def close(self) -> None:
        """Nothing more comes."""
        self._add("reasoning", self._thoughts.rest())
        self._tell(*self._thinking.take(self._arriving.rest()))
        self._tell(*self._thinking.rest())

    def _tell(self, reasoning: str, text: str) -> None:
        self._add("reasoning", reasoning)
        self._add("text", text)
        if text:
            self._on_text(text)

    def _add(self, kind: str, text: str) -> None:
        if text:
            if self._first is None:
                self._first = time.monotonic() - self._started
            self._parts[kind].append(text)
            self.length += len(text)

    def reply(self) -> ReplyReceived:
        """The fact that it becomes."""
        texts = {kind: "".join(parts) for kind, parts in self._parts.items()}
        if not texts["reasoning"]:
            texts["reasoning"], texts["text"] = without_opening(texts["text"])
        texts["refusal"] = self._hidden(texts["refusal"])
        sent = sum(len(message.content) for message in self._request.messages)
        came = len(texts["text"]) + len(texts["reasoning"])
        counted = self._usage or Usage(sent // CHARACTERS_PER_TOKEN, came // CHARACTERS_PER_TOKEN)
        warnings = [*self.warnings, *self._doubts(texts["text"])]
        return ReplyReceived(
            candidate=0,
            text=texts["text"],
            reasoning=texts["reasoning"],
            refusal=texts["refusal"],
            finish=self.finish,
            prompt_tokens=counted.prompt,
            completion_tokens=counted.completion,
            cached_tokens=counted.cached,
            estimated=self._usage is None,
            seconds=round(time.monotonic() - self._started, 4),
            first_token_seconds=round(self._first or 0.0, 4),
            model=self._model,
            bounded=self.bounded and self.finish == "length",
            retries=tuple(self.retries),
            warning="; ".join(warnings),
        )

    def _doubts(self, text: str) -> list[str]:
        found = []
        if self._usage and (read := prompt_was_cut(self._request, self._usage)):
            found.append(read)
        if self.finish == "length" and self.thinks:
            found.append(
                "all tokens of the answer went into reasoning; let the server give it more"
            )
        if self._called and not text.strip():
            found.append(
                "the model called a tool instead of answering; choose another with --model"
            )
        return found


def prompt_was_cut(request: Request, usage: Usage) -> str:
    """That a server read only a part of the prompt, in words; nothing where it may have read all.

    Servers that cut a prompt to their context length say nothing of it but the number of tokens.
    """
    words = sum(len(_WORD.findall(message.content)) for message in request.messages)
    # Some do not count what they had read before.
    read = usage.prompt if usage.cached <= usage.prompt else usage.prompt + usage.cached
    if words < FEWEST_WORDS or read >= CERTAIN_SHARE * words:
        return ""
    about = round(words * TOKENS_PER_WORD, -2)
    return f"the server read only {read:,} of about {about:,.0f} tokens; raise its context length"
