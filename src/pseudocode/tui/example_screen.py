"""An example is added: the person types a call, sees what it gives, and says if it is right."""

from __future__ import annotations

import ast
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual import work as worker
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static, TextArea

from pseudocode.errors import PseudocodeError, SpecError
from pseudocode.events import Case
from pseudocode.inert import one_line, visible
from pseudocode.spec.docstrings import parse_examples
from pseudocode.spec.model import Example, Spec
from pseudocode.spec.parsing import parse
from pseudocode.tui.closing import Dialog
from pseudocode.tui.contrast import without_frames

RAISES = "raises "
"""Begins an answer that is an exception."""
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_LONGEST = 1_900
"""Characters of an answer; a longer one is cut on its way, and makes no example."""
Run = Callable[[Example], Awaitable[Case]]
Stage = Literal["call", "running", "judge", "answer"]


@dataclass(frozen=True, slots=True)
class Added:
    """An example that the person wants in the docstring."""

    example: Example
    feedback: str = ""
    """What the model is told, where the code gave another answer."""
    as_test: bool = False
    """Whether it goes into the file of tests instead."""


class ExampleScreen(Dialog[Added | None]):
    """Asks for a call, runs it, and asks whether what came is right."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", "Go on", priority=True, id="example.go_on"),
        Binding("ctrl+j", "new_line", "New line", priority=True, id="example.new_line"),
        Binding("ctrl+t", "as_test", "As a test", priority=True, id="example.as_test"),
        Binding("escape", "leave", "Leave", priority=True, id="example.leave"),
        Binding("y", "judge(True)", "Right", id="example.right"),
        Binding("n", "judge(False)", "Wrong", id="example.wrong"),
    ]

    def __init__(self, spec: Spec, run: Run | None, about: str = "") -> None:
        """Make the screen.

        Args:
            spec: What the example is about.
            run: Runs an example on the code that is shown; none where there is no such code.
            about: What the person said that it is to show.
        """
        super().__init__()
        self._about = about
        self._as_test = False
        self._spec = spec
        self._run = run
        self._stage: Stage = "call"
        self._example = Example(source="")
        self._came: Case | None = None

    def compose(self) -> ComposeResult:
        """The call, what came of it, and the answer that is right."""
        with Vertical(classes="dialog"):
            if self._about:
                told = Content.styled(f"that shows: {one_line(self._about, 300)}", "italic")
                yield Static(told, classes="part", markup=False)
            yield TextArea(_beginning(self._spec), id="call", compact=True)
            yield Static(id="came", markup=False)
            yield TextArea(id="answer", compact=True)
            yield Static(id="asked", classes="keys", markup=False)

    def on_mount(self) -> None:
        """Let the call be typed, from within its parentheses."""
        box = self.query_one("#call", TextArea)
        box.focus()
        end = box.document.end
        box.move_cursor((end[0], end[1] - 1) if box.text.endswith(")") else end)
        self._show()

    def _show(self, fault: str = "") -> None:
        what, other = ("test", "an example") if self._as_test else ("example", "a test")
        box = self.query_one(".dialog")
        box.border_title = (
            f"{'A' if self._as_test else 'An'} {what} of {one_line(self._spec.name, 40)}"
        )
        box.border_subtitle = f"ctrl+t makes it {other}"
        stage, came = self._stage, self._came
        self.query_one("#call", TextArea).read_only = stage != "call"
        answer = self.query_one("#answer", TextArea)
        answer.display = stage == "answer"
        told = Content(visible(_given(came)) if came else "")
        if stage == "running":
            told = Content.styled("running …", "dim")
        self.query_one("#came", Static).update(told)
        asked = {
            "call": "enter runs it · ctrl+j new line · esc leaves",
            "running": "esc leaves",
            "judge": "is this right?   y  yes, write it   n  no   esc  leaves",
            "answer": f"what is right? an exception as {RAISES}ValueError: … · enter · esc leaves",
        }
        keys = Content(asked[stage])
        if fault:
            keys = Content.assemble((one_line(fault, 300), "$text-error"), "\n", keys)
        self.query_one("#asked", Static).update(keys)

    # -- the person's keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`y` and `n` are letters as long as a text is typed."""
        return self._stage == "judge" if action == "judge" else True

    def action_new_line(self) -> None:
        """Break the line that is typed."""
        if isinstance(self.focused, TextArea):
            self.focused.call_later(self.focused.insert, "\n")

    def action_as_test(self) -> None:
        """Write it into the file of tests, or into the docstring after all."""
        self._as_test = not self._as_test
        self._show()

    def action_leave(self) -> None:
        """Close; nothing is written."""
        self.dismiss(None)

    def action_go_on(self) -> None:
        """Run what was typed, or take the answer, once all that was typed before is in it."""
        (self.focused or self).call_later(self._go_on)

    def _go_on(self) -> None:
        if self._stage == "call":
            self._take_call(self.query_one("#call", TextArea).text.strip())
        elif self._stage == "answer":
            self._take_answer(self.query_one("#answer", TextArea).text.strip("\n"))

    def _take_call(self, text: str) -> None:
        try:
            self._example = example = read_call(text, self._spec)
        except SpecError as error:
            self._show(str(error))
            return
        if self._run is None:
            self._stage = "answer"
            self._show()
            self.query_one("#answer", TextArea).focus()
        else:
            self._stage = "running"
            self._show()
            self._find_out(self._run, example)

    @worker(exclusive=True, group="example")
    async def _find_out(self, run: Run, example: Example) -> None:
        try:
            self._came = await run(example)
        except PseudocodeError as error:
            self._stage = "call"
            self._show(str(error))
            return
        self._stage = "judge"
        self.set_focus(None)
        self._show(_doubt(self._came))

    def action_judge(self, right: bool) -> None:
        """Say whether what came is right."""
        came = self._came
        assert came is not None
        if not right:
            self._stage = "answer"
            self._show()
            self.query_one("#answer", TextArea).focus()
        elif not _doubt(came):
            error = without_frames(came.error)[0] if came.error else None
            want = f"{came.got}\n" if came.got else ""
            example = Example(source=self._example.source, want=want, error=error)
            self.dismiss(Added(example, as_test=self._as_test))

    def _take_answer(self, text: str) -> None:
        raised = text.strip().startswith(RAISES)
        error = text.strip().removeprefix(RAISES).strip() if raised else None
        if not text.strip() or error == "":
            self._show("type the right answer as Python shows it")
            return
        want = "" if raised else f"{text}\n"
        example = Example(source=self._example.source, want=want, error=error)
        told = _feedback(example, text.strip(), self._came)
        self.dismiss(Added(example, told, self._as_test))


