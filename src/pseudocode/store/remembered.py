"""How the person left the app: what is not worth a setting, but worth not to be lost."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from pathlib import Path

import platformdirs

from pseudocode.store.files import write_atomically

_KEEPING = threading.Lock()
"""What is kept by two threads at once must not be lost by one of them."""


def path() -> Path:
    """Where it is kept."""
    return platformdirs.user_state_path("pseudocode") / "app.json"


def read() -> dict[str, object]:
    """What was kept; empty where nothing was, or it cannot be read."""
    with suppress(OSError, ValueError):
        found = json.loads(path().read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    return {}


def keep(facts: dict[str, object]) -> None:
    """Keep these beside what else is kept; where that fails, the next start is as usual."""
    with suppress(OSError), _KEEPING:
        path().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path(), json.dumps({**read(), **facts}, indent=1), private=True)
