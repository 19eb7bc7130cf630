"""What code may do once it is run, and what it gets hold of, where a person decides on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from functools import lru_cache

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pseudocode.access import permitted
from pseudocode.deciding import wants_more, wider
from pseudocode.events import Access, CandidateChecked, Reach
from pseudocode.inert import one_line
from pseudocode.rounds import Candidate
from pseudocode.spec.model import Options
from pseudocode.steps import WaitReason
from pseudocode.tui.work import Work

_TITLES: dict[WaitReason, str] = {
    "permission": "Before it is run, this code asks for permission",
    "denied": "Not run: you did not allow what it asks for",
    "review": "What this code asks for when it is run",
    "approval": "What this code was allowed",
    "choice": "What this code was allowed",
}
_KEYS: dict[WaitReason, str] = {
    "permission": "y allow from now on · d do not allow",
    "denied": "y allow it after all",
}
_REACHES: dict[Reach, tuple[str, str]] = {
    "files": ("may touch files", "touched"),
    "network": ("may use the network", "reached for"),
    "environment": ("may read or set the environment", "read or set"),
    "processes": ("may start processes", "started"),
    "interpreter": ("may do more than can be seen", "got at"),
}
MOST = 4
"""Things of one kind that are named."""


class Gate(VerticalScroll):
    """Says what a reviewer has to know of the shown code, and which keys grant or deny."""

    HELP = (
        "What the code may do, what it gets hold of, and what is new since it was accepted. `y` "
        "allows what it asks for, and is remembered; `d` leaves the code unrun."
    )

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="wanted", markup=False)

    def on_mount(self) -> None:
        """Start hidden."""
        self.shown: Work | None = None
        """Whose permissions the person sees."""
        self.display = False

    def show_work(self, work: Work | None) -> None:
        """Show what there is to know if there is something to decide; else hide."""
        reason = work.wait.reason if work and not work.busy else None
        if work is None or reason not in _TITLES:
            self.display, self.shown = False, None
            self.remove_class("-asking", "-told", "-quiet")
            return
        options = work.spec.options
        found = list(_found(work))
        asks = bool(options.permissions)
        self.display = asks or bool(found)
        self.shown = work if asks else None
        self.set_class(asks and reason in _KEYS, "-asking")
        self.set_class(not asks, "-told")
        self.set_class(not asks and len(found) == 1, "-quiet")
        self.border_title = _TITLES[reason] if asks else "What this code gets hold of"
        # In the border, where it shows however long the list is.
        self.border_subtitle = _KEYS.get(reason, "") if asks else ""
        if asks:
            found[:0] = _asked(options) if reason in _KEYS else _reminder(options)
        self.query_one("#wanted", Static).update(Content("\n").join(found))


def _reminder(options: Options) -> list[Content]:
    """Short, since the code and its tests are what is decided on."""
    return [Content(" · ".join(one_line(phrase, 1000) for phrase in options.permissions))]


def _asked(options: Options) -> list[Content]:
    lines = [Content(one_line(phrase, 1000)) for phrase in options.permissions]
    if isinstance(options.network, tuple) and options.network:
        lines.append(Content("hosts cannot be told apart: others can be reached, too"))
    if options.extras:
        lines.append(Content.styled(one_line(" · ".join(options.extras), 1000), "$text-muted"))
    return lines


def _found(work: Work) -> Iterator[Content]:
    """What is known of the shown code, a line for each thing, the gravest first."""
    shown = work.shown
    if shown is None or shown.checked is None or not shown.code or work.session is None:
        return
    checked = shown.checked
    if more := wider(shown, work.session):
        yield Content.styled(f"it {wants_more(more)}", "bold $text-error")
    allowed = permitted(work.spec.options)
    for reach in checked.reaches:
        told = _told(_REACHES[reach][0], (a for a in checked.accesses if a.reach == reach))
        if reach in allowed:
            yield Content(told)
        else:
            yield Content.styled(f"{told}; the declaration does not ask for it", "$text-warning")
    yield from _seen(shown)
    if checked.flags:
        lines = ", ".join(dict.fromkeys(str(flag.line) for flag in checked.flags))
        yield Content.styled(f"to be looked at twice: line {lines}", "$text-warning")
    yield from _changed(work, shown)
    if work.spec.kind != "file":
        yield _imports(checked)


def _imports(checked: CandidateChecked) -> Content:
    imported = f"imports {', '.join(checked.imports)}" if checked.imports else "imports nothing"
    nothing = "" if checked.accesses else " · gets hold of nothing outside of itself"
    return Content.styled(one_line(f"{imported}{nothing}", 300), "$text-muted")


def _told(told: str, accesses: Iterable[Access]) -> str:
    """What, with the lines where that is known."""
    places = [f"{a.what} on line {a.line}" if a.line else a.what for a in accesses]
    more = f" and {len(places) - MOST} more" if len(places) > MOST else ""
    return one_line(f"{told}: {', '.join(places[:MOST])}{more}", 400)


def _seen(shown: Candidate) -> Iterator[Content]:
    """What it did while the tests ran, as far as it let that be seen."""
    seen = shown.report.seen if shown.report else ()
    for reach, (_, did) in _REACHES.items():
        if things := [access for access in seen if access.reach == reach]:
            yield Content.styled(_told(f"when it was run, it {did}", things), "$text-warning")


def _changed(work: Work, shown: Candidate) -> Iterator[Content]:
    """How far it is from what was approved last."""
    before = work.in_the_way if work.spec.kind == "file" else work.kept_code
    if before:
        added, removed = _counted(before, shown.code)
        told = f"{added} lines new, {removed} gone" if added or removed else "the same code"
        yield Content.styled(f"against what is accepted: {told} · v shows it", "$text-muted")


@lru_cache(maxsize=64)
def _counted(before: str, after: str) -> tuple[int, int]:
    """How many lines are new, and how many are gone."""
    old, new = before.splitlines(), after.splitlines()
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    changed = [code for code in codes if code[0] != "equal"]
    return sum(c[4] - c[3] for c in changed), sum(c[2] - c[1] for c in changed)
