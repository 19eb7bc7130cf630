"""The app: its first screen, global keys and commands."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import work
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.geometry import Size
from textual.screen import Screen
from textual.theme import Theme
from textual.widgets import Static

from pseudocode.tui.palette import Palette
from pseudocode.tui.room import SmallScreen, is_too_small
from pseudocode.tui.terminal import (
    call,
    give_title_back,
    keep_title,
    set_title,
    when_asked_to_end,
)
from pseudocode.tui.themes import DARK, ON_DARK, ON_LIGHT, OURS
from pseudocode.tui.typed_ahead import TypedAhead
from pseudocode.wiring import remember, remembered

if TYPE_CHECKING:
    from pseudocode.settings import Settings
    from pseudocode.tui.desk import DeskScreen
    from pseudocode.tui.work import Work


_COMMANDS = ("desk.", "code.", "replay.", "app.")
"""Begin the ids of what is in the command palette beside Textual's own."""
_TEXTUALS = ("Theme", "Screenshot")
"""Of its own, those that we have none for: its `Quit` would not ask while a model writes."""


LONG_SECONDS = 2.0
"""What ends sooner is not worth a bell."""


class OpeningScreen(Screen[None]):
    """Stands until the desk has been imported, which takes longer than to paint this."""

    def compose(self) -> ComposeResult:
        """One line."""
        yield Static("pseudocode", id="opening", markup=False)


