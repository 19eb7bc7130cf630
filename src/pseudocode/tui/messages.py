"""What reaches the screen from the sessions. Text that streams in is looked at by itself."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from pseudocode.events import Event
from pseudocode.tui.work import Work


@dataclass
class Appended(Message):
    """A fact was added to the session of a spec."""

    work: Work
    event: Event


@dataclass
class Listed(Message):
    """So much was found in the folder so far; the rest is being read."""

    works: list[Work]


@dataclass
class Rested(Message):
    """It is the person's turn on a spec."""

    work: Work


@dataclass
class Noticed(Message):
    """Something is not as it should be, but the work goes on."""

    text: str
