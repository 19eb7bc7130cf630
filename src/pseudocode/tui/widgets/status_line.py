"""One line: what goes on, and what it costs."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from pseudocode.inert import one_line
from pseudocode.rounds import saved_tokens, times_asked
from pseudocode.tui.work import SIGNS, Work


class StatusLine(Static):
    """State and advice at the left; model, round, tokens, time and sandbox at the right."""

    def show(
        self, work: Work | None, *, model: str, sandbox: str, busy: list[Work], progress: str
    ) -> None:
        """Show where the chosen spec stands.

        Args:
            work: The chosen spec.
            model: The model that is asked.
            sandbox: What stands between generated code and the machine.
            busy: The specs that are being worked on.
            progress: What is being fetched or started, in words.
        """
        left = progress or (f"{SIGNS[work.state]} {work.telling}" if work else "")
        right = [one_line(model, 24), sandbox, *_spent(work), *_pace(work), _together(busy)]
        shown = self._fitted(left, [fact for fact in right if fact])
        if shown != self.content:
            self.update(shown, layout=False)

    def _fitted(self, left: str, right: list[str]) -> Content:
        """Both sides on one line; what to do next goes before what it costs."""
        width = self.content_size.width
        while len(right) > 1 and len(left) + len(" · ".join(right)) + 2 > width:
            del right[0]
        facts = " · ".join(right)
        room = max(width - len(facts) - 2, 10)
        return Content.assemble(
            (one_line(left, room).ljust(room), "bold"), "  ", (facts, "$text-muted")
        )


def _pace(work: Work | None) -> list[str]:
    """How what streams in comes: tokens a second, and how long the first one took."""
    if work is None or not work.busy or not work.rate:
        return []
    return [f"first token {work.first_token:.1f} s", f"≈{work.rate:,.0f} tok/s"]


def _together(busy: list[Work]) -> str:
    if len(busy) < 2:
        return ""
    rate = sum(work.rate for work in busy)
    return f"{len(busy)} running{f', ≈{rate:,.0f} tok/s' if rate else ''}"


def _spent(work: Work | None) -> list[str]:
    if work is None or work.session is None:
        return []
    session = work.session
    limit = session.started.max_rounds if session.started else 0
    tokens = session.total.tokens
    kept = saved_tokens(session.rounds, session.accepted_candidate)
    cached = session.total.cached
    notes = [f"{kept:,} saved"] * bool(kept) + [f"{cached:,} cached"] * bool(cached)
    saved = f" ({', '.join(notes)})" if notes else ""
    return [
        f"r{times_asked(session.rounds)}/{limit}",
        f"{tokens:,} tok{saved}",
        ", ".join(filter(None, (str(session.total.cost) if tokens else "", _ahead(work)))),
        f"{work.elapsed:.0f} s",
    ]


def _ahead(work: Work) -> str:
    """What another round will cost, while it is the person's turn."""
    is_due = work.ahead and not work.busy and work.wait.reason != "done"
    return f"next {work.ahead}" if is_due else ""
