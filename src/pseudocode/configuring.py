"""Changes of the person's own settings file, which keeps its comments."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from pseudocode.errors import SettingsError
from pseudocode.settings import Settings, apply, user_config
from pseudocode.store.files import write_atomically

HEADER = "# Settings of pseudocode; `pseudocode-tui info` shows where each value comes from.\n"


def changed(settings: Settings, name: str, value: Any) -> Settings:
    """The settings with one changed as the person's file would have it; None is the usual value.

    Raises:
        SettingsError: When the value cannot be used.
    """
    if value is not None:
        return apply(settings, {name: value}, str(user_config()))
    origins = {key: origin for key, origin in settings.origins.items() if key != name}
    return replace(settings, **{name: getattr(Settings(), name)}, origins=origins)


def keep_settings(changes: dict[str, Any], path: Path | None = None) -> Path:
    """Write values into the person's configuration file; all else in it stays as it is.

    Args:
        changes: Values by the names of settings; None takes one out.
        path: The file, instead of the platform's usual one.

    Returns:
        The file.

    Raises:
        SettingsError: When it cannot be read or written.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = path or user_config()
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else HEADER
        document = tomlkit.parse(text)
        for name, value in changes.items():
            if value is None:
                document.pop(name, None)
            else:
                _put(document, name, value)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, tomlkit.dumps(document), private=not path.exists())
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        told = getattr(error, "strerror", None) or str(error)
        raise SettingsError(f"{path} cannot be changed: {told}") from None
    return path


def _put(document: Any, name: str, value: Any) -> None:
    """Set a value; a new one goes before the first table, where it belongs to none."""
    import tomlkit

    if name in document or not any(isinstance(item, dict) for item in document.values()):
        document[name] = value
        return
    own = tomlkit.document()
    own.add(name, value)
    merged = tomlkit.parse(tomlkit.dumps(own) + tomlkit.dumps(document))
    document.clear()
    document.update(merged)
