"""Where a model is, and how long it is waited for."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

Api = Literal["auto", "chat", "responses"]
CONNECT_SECONDS = 5.0
FIRST_TOKEN_SECONDS = 180.0
"""A loaded model may take long to read the prompt, and to reason where nobody sees it."""
IDLE_SECONDS = 60.0
TOTAL_SECONDS = 300.0
AZURE_VERSION = "2024-10-21"
"""Azure's latest version of the API that is not a preview."""
_OPENAI = "api.openai.com"
_AZURE = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a model is, and what every request to it carries."""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    login: str = field(default="", repr=False)
    """A `NAME:PASSWORD` that goes before the key; never in the URL, which errors and logs show."""
    api: Api = "auto"
    """`auto`: OpenAI's own servers are asked for responses, all others for chat completions."""
    api_version: str = ""
    """Azure's; on a server that is not known as Azure's it says that it is one."""
    unreachable: str = "check --base-url or OPENAI_BASE_URL, and that the server runs"
    """What to do when nothing, or nothing sensible, comes from there."""
    api_key_env: str = "OPENAI_API_KEY"
    """Where the key came from, for messages."""
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    """Parameters beyond OpenAI's, as the server at hand understands them."""
    connect_seconds: float = CONNECT_SECONDS
    first_token_seconds: float = FIRST_TOKEN_SECONDS
    """Longest wait from the request to the first token."""
    idle_seconds: float = IDLE_SECONDS
    """Longest silence between two tokens."""
    total_seconds: float = TOTAL_SECONDS
    """Longest time for an answer, with all waits and repetitions."""

    @property
    def host(self) -> str:
        """Its name, in lower case; empty where the URL has none."""
        try:
            return (urlsplit(self.base_url).hostname or "").lower()
        except ValueError:
            return ""

    @property
    def is_azure(self) -> bool:
        """Whether it speaks Azure's form of the API, with deployments and dated versions."""
        # The newer form, under /openai/v1, is OpenAI's.
        dated = self.host.endswith(_AZURE) and "/v1" not in urlsplit(self.base_url).path
        return bool(self.api_version) or dated

    @property
    def takes_responses(self) -> bool:
        """Whether it is asked for responses, and not for chat completions."""
        if self.api == "auto":
            return self.host == _OPENAI or self.host.endswith(f".{_OPENAI}")
        return self.api == "responses"

    @property
    def shows_secrets(self) -> bool:
        """Whether the key or the login goes over a network that others may listen to."""
        if not (self.api_key or self.login) or not self.base_url.lower().startswith("http:"):
            return False
        try:
            return not ip_address(self.host).is_loopback
        except ValueError:
            return self.host != "localhost" and not self.host.endswith(".localhost")
