"""What a model thinks aloud before its answer, between tags in the same text."""

from __future__ import annotations

import re

_TAGS = ("<think>", "<thinking>", "<thought>", "<reasoning>")
_CLOSED = re.compile(r"</(?:think|thinking|thought|reasoning)>[ \t]*\n")


class Thinking:
    """Parts a text that comes in pieces into thoughts, which only stand at its beginning."""

    def __init__(self) -> None:
        self._held = ""
        self._closing = ""
        self._answers = False

    def take(self, piece: str) -> tuple[str, str]:
        """The thought and the answer in the next piece; some of either may be held back."""
        if self._answers:
            return "", piece
        self._held += piece
        if not self._closing and not self._opened():
            return "", self._rest_as_answer()
        if not self._closing:
            return "", ""
        thought, closed, answer = self._held.partition(self._closing)
        if closed:
            self._answers, self._held = True, ""
            return thought, answer.lstrip("\n")
        # The end may be the beginning of the closing tag.
        kept = len(self._closing) - 1
        thought, self._held = self._held[:-kept], self._held[-kept:]
        return thought, ""

    def rest(self) -> tuple[str, str]:
        """What was held back, once nothing more comes."""
        held, self._held = self._held, ""
        return (held, "") if self._closing and not self._answers else ("", held)

    def _opened(self) -> bool:
        """Whether it may still be that thoughts begin; if they do, what closes them is known."""
        begun = self._held.lstrip()
        for tag in _TAGS:
            if begun.startswith(tag):
                self._closing = f"</{tag[1:]}"
                self._held = begun[len(tag) :]
                return True
        return any(tag.startswith(begun) for tag in _TAGS)

    def _rest_as_answer(self) -> str:
        self._answers = True
        held, self._held = self._held, ""
        return held


def without_opening(text: str) -> tuple[str, str]:
    """The thought and the answer of a text whose prompt has opened the tag already.

    A closing tag inside of a block of code is part of the code.
    """
    for closed in _CLOSED.finditer(text):
        if text.count("```", 0, closed.start()) % 2 == 0:
            return text[: closed.start()], text[closed.end() :].lstrip("\n")
    return "", text
