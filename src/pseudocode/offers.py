"""The models that can be had here and now: by a key, on a server of this machine, or embedded."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pseudocode.settings import Settings
from pseudocode.weights import embedded_model
from pseudocode.wiring import DEFAULT_MODEL, OPENAI_URL

SERVICES = (
    ("OpenAI", "OPENAI_API_KEY", OPENAI_URL, DEFAULT_MODEL),
    ("OpenRouter", "OPENROUTER_API_KEY", "https://openrouter.ai/api/v1", ""),
    ("Anthropic", "ANTHROPIC_API_KEY", "https://api.anthropic.com/v1/", ""),
    ("Gemini", "GEMINI_API_KEY", "https://generativelanguage.googleapis.com/v1beta/openai/", ""),
    ("Mistral", "MISTRAL_API_KEY", "https://api.mistral.ai/v1", ""),
    ("DeepSeek", "DEEPSEEK_API_KEY", "https://api.deepseek.com/v1", ""),
    ("Groq", "GROQ_API_KEY", "https://api.groq.com/openai/v1", ""),
    ("xAI", "XAI_API_KEY", "https://api.x.ai/v1", ""),
)
"""Services that speak OpenAI's protocol: name, variable of the key, URL, a model where known."""
LOCAL_NAME = "SmolLM2, embedded"


@dataclass(frozen=True, slots=True)
class Offer:
    """One model, or one server whose models can be listed."""

    title: str
    told: str
    """Where it is, and what it costs to have it."""
    changes: dict[str, Any] = field(default_factory=dict)
    """The settings that ask it."""
    key: str = field(default="", repr=False)
    lists: bool = False
    """Whether its models are to be listed first."""

    def applied(self, settings: Settings) -> Settings:
        """The settings with this model."""
        from dataclasses import replace

        return replace(settings, **self.changes, api_key=self.key, login="")


def ready_offers(settings: Settings, environ: Mapping[str, str] = os.environ) -> list[Offer]:
    """What is known without asking anybody: the server of the settings, keys, the embedded model.

    The key of the settings is no longer in the environment; others may be.
    """
    offers: list[Offer] = []
    if settings.base_url or settings.api_key:
        url = settings.base_url or OPENAI_URL
        changes = {"base_url": url, "model": settings.model}
        told = f"the server of your settings, {url}"
        offers.append(Offer("Models of your server", told, changes, settings.api_key, lists=True))
    for name, variable, url, model in SERVICES:
        if environ.get(variable) and url != settings.base_url:
            changes = {"base_url": url, "model": model, "api_key_env": variable}
            offers.append(
                Offer(f"{name}", f"by ${variable}", changes, environ[variable], lists=True)
            )
    installed, present = embedded_model()
    cost = "on this machine already" if present else "98 MB, fetched once"
    told = cost if installed else "needs: pip install 'pseudocode-tui[local]'"
    offers.append(Offer(LOCAL_NAME, f"small, solves simple specs; {told}", {"model": "local"}))
    return offers


async def offers_here() -> list[Offer]:
    """The models of servers that listen on this machine; nothing else is asked."""
    from pseudocode.providers.offers import local_servers

    return [
        Offer(model, f"{server.name}, {server.base_url}", _at(server.base_url, model))
        for server in await local_servers()
        for model in server.models
    ]


async def models_of(offer: Offer) -> list[Offer]:
    """One offer for each model of a server.

    Raises:
        ProviderError: When it does not say which it has.
    """
    from pseudocode.providers.offers import list_models

    url = offer.changes["base_url"]
    names = await list_models(url, offer.key)
    return [Offer(name, url, {**offer.changes, "model": name}, offer.key) for name in names]


def typed_offer(url: str, key: str, model: str) -> Offer:
    """What a person typed, as an offer."""
    url = url.strip()
    if "://" not in url:
        url = f"{'http' if url.startswith(('127.', 'localhost')) else 'https'}://{url}"
    changes = _at(url, model.strip())
    return Offer(model.strip() or "its models", url, changes, key.strip(), lists=not model.strip())


def _at(url: str, model: str) -> dict[str, Any]:
    return {"base_url": url, "model": model}
