"""A recorded session as plain lines for a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import indent

from pseudocode.events import Case, Event
from pseudocode.export.transcript import Entry, entries
from pseudocode.inert import one_line

SIGNS = {"passed": "✓", "failed": "✗", "error": "✗", "skipped": "-"}
WIDTH = 100


def as_text(events: Iterable[Event], *, whole: bool = False) -> Iterator[str]:
    """The rounds, one paragraph for each event.

    Args:
        events: The recording.
        whole: Whether prompts and answers are told, beside the code that was made of them.
    """
    return (_paragraph(entry, whole) for entry in entries(events) if whole or _matters(entry))


def _matters(entry: Entry) -> bool:
    """Whether it says anything without prompts and answers."""
    return entry.tone != "plain" or not entry.details


def _paragraph(entry: Entry, whole: bool) -> str:
    wanted = [d for d in entry.details if whole or d.caption in ("declaration", "code", "notes")]
    headline = f"\n{entry.headline}" if entry.tone == "round" else entry.headline
    parts = [headline, *(indent(detail.text, "    ") for detail in wanted)]
    return "\n".join([*parts, *map(_case, entry.cases)])


def _case(case: Case) -> str:
    line = f"    {SIGNS[case.outcome]} {one_line(case.call, WIDTH)}"
    if not case.went_wrong:
        return line
    got = case.error or case.got
    if case.file:
        return f"{line}\n        {one_line(got, WIDTH)}"
    expected = one_line(case.expected, WIDTH) or "no exception"
    return f"{line}\n        expected {expected}, got {one_line(got, WIDTH) or 'nothing'}"
