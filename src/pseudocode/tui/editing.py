"""Text edited by the person: in their own editor where there is one, else in place."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from textual import work as worker
from textual.app import App, ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import TextArea

from pseudocode.inert import one_line
from pseudocode.tui.closing import Dialog
from pseudocode.tui.dialogs import Question


class EditScreen(Dialog[str | None]):
    """A text in a box; the text as it was left, or nothing where the person went away."""

    CSS = """
    EditScreen { align: center middle; }
    EditScreen .dialog { width: 95%; height: 95%; max-width: 120; padding: 0; }
    EditScreen TextArea { border: none; height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "done", "Done", priority=True, id="edit.done"),
        Binding("escape", "leave", "Leave it", priority=True, id="edit.leave"),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """The box, and its two keys in the border."""
        with Vertical(classes="dialog") as box:
            box.border_title = self._title
            box.border_subtitle = "ctrl+s takes it · esc leaves it as it was"
            yield TextArea(
                self._text,
                tab_behavior="indent",
                show_line_numbers=True,
                soft_wrap=False,
                id="edited",
            )

    def action_done(self) -> None:
        """Close with the text, once all that was typed before is in it."""
        self.query_one(TextArea).call_later(self._close)

    def _close(self) -> None:
        self.dismiss(self.query_one(TextArea).text)

    @worker(exclusive=True, group="leaving")
    async def action_leave(self) -> None:
        """Close without the text, after a question if something was typed."""
        typed = self.query_one(TextArea).text != self._text
        question = Question("Throw the edit away?", "What you typed is kept nowhere.")
        if not typed or await self.app.push_screen_wait(question):
            self.dismiss(None)


def editor(environ: Mapping[str, str] = os.environ) -> list[str] | None:
    """The command of the person's editor, where it names a program that is there."""
    for name in ("VISUAL", "EDITOR"):
        try:
            command = shlex.split(environ.get(name, ""))
        except ValueError:  # an open quote
            continue
        if command and shutil.which(command[0]):
            return command
    return None


async def edited(app: App[object], title: str, text: str, suffix: str = ".py") -> str | None:
    """Let the person edit a text; call it from a worker.

    Args:
        app: Which steps aside for an editor of the person's own.
        title: What is edited.
        text: What it is now.
        suffix: Of the file that the editor is given.

    Returns:
        The text as the person left it; nothing where they went away or the editor failed.
    """
    command = editor()
    if command is not None:
        try:
            return await _in_editor(app, command, text, suffix)
        except SuspendNotSupported:
            pass  # in a browser there is no terminal to hand over
        except OSError as error:
            told = f"{command[0]} cannot be started: {error.strerror or error}"
            app.notify(one_line(told, 300), severity="warning", markup=False)
    return await app.push_screen_wait(EditScreen(title, text))


async def _in_editor(app: App[object], command: list[str], text: str, suffix: str) -> str | None:
    with tempfile.TemporaryDirectory(prefix="pseudocode-") as folder:
        path = Path(folder) / f"code{suffix}"
        path.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
        # While the editor has the terminal nothing of ours is drawn; what runs goes on.
        with app.batch_update(), app.suspend():
            process = await asyncio.create_subprocess_exec(*command, str(path))
            code = await process.wait()
        if code != 0:
            told = f"{command[0]} ended with {code}; nothing was changed"
            app.notify(one_line(told, 300), severity="warning", markup=False)
            return None
        try:
            return path.read_text(encoding="utf-8", errors="surrogatepass")
        except (OSError, UnicodeDecodeError):
            app.notify("what was saved cannot be read as UTF-8", severity="warning")
            return None
