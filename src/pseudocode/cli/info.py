"""`pseudocode-tui info`: what is where, and where each setting comes from."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click

from pseudocode import __version__
from pseudocode.archive import Archive
from pseudocode.cli.group import common_options, open_project
from pseudocode.errors import SandboxUnavailable
from pseudocode.settings import Settings, user_config
from pseudocode.weights import embedded_entries, embedded_model
from pseudocode.wiring import (
    choose_model,
    person_grants,
    runner,
    sandbox_probes,
)

_PACKAGES = ("textual", "openai", "pygments", "pytest", "watchfiles", "ruff", "xllamacpp")


@click.command("info", short_help="Versions, paths, settings and where they come from.")
@common_options
def command(config: str | None, **flags: Any) -> None:
    """Show versions, paths, the model, the sandbox, and the origin of each setting."""
    root, settings = open_project(Path.cwd(), config, flags)
    for name, value in (
        *_machine(),
        *_places(root, settings),
        *_model(settings),
        *_settings(settings),
    ):
        click.echo(f"{name:<14} {value}")


def _machine() -> Iterator[tuple[str, str]]:
    yield "pseudocode", __version__
    yield "python", f"{platform.python_version()} at {sys.executable}"
    yield "system", platform.platform()
    yield (
        "terminal",
        f"{os.environ.get('TERM', 'unknown')}{', tmux' if 'TMUX' in os.environ else ''}",
    )
    for package in _PACKAGES:
        yield package, _version(package)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _places(root: Path, settings: Settings) -> Iterator[tuple[str, str]]:
    yield "project", str(root)
    yield "journals", str(root / ".pseudocode" / "sessions")
    for name, path in Archive(root, settings).places:
        yield name, str(path)
    yield "grants", str(person_grants().path)
    yield "configuration", f"{user_config()}{'' if user_config().is_file() else ' (not there)'}"


def _model(settings: Settings) -> Iterator[tuple[str, str]]:
    choice = choose_model(settings)
    if choice is None:
        yield "model", "none: no key and no server; --model local uses the embedded one"
    else:
        yield "model", f"{choice.name} at {choice.base_url or 'this machine'}"
    key = "set" if settings.api_key else "not set"
    yield "key", f"${settings.api_key_env} is {key}"
    installed, present = embedded_model()
    server = "installed" if installed else "not installed: pip install 'pseudocode-tui[local]'"
    yield "embedded", f"server {server}; weights {'here' if present else 'not pulled'}"
    for entry in embedded_entries():
        yield "", str(entry.path)
    yield from _sandbox(settings)


def _sandbox(settings: Settings) -> Iterator[tuple[str, str]]:
    try:
        yield "sandbox", runner(settings).isolation
    except SandboxUnavailable as error:
        yield "sandbox", f"none: {error}"
    for name, fault in sandbox_probes():
        yield "", f"{name}: {fault or 'works'}"


def _settings(settings: Settings) -> Iterator[tuple[str, str]]:
    for name, origin in settings.origins.items():
        yield name, f"{getattr(settings, name)}  (from {origin})"
