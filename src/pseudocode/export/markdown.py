"""A recorded session as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pseudocode.events import Case, Event
from pseudocode.export.text import SIGNS
from pseudocode.export.transcript import Detail, Entry, entries
from pseudocode.inert import one_line

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_CELL = 120


def as_markdown(name: str, events: Iterable[Event]) -> str:
    """The whole session.

    Args:
        name: Of the session, for the heading.
        events: The recording.
    """
    parts = [f"# {_plain(one_line(name))}", *(_section(entry) for entry in entries(events))]
    return "\n\n".join(parts) + "\n"


def _section(entry: Entry) -> str:
    headline = _plain(one_line(entry.headline, 2_000).strip("─ "))
    first = f"## {headline[:1].upper()}{headline[1:]}" if entry.tone == "round" else headline
    parts = [f"> {first}" if entry.tone == "person" else first, *map(_fenced, entry.details)]
    return "\n\n".join(part for part in [*parts, _table(entry.cases)] if part)


def _fenced(detail: Detail) -> str:
    # Longer than any fence within, so that no text can end it.
    ticks = max([2, *map(len, re.findall(r"`+", detail.text))]) + 1
    fence = "`" * ticks
    return f"{_plain(detail.caption)}:\n\n{fence}{detail.language}\n{detail.text}\n{fence}"


def _table(cases: tuple[Case, ...]) -> str:
    if not cases:
        return ""
    return "\n".join(["| | call | expected | got |", "| --- | --- | --- | --- |", *_rows(cases)])


def _rows(cases: tuple[Case, ...]) -> Iterator[str]:
    for case in cases:
        cells = (case.call, case.expected, case.error or case.got)
        shown = " | ".join(_plain(one_line(cell, _CELL)) for cell in cells)
        yield f"| {SIGNS[case.outcome]} | {shown} |"


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
