"""Settings: from defaults, configuration files, the environment and flags, weakest to strongest."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

import platformdirs

from pseudocode.errors import SettingsError
from pseudocode.keytable import read_table
from pseudocode.policy import POLICIES

PREFIX = "PSEUDOCODE_"
ONLY_THE_PERSON = (
    "base_url",
    "api_key_env",
    "keyring",
    "sandbox",
    "library_url",
    "price_in",
    "price_out",
)
"""What a project's file cannot set: a cloned repository must not redirect keys, open walls, or say
that a model costs nothing."""
DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")
"""How the URL of a shared library may begin."""
LARGEST = 1e9
SHORTEST_KEY = 8
"""Characters; a shorter one is a word that other variables may hold, too."""
FLAGS = "the command line"
"""The origin of what was given as a flag."""
CHOICES = {
    "api": ("auto", "chat", "responses"),
    "sandbox": ("strict", "best-effort", "off"),
    "type_check": ("auto", "off", "ty", "mypy", "pyright"),
    "library": ("person", "project", "off"),
    "library_examples": ("0", "1", "2", "3"),
    "policy": ("auto", *POLICIES),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set."""

    model: str = ""
    """Empty: the embedded model if there is neither key nor server, else `DEFAULT_MODEL`."""
    diagnosis_model: str = ""
    """Of the same server; says once what is wrong where repairs fail. Empty: none."""
    base_url: str = ""
    api_key_env: str = "OPENAI_API_KEY"
    temperature: float | None = None
    api: Literal["auto", "chat", "responses"] = "auto"
    """How the server is asked; `auto`: OpenAI's for responses, others for chat completions."""
    api_version: str = ""
    """Azure's version of the API; given for another host, it says that an Azure is behind it."""
    timeout: float = 300.0
    """Seconds for one reply of the model, with all waits and repetitions."""
    connect_timeout: float = 5.0
    first_token_timeout: float = 180.0
    """Seconds from the request to the first token."""
    idle_timeout: float = 60.0
    """Seconds of silence between two tokens."""
    sandbox: str = "best-effort"
    type_check: str = "auto"
    """Which type checker looks at generated code; `auto`: whichever is installed."""
    policy: str = "auto"
    """How rounds are spent; `auto`: what measured best for the kind of model."""
    max_rounds: int | None = None
    candidates: int | None = None
    """Both empty: what suits the model."""
    max_tokens: int = 50_000
    max_generated: int | None = None
    """Tokens of answers alone; without a bound of their own where it is empty."""
    price_in: float | None = None
    price_out: float | None = None
    """US dollars for a million tokens of prompts and of answers; both empty: as they are listed."""
    max_seconds: float = 600.0
    max_cost: float | None = None
    """What one spec may use: tokens, seconds of replies and tests, US dollars."""
    total_tokens: int | None = None
    total_seconds: float | None = None
    total_cost: float | None = None
    """The same of all specs of one run together; empty: endless."""
    jobs: int = 4
    """How many specs the app generates at once, when it is to generate all."""
    max_requests: int = 32
    """How many requests to the model may be under way at once."""
    cache: bool = True
    """Whether answers are kept, and given again where the same is asked."""
    cache_mb: int = 256
    """How much of them is kept, in millions of bytes."""
    library: str = "project"
    """Whether accepted code is kept in the project, also in a library of the person, or nowhere."""
    library_examples: str = "0"
    """How many entries of it that are near to a declaration the model is shown beside it."""
    library_url: str = ""
    """The database of a library that several people share; its password is struck out."""
    confirm_requests: bool = False
    """Whether the app shows each request, and waits, before it goes to the model."""
    keyring: bool = False
    """Whether the key of the server is in the system's keyring, where its variable is not set."""
    theme: str = ""
    """Of the app; empty: the one that was chosen last."""
    notify: bool = True
    """Whether the terminal is told when something long ends and nobody looks at it."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """What the person wants on other keys: the names of keys, with a comma between several, by the
    name of what they do; `none` for no key."""
    api_key: str = field(default="", repr=False)
    """What the variable `api_key_env` holds; it is nowhere else."""
    login: str = field(default="", repr=False)
    """The `NAME:PASSWORD` that stood in the URL; `base_url` is shown, and is without it."""
    library_address: str = field(default="", repr=False)
    """The whole of `library_url`."""
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Where each value that is not a default comes from."""


