"""What became of a session, event by event, in words: for the conversation and for transcripts."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pseudocode.events import (
    AcceptanceFailed,
    Approved,
    CandidateAccepted,
    CandidateChecked,
    CandidatePicked,
    Commented,
    CommentMarked,
    Diagnosed,
    Event,
    ExamplesFound,
    HandEdited,
    PermissionsDenied,
    PermissionsGranted,
    PromptHeld,
    PromptReleased,
    PromptSent,
    ProviderFailed,
    Rejected,
    ReplyReceived,
    RoundStarted,
    RunnerFailed,
    SessionStarted,
    Stopped,
    SuiteFinished,
)

Tone = Literal["round", "plain", "quiet", "person", "good", "bad", "warning"]


class Told(NamedTuple):
    """One event in words, as they came: what shows them makes them inert."""

    text: str
    tone: Tone


def told(event: Event) -> Told | None:
    """The event in words; nothing for what is of no interest by itself."""
    found = (
        _told(event) or _diagnosis(event) or _decision(event) or _choice(event) or _failure(event)
    )
    return Told(*found) if found else None


def _told(event: Event) -> tuple[str, Tone] | None:
    match event:
        case SessionStarted():
            return f"session {event.session}{' goes on' if event.again else ''}", "quiet"
        case RoundStarted(reason="library"):
            return f"── library · {event.candidates} may fit ──", "round"
        case RoundStarted():
            asked = f", {event.candidates} answers" if event.candidates > 1 else ""
            return f"── round {event.round} · {event.reason}{asked} ──", "round"
        case PromptSent():
            said = event.messages[-1]
            asking = said.content if said.role == "user" else event.messages[0].content
            how = ", as you edited it" if event.edited else ""
            return f"to the model{how}:\n{asking}", "plain"
        case ExamplesFound() if event.solved:
            return f"shown as examples: {', '.join(n.origin for n in event.solved)}", "quiet"
        case PromptHeld():
            return "the next request waits to be seen", "quiet"
        case ReplyReceived():
            parts = [*(f"asked again: {why}" for why in event.retries), _reply(event)]
            told = "\n".join(filter(None, [*parts, event.warning and f"! {event.warning}"]))
            return told, "warning" if event.warning else "quiet"
        case CandidateChecked(faults=faults) if faults:
            return "\n".join(f"✗ {fault}" for fault in faults), "bad"
        case SuiteFinished():
            tone: Tone = "good" if event.all_passed else "bad"
            reason = "fits only the shown examples" if event.fits_only_the_shown else event.error
            why = f": {reason}" if reason else ""
            return f"{event.tally}{why}", tone
    return None


def _reply(event: ReplyReceived) -> str:
    match event.source:
        case "library":
            found = f"found {event.candidate + 1}: {event.origin}, by {event.model}"
            return f"{found}, {event.saved_tokens:,} tokens then, none now"
        case "cache":
            answer = f"answer {event.candidate + 1}: from the cache"
            return f"{answer}, {event.saved_tokens:,} tokens saved"
    tokens = f"{'≈' if event.estimated else ''}{event.completion_tokens} tokens"
    rate = f", {event.tokens_per_second:.0f} a second" if event.tokens_per_second else ""
    cached = f", {event.cached_tokens:,} of the prompt cached" if event.cached_tokens else ""
    how = "" if event.finish == "stop" else f", {event.finish}"
    refusal = f", declined: {event.refusal}" if event.refusal else ""
    answer = f"answer {event.candidate + 1}: {tokens} in {event.seconds:.1f} s"
    return f"{answer}{rate}{cached}{how}{refusal}"


def _diagnosis(event: Event) -> tuple[str, Tone] | None:
    match event:
        case Diagnosed(fault="", model=model, reply=reply):
            used = f"{'≈' if reply.estimated else ''}{reply.completion_tokens} tokens"
            return f"diagnosis by {model}, {used} in {reply.seconds:.1f} s:\n{event.text}", "plain"
        case Diagnosed():
            return f"no diagnosis by {event.model}: {event.fault}", "warning"
    return None


def _decision(event: Event) -> tuple[str, Tone] | None:
    match event:
        case Commented():
            return f"you{_where(event)}: {event.text}", "person"
        case Rejected():
            return f"you rejected it{f': {event.reason}' if event.reason else ''}", "person"
        case PermissionsGranted():
            when = "earlier" if event.remembered else "it"
            return f"you allowed {when}: {'; '.join(event.permissions)}", "person"
        case PermissionsDenied():
            return f"you did not allow it: {'; '.join(event.permissions)}", "person"
        case Approved():
            return "you approved it", "good"
        case CandidateAccepted():
            return f"accepted, written to {event.path}", "good"
        case Stopped():
            return "stopped", "warning"
    return None


def _choice(event: Event) -> tuple[str, Tone] | None:
    match event:
        case CommentMarked():
            state = "addressed" if event.addressed else "open"
            return f"you marked comment {event.number} as {state}", "quiet"
        case HandEdited():
            return f"── you edited it ──\n{event.code.rstrip()}", "person"
        case CandidatePicked():
            return f"you picked answer {event.candidate + 1}", "person"
        case PromptReleased(edited=True):
            return "you edited the request", "person"
    return None


def _where(comment: Commented) -> str:
    if not comment.line:
        return ""
    if comment.line == comment.last:
        return f" on line {comment.line}"
    return f" on lines {comment.line} to {comment.last}"


def _failure(event: Event) -> tuple[str, Tone] | None:
    match event:
        case ProviderFailed():
            hint = f"\n{event.hint}" if event.hint else ""
            return f"{event.message}{hint}", "bad"
        case RunnerFailed() | AcceptanceFailed():
            return event.message, "bad"
    return None
