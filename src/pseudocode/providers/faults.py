"""What went wrong with a server, in one line with the mend, and whether it may pass."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from pseudocode.errors import ProviderError, SlowDown
from pseudocode.providers.endpoint import Endpoint
from pseudocode.providers.pieces import BrokenData, SaidError, text_of, value_of
from pseudocode.providers.redaction import Redaction

if TYPE_CHECKING:
    from openai import APIError, APIStatusError

MAX_HINT = 300
"""Characters of what a server says about a failure."""
_TOO_LONG = re.compile(
    r"context.{0,8}(length|size|window)|(too many|maximum.{0,20}) tokens"
    r"|(prompt|input) is too long",
    re.IGNORECASE,
)
_NO_ADDRESS = ("InvalidURL", "UnsupportedProtocol", "LocalProtocolError", "ValueError")
_OVERLOADED = (503, 529)
"""Ask to slow down where they say for how long."""
_NO_CREDIT = ("insufficient_quota", "billing_hard_limit_reached", "insufficient_balance")


class TookTooLong(Exception):
    """One of the bounds on time was reached; its text says which, and the setting for it."""


class TooMuch(Exception):
    """A server sent more than any answer can be."""


class NoAnswer(Exception):
    """What came is no answer of a model; its text says what it is instead."""


class WebPage(NoAnswer):
    """What came was made for a browser."""


class Faults:
    """Explains what went wrong at one endpoint, without its secrets."""

    def __init__(self, endpoint: Endpoint, hidden: Redaction) -> None:
        self._endpoint = endpoint
        self._hidden = hidden

    def explain(self, error: Exception, model: str) -> ProviderError:
        """The error as it is shown to a person."""
        import openai

        if isinstance(error, openai.APIStatusError):
            return self._refused(error, model)
        final = isinstance(error, TooMuch | WebPage) or _cause(error) in _NO_ADDRESS
        return self._error(*self._broken(error), not (final or _untrusted(error)))

    def _broken(self, error: Exception) -> tuple[str, str]:
        """What is wrong where no proper answer came, and the mend."""
        import openai

        mend = self._endpoint.unreachable
        match error:
            case TookTooLong():
                text, _, hint = str(error).partition("; ")
                return text, hint
            case TooMuch():
                return "sent more than an answer can be", mend
            case NoAnswer():
                return str(error), mend
            case TimeoutError() | openai.APITimeoutError():
                return f"did not connect within {self._endpoint.connect_seconds:g} s", mend
            case Exception() if _cause(error) in _NO_ADDRESS:
                return "is no address", mend
            case openai.APIConnectionError() if _untrusted(error):
                trust = (
                    "install your system's CA certificates, or name a file of them in SSL_CERT_FILE"
                )
                return "has a certificate that is not trusted", trust
            case openai.APIConnectionError():
                reached = _cause(error) != "ConnectError"
                return "broke off the connection" if reached else "cannot be reached", mend
            case json.JSONDecodeError() | UnicodeDecodeError() | BrokenData():
                return "sent broken data", mend
            case openai.APIError() | SaidError():
                return "reported an error", said(error)
        return f"failed: {type(error).__name__}", said(error)

    def _refused(self, error: APIStatusError, model: str) -> ProviderError:
        status = error.status_code
        wait = wait_asked_for(error.response.headers)
        busy = status == 429 or (status in _OVERLOADED and wait)
        if busy and not _out_of_credit(error):
            text = "asks to slow down" + (f", and to wait {in_words(wait)}" if wait else "")
            told, hint = self._told(text, said(error) or "try again later")
            return SlowDown(told, hint=hint, seconds=wait)
        text, hint = self._status(error, model)
        told, mend = self._told(text, hint)
        own_model = status == 404 and model not in ("", self._endpoint.model)
        again = _is_trouble(status) and not _out_of_credit(error)
        alone = is_too_long(error) or own_model
        return ProviderError(told, hint=mend, retryable=again, alone=alone)

    def _status(self, error: APIStatusError, model: str) -> tuple[str, str]:
        endpoint, status = self._endpoint, error.status_code
        if _out_of_credit(error):
            return "says that the account is out of credit", said(error)
        if is_too_long(error):
            mend = "raise its context length, or shorten the declaration and its tests"
            return "cannot read a prompt as long as this", f"{said(error)[:200]}; {mend}"
        if 300 <= status < 400:
            place = error.response.headers.get("location", "")
            return "redirects elsewhere, which is not followed", f"it names {place}: {_CHECK_URL}"
        match status:
            case 401 | 403 if not endpoint.api_key:
                return "wants an API key", f"set {endpoint.api_key_env}"
            case 401 | 403:
                mend = f"check {endpoint.api_key_env}, or name another with --api-key-env"
                return "turned the API key down", f"{mend}: {said(error)[:160]}"
            case 404 if endpoint.takes_responses and "model" not in said(error).lower():
                return "has no responses", "set api to chat, or check --base-url"
            case 404:
                mend = "choose one with --model; or the URL lacks its /v1"
                return f"knows no model {(model or endpoint.model)!r}", mend
        return f"answered {status}", said(error)

    def _error(self, text: str, hint: str, again: bool) -> ProviderError:
        told, mend = self._told(text, hint)
        return ProviderError(told, hint=mend, retryable=again)

    def _told(self, text: str, hint: str) -> tuple[str, str]:
        told = self._hidden(f"{self._endpoint.base_url} {text}")
        return told, self._hidden(hint or self._endpoint.unreachable)[:MAX_HINT]


_CHECK_URL = "if you trust it, give its address as --base-url"


def said(error: Exception) -> str:
    """What the server says about it."""
    body = getattr(error, "body", None)
    if message := text_of(body, "message", "detail", "error"):
        return message
    return str(error) if body is None else body if isinstance(body, str) else json.dumps(body)


def is_too_long(error: APIError) -> bool:
    """Whether the prompt does not fit."""
    status = getattr(error, "status_code", None)
    code = f"{error.code} {error.type}"
    fits_not = "context_length" in code or "exceed_context" in code or status == 413
    return fits_not or (status == 400 and _TOO_LONG.search(said(error)) is not None)


def is_filtered(error: Exception) -> bool:
    """Whether a filter turned the prompt down: Azure says so with an error."""
    inner = value_of(getattr(error, "body", None), "innererror")
    codes = (getattr(error, "code", None), text_of(inner, "code"))
    return any(code in ("content_filter", "ResponsibleAIPolicyViolation") for code in codes)


def wait_asked_for(headers: Mapping[str, str]) -> float | None:
    """How many seconds a server asks to wait; nothing where it does not, or makes no sense."""
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            seconds = float(headers[name]) / unit
        except (KeyError, ValueError):
            continue
        return seconds if math.isfinite(seconds) and seconds > 0 else None
    try:
        until = parsedate_to_datetime(headers["retry-after"]).timestamp()
    except (KeyError, ValueError, TypeError, OverflowError, OSError):
        return None
    return max(until - time.time(), 0.0) or None


def in_words(seconds: float) -> str:
    """A time to wait."""
    return f"{math.ceil(seconds)} s" if seconds < 120 else f"{math.ceil(seconds / 60)} minutes"


def _out_of_credit(error: APIStatusError) -> bool:
    return error.status_code == 402 or bool({error.code, error.type} & {*_NO_CREDIT})


def _is_trouble(status: int) -> bool:
    """Whether it may pass."""
    return status in (408, 409, 425) or (status >= 500 and status != 501)


def _untrusted(error: BaseException) -> bool:
    """Whether the server's certificate was turned down."""
    return "CERTIFICATE_VERIFY" in str(error.__cause__)


def _cause(error: BaseException) -> str:
    """What of the library below has failed."""
    return type(error.__cause__ or error).__name__
