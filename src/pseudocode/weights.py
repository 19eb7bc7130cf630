"""The embedded model's weights: which there are, and fetching them; wired like the rest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pseudocode.providers.entries import ModelEntry
    from pseudocode.wiring import OnProgress


def embedded_model() -> tuple[bool, bool]:
    """Whether the embedded model's server is installed, and whether its weights are here."""
    from pseudocode.providers.embedded import available
    from pseudocode.providers.entries import SMOLLM2

    return available(), SMOLLM2.present


def embedded_entries() -> tuple[ModelEntry, ...]:
    """The models that can be pulled."""
    from pseudocode.providers.entries import ENTRIES

    return ENTRIES


async def pull_model(on_progress: OnProgress) -> Path:
    """Fetch the embedded model's weights, unless they are here.

    Raises:
        ProviderError: When they cannot be fetched.
    """
    from pseudocode.providers.entries import SMOLLM2
    from pseudocode.providers.pull import pull

    return await pull(SMOLLM2, on_progress)
