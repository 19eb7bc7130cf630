"""A provider that reads its answers from a list, for tests and demonstrations."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from pseudocode.errors import ProviderError
from pseudocode.events import ReplyReceived
from pseudocode.loop import CHARACTERS_PER_TOKEN, Request


class ScriptedProvider:
    """Gives the answers in their order; an error among them is raised in its turn."""

    def __init__(self, answers: Iterable[str | ProviderError], *, chunk: int = 8) -> None:
        self._answers = list(answers)
        self._chunk = chunk
        self.requests: list[Request] = []
        """What was asked so far."""

    async def reply(self, request: Request, on_text: Callable[[str], None]) -> ReplyReceived:
        """Stream the next answer in chunks of some characters.

        Raises:
            ProviderError: When that is the next answer, or none is left.
        """
        self.requests.append(request)
        if not self._answers:
            raise ProviderError("the script has no more answers")
        answer = self._answers.pop(0)
        if isinstance(answer, ProviderError):
            raise answer
        for start in range(0, len(answer), self._chunk):
            on_text(answer[start : start + self._chunk])
            await asyncio.sleep(0)
        sent = sum(len(message.content) for message in request.messages)
        return ReplyReceived(
            candidate=0,
            text=answer,
            finish="stop",
            prompt_tokens=sent // CHARACTERS_PER_TOKEN,
            completion_tokens=len(answer) // CHARACTERS_PER_TOKEN,
            estimated=True,
            model="scripted",
        )
