"""Screens that close once, and never another one."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen, ScreenResultType


class Closing(Screen[ScreenResultType]):
    """A screen whose `dismiss` is about itself.

    Textual takes away whatever is on top. A second key that was pressed before the first one had
    closed a dialog would close what is below it, and a dialog that ends while something stands over
    it would take that away.
    """

    _late: tuple[ScreenResultType | None] | None = None
    """The answer, if it came while something stood over it."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close with an answer; what stands over it is left there until it goes."""
        if self.is_active:
            # What is still being read would be shown where nothing is any more.
            self.workers.cancel_node(self)
            return super().dismiss(result)
        self._late = (result,)
        return AwaitComplete()

    def on_screen_resume(self) -> None:
        """Nothing stands over it any more."""
        if self._late is not None:
            (result,) = self._late
            self.dismiss(result)


class Dialog(ModalScreen[ScreenResultType], Closing[ScreenResultType]):
    """What stands over the screen below, and keeps its keys away until it is answered."""
