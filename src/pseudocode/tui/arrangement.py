"""Where the panes stand: what the size of the terminal allows, as the person has set it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, NamedTuple

Pane = Literal["list", "spec", "code", "suite", "talk"]
PANES: tuple[Pane, ...] = ("spec", "code", "suite", "talk")
"""The ids of the panes beside the list, in the order of their number keys."""
Edge = Literal["list", "column", "spec", "side", "suite"]
"""What stands between two panes, and can be dragged."""
LEAST = (60, 20)
"""Columns and lines below which too little shows to work with."""
NORMAL, WIDE = 100, 160
"""Columns from which on the specification stands above the code, and the tests beside both."""
_STEP = 5
_LIST_STEP = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """What the person has set; it outlives the app."""

    list_width: int = 0
    """Columns; 0 as it is usual."""
    spec: int = 40
    """Percent of their column that the specification takes, above the code."""
    side: int = 28
    """Percent of the height that the tests take, below the code."""
    column: int = 48
    """Percent of the width that tests and conversation take, where they stand beside the code."""
    suite: int = 34
    """Percent of that column that the tests take."""
    zoomed: bool = False
    """Whether one pane has all the room."""
    pane: str = "spec"
    """Which pane was shown last."""
    tab: Literal["code", "diff"] = "code"
    """Which tab of the code."""

    def plain(self) -> dict[str, Any]:
        """As data to be kept."""
        return asdict(self)

    @classmethod
    def of(cls, data: object) -> Shape:
        """From what was kept; what is not as it should be is as usual."""
        known = data if isinstance(data, dict) else {}
        usual = cls()
        kept = {
            field.name: known[field.name]
            for field in fields(cls)
            if type(known.get(field.name)) is type(getattr(usual, field.name))
        }
        return replace(usual, **kept)._bounded()

    def resized(self, pane: Pane, across: int, down: int, width: int) -> Shape:
        """Move the edge of a pane.

        Args:
            pane: The pane that has the keys.
            across: 1 moves the edge beside it to the right, -1 to the left.
            down: 1 moves the edge above or below it down, -1 up.
            width: Columns of the terminal.
        """
        if across:
            if width >= WIDE and pane != "list":
                return replace(self, column=self.column - across * _STEP)._bounded()
            before = self.list_width or usual_list_width(width)
            return replace(self, list_width=before + across * _LIST_STEP)._bounded()
        if pane in ("suite", "talk"):
            if width >= WIDE:
                return replace(self, suite=self.suite + down * _STEP)._bounded()
            return replace(self, side=self.side - down * _STEP)._bounded()
        if width >= NORMAL and pane != "list":
            return replace(self, spec=self.spec + down * _STEP)._bounded()
        return replace(self, side=self.side - down * _STEP)._bounded()

    def dragged(self, edge: Edge, before: int, whole: int) -> Shape:
        """Put an edge elsewhere.

        Args:
            edge: Which.
            before: Columns at the left of it, or lines above it.
            whole: Columns or lines of both sides together.
        """
        if edge == "list":
            return replace(self, list_width=before)._bounded()
        percent = round(100 * before / max(whole, 1))
        match edge:
            case "column":
                return replace(self, column=100 - percent)._bounded()
            case "side":
                return replace(self, side=100 - percent)._bounded()
            case "spec":
                return replace(self, spec=percent)._bounded()
            case "suite":
                return replace(self, suite=percent)._bounded()

    def _bounded(self) -> Shape:
        def within(value: int) -> int:
            return max(10, min(value, 85))

        return replace(
            self,
            list_width=max(16, min(self.list_width, 90)) if self.list_width else 0,
            spec=within(self.spec),
            side=within(self.side),
            column=within(self.column),
            suite=within(self.suite),
            pane=self.pane if self.pane in PANES else "spec",
            tab=self.tab if self.tab in ("code", "diff") else "code",
        )


class Arrangement(NamedTuple):
    """How wide or high things are, as Textual's styles say it; what is not named does not show."""

    beside: bool
    """Whether tests and conversation stand beside the code, not below."""
    widths: dict[str, str]
    heights: dict[str, str]

    def shows(self, name: str) -> bool:
        """Whether something has any room."""
        return name in self.heights


def usual_list_width(width: int) -> int:
    """Columns of the list, if the person has not set them."""
    return 29 if width < NORMAL else 36 if width < WIDE else 42


def arrange(
    width: int, shape: Shape, *, shown: Pane, zoomed: Pane | None, gated: bool
) -> Arrangement:
    """Find out where everything stands.

    Args:
        width: Columns of the terminal.
        shape: What the person has set.
        shown: The pane that must be in sight.
        zoomed: The pane that has all the room, if one has.
        gated: Whether a question needs some of the room.
    """
    if zoomed:
        return _only(zoomed)
    list_width = min(shape.list_width or usual_list_width(width), width // 2)
    widths = {"left": str(list_width), "right": "1fr"}
    heights = {"left": "100%", "right": "100%"}
    panes: dict[str, str]
    if width >= WIDE:
        widths |= {"main": f"{100 - shape.column}fr", "side": f"{shape.column}fr"}
        panes = {
            "main": "100%",
            "side": "100%",
            "spec": f"{shape.spec}fr",
            "code": f"{100 - shape.spec}fr",
            "suite": f"{shape.suite}fr",
            "talk": f"{100 - shape.suite}fr",
        }
    else:
        panes = _stacked(width, shape, shown, gated=gated)
    return Arrangement(width >= WIDE, widths, heights | panes)


def _only(pane: Pane) -> Arrangement:
    if pane == "list":
        return Arrangement(False, {"left": "1fr"}, {"left": "100%"})
    column = "main" if pane in ("spec", "code") else "side"
    heights = {"right": "100%", column: "1fr", pane: "1fr"}
    return Arrangement(False, {"right": "1fr"}, heights)


def _stacked(width: int, shape: Shape, shown: Pane, *, gated: bool) -> dict[str, str]:
    """Tests or conversation below the specification, the code, or both."""
    below = "talk" if shown == "talk" else "suite"
    if shown == "talk" and width < NORMAL:
        return {"side": "1fr", below: "1fr"}
    above = {"main": f"{100 - shape.side}fr"}
    if width >= NORMAL and shown != "talk":
        above |= {"spec": f"{shape.spec}fr", "code": f"{100 - shape.spec}fr"}
    else:
        above["spec" if shown == "spec" else "code"] = "1fr"
    if gated and width < NORMAL and shown in ("spec", "code"):
        return above
    side = max(shape.side, 50) if shown == "talk" else shape.side
    return above | {"main": f"{100 - side}fr", "side": f"{side}fr", below: "1fr"}
