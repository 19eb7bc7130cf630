"""What sessions add up to: solved, rounds, tokens and cost, by model and over time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pseudocode.cost import NOTHING, Cost
from pseudocode.rounds import times_asked
from pseudocode.session import Session
from pseudocode.settings import Settings

if TYPE_CHECKING:
    from pseudocode.store.sessions import Sessions
    from pseudocode.store.tallies import Tallies

BLOCKS = " ▁▂▃▄▅▆▇█"
FORM = 1
"""Of what is kept of a session; with another one it is added up anew."""
BAR = 14
"""Columns of a whole bar."""
WIDTH = 76
"""Columns of all of it, where nothing else is known."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over some sessions in which a model was asked."""

    name: str
    """Of the model, or the day."""
    sessions: int = 0
    accepted: int = 0
    rounds: int = 0
    tokens: int = 0
    cost: Cost = NOTHING
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """The share of sessions whose code was accepted, from 0 to 1."""
        return self.accepted / self.sessions if self.sessions else 0.0

    def __add__(self, other: Figures) -> Figures:
        """Both together, under the name of the first."""
        return Figures(
            self.name,
            self.sessions + other.sessions,
            self.accepted + other.accepted,
            self.rounds + other.rounds,
            self.tokens + other.tokens,
            self.cost + other.cost,
            self.seconds + other.seconds,
        )


Tally = tuple[str, Figures]
"""The day on which a session began, and what it comes to."""


def of_session(session: Session) -> Figures:
    """Those of one session, by its model; of none where no model was asked."""
    started, asked = session.started, times_asked(session.rounds)
    if started is None or not asked:
        return Figures("")
    total, accepted = session.total, int(session.accepted is not None)
    return Figures(started.model, 1, accepted, asked, total.tokens, total.cost, total.seconds)


@dataclass(frozen=True, slots=True)
class Overview:
    """All that there is to tell."""

    total: Figures
    models: tuple[Figures, ...]
    """By model, the most used first."""
    days: tuple[Figures, ...]
    """By day, `2026-01-02`, the oldest first; only days on which something was done."""
    unreadable: int
    """Journals that could not be read."""


def overview(root: Path) -> Overview:
    """Add up the sessions of a project in which a model was asked.

    A journal that has not changed since it was added up last is not read again: what it came to is
    in the database of the project.

    Args:
        root: The project.
    """
    from pseudocode.archive import Archive
    from pseudocode.projects import sessions_of

    sessions = sessions_of(root)
    archive = Archive(root, Settings(), create=bool(sessions.all()))
    try:
        return _added_up(sessions, archive.tallies)
    finally:
        archive.close()


def _added_up(sessions: Sessions, tallies: Tallies) -> Overview:
    from pseudocode.errors import StoreError

    known = {at: tally for at, text in tallies.known().items() if (tally := _read(text))}
    found, new, unreadable = [], {}, 0
    for path in sessions.all():
        at = tallies.state(path)  # before it is read: what comes meanwhile is read the next time
        if at is None:
            continue
        tally = known.pop(at, None)
        if tally is None:
            try:
                past = sessions.read(path)
            except StoreError:
                unreadable += 1
                continue
            tally = _day(past.recording.times), of_session(past.session)
            new[at] = _written(tally)
        found.append(tally)
    if new or known:
        tallies.keep(new, {at.name for at in known} - {at.name for at in new})
    return added_up(found, unreadable)


def _written(tally: Tally) -> str:
    return json.dumps([FORM, tally[0], *astuple(tally[1])])


def _read(text: str) -> Tally | None:
    """What was kept; nothing where another version of this program has kept it."""
    with suppress(ValueError, TypeError):
        form, day, model, *counts, cost, seconds = json.loads(text)
        if form == FORM:
            sessions, accepted, rounds, tokens = map(int, counts)
            return day, Figures(model, sessions, accepted, rounds, tokens, Cost(*cost), seconds)
    return None


def added_up(tallies: Iterable[Tally], unreadable: int = 0) -> Overview:
    """Add up sessions, each with the day on which it began."""
    total = Figures("all")
    models: dict[str, Figures] = {}
    days: dict[str, Figures] = {}
    for day, one in tallies:
        if one.sessions:
            total += one
            models[one.name] = models.get(one.name, Figures(one.name)) + one
            days[day] = days.get(day, Figures(day)) + one
    by_use = sorted(models.values(), key=lambda f: (-f.sessions, f.name))
    return Overview(total, tuple(by_use), tuple(days[day] for day in sorted(days)), unreadable)


def _day(times: Sequence[str]) -> str:
    return times[0][:10] if times else "unknown"


def bar(share: float, width: int = BAR) -> str:
    """A bar for a share from 0 to 1, with eighths of a column."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    whole, rest = divmod(eighths, 8)
    part = "▏▎▍▌▋▊▉"[rest - 1] if rest else ""
    return ("█" * whole + part).ljust(width)


def columns(values: Sequence[float]) -> str:
    """One column for each value, as high as it is of the largest."""
    top = max(values, default=0.0) or 1.0
    return "".join(BLOCKS[round(value / top * 8)] if value > 0 else "·" for value in values)


def table(rows: Sequence[Figures], width: int = WIDTH) -> list[str]:
    """One line for each, under a heading; where they are too long, the bars give way."""
    lines = _table(rows, BAR)
    over = max(map(len, lines)) - width
    return _table(rows, max(BAR - over, 0)) if over > 0 else lines


def _table(rows: Iterable[Figures], bar_width: int) -> list[str]:
    shown = [("", "solved", "", "rounds", "tokens", "cost")]
    for row in rows:
        solved = f"{row.accepted}/{row.sessions}"
        rate = f"{bar(row.rate, bar_width)} {row.rate:4.0%}"
        cost = str(row.cost).removeprefix("cost ")
        shown.append((row.name, solved, rate, f"{row.rounds}", f"{row.tokens:,}", cost))
    widths = [max(len(line[n]) for line in shown) for n in range(len(shown[0]))]
    return [
        "  ".join(
            cell.ljust(width) if n in (0, 2) else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in shown
    ]


def told(found: Overview, width: int = WIDTH) -> list[str]:
    """All of it in lines of text, which have so many columns."""
    if not found.total.sessions:
        return ["No model has been asked here yet."]
    lines = [*table([found.total], width), "", "By model", *table(found.models, width)]
    days = found.days[-max(width - len("solved  "), 1) :]
    lines += [
        "",
        f"By day, {days[0].name} to {days[-1].name}",
        f"solved  {columns([day.rate for day in days])}",
        f"tokens  {columns([day.tokens for day in days])}",
    ]
    if found.unreadable:
        lines += ["", f"{found.unreadable} journals cannot be read and are left out."]
    return lines
