"""The keys of the desk: each is in the footer or the help, and in the palette."""

from __future__ import annotations

from textual.binding import Binding, BindingType

_PANES = {"spec": "Specification", "code": "Code", "suite": "Tests", "talk": "Conversation"}


def pane_keys(screen: str) -> list[BindingType]:
    """A digit for each pane.

    Args:
        screen: What the ids begin with.
    """
    return [
        Binding(
            f"{number}",
            f"pane('{pane}')",
            name,
            tooltip="Go to this pane",
            show=False,
            id=f"{screen}.{pane}",
        )
        for number, (pane, name) in enumerate(_PANES.items(), 1)
    ]


PANE_KEYS: list[BindingType] = [
    Binding("0", "pane('list')", "List", tooltip="Go to the list", show=False, id="desk.list"),
    Binding("z", "zoom", "Zoom", tooltip="All the room for one pane", show=False, id="desk.zoom"),
    Binding(
        "ctrl+left",
        "resize(-1, 0)",
        "Narrower",
        tooltip="Move an edge",
        show=False,
        id="desk.edge_left",
    ),
    Binding(
        "ctrl+right",
        "resize(1, 0)",
        "Wider",
        tooltip="Move an edge",
        show=False,
        id="desk.edge_right",
    ),
    Binding(
        "ctrl+up", "resize(0, -1)", "Edge up", tooltip="Move an edge", show=False, id="desk.edge_up"
    ),
    Binding(
        "ctrl+down",
        "resize(0, 1)",
        "Edge down",
        tooltip="Move an edge",
        show=False,
        id="desk.edge_down",
    ),
    Binding(
        "equals_sign",
        "usual_sizes",
        "Usual sizes",
        tooltip="Of all panes",
        show=False,
        id="desk.usual_sizes",
    ),
]
"""How the panes share the screen."""
KEYS: list[BindingType] = [
    Binding("plus", "first_spec", "First spec", tooltip="Write one", id="desk.first_spec"),
    Binding("g", "generate", "Generate", tooltip="Ask the model", id="desk.generate"),
    Binding("y", "allow", "Allow", tooltip="Let it have what it asks for", id="desk.allow"),
    Binding("d", "deny", "Don't allow", tooltip="Leave it unrun", id="desk.deny"),
    Binding("a", "approve", "Approve", tooltip="Accept this code", id="desk.approve"),
    Binding("r", "reject", "Reject", tooltip="Turn it down and say why", id="desk.reject"),
    Binding("c", "comment", "Comment", tooltip="Tell the model something", id="desk.comment"),
    Binding("s,escape", "stop", "Stop", tooltip="Stop generating", id="desk.stop"),
    Binding(
        "u",
        "history",
        "Versions",
        tooltip="What was accepted before",
        show=False,
        id="desk.history",
    ),
    Binding(
        "ctrl+c",
        "interrupt",
        "Copy or stop",
        tooltip="What is chosen, or what runs",
        show=False,
        id="desk.interrupt",
    ),
    Binding("n", "step(1)", "Next", tooltip="Next spec", id="desk.next"),
    Binding("p", "step(-1)", "Previous", tooltip="Previous spec", show=False, id="desk.previous"),
    Binding("w", "next_waiting", "Waits", tooltip="Next that needs you", id="desk.waiting"),
    Binding(
        "slash,ctrl+f",
        "filter",
        "Filter",
        tooltip="Filter the list",
        show=False,
        priority=True,
        id="desk.filter",
    ),
    Binding("o", "order", "Order", tooltip="Needs you first", show=False, id="desk.order"),
    Binding("v", "difference", "Diff", tooltip="What it changes", id="desk.difference"),
    Binding("b", "compare", "Compare", tooltip="Against what", show=False, id="desk.compare"),
    Binding("j", "move(1)", "Down", tooltip="One line in the list", show=False, id="desk.down"),
    Binding("k", "move(-1)", "Up", tooltip="One line in the list", show=False, id="desk.up"),
    Binding("Y", "copy_code", "Copy", tooltip="Copy the code", show=False, id="desk.copy"),
    Binding("m", "models", "Model", tooltip="Choose the model", show=False, id="desk.models"),
    *pane_keys("desk"),
    *PANE_KEYS,
]
