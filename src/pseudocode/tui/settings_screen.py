"""The settings: each with its value and where that comes from, changed in the person's file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from pseudocode.configuring import changed, keep_settings
from pseudocode.errors import PseudocodeError
from pseudocode.inert import one_line
from pseudocode.settings import CHOICES, NAMES, TRUTHS, Settings, user_config
from pseudocode.tui.closing import Dialog


class SettingsScreen(Dialog[Settings | None]):
    """Shows all settings; comes back with changed ones."""

    HELP = (
        "Settings. enter changes one in your own file; a project's file, variables and flags win."
    )
    CSS = """
    SettingsScreen, ValueScreen { align: center middle; }
    SettingsScreen .dialog { width: 96%; height: 90%; }
    SettingsScreen OptionList { height: 1fr; border: none; background: $surface; padding: 0; }
    SettingsScreen OptionList > .option-list--option-highlighted {
        background: $primary-muted; color: $foreground;
    }
    ValueScreen .dialog { width: 80%; max-width: 90; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f2", "close", "Close", id="settings.close"),
        Binding("d,delete", "usual", "Usual value", id="settings.usual"),
    ]

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._changed = False

    def compose(self) -> ComposeResult:
        """One line for each setting."""
        with Vertical(classes="dialog") as box:
            box.border_title = "Settings"
            yield OptionList(id="settings", markup=False)
            told = f"They are kept in {_short(user_config())}."
            yield Static(Content.styled(told, "$text-muted"), markup=False)
            keys = "enter  change      d  usual value      esc  close"
            yield Static(keys, classes="keys", markup=False)

    def on_mount(self) -> None:
        """Show them."""
        self._show(0)
        self.query_one(OptionList).focus()

    def _show(self, chosen: int) -> None:
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options([Option(self._line(name), id=name) for name in NAMES])
        listed.highlighted = chosen

    def _line(self, name: str) -> Content:
        value, origin = getattr(self._settings, name), self._settings.origins.get(name, "")
        shown = {True: "yes", False: "no", None: "–", "": "–"}.get(value, str(value))
        return Content.assemble(
            name.ljust(21),
            (f"{one_line(shown, 40).ljust(24)} ", "bold"),
            (one_line(origin and f"from {origin}", 60), "$text-muted"),
        )

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self._change(str(event.option.id))

    @work(exclusive=True, group="changing")
    async def _change(self, name: str) -> None:
        now = getattr(self._settings, name)
        if name in TRUTHS:
            await self._keep(name, not now)
        elif name in CHOICES:
            choices = CHOICES[name]
            await self._keep(name, choices[(choices.index(now) + 1) % len(choices)])
        else:
            text = await self.app.push_screen_wait(ValueScreen(name, "" if now is None else now))
            if text is not None:
                await self._keep(name, text or None)

    @work(exclusive=True, group="changing")
    async def action_usual(self) -> None:
        """Take the chosen setting out of the person's file."""
        if option := self.query_one(OptionList).highlighted_option:
            await self._keep(str(option.id), None)

    async def _keep(self, name: str, value: Any) -> None:
        try:
            new = changed(self._settings, name, value)
            kept = {name: value if value is None else getattr(new, name)}
            await asyncio.to_thread(keep_settings, kept)
        except PseudocodeError as error:
            self.notify(one_line(str(error), 300), severity="error", markup=False)
            return
        before = self._settings.origins.get(name, str(user_config()))
        if before != str(user_config()):
            told = f"{name} is set by {before}, which wins from the next start on"
            self.notify(told, severity="warning", markup=False)
        self._settings, self._changed = new, True
        self._show(NAMES.index(name))

    def action_close(self) -> None:
        """Back, with what was changed."""
        self.dismiss(self._settings if self._changed else None)


def _short(path: Path) -> str:
    """A path as people write it, with the home as a tilde."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


class ValueScreen(Dialog[str | None]):
    """Takes the value of one setting."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Back", id="value.close")]

    def __init__(self, name: str, value: object) -> None:
        super().__init__()
        self._name, self._value = name, str(value)

    def compose(self) -> ComposeResult:
        """A line to type in."""
        with Vertical(classes="dialog") as box:
            box.border_title = self._name
            yield Input(self._value, placeholder="empty: the usual value")
            yield Static("enter  keep      esc  back", classes="keys", markup=False)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())
