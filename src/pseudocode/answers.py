"""What a model is asked and answers, as facts of a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant"]
Finish = Literal["stop", "length", "filter", "cut", "stopped", "dropped", "hopeless"]
"""How an answer ended; `dropped`: no longer needed, since another one passed; `hopeless`: broken
off since nothing could have come of it."""
Source = Literal["model", "cache", "library", "person"]
"""Where an answer comes from: paid for just now, or for an earlier request, earlier code, or the
person, who wrote it by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One message of the exchange with the model."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyReceived:
    """A finished or cut answer, as it came."""

    candidate: int
    text: str
    finish: Finish
    reasoning: str = ""
    """What the model reasoned before it answered; never code."""
    refusal: str = ""
    """Why the model declines to answer, where its server tells that apart."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    """Of those of the prompt, how many the server had read before."""
    cost: float | None = None
    """US dollars; nothing where the price is not known."""
    estimated: bool = False
    """Whether the token counts are ours, because the server gave none."""
    seconds: float = 0.0
    first_token_seconds: float = 0.0
    model: str = ""
    """The model that the server says has answered."""
    source: Source = "model"
    saved_tokens: int = 0
    """What it did cost when it was paid for, where it costs nothing now."""
    bounded: bool = False
    """Whether it ended where the server was told to end it."""
    origin: str = ""
    """Which code of the library it is: the project and the declaration it was written for."""
    retries: tuple[str, ...] = ()
    """Why the same had to be asked again before it came, once for each time."""
    warning: str = ""
    """What the person should know of how it came about, such as a prompt that was not all read."""

    @property
    def tokens_per_second(self) -> float:
        """How fast it was written, from the first token on; 0 where that is not known."""
        writing = self.seconds - self.first_token_seconds
        return self.completion_tokens / writing if writing > 0 and self.completion_tokens else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosed:
    """Another model was asked what is wrong with an answer, for the next repair of it."""

    base: str
    """What identifies the code of the answer."""
    messages: tuple[ChatMessage, ...]
    """Exactly what that model was given."""
    model: str
    """Its name, as it was asked for."""
    reply: ReplyReceived
    fault: str = ""
    """Why there is no diagnosis, if so."""

    @property
    def text(self) -> str:
        """What it found; empty where it found nothing."""
        return "" if self.fault else self.reply.text.strip()

    @property
    def counts(self) -> bool:
        """Whether it is all that will come: the person did not break it off."""
        return self.reply.finish != "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """Code that was accepted for a declaration which is near to another one."""

    kind: str
    name: str
    told: str
    """What its docstring says, without examples."""
    code: str
    origin: str = ""
    """The project and the declaration it was written for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamplesFound:
    """The library was asked what the model may be shown beside the declaration."""

    solved: tuple[Solved, ...]
