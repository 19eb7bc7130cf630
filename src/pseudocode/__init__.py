"""Declare functions; a language model writes them, your examples and you accept them."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pseudocode.classes import pseudo_class
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
    from pseudocode.files import pseudo_file
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
    "pseudo_class",
    "pseudo_file",
    "pseudo_function",
]
_HOMES = {"pseudo_class": "classes", "pseudo_file": "files", "pseudo_function": "functions"}


def __getattr__(name: str) -> "Any":
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Neither `typing` nor `importlib` is imported: that would take longer than all the rest.
    home = __import__(f"pseudocode.{_HOMES.get(name, 'errors')}", fromlist=[name])
    return getattr(home, name)


def __dir__() -> list[str]:
    return sorted(__all__)
