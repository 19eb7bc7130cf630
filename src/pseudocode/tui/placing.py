"""How the panes share the screen: which show, how large they are, and what is remembered of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import cast

from textual import work
from textual.events import Resize
from textual.screen import Screen

from pseudocode.tui.arrangement import PANES, Pane, Shape, arrange
from pseudocode.wiring import remember, remembered

_PARTS = ("left", "right", "main", "side", *PANES)
"""The ids of all that an arrangement can give room to."""
_KEEP_SECONDS = 0.5
"""After the last change, until it is kept."""


class Placing(Screen[None]):
    """Arranges the panes for the terminal there is, as the person has set it."""

    def __init__(self) -> None:
        super().__init__()
        self._shape = Shape.of(remembered())
        self._shown: Pane = "spec"
        self._zoomed: Pane | None = cast(Pane, self._shape.pane) if self._shape.zoomed else None
        self._arranged: object = None
        self._kept = self._kept_shape

    def on_mount(self) -> None:
        """Begin with the usual sizes, or those of the last time."""
        self._keeping = self.set_interval(_KEEP_SECONDS, self._keep, pause=True)
        self._arrange()

    async def on_unmount(self) -> None:
        """Keep what was changed in the last moment."""
        if self._kept_shape != self._kept:
            remember(self._kept_shape.plain())

    def on_resize(self, _: Resize) -> None:
        """Another size may need another arrangement."""
        self._arrange()

    def _show_pane(self, name: str) -> None:
        """See to it that a pane is in sight, unless another one has all the room."""
        self._shown = cast(Pane, name)
        self._arrange()

    def _arrange(self) -> None:
        gated = self.has_class("-gated")
        found = arrange(
            self.app.size.width, self._shape, shown=self._shown, zoomed=self._zoomed, gated=gated
        )
        if found == self._arranged or not self.is_mounted:
            return
        self._arranged = found
        focused = self._focused_pane
        with self.app.batch_update():
            self.query_one("#right").styles.layout = "horizontal" if found.beside else "vertical"
            for name in _PARTS:
                part = self.query_one(f"#{name}")
                part.display = found.shows(name)
                part.styles.width = found.widths.get(name, "100%")
                part.styles.height = found.heights.get(name, "1fr")
        if focused != "list" and not found.shows(focused):
            # Or the keys would go to whatever comes next for Textual.
            self.set_focus(self.query_one(f"#{self._zoomed or self._shown}"))

    # -- keys

    def action_pane(self, name: str) -> None:
        """Show and focus a pane."""
        pane = cast(Pane, name)
        if pane != "list":
            self._shown = pane
        if self._zoomed:
            self._zoomed = pane
        self._arrange()
        self.query_one(f"#{name}").focus()
        self._change()

    def action_zoom(self) -> None:
        """Give all the room to the pane that has the keys, or share it again."""
        focused = self._focused_pane
        self._zoomed = None if self._zoomed else self._shown if focused == "list" else focused
        self._arrange()
        if self._zoomed:
            self.query_one(f"#{self._zoomed}").focus()
        self._change()

    def action_resize(self, across: int, down: int) -> None:
        """Move an edge of the pane that has the keys."""
        width, _ = self.app.size
        self._shape = self._shape.resized(self._focused_pane, across, down, width)
        self._arrange()
        self._change()

    def action_usual_sizes(self) -> None:
        """Let the panes have their usual sizes."""
        self._shape, self._zoomed = Shape(), None
        self._arrange()
        self._change()

    @property
    def _focused_pane(self) -> Pane:
        for name in PANES:
            if self.focused is not None and self.focused.id == name:
                return name
        return "list"

    # -- what is remembered

    def _change(self) -> None:
        """Keep how it looks now, once it rests."""
        self._keeping.reset()
        self._keeping.resume()

    @property
    def _kept_shape(self) -> Shape:
        pane = self._zoomed or self._shown
        return replace(
            self._shape,
            zoomed=self._zoomed not in (None, "list"),
            pane=pane if pane != "list" else "spec",
        )

    @work(group="remembering")
    async def _keep(self) -> None:
        self._keeping.pause()
        self._kept = self._kept_shape
        await asyncio.to_thread(remember, self._kept.plain())