_FOUND = ("api_key", "login", "library_address", "origins", "keys")
"""What follows from the other values, or is a table of its own."""
TRUTHS = ("cache", "confirm_requests", "keyring", "notify")
_FIELDS = {f.name: f for f in fields(Settings) if f.name not in _FOUND}
NAMES = tuple(_FIELDS)
"""Of all that can be set by a value."""
_KINDS: dict[str, type] = {
    "temperature": float,
    "timeout": float,
    "connect_timeout": float,
    "first_token_timeout": float,
    "idle_timeout": float,
    "max_seconds": float,
    "max_rounds": int,
    "candidates": int,
    "max_tokens": int,
    "max_generated": int,
    "price_in": float,
    "price_out": float,
    "max_cost": float,
    "jobs": int,
    "max_requests": int,
    "total_tokens": int,
    "total_seconds": float,
    "total_cost": float,
    "cache_mb": int,
}
_MAY_BE_ZERO = ("price_in", "price_out")
_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def user_config() -> Path:
    """The person's own configuration file, whether or not it is there."""
    return platformdirs.user_config_path("pseudocode") / "config.toml"


def load_settings(
    flags: Mapping[str, Any],
    *,
    project: Path,
    environ: Mapping[str, str] = os.environ,
    config: Path | None = None,
) -> Settings:
    """Put the settings together.

    Args:
        flags: Values from the command line; those that are None were not given.
        project: The folder whose `pyproject.toml` counts.
        environ: The environment.
        config: The person's configuration file, instead of the platform's usual one.

    Raises:
        SettingsError: For a value or name that cannot be used, with where it stands.
    """
    if config is not None and not config.is_file():
        raise SettingsError(f"--config {config}: there is no such file")
    settings = Settings()
    personal = config or user_config()
    own = _toml(personal)
    keys = read_table(own.pop("keys", {}), str(personal))
    settings = apply(settings, own, str(personal))
    settings = apply(settings, _project_table(project), str(project / "pyproject.toml"))
    settings = apply(settings, _from_environment(environ), "the environment")
    given = {name: value for name, value in flags.items() if value is not None}
    settings = apply(settings, given, FLAGS)
    if (settings.price_in is None) != (settings.price_out is None):
        raise SettingsError("price_in and price_out go together: set both, or neither")
    scheme, login, rest = _parted(settings, "base_url")
    url = f"{scheme}{rest}"
    return replace(
        settings,
        base_url=url,
        login=login,
        api_key=environ.get(settings.api_key_env) or _kept_key(settings, url),
        keys=keys,
        library_url=_without_password(settings),
        library_address=settings.library_url,
    )


def hide_secrets(settings: Settings, environ: MutableMapping[str, str] = os.environ) -> None:
    """Take the key and the login out of the environment, which every child inherits."""
    key, login = settings.api_key, settings.login
    for name, value in list(environ.items()):
        same = value == key and len(key) >= SHORTEST_KEY
        address = settings.library_address
        shared = address != settings.library_url and address in value
        if same or shared or name == settings.api_key_env or (login and f"//{login}@" in value):
            del environ[name]


def _without_password(settings: Settings) -> str:
    """The URL of the shared library as it can be shown."""
    if settings.library_url.startswith("sqlite:"):
        return settings.library_url
    scheme, login, rest = _parted(settings, "library_url")
    name, colon, _ = login.partition(":")
    login = f"{name}{colon and ':***'}@" if login else ""
    return f"{scheme}{login}" + re.sub("(password=)[^&]*", r"\1***", rest)


def _parted(settings: Settings, setting: str) -> tuple[str, str, str]:
    """The scheme of a URL with its slashes, its login, and the rest."""
    scheme, slashes, rest = str(getattr(settings, setting)).partition("://")
    authority, slash, path = rest.partition("/")
    login, _, host = authority.rpartition("@")
    if not login and "@" in path:
        # The beginning of a password would be taken for the host, and be shown.
        origin = settings.origins.get(setting)
        raise SettingsError(f"{origin}: {setting} has an @ after a /; in a password / is %2F")
    return f"{scheme}{slashes}", login, f"{host}{slash}{path}"


