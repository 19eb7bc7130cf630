"""The keys of the desk: each is in the footer or the help, and in the palette."""

from __future__ import annotations

from textual.binding import Binding, BindingType

KEYS: list[BindingType] = [
    Binding("g", "generate", "Generate", tooltip="Ask the model", id="desk.generate"),
    Binding("y", "allow", "Allow", tooltip="Let it have what it asks for", id="desk.allow"),
    Binding("d", "deny", "Don't allow", tooltip="Leave it unrun", id="desk.deny"),
    Binding("a", "approve", "Approve", tooltip="Accept this code", id="desk.approve"),
    Binding("r", "reject", "Reject", tooltip="Turn it down and say why", id="desk.reject"),
    Binding("c", "comment", "Comment", tooltip="Tell the model something", id="desk.comment"),
    Binding("s,escape", "stop", "Stop", tooltip="Stop generating", id="desk.stop"),
    Binding("ctrl+c", "interrupt", "Copy or stop", show=False, id="desk.interrupt"),
    Binding("n", "step(1)", "Next", tooltip="Next spec", id="desk.next"),
    Binding("p", "step(-1)", "Previous", tooltip="Previous spec", show=False, id="desk.previous"),
    Binding("j", "step(1)", "Next", show=False, id="desk.down"),
    Binding("k", "step(-1)", "Previous", show=False, id="desk.up"),
    Binding("1", "pane('spec')", "Specification", show=False, id="desk.spec"),
    Binding("2", "pane('code')", "Code", show=False, id="desk.code"),
    Binding("3", "pane('suite')", "Tests", show=False, id="desk.suite"),
    Binding("4", "pane('talk')", "Conversation", show=False, id="desk.talk"),
]
