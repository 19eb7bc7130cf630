"""A recorded session, at any of its moments: the same fold as the live one, carried out by nobody.

Seeking starts from the nearest of the snapshots that are kept along the way, so that its cost does
not grow with what lies before.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from pseudocode.events import (
    AcceptanceFailed,
    Approved,
    CandidateAccepted,
    CandidateChecked,
    CandidatePicked,
    Commented,
    Event,
    HandEdited,
    PermissionsDenied,
    PermissionsGranted,
    PromptHeld,
    PromptReleased,
    PromptSent,
    ProviderFailed,
    Rejected,
    ReplyReceived,
    RoundRequested,
    RoundStarted,
    RunnerFailed,
    SessionStarted,
    Stopped,
    SuiteFinished,
)
from pseudocode.session import Session
from pseudocode.spec.digest import DECORATORS
from pseudocode.spec.discovery import find_specs
from pseudocode.spec.model import Options, Spec, Suite

MarkKind = Literal["round", "failure", "decision"]
SNAPSHOTS = 64
"""As many as are kept at most: each holds references to all rounds before it."""
CLOSEST = 250
"""Events between two of them at the least."""
LONGEST_PAUSE = 3.0
"""Seconds; a person who went for lunch is not waited for."""

_DECISIONS = (
    Approved,
    CandidateAccepted,
    CandidatePicked,
    Commented,
    HandEdited,
    PermissionsDenied,
    PermissionsGranted,
    PromptReleased,
    Rejected,
    RoundRequested,
    Stopped,
)
_FAILURES = (AcceptanceFailed, ProviderFailed, RunnerFailed)


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment worth going to."""

    position: int
    """How many events have happened, this one included."""
    kind: MarkKind


