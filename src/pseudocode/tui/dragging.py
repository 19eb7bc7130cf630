"""The edges between the panes, which the mouse can drag."""

from __future__ import annotations

from textual.events import MouseDown, MouseMove, MouseUp
from textual.geometry import Region

from pseudocode.tui.arrangement import Edge
from pseudocode.tui.placing import Placing

_BESIDE: dict[Edge, tuple[str, str]] = {"list": ("left", "right"), "column": ("main", "side")}
"""The ids of what is at the left and at the right."""
_BELOW: dict[Edge, tuple[str, str]] = {
    "spec": ("spec", "code"),
    "side": ("main", "side"),
    "suite": ("suite", "talk"),
}
"""The same of what is above and below."""


class Dragging(Placing):
    """Lets the frames that stand side by side be dragged."""

    def __init__(self) -> None:
        super().__init__()
        self._dragged: Edge | None = None

    def _edge_at(self, x: int, y: int) -> Edge | None:
        """The edge that is in a cell of the screen."""
        for edge, (one, other) in _BESIDE.items():
            first, second = self._regions(one, other)
            beside = second.y <= y < second.bottom
            if first.right == second.x and x - second.x in (-1, 0) and beside:
                return edge
        for edge, (one, other) in _BELOW.items():
            first, second = self._regions(one, other)
            # The frame above the code holds its tabs, which are clicked.
            rows = (-1,) if other == "code" else (-1, 0)
            if first.bottom == second.y and y - second.y in rows and second.x <= x < second.right:
                return edge
        return None

    def _regions(self, one: str, other: str) -> tuple[Region, Region]:
        """Where two parts are that both show; else nowhere that they could meet."""
        parts = [self.query_one_optional(f"#{name}") for name in (one, other)]
        shown = [part.region for part in parts if part is not None and part.region]
        return (shown[0], shown[1]) if len(shown) == 2 else (Region(), Region(-9, -9))

    @property
    def allow_select(self) -> bool:
        """No text is selected while an edge is dragged."""
        return super().allow_select and self._edge_at(*self.app.mouse_position) is None

    def on_mouse_down(self, event: MouseDown) -> None:
        """Take hold of an edge."""
        self._dragged = self._edge_at(event.screen_x, event.screen_y) if event.button == 1 else None
        if self._dragged is not None:
            self.capture_mouse()

    def on_mouse_move(self, event: MouseMove) -> None:
        """Go along with the mouse."""
        edge = self._dragged
        if edge is None:
            return
        first, second = self._regions(*{**_BESIDE, **_BELOW}[edge])
        if edge in _BESIDE:
            shape = self._shape.dragged(edge, event.screen_x + 1 - first.x, second.right - first.x)
        else:
            shape = self._shape.dragged(edge, event.screen_y + 1 - first.y, second.bottom - first.y)
        if shape != self._shape:
            self._shape = shape
            self._arrange()

    def on_mouse_up(self, _: MouseUp) -> None:
        """Let go, and remember."""
        if self._dragged is not None:
            self._dragged = None
            self.release_mouse()
            self._change()
