"""The app: theme, first screen, global keys and commands."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path, PurePath
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from pseudocode.settings import Settings
from pseudocode.tui.desk import DeskScreen


class PseudocodeApp(App[int]):
    """Works through a folder of specs."""

    TITLE = "pseudocode"
    # Textual does not load the stylesheet of a default screen by itself.
    CSS_PATH: ClassVar[list[str | PurePath]] = ["app.tcss", "desk.tcss"]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - an instance variable in Textual
        (0, "-tiny"),
        (60, "-narrow"),
        (100, "-normal"),
        (160, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (18, "-tall")]  # noqa: RUF012 - likewise
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "leave", "Quit", tooltip="Leave; journals keep all", id="app.quit"),
        Binding("ctrl+q", "leave", "Quit", show=False, priority=True, id="app.quit_anywhere"),
        Binding("question_mark,f1", "help", "Help", tooltip="Keys of this place", id="app.help"),
    ]

    def __init__(self, folder: Path, root: Path, settings: Settings) -> None:
        super().__init__()
        self._desk = DeskScreen(folder, root, settings)

    def on_mount(self) -> None:
        """End in good order when the terminal or the system wants us to."""
        for name in ("SIGTERM", "SIGHUP"):
            if number := getattr(signal, name, None):
                with suppress(NotImplementedError):  # Windows has no such handlers
                    asyncio.get_running_loop().add_signal_handler(number, self._desk.end)

    def get_default_screen(self) -> Screen[None]:
        """The desk is the only place there is."""
        return self._desk

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Textual's own commands, and every action that has a key and is possible now."""
        yield from super().get_system_commands(screen)
        for active in screen.active_bindings.values():
            binding = active.binding
            if active.enabled and binding.id and binding.id.startswith("desk."):
                title, told = binding.description, binding.tooltip
                yield SystemCommand(title, told, self._runner(binding.action, active.node))

    def _runner(self, action: str, node: object) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self.run_action(action, node)  # type: ignore[arg-type]

        return run

    def action_help(self) -> None:
        """Show or hide the keys of the focused place."""
        if self.screen.query("HelpPanel"):
            self.action_hide_help_panel()
        else:
            self.action_show_help_panel()

    def action_leave(self) -> None:
        """Quit, after a question if work is under way."""
        self._desk.leave()
