"""What sessions add up to: solved, rounds, tokens and cost, by model and over time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pseudocode.cost import NOTHING, Cost
from pseudocode.rounds import times_asked
from pseudocode.session import Session

if TYPE_CHECKING:
    from pseudocode.store.sessions import Sessions

BLOCKS = " ▁▂▃▄▅▆▇█"
BAR = 20
"""Columns of a whole bar."""


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

    def with_session(self, session: Session) -> Figures:
        """With one more."""
        return Figures(
            self.name,
            self.sessions + 1,
            self.accepted + (session.accepted is not None),
            self.rounds + times_asked(session.rounds),
            self.tokens + session.total.tokens,
            self.cost + session.total.cost,
            self.seconds + session.total.seconds,
        )


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


def overview(sessions: Sessions) -> Overview:
    """Read all sessions of a project and add up those in which a model was asked.

    Args:
        sessions: Of the project.
    """
    from pseudocode.errors import StoreError

    found: list[tuple[str, Session]] = []
    unreadable = 0
    for path in sessions.all():
        try:
            past = sessions.read(path)
        except StoreError:
            unreadable += 1
            continue
        if past.session.started and times_asked(past.session.rounds):
            found.append((_day(past.recording.times), past.session))
    return added_up(found, unreadable)


def added_up(sessions: Iterable[tuple[str, Session]], unreadable: int = 0) -> Overview:
    """Add up sessions, each with the day on which it began."""
    total = Figures("all")
    models: dict[str, Figures] = {}
    days: dict[str, Figures] = {}
    for day, session in sessions:
        total = total.with_session(session)
        model = session.started.model if session.started else ""
        models[model] = models.get(model, Figures(model)).with_session(session)
        days[day] = days.get(day, Figures(day)).with_session(session)
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


def table(rows: Iterable[Figures]) -> list[str]:
    """One line for each, under a heading."""
    shown = [("", "solved", "", "rounds", "tokens", "cost")]
    for row in rows:
        solved = f"{row.accepted}/{row.sessions}"
        rate = f"{bar(row.rate)} {row.rate:4.0%}"
        shown.append((row.name, solved, rate, f"{row.rounds}", f"{row.tokens:,}", str(row.cost)))
    widths = [max(len(line[n]) for line in shown) for n in range(len(shown[0]))]
    return [
        "  ".join(
            cell.ljust(width) if n in (0, 2) else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in shown
    ]


def told(found: Overview, width: int = 60) -> list[str]:
    """All of it in lines of text."""
    if not found.total.sessions:
        return ["No model has been asked here yet."]
    lines = [*table([found.total]), "", "By model", *table(found.models)]
    days = found.days[-width:]
    lines += [
        "",
        f"By day, {days[0].name} to {days[-1].name}",
        f"solved  {columns([day.rate for day in days])}",
        f"tokens  {columns([day.tokens for day in days])}",
    ]
    if found.unreadable:
        lines += ["", f"{found.unreadable} journals cannot be read and are left out."]
    return lines
