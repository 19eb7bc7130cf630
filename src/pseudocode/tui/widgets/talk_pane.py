"""The conversation: what was sent, what came, what the person said."""

from __future__ import annotations

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pseudocode.events import (
    AcceptanceFailed,
    Approved,
    CandidateAccepted,
    CandidateChecked,
    Commented,
    Event,
    PermissionsDenied,
    PermissionsGranted,
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
from pseudocode.inert import visible

MAX_LINES = 24
"""Lines of one message that are shown."""


class TalkPane(VerticalScroll):
    """One entry for each thing said or done."""

    HELP = "The conversation with the model, the test results, and your comments."
    BORDER_TITLE = "4 Conversation"

    def on_mount(self) -> None:
        """Follow the end, until the person scrolls."""
        self.anchor()

    def show_events(self, events: list[Event]) -> None:
        """Show these and nothing else."""
        self.query(Static).remove()
        self.mount_all([entry for event in events if (entry := _entry(event))])

    def show_event(self, event: Event) -> None:
        """Show one more."""
        if entry := _entry(event):
            self.mount(entry)


def _entry(event: Event) -> Static | None:
    told = _told(event)
    if told is None:
        return None
    text, style = told
    lines = visible(text).split("\n")
    if len(lines) > MAX_LINES:
        lines = [*lines[:MAX_LINES], f"… {len(lines) - MAX_LINES} more lines"]
    return Static(Content.styled("\n".join(lines), style), markup=False, classes="entry")


def _told(event: Event) -> tuple[str, str] | None:
    match event:
        case SessionStarted():
            return f"session {event.session}", "dim"
        case RoundStarted():
            asked = f", {event.candidates} answers" if event.candidates > 1 else ""
            return f"── round {event.round} · {event.reason}{asked} ──", "bold $text-accent"
        case PromptSent():
            said = event.messages[-1]
            told = said.content if said.role == "user" else event.messages[0].content
            return f"to the model:\n{told}", ""
        case ReplyReceived():
            tokens = f"{'≈' if event.estimated else ''}{event.completion_tokens} tokens"
            how = "" if event.finish == "stop" else f", {event.finish}"
            return f"answer {event.candidate + 1}: {tokens} in {event.seconds:.1f} s{how}", "dim"
        case CandidateChecked(faults=faults) if faults:
            return "\n".join(f"✗ {fault}" for fault in faults), "$text-error"
        case SuiteFinished():
            style = "$text-success" if event.all_passed else "$text-error"
            reason = "fits only the shown examples" if event.fits_only_the_shown else event.error
            why = f": {reason}" if reason else ""
            return f"{event.tally}{why}", style
    return _decision(event) or _failure(event)


def _decision(event: Event) -> tuple[str, str] | None:
    match event:
        case Commented():
            return f"you: {event.text}", "bold"
        case Rejected():
            return f"you rejected it{f': {event.reason}' if event.reason else ''}", "bold"
        case PermissionsGranted():
            when = "earlier" if event.remembered else "it"
            return f"you allowed {when}: {'; '.join(event.permissions)}", "bold"
        case PermissionsDenied():
            return f"you did not allow it: {'; '.join(event.permissions)}", "bold"
        case Approved():
            return "you approved it", "bold $text-success"
        case CandidateAccepted():
            return f"accepted, written to {event.path}", "$text-success"
        case Stopped():
            return "stopped", "$text-warning"
    return None


def _failure(event: Event) -> tuple[str, str] | None:
    match event:
        case ProviderFailed():
            hint = f"\n{event.hint}" if event.hint else ""
            return f"{event.message}{hint}", "$text-error"
        case RunnerFailed() | AcceptanceFailed():
            return event.message, "$text-error"
    return None
