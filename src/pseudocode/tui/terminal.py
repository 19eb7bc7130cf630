"""The terminal around the app: a title, a bell, a text for the clipboard, and its end."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from textual.app import App

from pseudocode.inert import one_line

SHOWN = 80
"""Characters of a title or message."""
PATIENCE = 10.0
"""Seconds from when the process is asked to end until it does, whatever it is at."""
_KEEP_TITLE, _TITLE_BACK = "\x1b[22;0t", "\x1b[23;0t"


def keep_title(app: App[Any]) -> None:
    """Let the terminal remember the title that it has, for `give_title_back`."""
    _write(app, _KEEP_TITLE)


def give_title_back(app: App[Any]) -> None:
    """The title is again what it was."""
    _write(app, _TITLE_BACK)


def set_title(app: App[Any], text: str) -> None:
    """Name the window, or the pane of tmux."""
    _write(app, f"\x1b]2;{one_line(text, SHOWN)}\x07")


def call(app: App[Any], text: str) -> None:
    """Ring, and let terminals that can do so show a message on the desktop (OSC 9)."""
    app.bell()
    _write(app, f"\x1b]9;{one_line(text, SHOWN)}\x07")


def copy(app: App[Any], text: str, what: str) -> str:
    """Give a text to the terminal for its clipboard (OSC 52), over ssh as well.

    Returns:
        What can be said of it; no terminal tells whether it took the text.
    """
    app.copy_to_clipboard(text)
    lines = text.count("\n") + (not text.endswith("\n"))
    told = f"{what}, {lines} line{'' if lines == 1 else 's'}, given to the terminal's clipboard"
    if os.environ.get("TMUX"):
        told += "; in tmux this needs: set -g set-clipboard on"
    return told


def when_asked_to_end(end: Callable[[], None]) -> None:
    """Have something called in the running event loop on SIGTERM, and when the terminal goes.

    Who writes to a terminal that is gone fails, and then those who have something for it to write
    wait for ever; so nobody writes there any more. What counts is in the journals by then.
    """
    loop = asyncio.get_running_loop()

    def asked(number: int, _frame: FrameType | None) -> None:
        _let_go_of_lost_terminal()
        last = threading.Timer(PATIENCE, os._exit, (128 + number,))
        last.daemon = True
        last.start()
        loop.call_soon_threadsafe(end)

    for name in ("SIGTERM", "SIGHUP"):
        if number := getattr(signal, name, None):  # Windows has but one of them
            with suppress(ValueError):  # only the main thread has any
                signal.signal(number, asked)


def _let_go_of_lost_terminal() -> None:
    with suppress(ImportError):
        import termios

        for stream in (1, 2):
            try:
                termios.tcgetattr(stream)
            except termios.error as error:
                if error.args[0] == errno.EIO:
                    nothing = os.open(os.devnull, os.O_WRONLY)
                    os.dup2(nothing, stream)
                    os.close(nothing)


def _write(app: App[Any], sequence: str) -> None:
    driver = app._driver
    # A page in a browser has no such things; it is left alone.
    if driver is not None and not app.is_headless and not app.is_web:
        driver.write(sequence)
