"""What must stay secret, kept out of all that a server says."""

from __future__ import annotations

import base64
import re
from urllib.parse import unquote

STARS = "***"
SHORTEST = 8
"""Characters; shorter keys guard nothing, and would be found in ordinary text."""


class Redaction:
    """Knows the secrets of one server, in the forms in which it could give them back."""

    def __init__(self, api_key: str, login: str) -> None:
        """Take the key, and the `NAME:PASSWORD` of a URL as it stood there; both may be empty."""
        _, _, password = login.partition(":")
        forms = {api_key, password, unquote(password), login and basic(login)}
        self.secrets = sorted(filter(_is_secret, forms), key=len, reverse=True)
        self._any = re.compile("|".join(map(re.escape, self.secrets)) or r"(?!)")

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        return self._any.sub(STARS, text)


class Stream:
    """Text that comes in pieces, of which none may end in the middle of a secret."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._held = ""

    def take(self, piece: str) -> str:
        """What can be shown now."""
        text = self._redaction(self._held + piece)
        begun = self._begun(text)
        self._held = text[len(text) - begun :]
        return text[: len(text) - begun]

    def rest(self) -> str:
        """What was held back, once nothing more comes."""
        held, self._held = self._held, ""
        return STARS if _is_secret(held) else held

    def _begun(self, text: str) -> int:
        """How many characters at the end may be the beginning of a secret."""
        return max((_overlap(text, secret) for secret in self._redaction.secrets), default=0)


def _overlap(text: str, secret: str) -> int:
    """How many characters at the end of a text begin a secret; never all of it."""
    at = text.find(secret[0], max(len(text) - len(secret) + 1, 0))
    while at >= 0 and not secret.startswith(text[at:]):
        at = text.find(secret[0], at + 1)
    return len(text) - at if at >= 0 else 0


def basic(login: str) -> str:
    """A login as the header `Authorization` carries it."""
    return base64.b64encode(unquote(login).encode()).decode()


def _is_secret(text: str) -> bool:
    return len(text) >= SHORTEST
