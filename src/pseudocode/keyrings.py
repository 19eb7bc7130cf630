"""API keys in the system's keyring; the package `keyring` (extra `keyring`) knows each system's."""

from __future__ import annotations

from pseudocode.errors import SettingsError

SERVICE = "pseudocode-tui"
"""What keys are filed under, by the URLs of their servers."""
_MISSING = "no keyring here: pip install 'pseudocode-tui[keyring]', or keep the key in a variable"


def has_keyring() -> bool:
    """Whether there is a keyring that keeps keys; asks it for nothing."""
    try:
        import keyring
        from keyring.backends import fail, null
    except ImportError:
        return False
    return not isinstance(keyring.get_keyring(), fail.Keyring | null.Keyring)


def kept_key(url: str) -> str:
    """The key for a server, or nothing.

    Raises:
        SettingsError: When there is no keyring, or it stays shut.
    """
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise SettingsError(_MISSING) from None
    try:
        return keyring.get_password(SERVICE, url) or ""
    except (KeyringError, OSError) as error:
        raise SettingsError(f"the keyring gives no key for {url}: {error}") from None


def keep_key(url: str, key: str) -> None:
    """Keep the key for a server.

    Raises:
        SettingsError: When there is no keyring, or it does not take it.
    """
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise SettingsError(_MISSING) from None
    try:
        keyring.set_password(SERVICE, url, key)
    except (KeyringError, OSError) as error:
        raise SettingsError(f"the keyring does not take the key: {error}") from None
