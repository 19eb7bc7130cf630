"""The app: its first screen, global keys and commands."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

if TYPE_CHECKING:
    from pseudocode.settings import Settings
    from pseudocode.tui.desk import DeskScreen


_COMMANDS = ("desk.", "app.library")
"""Begin the ids of what is in the command palette beside Textual's own."""


class OpeningScreen(Screen[None]):
    """Stands until the desk has been imported, which takes longer than to paint this."""

    def compose(self) -> ComposeResult:
        """One line."""
        yield Static("pseudocode", id="opening", markup=False)


class PseudocodeApp(App[int]):
    """Works through a folder of specs."""

    TITLE = "pseudocode"
    CSS_PATH = "app.tcss"
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
        Binding(
            "l", "library", "Library", tooltip="Search accepted code", show=False, id="app.library"
        ),
        Binding("question_mark,f1", "help", "Help", tooltip="Keys of this place", id="app.help"),
    ]

    def __init__(self, folder: Path, root: Path, settings: Settings) -> None:
        super().__init__()
        self._open = folder, root, settings
        self._desk: DeskScreen | None = None

    def get_default_screen(self) -> Screen[None]:
        """The light one comes first."""
        return OpeningScreen()

    def on_mount(self) -> None:
        """Go on to the desk once something is on the screen."""
        self.call_after_refresh(self._open_desk)
        for name in ("SIGTERM", "SIGHUP"):
            if number := getattr(signal, name, None):
                with suppress(NotImplementedError):  # Windows has no such handlers
                    asyncio.get_running_loop().add_signal_handler(number, self._end)

    @work
    async def _open_desk(self) -> None:
        module = await asyncio.to_thread(import_module, "pseudocode.tui.desk")
        self._desk = module.DeskScreen(*self._open)
        await self.push_screen(self._desk)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Textual's own commands, and every action that has a key and is possible now."""
        yield from super().get_system_commands(screen)
        for active in screen.active_bindings.values():
            binding = active.binding
            if active.enabled and binding.id and binding.id.startswith(_COMMANDS):
                title, told = binding.description, binding.tooltip
                yield SystemCommand(title, told, self._runner(binding.action, active.node))

    def _runner(self, action: str, node: object) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self.run_action(action, node)  # type: ignore[arg-type]

        return run

    async def action_library(self) -> None:
        """Search the library of accepted code."""
        if self._desk is not None and self.screen is self._desk:
            from pseudocode.tui.library import LibraryScreen

            _, root, settings = self._open
            await self.push_screen(LibraryScreen(root, settings))

    def action_help(self) -> None:
        """Show or hide the keys of the focused place."""
        if self.screen.query("HelpPanel"):
            self.action_hide_help_panel()
        else:
            self.action_show_help_panel()

    def action_leave(self) -> None:
        """Quit, after a question if work is under way."""
        if self._desk is None:
            self.exit(0)
        else:
            self._desk.leave()

    def _end(self) -> None:
        if self._desk is None:
            self.exit(0)
        else:
            self._desk.end()
