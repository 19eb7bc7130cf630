"""The table `[keys]` of the person's settings: other keys than the usual ones."""

from __future__ import annotations

from typing import Any

from pseudocode.errors import SettingsError


def read_table(table: Any, origin: str) -> dict[str, str]:
    """The keys by the names of what they do; which names there are, the app knows.

    Raises:
        SettingsError: When it is no such table, with where it stands.
    """
    if not isinstance(table, dict):
        raise SettingsError(f"{origin}: keys must be a table such as [keys]")
    flat: dict[str, Any] = {}
    for name, value in table.items():
        # `desk.approve = "A"` without quotes is a table within the table.
        if isinstance(value, dict):
            flat |= {f"{name}.{part}": key for part, key in value.items()}
        else:
            flat[name] = value
    for name, key in flat.items():
        if not isinstance(key, str) or not key.strip():
            raise SettingsError(f"{origin}: keys: {name} must be the name of a key, or none")
    return flat
