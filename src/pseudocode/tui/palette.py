"""The list of all commands, safe from fingers that are quicker than it is."""

from __future__ import annotations

from textual.command import CommandList, CommandPalette

from pseudocode.tui.closing import Closing


class Palette(CommandPalette, Closing[None]):
    """Textual's own; a page key before its list has been drawn would end the app."""

    def _action_command_list(self, action: str) -> None:
        if self.query_one(CommandList).size.height:
            super()._action_command_list(action)
