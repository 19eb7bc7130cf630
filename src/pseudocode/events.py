"""The facts of a session: frozen dataclasses, and their JSON form.

A session is an append-only list of these. They hold plain values only, and neither clock nor
place: when and where a fact was written is the journal's business.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, is_dataclass
from functools import cache
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

SCHEMA = 1
"""Version of the events' JSON form; a reader knows all versions up to its own."""

Outcome = Literal["passed", "failed", "error", "skipped"]
Role = Literal["system", "user", "assistant"]
Finish = Literal["stop", "length", "filter", "cut", "stopped", "dropped"]
"""How an answer ended; `dropped`: no longer needed, since another one passed."""
Style = Literal["chat", "prefill"]
"""How a model is best prompted: in conversation, or by continuing from the declaration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One message of the exchange with the model."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What became of one example in a test pass."""

    call: str
    outcome: Outcome
    expected: str = ""
    got: str = ""
    error: str = ""
    """Type and message of an unexpected exception, with the candidate's innermost frames."""
    output: str = ""
    """What it printed beside the answer."""
    seconds: float = 0.0
    line: int = 0
    """The example's line in the spec file."""
    hidden: bool = False
    """Whether the model was not shown the example."""

    @property
    def went_wrong(self) -> bool:
        """Whether it neither passed nor was left out."""
        return self.outcome in ("failed", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """A person or a command began work on a spec."""

    session: str
    spec: str
    path: str
    digest: str
    stub: str
    model: str
    style: Style = "chat"
    review: bool = False
    """Whether a person has to approve code before it is run."""
    approval: Literal["person", "tests"] = "person"
    """Who accepts code that passes: the person, or the passing tests themselves."""
    max_rounds: int = 5
    max_tokens: int = 50_000
    """Prompt and completion tokens, counted since the person last asked for a round."""
    max_seconds: float = 600.0
    """Time spent on replies and tests, counted likewise."""
    candidates: int = 1
    temperature: float | None = None
    """Fixed by the person; otherwise the policy chooses."""
    permissions: tuple[str, ...] = ()
    """What the declaration asks a person to grant before the code is run, one phrase each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundStarted:
    """The model is asked once more; panes clear."""

    round: int
    reason: Literal["first", "repair", "fresh", "comment"]
    candidates: int
    temperature: float
    counted: bool = True
    """Whether it uses up one of the rounds of the budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSent:
    """Exactly what the model is given in this round."""

    messages: tuple[ChatMessage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyReceived:
    """A finished or cut answer, as it came."""

    candidate: int
    text: str
    finish: Finish
    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: bool = False
    """Whether the token counts are ours, because the server gave none."""
    seconds: float = 0.0
    first_token_seconds: float = 0.0
    model: str = ""
    """The model that the server says has answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something in the code that a reviewer should look at twice."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateChecked:
    """Code was taken from a reply, formatted and linted; or the faults say why that failed."""

    candidate: int
    code: str
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteFinished:
    """A test pass over one candidate ended."""

    candidate: int
    cases: tuple[Case, ...]
    seconds: float = 0.0
    isolation: str = ""
    error: str = ""
    """Why the pass as a whole broke off (time limit, crash), if it did."""

    @property
    def passed(self) -> int:
        """How many cases passed."""
        return sum(case.outcome == "passed" for case in self.cases)

    @property
    def needs_work(self) -> bool:
        """Whether anything went wrong."""
        return bool(self.error) or any(case.went_wrong for case in self.cases)

    @property
    def fits_only_the_shown(self) -> bool:
        """Whether all that the model was shown passes, but not what was withheld."""
        wrong = [case for case in self.cases if case.went_wrong]
        return bool(wrong) and all(case.hidden for case in wrong) and not self.error

    @property
    def all_passed(self) -> bool:
        """Whether everything that was to be checked was checked, and passed."""
        counted = [case for case in self.cases if case.outcome != "skipped"]
        return bool(counted) and not self.error and self.passed == len(counted)


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionsGranted:
    """The person lets the code have exactly this when it is run."""

    permissions: tuple[str, ...]
    remembered: bool = False
    """Whether they said so in an earlier session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionsDenied:
    """The person does not let the code have this, so it is not run."""

    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """The person approved exactly this code."""

    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The person turned the code down, with or without a reason."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commented:
    """The person said something that the model should take into account."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRequested:
    """The person asked for another go; the budget starts anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateAccepted:
    """The code is on disk beside its declaration."""

    sha256: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceFailed:
    """The code could not be written; it is still in the journal."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFailed:
    """The model could not be reached, or refused."""

    message: str
    hint: str = ""
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerFailed:
    """The tests could not be run at all; nothing is known about the code."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Work ended before the code was accepted, because the person said so."""

    reason: Literal["user", "interrupted"] = "user"


Event = (
    SessionStarted
    | RoundStarted
    | PromptSent
    | ReplyReceived
    | CandidateChecked
    | SuiteFinished
    | PermissionsGranted
    | PermissionsDenied
    | Approved
    | Rejected
    | Commented
    | RoundRequested
    | CandidateAccepted
    | AcceptanceFailed
    | ProviderFailed
    | RunnerFailed
    | Stopped
)
DECISIONS = (
    PermissionsGranted,
    PermissionsDenied,
    Approved,
    Rejected,
    Commented,
    CandidateAccepted,
)
"""Events after which the journal must be safe on the disk itself."""

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Event)}


def to_json(event: Event) -> dict[str, Any]:
    """The event as values that `json` can write, with its kind under `event`."""
    return {"event": type(event).__name__, **asdict(event)}


def from_json(record: object) -> Event:
    """The event that `to_json` wrote.

    Raises:
        ValueError: When it is not one of ours, or not well-formed.
    """
    named = record.get("event") if isinstance(record, dict) else None
    kind = _KINDS.get(str(named))
    if kind is None:
        raise ValueError(f"unknown event {named!r}")
    try:
        event: Event = _build(kind, record)
    except TypeError as error:
        raise ValueError(f"malformed {kind.__name__}: {error}") from None
    return event


def dumps(record: dict[str, Any]) -> str:
    """One line of ASCII JSON: lone surrogates and escapes survive any file system."""
    return json.dumps(record, ensure_ascii=True, separators=(",", ":"))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _build(hint: Any, value: Any) -> Any:
    """A value of JSON as the type that an event declares; `TypeError` where it is not of it."""
    if is_dataclass(hint):
        if not isinstance(value, dict):
            raise TypeError(f"{value!r} is no object")
        # What a later version adds is passed over.
        hints = {name: inner for name, inner in _hints(cast(Any, hint)).items() if name in value}
        return cast("type[Any]", hint)(**{n: _build(inner, value[n]) for n, inner in hints.items()})
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise TypeError(f"{value!r} is no list")
        return tuple(_build(get_args(hint)[0], item) for item in value)
    if not _fits(hint, value):
        raise TypeError(f"{value!r} is not of type {getattr(hint, '__name__', hint)}")
    return value


def _fits(hint: Any, value: Any) -> bool:
    if get_origin(hint) is Literal:
        return isinstance(value, str) and value in get_args(hint)
    if options := get_args(hint):
        return any(_fits(option, value) for option in options)
    if hint is float:
        return type(value) in (int, float)
    return type(value) is hint