class PseudocodeApp(TypedAhead):
    """Works through a folder of specs."""

    TITLE = "pseudocode"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "leave", "Quit", tooltip="Leave; journals keep all", id="app.quit"),
        Binding("ctrl+q", "leave", "Quit", show=False, priority=True, id="app.quit_anywhere"),
        Binding(
            "l", "library", "Library", tooltip="Search accepted code", show=False, id="app.library"
        ),
        Binding("f2", "settings", "Settings", tooltip="All of them", show=False, id="app.settings"),
        Binding(
            "f3",
            "figures",
            "Statistics",
            tooltip="Solved, rounds, tokens, cost",
            show=False,
            id="app.figures",
        ),
        Binding("question_mark,f1", "help", "Help", tooltip="Keys of this place", id="app.help"),
        Binding(
            "ctrl+z",
            "suspend_process",
            "Suspend",
            tooltip="To the shell; fg comes back",
            show=False,
            id="app.suspend",
        ),
    ]

    def __init__(
        self,
        path: Path,
        root: Path,
        settings: Settings,
        wanted: Path | None = None,
        *,
        replay: bool = False,
        speed: float | None = 1.0,
        invites: bool = False,
    ) -> None:
        """Make the app.

        Args:
            path: A folder of specs or one file; the journal, for a replay.
            root: The project.
            settings: All of them.
            wanted: The journal of the session to show first.
            replay: Whether a recorded session is played.
            speed: How fast; as fast as it goes, where there is none.
            invites: Whether the replay is a demonstration, and says what can be done after it.
        """
        super().__init__()
        for theme in OURS:
            self.register_theme(theme)
        self.ansi_theme_dark, self.ansi_theme_light = ON_DARK, ON_LIGHT
        self._open = path, root, settings
        self._wanted = wanted
        self._replay, self._speed, self._invites = replay, speed, invites
        self.lost: list[str] = []
        """What could not be saved until the end, and why."""

    def get_default_screen(self) -> Screen[None]:
        """The light one comes first."""
        return OpeningScreen()

    def on_mount(self) -> None:
        """Go on to the desk once something is on the screen."""
        self._choose_theme()
        self.theme_changed_signal.subscribe(self, self._keep_theme)
        keep_title(self)
        self.show_title("")
        self.call_after_refresh(self._open_desk)
        when_asked_to_end(self._end)

    @work
    async def _open_desk(self) -> None:
        name = "pseudocode.tui.replay" if self._replay else "pseudocode.tui.desk"
        module = await asyncio.to_thread(import_module, name)
        self._use_keys(module)
        if self._replay:
            how = {"speed": self._speed, "invites": self._invites}
            await self.push_screen(module.ReplayScreen(*self._open, **how))
        else:
            await self.push_screen(module.DeskScreen(*self._open, self._wanted))
        self._see_to_room(self.size)

    def on_resize(self, event: Resize) -> None:
        """There may be too little room by now."""
        if self._desk is not None:
            self._see_to_room(event.size)

    def _see_to_room(self, size: Size) -> None:
        """Where the terminal is too small, say so instead of showing what cannot be read."""
        is_told = any(isinstance(screen, SmallScreen) for screen in self.screen_stack)
        if is_too_small(size) and not is_told:
            self.push_screen(SmallScreen())

    def action_command_palette(self) -> None:
        """Show all commands, where there is room for them."""
        # One that was just closed is there a moment longer, and two would end the app.
        is_there = any(isinstance(screen, Palette) for screen in self._nodes)
        if not is_there and not is_too_small(self.size):
            self.push_screen(Palette(id="--command-palette"))

    def _choose_theme(self) -> None:
        """That of the settings, or the one that was chosen last."""
        wanted = self._open[2].theme
        for name in (wanted, str(remembered().get("theme", "")), DARK.name):
            if name in self.available_themes:
                self.theme = name
                break
        if wanted and wanted not in self.available_themes:
            told = f"there is no theme {wanted!r}; ctrl+p, Theme shows which there are"
            self.notify(told, severity="warning", markup=False)

    @work(group="remembering")
    async def _keep_theme(self, _: Theme) -> None:
        # The one that is chosen by now: lists of themes show each in passing.
        await asyncio.to_thread(lambda: remember({"theme": self.theme}))

    def on_unmount(self) -> None:
        """The terminal is as it was."""
        give_title_back(self)

    def _use_keys(self, module: Any) -> None:
        """Let the keys be those that the person wants; tell which cannot be had."""
        if wanted := self._open[2].keys:
            from pseudocode.tui.keymap import read_keys, usual_keys

            keymap, faults = read_keys(wanted, usual_keys(self.BINDINGS, module))
            self.set_keymap(keymap)
            for fault in faults:
                self.notify(fault, severity="error", timeout=20, markup=False)

    def show_title(self, told: str) -> None:
        """Name the terminal's window: the folder, and what goes on in it."""
        parts = (told, self._open[0].name, self.TITLE)
        set_title(self, " · ".join(part for part in parts if part))

    def call_back(self, work: Work) -> None:
        """Tell a person who looks elsewhere that the work on a spec has come to rest."""
        told = f"{work.spec.name}: {work.telling}"
        self.show_title(told)
        if not self.app_focus and self._open[2].notify and work.elapsed >= LONG_SECONDS:
            call(self, told)

    @property
    def _desk(self) -> DeskScreen | None:
        """The screen below any dialog, once it is there."""
        return next((cast(Any, s) for s in self.screen_stack if hasattr(s, "leave")), None)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Some of Textual's own, and every action that has a key and is possible now."""
        for command in super().get_system_commands(screen):
            if command.title in _TEXTUALS:
                yield command
        found = {active.binding.action: active for active in screen.active_bindings.values()}
        for active in found.values():  # some have several keys
            binding = active.binding
            if active.enabled and binding.id and binding.id.startswith(_COMMANDS):
                key = self.get_key_display(binding)
                told = f"{binding.tooltip} · {key}" if binding.tooltip else key
                run = self._runner(binding.action, active.node)
                yield SystemCommand(binding.description, told, run)

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

    async def action_figures(self) -> None:
        """Show what the sessions of the project add up to."""
        if self._desk is not None and self.screen is self._desk:
            from pseudocode.tui.figures_screen import FiguresScreen

            await self.push_screen(FiguresScreen(self._open[1]))

    @work(exclusive=True, group="settings")
    async def action_settings(self) -> None:
        """Show the settings, and let them be changed."""
        desk = self._desk
        if desk is None or self.screen is not desk:
            return
        from pseudocode.tui.settings_screen import SettingsScreen

        settings = await self.push_screen_wait(SettingsScreen(desk.settings))
        if settings is not None:
            self._open = *self._open[:2], settings
            desk.use(settings)
            self._choose_theme()

    async def action_help(self) -> None:
        """Show the keys of the focused place, where there is room for them."""
        from pseudocode.tui.help_screen import HelpScreen

        if not is_too_small(self.size) and not isinstance(self.screen, HelpScreen):
            await self.push_screen(HelpScreen(self.screen))

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
