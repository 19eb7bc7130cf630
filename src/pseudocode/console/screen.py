"""What a person sees and is asked in a terminal while code is generated from their program.

All of it goes to standard error, so that the program's own output stays its own.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.status import Status
from rich.syntax import Syntax
from rich.text import Text

from pseudocode.events import (
    CandidateAccepted,
    CandidateChecked,
    Case,
    ChatMessage,
    Event,
    PermissionsGranted,
    PromptSent,
    ReplyReceived,
    RoundStarted,
    SuiteFinished,
)
from pseudocode.inert import one_line, visible
from pseudocode.rounds import Candidate
from pseudocode.session import Session
from pseudocode.spec.model import Spec

FEEDBACK = "What code feedback would you like to provide?"
MAX_CASES = 12
MAX_LINES = 40
"""Of what the model is told."""
_SIGNS = {"passed": ("✓", "green"), "skipped": ("-", "yellow")}


class Screen:
    """Panels and questions about one session; silent where there is no terminal."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._console = Console(stderr=True, markup=False, emoji=False, highlight=False)
        self._status: Status | None = None
        self.asks = _is_terminal(sys.stdin) and _is_terminal(sys.stderr)
        """Whether there is a person to be asked."""

    def listen(self, session: Session, event: Event) -> None:
        """Show a fact of the session."""
        match event:
            case RoundStarted(reason="library"):
                self.progress(0, "code of your library may fit")
            case RoundStarted():
                self.progress(0, f"round {event.round}: the model writes")
            case PromptSent() if session.round and session.round.started.reason in (
                "repair",
                "comment",
            ):
                self._panel("LLM Feedback", _clipped(event.messages[-1].content))
            case CandidateChecked() if event.code and not self._spec.options.review:
                self._panel("Code", self._highlighted(event.code), *_flags(event))
                self.progress(0, "the tests run")
            case SuiteFinished():
                self._panel(f"Tests: {event.tally}", *_told(event))
            case ReplyReceived(warning=warning) if warning:
                self.warning(warning)
            case PermissionsGranted(remembered=True):
                self._say(f"allowed before: {', '.join(event.permissions)}")
            case CandidateAccepted():
                self._say(f"accepted: {event.path}")

    def specification(self) -> None:
        """Show what is asked for."""
        title = f"{self._spec.kind.capitalize()} Specification"
        self._panel(title, self._highlighted(self._spec.stub))

    def review(self, candidate: Candidate, replaced: str | None) -> str:
        """Show code, and ask for feedback on it.

        Args:
            candidate: The code.
            replaced: The text of the file that it would replace, if there is one.

        Returns:
            What the person said; empty for approval.
        """
        parts: list[RenderableType] = [
            self._highlighted(candidate.code),
            *_flags(candidate.checked),
        ]
        if self._spec.options.permissions:
            parts.append(Text("asks for: " + "; ".join(self._spec.options.permissions), "yellow"))
        self._panel("Code Review", *parts)
        if replaced is not None:
            self._panel("What it replaces", _difference(replaced, candidate.code))
        return self._ask(f"{FEEDBACK} (leave empty for approval): ")

    def advise(self, why: str) -> str:
        """Ask for a hint when all rounds are used up; empty when the person gives up, too."""
        self._say(why)
        return self._ask(f"{FEEDBACK} (leave empty to stop): ")

    def permit(self) -> bool:
        """Show what the code may do once it is run, and ask whether it may."""
        options = self._spec.options
        lines = [Text(visible(phrase)) for phrase in options.permissions]
        if isinstance(options.network, tuple) and options.network:
            lines.append(Text("hosts cannot be told apart: others can be reached, too"))
        lines += [Text(visible(phrase), "dim") for phrase in options.extras]
        self._panel("Before it is run, this code asks for permission", *lines)
        return self._ask("Allow this from now on? [y/N]: ").lower() in ("y", "yes")

    def let_go(self, messages: Iterable[ChatMessage]) -> bool:
        """Show what would go to the model, and ask whether it may."""
        lines = [Text(visible(f"{message.role}:\n{message.content}")) for message in messages]
        self._panel("This would go to the model", *lines)
        return self._ask("Send it? [y/N]: ").lower() in ("y", "yes")

    def warning(self, text: str) -> None:
        """Tell something beside what becomes of the code."""
        self._say(text)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Tell that something goes on, for as long as the block runs."""
        if not self.asks:
            yield
            return
        with self._console.status(Text(f"{one_line(self._spec.id)}: …")) as status:
            self._status = status
            try:
                yield
            finally:
                self._status = None

    def progress(self, share: float, doing: str) -> None:
        """Say what goes on just now."""
        if self._status is not None and doing:
            shown = f" {share:.0%}" if 0 < share < 1 else ""
            self._status.update(Text(f"{one_line(self._spec.id)}: {one_line(doing)}{shown} …"))

    def _panel(self, title: str, *parts: RenderableType) -> None:
        if self.asks:
            self._console.print(Panel(Group(*parts), title=Text(title)))

    def _say(self, text: str) -> None:
        self._console.print(Text(one_line(f"{self._spec.id}: {text}", 500)), soft_wrap=True)

    def _ask(self, question: str) -> str:
        if _is_terminal(sys.stdout):
            return input(question).strip()
        # What is asked must not go where the program's output goes.
        self._console.print(Text(question), end="", soft_wrap=True)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.strip()

    def _highlighted(self, code: str) -> Syntax:
        text = visible(code).rstrip("\n")
        is_file = self._spec.kind == "file"
        lexer = Syntax.guess_lexer(self._spec.name, text) if is_file else "python"
        return Syntax(text, lexer, theme="ansi_dark", background_color="default", word_wrap=True)


def _is_terminal(stream: object) -> bool:
    try:
        return bool(stream.isatty())  # type: ignore[attr-defined]  # whatever stands in its place
    except (AttributeError, ValueError):
        return False


def _flags(checked: CandidateChecked | None) -> list[Text]:
    flags = checked.flags if checked else ()
    return [Text(f"look at line {flag.line}: {one_line(flag.reason)}", "yellow") for flag in flags]


def _told(report: SuiteFinished) -> list[Text]:
    cases = sorted(report.cases, key=lambda case: not case.went_wrong)
    lines = [_line(case) for case in cases[:MAX_CASES]]
    if len(cases) > MAX_CASES:
        lines.append(Text(f"… and {len(cases) - MAX_CASES} more", "dim"))
    if report.error:
        lines.append(Text(one_line(report.error, 500), "red"))
    return lines


def _line(case: Case) -> Text:
    sign, colour = _SIGNS.get(case.outcome, ("✗", "red"))
    line = Text.assemble((sign, colour), " ", one_line(case.call))
    if case.went_wrong:
        got = one_line(case.error or f"got {case.got}")
        wanted = f"expected {one_line(case.expected)}, " if case.expected else ""
        line.append(f"  {wanted}{got}", "red")
    return line


def _clipped(text: str) -> Text:
    lines = visible(text).strip().split("\n")
    more = [f"… and {len(lines) - MAX_LINES} more lines"] if len(lines) > MAX_LINES else []
    return Text("\n".join(lines[:MAX_LINES] + more))


def _difference(before: str, after: str) -> Syntax:
    old, new = visible(before).splitlines(), visible(after).splitlines()
    lines = difflib.unified_diff(old, new, "as it is", "as generated", lineterm="")
    text = "\n".join(lines) or "nothing changes"
    return Syntax(text, "diff", theme="ansi_dark", background_color="default", word_wrap=True)
