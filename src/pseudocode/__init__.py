"""Declare functions; a language model writes them, your examples and you accept them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pseudocode.errors import (
        NotGenerated,
        ProviderError,
        PseudocodeError,
        SandboxUnavailable,
        SettingsError,
        SpecError,
        StaleSpec,
        StoreError,
    )
    from pseudocode.functions import pseudo_function

__version__ = "0.1.0"

__all__ = [
    "NotGenerated",
    "ProviderError",
    "PseudocodeError",
    "SandboxUnavailable",
    "SettingsError",
    "SpecError",
    "StaleSpec",
    "StoreError",
    "__version__",
    "pseudo_function",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "functions" if name == "pseudo_function" else "errors"
    return getattr(import_module(f"pseudocode.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