def _kept_key(settings: Settings, url: str) -> str:
    if not settings.keyring:
        return ""
    from pseudocode.keyrings import kept_key

    return kept_key(url)


def _project_table(project: Path) -> dict[str, Any]:
    table: Any = _toml(project / "pyproject.toml")
    for name in ("tool", "pseudocode"):
        table = table.get(name, {})
        if not isinstance(table, dict):
            raise SettingsError(f"{project / 'pyproject.toml'}: {name} must be a table")
    for name in ONLY_THE_PERSON:
        if name in table:
            raise SettingsError(
                f"{project / 'pyproject.toml'}: a project cannot set {name}; "
                f"remove it, and use a flag or {user_config()}"
            )
    return dict(table)


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    found = {
        name: environ[PREFIX + name.upper()] for name in _FIELDS if PREFIX + name.upper() in environ
    }
    if url := environ.get("OPENAI_BASE_URL"):
        found.setdefault("base_url", url)
    return {name: value for name, value in found.items() if value != ""}


def _toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from None


def apply(settings: Settings, values: Mapping[str, Any], origin: str) -> Settings:
    """The settings with these values, or a `SettingsError` for one that cannot be used."""
    checked = {name: _checked(name, value, origin) for name, value in values.items()}
    origins = {**settings.origins, **dict.fromkeys(checked, origin)}
    return replace(settings, **checked, origins=origins)


def _checked(name: str, value: Any, origin: str) -> Any:
    _look_up(name, origin)
    if name in TRUTHS:
        return _truth(name, value, origin)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise SettingsError(f"{origin}: {name} cannot be of type {type(value).__name__}")
    return _in_bounds(name, value, origin) if name in _KINDS else _text(name, str(value), origin)


def _text(name: str, value: str, origin: str) -> str:
    if name == "api_key_env" and not value.isidentifier():
        # Likely the key itself, so it is not repeated.
        raise SettingsError(f"{origin}: api_key_env must be the name of a variable, not a key")
    if name == "library_url" and not value.startswith(DATABASES):
        # It may hold a password, so it is not repeated.
        raise SettingsError(f"{origin}: library_url must begin with {' or '.join(DATABASES[:2])}")
    if name in CHOICES and value not in CHOICES[name]:
        raise SettingsError(f"{origin}: {name} must be one of {', '.join(CHOICES[name])}")
    if name == "sandbox" and value == "off" and origin != FLAGS:
        # Once, knowingly, and in sight: not in a file or profile that is forgotten.
        raise SettingsError(f"{origin}: sandbox = off can only be asked for by --sandbox off")
    return value


def _in_bounds(name: str, value: str | float, origin: str) -> float:
    number = _number(name, value, origin)
    if name == "temperature":
        if not 0 <= number <= 2:
            raise SettingsError(f"{origin}: temperature must be between 0 and 2")
    elif not 0 < number < LARGEST and not (number == 0 and name in _MAY_BE_ZERO):
        raise SettingsError(f"{origin}: {name} must be above zero and below {LARGEST:.0e}")
    return number


def _look_up(name: str, origin: str) -> None:
    if name not in _FIELDS:
        import difflib

        near = difflib.get_close_matches(name, _FIELDS, 1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise SettingsError(f"{origin}: there is no setting {name!r}{meant}")


def _truth(name: str, value: Any, origin: str) -> bool:
    told = str(value).lower()
    if told not in (*_YES, *_NO):
        raise SettingsError(f"{origin}: {name} must be true or false, not {told[:40]}")
    return told in _YES


def _number(name: str, value: str | float, origin: str) -> float:
    kind = _KINDS[name]
    try:
        number: float = kind(value)
        exact = kind is float or isinstance(value, str) or number == value
    except (ValueError, OverflowError):
        exact = False
    if not exact:
        shown = str(value)[:40]
        raise SettingsError(
            f"{origin}: {name} must be a number of type {kind.__name__}, not {shown}"
        )
    return number
