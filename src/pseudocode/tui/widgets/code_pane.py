"""The code: plain while it streams in, highlighted once it is whole."""

from __future__ import annotations

from difflib import unified_diff

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.highlight import highlight
from textual.timer import Timer
from textual.widgets import Static

from pseudocode.events import Flag
from pseudocode.inert import one_line, visible
from pseudocode.rounds import Candidate
from pseudocode.spec.model import Spec
from pseudocode.tui.work import Work

FRAME_SECONDS = 1 / 15
MAX_SHOWN = 100_000
"""Characters; a longer text would hold up the screen and nobody reads it."""


class CodePane(VerticalScroll):
    """Shows the candidate in the works, or the one to decide on."""

    HELP = "The code. It grows as the model writes, and is coloured when it is complete."
    BORDER_TITLE = "2 Code"

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="source", markup=False)

    def on_mount(self) -> None:
        """Paint nothing yet."""
        self._streaming: Work | None = None
        self._frame: Timer = self.set_interval(FRAME_SECONDS, self._paint, pause=True)

    def show_work(self, work: Work) -> None:
        """Show where the work on a spec stands."""
        if work.busy and work.session is not None and work.state == "generating":
            self.stream(work)
            return
        self._settle()
        shown = work.session.shown if work.session else None
        if shown is None:
            self._show_kept(work)
        else:
            self._show_candidate(work, shown)

    def stream(self, work: Work) -> None:
        """Show text as it arrives, a few times a second at most."""
        self._streaming = work
        self._frame.resume()

    def _settle(self) -> None:
        if self._streaming is not None:
            self.scroll_home(animate=False)
        self._streaming = None
        self._frame.pause()

    def _paint(self) -> None:
        work = self._streaming
        if work is None or work.session is None:
            return
        current = work.session.round
        arrived = len(current.candidates) if current else 0
        wanted = current.started.candidates if current else 1
        self.border_subtitle = f"{arrived} of {wanted} answers" if wanted > 1 else "streaming"
        index = min(work.partial, default=0)
        text = _start(work) + work.partial.get(index, "")[-MAX_SHOWN:]
        following = self.is_vertical_scroll_end
        self._update(Content(visible(text)))
        if following:
            self.scroll_end(animate=False)

    def _show_candidate(self, work: Work, candidate: Candidate) -> None:
        number = work.session.round.number if work.session and work.session.round else 0
        self.border_subtitle = f"round {number}"
        if candidate.code:
            flagged = candidate.checked.flags if candidate.checked else ()
            shown = _numbered(candidate.code, work.spec, flagged)
            self._update(Content("\n\n").join([shown, *_difference(work, candidate.code)]))
            return
        faults = candidate.checked.faults if candidate.checked else ()
        told = "\n".join(f"✗ {visible(fault)}" for fault in faults)
        text = visible(candidate.reply.text[:MAX_SHOWN])
        self._update(Content.assemble((told, "$text-error"), "\n\n" if told else "", text))

    def _show_kept(self, work: Work) -> None:
        self.border_subtitle = "accepted" if work.kept == "fresh" else ""
        nothing = Content("No code yet.").stylize("dim")
        self._update(_numbered(work.kept_code, work.spec) if work.kept_code else nothing)

    def _update(self, content: Content) -> None:
        self.query_one("#source", Static).update(content)


def _start(work: Work) -> str:
    """What the model's text continues, where it does."""
    started = work.session.started if work.session else None
    prefilled = started is not None and started.style == "prefill"
    return f"{work.spec.signature}:\n" if prefilled else ""


def _difference(work: Work, code: str) -> list[Content]:
    """What would change in a file that is there already; nothing where there is none."""
    if work.in_the_way is None or work.in_the_way == code:
        return []
    now, then = work.in_the_way.splitlines(), code.splitlines()
    lines = unified_diff(now, then, "as it is now", "as it would be", lineterm="")
    told = f"It replaces the {work.spec.name} that is there:"
    text = highlight(visible("\n".join(lines)), language="diff")
    return [Content.styled(told, "$text-warning"), text]


def _numbered(code: str, spec: Spec, flagged: tuple[Flag, ...] = ()) -> Content:
    """The code with line numbers; flagged lines are marked, and say why below."""
    text = visible(code.rstrip("\n"))
    is_file = spec.kind == "file"
    coloured = highlight(text, path=spec.name) if is_file else highlight(text, language="python")
    lines = coloured.split("\n")
    width = len(str(len(lines)))
    marked = {flag.line for flag in flagged}
    rows = [
        Content.assemble(_margin(f"{number:>{width}}", number in marked), line)
        for number, line in enumerate(lines, 1)
    ]
    rows += [
        Content.styled(f"! line {flag.line} {one_line(flag.reason)}", "$text-warning")
        for flag in flagged
    ]
    return Content("\n").join(rows)


def _margin(number: str, flagged: bool) -> tuple[str, str]:
    return (f"{number}! ", "bold $text-warning") if flagged else (f"{number}  ", "dim")
