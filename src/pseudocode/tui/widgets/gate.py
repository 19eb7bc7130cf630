"""What code may do once it is run, shown where the person has to decide on it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pseudocode.inert import one_line
from pseudocode.spec.model import Options
from pseudocode.tui.work import Work

_TITLES = {
    "permission": "Before it is run, this code asks for permission",
    "denied": "Not run: you did not allow what it asks for",
    "review": "What this code asks for when it is run",
    "approval": "What this code was allowed",
}
_KEYS = {
    "permission": "y allow from now on · d do not allow",
    "denied": "y allow it after all",
}


class Gate(VerticalScroll):
    """Lists the permissions of the chosen spec, and the keys that grant or deny them."""

    HELP = "What the code may do. `y` allows it, and is remembered; `d` leaves the code unrun."

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="wanted", markup=False)

    def on_mount(self) -> None:
        """Start hidden."""
        self.shown: Work | None = None
        """Whose permissions the person sees."""
        self.display = False

    def show_work(self, work: Work | None) -> None:
        """Show what the spec asks for if there is something to decide; else hide."""
        reason = work.wait.reason if work and not work.busy else ""
        options = work.spec.options if work else Options()
        self.display = bool(options.permissions) and reason in _TITLES
        self.shown = work if self.display else None
        self.set_class(reason in _KEYS, "-asking")
        if self.display:
            self.border_title = _TITLES[reason]
            # In the border, where it shows however long the list is.
            self.border_subtitle = _KEYS.get(reason, "")
            told = _asked(options) if reason in _KEYS else _reminder(options)
            self.query_one("#wanted", Static).update(told)


def _reminder(options: Options) -> Content:
    """Short, since the code and its tests are what is decided on."""
    return Content(" · ".join(one_line(phrase, 1000) for phrase in options.permissions))


def _asked(options: Options) -> Content:
    lines = [Content(one_line(phrase, 1000)) for phrase in options.permissions]
    if isinstance(options.network, tuple) and options.network:
        lines.append(Content("hosts cannot be told apart: others can be reached, too"))
    if options.extras:
        lines.append(Content.styled(one_line(" · ".join(options.extras), 1000), "dim"))
    return Content("\n").join(lines)
