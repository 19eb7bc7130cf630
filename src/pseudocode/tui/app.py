"""The app: its first screen, global keys and commands."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import work
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

if TYPE_CHECKING:
    from pseudocode.settings import Settings
    from pseudocode.tui.desk import DeskScreen


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
        Binding("question_mark,f1", "help", "Help", tooltip="Keys of this place", id="app.help"),
    ]

    def __init__(
        self,
        path: Path,
        root: Path,
        settings: Settings,
        *,
        replay: bool = False,
        speed: float | None = 1.0,
    ) -> None:
        """Make the app.

        Args:
            path: A folder of specs or one file; the journal, for a replay.
            root: The project.
            settings: All of them.
            replay: Whether a recorded session is played.
            speed: How fast; as fast as it goes, where there is none.
        """
        super().__init__()
        self._open = path, root, settings
        self._replay, self._speed = replay, speed

    def get_default_screen(self) -> Screen[None]:
        """The light one comes first."""
        return OpeningScreen()

    def on_mount(self) -> None:
        """Go on to the desk once something is on the screen."""
        self.call_after_refresh(self._open_desk)
        for name in ("SIGTERM", "SIGHUP"):
            if number := getattr(signal, name, None):
                # Windows has no such handlers, and only the main thread has any.
                with suppress(NotImplementedError, RuntimeError, ValueError):
                    asyncio.get_running_loop().add_signal_handler(number, self._end)

    @work
    async def _open_desk(self) -> None:
        name = "pseudocode.tui.replay" if self._replay else "pseudocode.tui.desk"
        module = await asyncio.to_thread(import_module, name)
        if self._replay:
            await self.push_screen(module.ReplayScreen(*self._open, speed=self._speed))
        else:
            await self.push_screen(module.DeskScreen(*self._open))

    @property
    def _desk(self) -> DeskScreen | None:
        """The screen below any dialog, once it is there."""
        return next((cast(Any, s) for s in self.screen_stack if hasattr(s, "leave")), None)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Textual's own commands, and every action that has a key and is possible now."""
        yield from super().get_system_commands(screen)
        for active in screen.active_bindings.values():
            binding = active.binding
            if active.enabled and binding.id and binding.id.startswith(("desk.", "replay.")):
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
        desk = self._desk
        if desk is None:
            self.exit(0)
        else:
            desk.leave()

    def _end(self) -> None:
        desk = self._desk
        if desk is None:
            self.exit(0)
        else:
            desk.end()
