"""Other keys than the usual ones, as the `[keys]` table of the person's settings names them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from textual.binding import Binding, BindingType

NONE = "none"
"""What stands for no key; no keyboard has it."""
ALWAYS = ("app.quit_anywhere",)
"""What must stay: without it nobody would get out."""


def usual_keys(app: Iterable[BindingType], module: object) -> dict[str, str]:
    """The usual keys by the names of what they do.

    Args:
        app: The bindings of the app.
        module: The one whose screens and their bindings count as well.
    """
    bases = (base for found in vars(module).values() for base in getattr(found, "__mro__", ()))
    tables = [app, *(vars(base).get("BINDINGS", ()) for base in bases)]
    bindings = (b for table in tables for b in table if isinstance(b, Binding))
    return {binding.id: binding.key for binding in bindings if binding.id}


def read_keys(
    wanted: Mapping[str, str], usual: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Tell what can be had of the wanted keys.

    Args:
        wanted: Keys by the names of what they do.
        usual: The same for all that there is.

    Returns:
        A keymap for Textual, and a line for each name or key that cannot be had.
    """
    faults: list[str] = []
    keymap: dict[str, str] = {}
    for name, key in wanted.items():
        if name in ALWAYS or name not in usual:
            near = difflib.get_close_matches(name, [n for n in usual if n not in ALWAYS], 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            faults.append(f"keys: there is nothing called {name!r}{meant}")
        else:
            keymap[name] = ",".join(part.strip() for part in key.split(","))
    return keymap, faults + _clashes(keymap, usual)


def _clashes(keymap: dict[str, str], usual: Mapping[str, str]) -> list[str]:
    """Two things of one place on the same key; the one that was moved there gives way."""
    faults: list[str] = []
    for name in list(keymap):
        room = name.partition(".")[0]
        for other, key in {**usual, **keymap}.items():
            shares_place = other.partition(".")[0] in (room, "app") or room == "app"
            both = set(keymap[name].split(",")) & set(key.split(",")) - {NONE}
            if other != name and shares_place and both:
                faults.append(f"keys: {min(both)} is for {other} already, so {name} stays")
                del keymap[name]
                break
    return faults