class Playback:
    """A recording with a needle: `session` is the fold of the first `position` events."""

    def __init__(self, spec: Spec, events: Iterable[Event], seconds: Iterable[float]) -> None:
        """Put the needle at the start.

        Args:
            spec: What the session was about.
            events: The recording.
            seconds: When each event was written, counted from any moment; may jump back.
        """
        self.spec = spec
        self.events = tuple(events)
        self.offsets = _offsets(self.events, tuple(seconds))
        """When each happens in the replay, in seconds from its start; pauses are shortened."""
        self.marks = tuple(
            Mark(place, kind)
            for place, event in enumerate(self.events, 1)
            if (kind := _kind(event))
        )
        self.session = Session(spec)
        self._snapshots = self._fold_once()

    @property
    def position(self) -> int:
        """How many events have happened."""
        return len(self.session.events)

    @property
    def length(self) -> float:
        """Seconds that it all takes at normal speed."""
        return self.offsets[-1] if self.offsets else 0.0

    @property
    def time(self) -> float:
        """Where the needle is, in seconds."""
        return self.offsets[self.position - 1] if self.position else 0.0

    @property
    def at_end(self) -> bool:
        """Whether nothing more happens."""
        return self.position == len(self.events)

    def step(self) -> Event | None:
        """Let the next event happen, if there is one."""
        if self.at_end:
            return None
        event = self.events[self.position]
        self.session.append(event)
        return event

    def seek(self, position: int) -> None:
        """Go to where so many events have happened; beyond an end is that end."""
        wanted = max(0, min(position, len(self.events)))
        nearest = max(place for place in self._snapshots if place <= wanted)
        if not nearest <= self.position <= wanted:
            self.session = self._snapshots[nearest].snapshot()
            self.session.events = list(self.events[:nearest])
        while self.position < wanted:
            self.step()

    def position_at(self, seconds: float) -> int:
        """How many events have happened by a time."""
        return bisect_right(self.offsets, seconds)

    def next_mark(self, *kinds: MarkKind) -> int:
        """The position of the next mark of these kinds, or the end."""
        places = [mark.position for mark in self.marks if mark.kind in kinds]
        place = bisect_right(places, self.position)
        return places[place] if place < len(places) else len(self.events)

    def previous_mark(self, *kinds: MarkKind) -> int:
        """The position of the last mark of these kinds before here, or the start."""
        places = [mark.position for mark in self.marks if mark.kind in kinds]
        place = bisect_left(places, self.position)
        return places[place - 1] if place else 0

    def streamed(self, seconds: float) -> dict[int, str]:
        """What had arrived of the answers under way at a time, by candidate.

        The pieces were not recorded, so the text is taken to have come evenly.
        """
        found: dict[int, str] = {}
        for place in range(self.position, len(self.events)):
            event = self.events[place]
            if isinstance(event, RoundStarted):
                break
            if isinstance(event, ReplyReceived):
                end, before = self.offsets[place], self.offsets[max(place - 1, 0)]
                writing = max(0.0, event.seconds - event.first_token_seconds)
                begin = max(before, end - writing)
                if begin <= seconds < end:
                    share = (seconds - begin) / (end - begin)
                    found[event.candidate] = event.text[: int(share * len(event.text))]
        return found

    def _fold_once(self) -> dict[int, Session]:
        """Snapshots all along the recording."""
        apart = max(CLOSEST, len(self.events) // SNAPSHOTS)
        session = Session(self.spec)
        found = {0: session.snapshot()}
        for place, event in enumerate(self.events, 1):
            session.append(event)
            if place % apart == 0:
                found[place] = session.snapshot()
        return found


def taken_over(session: Session) -> tuple[Event, ...]:
    """The facts that a live session may go on from, after the `SessionStarted` of its own.

    A recording can come from anybody, so neither its decisions nor its verdicts count: code is
    tested again, and the person is asked again.
    """
    never = (
        SessionStarted,
        SuiteFinished,
        Approved,
        CandidateAccepted,
        AcceptanceFailed,
        PermissionsGranted,
        PermissionsDenied,
        ProviderFailed,
        RunnerFailed,
        Stopped,
        RoundRequested,
        PromptHeld,
        PromptReleased,
    )
    kept: list[Event] = []
    for event in session.events:
        if isinstance(event, SessionStarted):
            _drop_unasked(kept)
        if not isinstance(event, never):
            kept.append(event)
    while kept and isinstance(kept[-1], RoundStarted | PromptSent):
        kept.pop()  # a round that nothing came of is started anew
    return tuple(kept)


def forked(session: Session, number: int, candidate: int) -> tuple[Event, ...]:
    """The facts that another session begins with, to go on from an answer of an earlier round.

    Args:
        session: The one in which the round was.
        number: Which of its rounds, counted from 0.
        candidate: Which of the answers.
    """
    earlier = Session(session.spec)
    for event in session.events:
        if isinstance(event, RoundStarted | HandEdited) and len(earlier.rounds) > number:
            break
        earlier.append(event)
    return (*taken_over(earlier), CandidatePicked(candidate=candidate))


def _drop_unasked(events: list[Event]) -> None:
    """Leave out a round that was cut off before the model was asked: it was begun once more."""
    for place in range(len(events) - 1, -1, -1):
        if isinstance(events[place], PromptSent | ReplyReceived):
            return
        if isinstance(events[place], RoundStarted):
            del events[place]
            return


def recorded_spec(events: Iterable[Event]) -> Spec:
    """What a recording was about, as far as it tells: for looking on where the file is gone.

    Where it was gone on with after the declaration had changed, that is the new one.

    Args:
        events: The recording.
    """
    events = tuple(events)
    starts = (event for event in reversed(events) if isinstance(event, SessionStarted))
    if (started := next(starts, None)) is None:
        return Spec(name="", module="", path="", line=0)
    module, _, name = started.spec.partition(".")
    found = _declared(started)
    tests = {c.file for event in events if isinstance(event, SuiteFinished) for c in event.cases}
    suites = tuple(Suite(path=file, source="") for file in sorted(tests) if file)
    return replace(
        found or Spec(kind="file", name=name, module=module, path="", line=0, source=started.stub),
        name=name,
        module=module,
        path=started.path,
        digest=started.digest,
        suites=suites,
        options=Options.permitting(started.permissions),
    )


def _declared(started: SessionStarted) -> Spec | None:
    for decorator in DECORATORS.values():
        text = f"from pseudocode import {decorator}\n@{decorator}\n{started.stub}"
        found = find_specs(started.path, text.encode("utf-8", "surrogatepass"))
        if found.specs:
            return found.specs[0]
    modules = find_specs(started.path, started.stub.encode("utf-8", "surrogatepass")).modules
    return modules[0] if modules else None


def _kind(event: Event) -> MarkKind | None:
    if isinstance(event, RoundStarted):
        return "round"
    if isinstance(event, _DECISIONS) or (isinstance(event, SessionStarted) and event.again):
        return "decision"
    wrong = isinstance(event, SuiteFinished) and event.needs_work
    faulty = isinstance(event, CandidateChecked) and bool(event.faults)
    return "failure" if wrong or faulty or isinstance(event, _FAILURES) else None


def _offsets(events: tuple[Event, ...], seconds: tuple[float, ...]) -> tuple[float, ...]:
    """When each event happens: the pauses of the recording, none longer than a person waits."""
    found: list[float] = []
    now = 0.0
    for place, at in enumerate(seconds[: len(events)]):
        pause = at - seconds[place - 1] if place else 0.0  # a clock can be set back
        now += min(max(pause, 0.0), LONGEST_PAUSE)
        found.append(now)
    return (*found, *[now] * (len(events) - len(found)))
