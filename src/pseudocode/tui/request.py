"""What goes to the model next, before it goes: part by part, to be trimmed and edited."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from textual import on
from textual import work as worker
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from pseudocode.cost import Cost, estimate
from pseudocode.events import ChatMessage
from pseudocode.inert import visible
from pseudocode.sending import Part, divided, joined
from pseudocode.tui.closing import Dialog
from pseudocode.tui.editing import edited
from pseudocode.tui.widgets.key_line import KeyLine

MAX_SHOWN = 100_000


class Request(NamedTuple):
    """What the person lets go out."""

    messages: tuple[ChatMessage, ...]
    edited: bool


class RequestScreen(Dialog[Request | None]):
    """The parts of a request with their tokens, and the text of the chosen one."""

    CSS = """
    RequestScreen { background: $background; }
    RequestScreen #heading { height: 1; background: $panel; padding: 0 1; text-style: bold; }
    RequestScreen OptionList { height: auto; max-height: 40%; border: none; }
    RequestScreen VerticalScroll {
        height: 1fr; border: round $panel; padding: 0 1; border-title-color: $text-muted;
    }
    RequestScreen VerticalScroll:focus { border: round $primary; }
    RequestScreen #text { height: auto; }
    """
    HELP = (
        "Exactly what goes to the model next. `space` leaves a part out or takes it in again, "
        "`e` edits it, `s` sends it all, escape sends nothing."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "send", "Send", tooltip="Let this go out", id="request.send"),
        Binding("space", "trim", "Leave out", tooltip="Out, or in again", id="request.trim"),
        Binding("e", "edit", "Edit", tooltip="Edit this part", id="request.edit"),
        Binding("u", "restore", "Restore", tooltip="As it was", id="request.restore"),
        Binding("j", "move(1)", "Down", show=False, id="request.down"),
        Binding("k", "move(-1)", "Up", show=False, id="request.up"),
        Binding("escape,q", "dismiss(None)", "Close", id="request.close"),
    ]

    def __init__(
        self,
        messages: tuple[ChatMessage, ...],
        model: str,
        cost: Callable[[tuple[ChatMessage, ...]], Cost],
    ) -> None:
        """Make the screen.

        Args:
            messages: What would go out.
            model: To whom.
            cost: Tells about what it would cost, with its answers.
        """
        super().__init__()
        self._messages = messages
        self._model = model
        self._cost = cost
        self._parts = list(divided(messages))
        self._texts = [part.text for part in self._parts]
        """The parts as they are now."""
        self._out: set[int] = set()

    def compose(self) -> ComposeResult:
        """The sum, the parts, and the text of one."""
        yield Static(id="heading", markup=False)
        yield OptionList(id="parts", markup=False)
        with VerticalScroll(id="whole"):
            yield Static(id="text", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin with the first part."""
        self._fill(0)

    @property
    def _request(self) -> Request:
        kept = [part for n, part in enumerate(self._now) if n not in self._out]
        messages = joined(kept)
        return Request(messages, edited=messages != self._messages)

    @property
    def _now(self) -> list[Part]:
        pairs = zip(self._parts, self._texts, strict=True)
        return [part._replace(text=text) for part, text in pairs]

    def _fill(self, chosen: int) -> None:
        options = self.query_one("#parts", OptionList)
        options.clear_options()
        parts = self._now
        options.add_options([Option(self._line(n, part)) for n, part in enumerate(parts)])
        if parts:
            options.highlighted = chosen
        kept = sum(part.tokens for n, part in enumerate(parts) if n not in self._out)
        request = self._request
        changed = " · edited" if request.edited else ""
        cost = estimate(self._cost(request.messages))
        told = f"To {self._model}: ≈{kept:,} tokens{cost and f', {cost}'}{changed}"
        told += " · s sends, esc sends nothing"
        self.query_one("#heading", Static).update(told)

    def _line(self, number: int, part: Part) -> Content:
        changed = part.text != self._parts[number].text
        state = "left out" if number in self._out else "edited" if changed else ""
        style = "dim strike" if number in self._out else ""
        told = f"{part.role:<9} {part.name:<12} ≈{part.tokens:>6,} tokens  "
        return Content.assemble((told, style), (state, "$text-warning"))

    @property
    def _chosen(self) -> int | None:
        return self.query_one("#parts", OptionList).highlighted

    @on(OptionList.OptionHighlighted, "#parts")
    def _show(self, event: OptionList.OptionHighlighted) -> None:
        part = self._now[event.option_index]
        text = visible(part.text[:MAX_SHOWN])
        self.query_one("#text", Static).update(Content(text))
        whole = self.query_one("#whole", VerticalScroll)
        whole.border_title = f"{part.role} · {part.name}"
        whole.scroll_home(animate=False)

    @on(OptionList.OptionSelected, "#parts")
    def _open(self) -> None:
        self.action_edit()

    def action_move(self, by: int) -> None:
        """To another part."""
        options = self.query_one("#parts", OptionList)
        if by > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_trim(self) -> None:
        """Leave a part out, or take it in again."""
        if (chosen := self._chosen) is not None:
            self._out ^= {chosen}
            self._fill(chosen)

    def action_restore(self) -> None:
        """Take a part in as it was."""
        if (chosen := self._chosen) is not None:
            self._texts[chosen] = self._parts[chosen].text
            self._out.discard(chosen)
            self._fill(chosen)

    @worker(exclusive=True, group="editing")
    async def action_edit(self) -> None:
        """Edit a part."""
        if (chosen := self._chosen) is None:
            return
        part = self._now[chosen]
        title = f"{part.role} · {part.name}"
        text = await edited(self.app, title, part.text, ".md")
        if text is not None and text.rstrip("\n") != part.text.rstrip("\n"):
            # Editors end a file with a line break, which the part may not have had.
            same_end = part.text[len(part.text.rstrip("\n")) :]
            self._texts[chosen] = text.rstrip("\n") + same_end
            self._out.discard(chosen)
            self._fill(chosen)

    def action_send(self) -> None:
        """Let it go out."""
        request = self._request
        if request.messages:
            self.dismiss(request)
        else:
            self.notify("nothing is left to send", severity="warning")
