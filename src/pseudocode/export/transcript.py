"""What a transcript holds, whichever form it is given: an entry for each event that says something.

All text is inert here already, so that no form has to think of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pseudocode.events import (
    CandidateChecked,
    Case,
    Diagnosed,
    Event,
    PromptSent,
    ReplyReceived,
    SessionStarted,
    SuiteFinished,
)
from pseudocode.inert import visible
from pseudocode.telling import Tone, told


@dataclass(frozen=True, slots=True)
class Detail:
    """A text that belongs to an event."""

    caption: str
    text: str
    language: str = "text"
    """As Pygments and Markdown name it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event."""

    headline: str
    tone: Tone
    details: tuple[Detail, ...] = ()
    cases: tuple[Case, ...] = ()
    """Of a test pass; their texts are as they came."""


def entries(events: Iterable[Event]) -> Iterator[Entry]:
    """The events that say something, in their order."""
    language = "python"
    for event in events:
        if isinstance(event, SessionStarted):
            language = _language(event)
        details = tuple(_details(event, language))
        cases = event.cases if isinstance(event, SuiteFinished) else ()
        headline, tone = _headline(event)
        if headline or details:
            yield Entry(visible(headline), tone, details, cases)


def _headline(event: Event) -> tuple[str, Tone]:
    if isinstance(event, CandidateChecked) and not event.faults:
        return f"code of answer {event.candidate + 1}", "quiet"
    found = told(event)
    if found is None:
        return "", "plain"
    if isinstance(event, PromptSent):  # its text is among the details, whole
        return "to the model", found.tone
    return found.text, found.tone


def _language(started: SessionStarted) -> str:
    """Of what is declared: code, or a file of whatever format."""
    code = any(word in started.stub for word in ("def ", "class "))
    return "python" if code else "text"


def _details(event: Event, language: str) -> Iterator[Detail]:
    match event:
        case SessionStarted(again=False):
            yield _detail("declaration", event.stub, language)
        case PromptSent():
            for message in event.messages:
                yield _detail(message.role, message.content, "markdown")
        case Diagnosed():
            for message in event.messages:
                yield _detail(f"{message.role}, to {event.model}", message.content, "markdown")
        case ReplyReceived():
            if event.reasoning:
                yield _detail("reasoning", event.reasoning, "text")
            yield _detail(f"answer {event.candidate + 1}", event.text, "markdown")
        case CandidateChecked(code=code) if code:
            yield _detail("code", code, language)
            marked = [f"line {flag.line}: {flag.reason}" for flag in event.flags]
            if told := "\n".join([*event.notes, *marked]):
                yield _detail("notes", told, "text")


def _detail(caption: str, text: str, language: str) -> Detail:
    return Detail(caption, visible(text).strip("\n"), language)
