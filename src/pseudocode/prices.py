"""Prices of models, from the table that `genai-prices` carries: no network is needed.

A model is looked up by its server and its name, since the same model costs differently elsewhere.
The embedded model costs nothing. What is not in the table is unknown, unless the person set
`price_in` and `price_out`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from pseudocode.cost import NOTHING, Cost
from pseudocode.events import ChatMessage, ReplyReceived
from pseudocode.loop import CHARACTERS_PER_TOKEN
from pseudocode.rounds import Round
from pseudocode.settings import Settings

MILLION = 1_000_000
USUAL_LENGTH = 300
"""Tokens of an answer, before there was one."""


class Prices:
    """What the tokens of one server's models cost."""

    def __init__(self, server: str, settings: Settings) -> None:
        """Name the server.

        Args:
            server: Its base URL; empty for the embedded model.
            settings: Of which the prices count that the person set, if any.
        """
        self._server = server
        self._in, self._out = settings.price_in, settings.price_out

    def known(self, model: str) -> bool:
        """Whether it is known what a model costs."""
        return self.of(model, prompt=1, completion=1) is not None

    def of(self, model: str, *, prompt: int, completion: int, cached: int = 0) -> float | None:
        """US dollars for one reply, or nothing where the price is not known.

        Args:
            model: Its name, as the server knows it.
            prompt: Tokens of the prompt, with those that were cached.
            completion: Tokens of the answer.
            cached: Tokens of the prompt that the server had read before.
        """
        if not self._server or not (prompt or completion):
            return 0.0
        if self._in is not None and self._out is not None:
            return (self._in * prompt + self._out * completion) / MILLION
        return _listed(self._server, model, prompt, min(cached, prompt), completion)

    def cost(self, reply: ReplyReceived, model: str) -> float | None:
        """What an answer costs, in US dollars.

        Args:
            reply: With its counts of tokens.
            model: That was asked; where its name is the server's own, as on Azure, the model that
                the answer names counts.
        """
        for name in filter(None, (model, reply.model)):
            dollars = self.of(
                name,
                prompt=reply.prompt_tokens,
                completion=reply.completion_tokens,
                cached=reply.cached_tokens,
            )
            if dollars is not None:
                return dollars
        return None

    def expected(
        self, messages: Iterable[ChatMessage], model: str, answers: int, rounds: Iterable[Round]
    ) -> Cost:
        """About what a request will cost with its answers.

        Args:
            messages: What is sent.
            model: To whom.
            answers: How many are asked for.
            rounds: Those before: answers are taken to be as long as theirs.
        """
        sent = sum(len(message.content) for message in messages) // CHARACTERS_PER_TOKEN
        replies = [c.reply for past in rounds for c in past.candidates.values()]
        lengths = [r.completion_tokens for r in replies if r.completion_tokens]
        length = sum(lengths) // len(lengths) if lengths else USUAL_LENGTH
        dollars = self.of(model, prompt=sent, completion=length)
        one = Cost(unpriced=sent + length) if dollars is None else Cost(dollars)
        return sum([one] * answers, NOTHING)


@lru_cache(maxsize=256)
def _listed(server: str, model: str, prompt: int, cached: int, completion: int) -> float | None:
    try:
        from genai_prices import Usage, calc_price
    except ImportError:  # left out of the installation: no price is known
        return None
    usage = Usage(input_tokens=prompt, cache_read_tokens=cached, output_tokens=completion)
    try:
        return float(calc_price(usage, model, provider_api_url=server).total_price)
    except (LookupError, ValueError):
        return None
