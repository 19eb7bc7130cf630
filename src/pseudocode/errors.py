"""The errors that a user of the package can meet.

PseudocodeError
├── SpecError        a declaration that cannot be used
├── NotGenerated     no accepted code for a declaration yet
├── StaleSpec        the declaration changed since its code was accepted
├── SettingsError    an option, variable or configuration file that cannot be used
├── ProviderError    the model could not be reached, or refused
│   └── SlowDown     its server asks for fewer requests
├── SandboxUnavailable  the isolation that was asked for is not there
└── StoreError       a file or folder that cannot be read or written
    └── Held         another process is at work on the same spec
"""

from __future__ import annotations


class PseudocodeError(Exception):
    """Base of all errors raised by this package; its text is one line, fit to show to a user."""


class SpecError(PseudocodeError):
    """A declaration that cannot be used.

    Attributes:
        line: Where in the file, counted from 1; 0 where the caller knows it better.
    """

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class NotGenerated(PseudocodeError, NotImplementedError):
    """A declared function was called before any code for it was accepted."""


class StaleSpec(PseudocodeError):
    """A declared function was called whose accepted code belongs to an earlier declaration."""


class SettingsError(PseudocodeError):
    """An option, environment variable or configuration file has a value that cannot be used."""


class ProviderError(PseudocodeError):
    """The model could not be reached, or refused the request.

    Attributes:
        hint: What the person can do about it; may be empty.
        retryable: Whether the same request may succeed later.
        alone: Whether it is this request that cannot be answered, while others may be.
    """

    def __init__(
        self, message: str, *, hint: str = "", retryable: bool = False, alone: bool = False
    ) -> None:
        super().__init__(message)
        self.hint = hint
        self.retryable = retryable
        self.alone = alone


class SlowDown(ProviderError):
    """The model's server asks for fewer requests; the same one may succeed later.

    Attributes:
        seconds: How long the server wants to be left alone; nothing where it does not say.
    """

    def __init__(self, message: str, *, hint: str = "", seconds: float | None = None) -> None:
        super().__init__(message, hint=hint, retryable=True)
        self.seconds = seconds


class StoreError(PseudocodeError):
    """A file or folder of ours that cannot be read or written."""


class Held(StoreError):
    """Another process is at work on the same spec."""


class SandboxUnavailable(PseudocodeError):
    """The isolation that was asked for cannot be had on this machine."""


class RunnerError(Exception):
    """The tests could not be run, for a reason that says nothing about the code."""