def read_call(text: str, spec: Spec) -> Example:
    """What the person typed, as an example.

    Raises:
        SpecError: When it is no one statement, or there is an example of it already.
    """
    lines = text.rstrip().split("\n")
    asked = "\n".join([f">>> {lines[0]}", *(f"... {line}" for line in lines[1:])])
    if not text.strip():
        raise SpecError("type a call")
    (example,) = parse_examples(asked, name=spec.name, line=1)
    if spec.is_async and _calls(example.source, spec.name):
        return read_call(f"await {text}", spec)
    there = next((e for e in spec.examples if e.call == example.call), None)
    if there is not None:
        raise SpecError(f"it is an example already, in line {there.line}")
    return Example(source=example.source)


def _calls(source: str, name: str) -> bool:
    match parse(source).body:
        case [ast.Expr(value=ast.Call(func=ast.Name(id=called)))]:
            return called == name
    return False


def _beginning(spec: Spec) -> str:
    return "" if spec.kind == "module" else f"{spec.name}()"


def _is_exception(text: str) -> bool:
    """Whether this is what Python says last of an exception, and no word of ours."""
    return all(part.isidentifier() for part in text.partition(":")[0].split("."))


def _given(case: Case) -> str:
    if case.error and not _is_exception(case.error):
        return case.error
    if case.error:
        exception, frames = without_frames(case.error)
        printed = f"printed\n{case.output}\n\n" if case.output else ""
        return f"{printed}{RAISES}{exception}" + (f"\n{frames}" if frames else "")
    return f"gives\n{case.got}" if case.got else "gives nothing: None, and nothing printed"


def _doubt(case: Case) -> str:
    """Why what came can't be an example as it is; empty where it can."""
    told = case.error or case.got
    if case.error and not _is_exception(case.error):
        return "the code gave no answer; n takes the right one"
    if len(told) > _LONGEST:
        return "this is too long for an example; n takes a shorter answer"
    if _ADDRESS.search(told):
        return "this holds an address, which is another one each time; n takes another answer"
    return ""


def _feedback(example: Example, answer: str, came: Case | None) -> str:
    got = without_frames(came.error)[0] if came and came.error else came.got if came else ""
    instead = f", not {one_line(got)}" if got else ""
    verb = "" if example.error is not None else "must give "
    return f"`{one_line(example.source)}` {verb}{one_line(answer, 1000)}{instead}."
