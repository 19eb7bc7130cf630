"""The facts of a session, as frozen dataclasses.

A session is an append-only list of these. They hold plain values only, and neither clock nor
place: when and where a fact was written is the journal's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# All read the facts from here, wherever they are kept.
from pseudocode.answers import ChatMessage as ChatMessage
from pseudocode.answers import Diagnosed as Diagnosed
from pseudocode.answers import ExamplesFound as ExamplesFound
from pseudocode.answers import Finish as Finish
from pseudocode.answers import ReplyReceived as ReplyReceived
from pseudocode.answers import Role as Role
from pseudocode.answers import Solved as Solved
from pseudocode.answers import Source as Source
from pseudocode.decisions import (
    Approved,
    CandidatePicked,
    Commented,
    CommentMarked,
    HandEdited,
    PermissionsDenied,
    PermissionsGranted,
    Rejected,
    RoundRequested,
)

Outcome = Literal["passed", "failed", "error", "skipped"]
Style = Literal["chat", "prefill"]
"""How a model is best prompted: in conversation, or by continuing from the declaration."""
Reach = Literal["files", "network", "environment", "processes", "interpreter"]
"""What of the machine code gets hold of; `interpreter`: it could do more than can be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What became of one example or test in a pass."""

    call: str
    """The example on one line, or the name of the test with its parameters."""
    outcome: Outcome
    expected: str = ""
    got: str = ""
    error: str = ""
    """Type and message of an unexpected exception, with the candidate's innermost frames."""
    output: str = ""
    """What it printed beside the answer."""
    seconds: float = 0.0
    line: int = 0
    """Its line in its file."""
    hidden: bool = False
    """Whether the model was not shown it."""
    file: str = ""
    """The test file, for what pytest has run; empty for an example in the docstring."""
    traceback: str = ""
    """The way to the failure of a test, as pytest shows it."""
    beside: bool = False
    """Whether the code ran in the process of its test, where it could have meddled."""
    locals: tuple[str, ...] = ()
    """What some local variables held where the exception came up, as `name = value`."""

    @property
    def went_wrong(self) -> bool:
        """Whether it neither passed nor was left out."""
        return self.outcome in ("failed", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """A person or a command began work on a spec, or went on with it in another process."""

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
    max_generated: int = 0
    """Completion tokens alone, counted likewise; without a bound of their own if it is 0."""
    max_seconds: float = 600.0
    """Time spent on replies and tests, counted likewise."""
    max_cost: float | None = None
    """In US dollars, counted likewise; nothing where it is not bounded."""
    candidates: int = 1
    temperature: float | None = None
    """Fixed by the person; otherwise the policy chooses."""
    permissions: tuple[str, ...] = ()
    """What the declaration asks a person to grant before the code is run, one phrase each."""
    kept: str = ""
    """The SHA-256 of the accepted code that was there when the work began, if there was any."""
    again: bool = False
    """Whether an earlier session goes on; what was in flight then was cut off, and is lost."""
    kept_reaches: tuple[Reach, ...] = ()
    """What that accepted code gets hold of."""
    anew: bool = False
    """Whether there was accepted code already: what is kept from before would not do."""
    policy: str = ""
    """What decides over the rounds, by its name; empty in recordings from before it had one."""
    asks: bool = False
    """Whether the person wants to see each request before it goes out."""
    around: str = ""
    """The digest of what is around the spec; empty in recordings from before there was one."""
    diagnosis_model: str = ""
    """Which model says what is wrong with an answer, where repairs failed; empty for none."""
    library_examples: int = 0
    """How many near entries of the library the model is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundStarted:
    """The model is asked once more; panes clear."""

    round: int
    """Counted from 1; what comes out of the library goes before, as 0."""
    reason: Literal["first", "repair", "fresh", "comment", "library", "edit"]
    """`library`: the model is not asked, since code that was accepted before may fit; `edit`: nor
    is it here, since the person wrote the code."""
    candidates: int
    temperature: float
    counted: bool = True
    """Whether it uses up one of the rounds of the budget."""
    compared: bool = False
    """Whether all of its answers are wanted, for a person to compare them."""
    base: str = ""
    """The SHA-256 of the code that is to be repaired, where the policy chose it from many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptHeld:
    """The next request is due; the person wants to see it before it goes out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptReleased:
    """The person saw the next request, and lets just this go out."""

    messages: tuple[ChatMessage, ...]
    edited: bool = False
    """Whether it is not what the loop would have sent."""
    diagnosis: bool = False
    """Whether it goes to the model that is asked for a diagnosis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSent:
    """Exactly what the model is given in this round."""

    messages: tuple[ChatMessage, ...]
    edited: bool = False
    """Whether the person wrote it, or changed what the loop would have sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something in the code that a reviewer should look at twice."""

    line: int
    reason: str
    feedback: bool = False
    """Whether the model is told it, should the tests fail."""
    doubtful: bool = False
    """Whether code like this may well fit the examples by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A place where code gets hold of something outside of itself, or a time when it did."""

    reach: Reach
    what: str
    """The call or the module; the file, host or program."""
    line: int = 0
    """Its first line in the code; 0 for what was seen at run time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateChecked:
    """Code was taken from a reply, formatted and linted; or the faults say why that failed."""

    candidate: int
    code: str
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    imports: tuple[str, ...] = ()
    """The modules that it imports."""
    accesses: tuple[Access, ...] = ()
    """What it may get hold of, as far as its text tells."""

    @property
    def reaches(self) -> tuple[Reach, ...]:
        """The kinds of things that it may get hold of."""
        return tuple(dict.fromkeys(access.reach for access in self.accesses))


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteFinished:
    """A test pass over one candidate ended."""

    candidate: int
    cases: tuple[Case, ...]
    seconds: float = 0.0
    isolation: str = ""
    error: str = ""
    """Why the pass as a whole broke off (time limit, crash), if it did."""
    seen: tuple[Access, ...] = ()
    """What it got hold of, or tried to, while it ran, as far as it let that be seen."""

    @property
    def passed(self) -> int:
        """How many cases passed."""
        return sum(case.outcome == "passed" for case in self.cases)

    @property
    def share(self) -> str:
        """How many of them passed, of how many."""
        kind = "tests" if any(case.file for case in self.cases) else "examples"
        return f"{self.passed} of {len(self.cases)} {kind}"

    @property
    def tally(self) -> str:
        """The same as a sentence."""
        return f"{self.share} pass"

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
class BehaviourObserved:
    """Code that passes was called with arguments for which nobody knows the answers."""

    candidate: int
    calls: tuple[str, ...]
    answers: tuple[str, ...]
    """What each call gave, shortened to what tells answers apart; empty where it raised."""
    seconds: float = 0.0


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
    alone: bool = False
    """Whether it is this request that cannot be answered, while others may be."""


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
    | ExamplesFound
    | RoundStarted
    | PromptHeld
    | PromptReleased
    | PromptSent
    | ReplyReceived
    | Diagnosed
    | CandidateChecked
    | SuiteFinished
    | BehaviourObserved
    | PermissionsGranted
    | PermissionsDenied
    | Approved
    | Rejected
    | Commented
    | CommentMarked
    | HandEdited
    | CandidatePicked
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
    HandEdited,
    PromptReleased,
    CandidateAccepted,
)
"""Events after which the journal must be safe on the disk itself."""
