"""Settings become a provider, a runner, checks and a store: the only module that knows them all.

The edges are imported where they are needed: the decorator passes through here at every start.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pseudocode.archive import Archive
    from pseudocode.loop import Tools
    from pseudocode.providers.chat import ChatProvider
    from pseudocode.providers.embedded import EmbeddedProvider
    from pseudocode.runner.process import ProcessRunner
    from pseudocode.settings import Settings
    from pseudocode.spec.model import Found, Spec
    from pseudocode.store.accepted import Accepted
    from pseudocode.store.grants import Grants
    from pseudocode.store.watching import Watch

OPENAI_URL = "https://api.openai.com/v1"
DEFAULT_MODEL = "gpt-5-mini"
MAX_ROUNDS = 5
OnProgress = Callable[[float, str], None]


def shut_memory() -> None:
    """Keep other processes of the person out of this one's memory and environment, on Linux."""
    if sys.platform == "linux":
        from pseudocode.runner import kernel

        with suppress(OSError):
            kernel.prctl(kernel.PR_SET_DUMPABLE, 0)


class ModelChoice(NamedTuple):
    """Which model is used, and how."""

    name: str
    base_url: str
    """Empty for the embedded model."""
    api_key: str
    login: str
    """The `NAME:PASSWORD` for the server, where its URL had one."""
    candidates: int
    max_rounds: int
    style: Literal["chat", "prefill"]

    def __repr__(self) -> str:
        return f"ModelChoice({self.name!r} at {self.base_url or 'this machine'!r})"


def choose_model(settings: Settings) -> ModelChoice | None:
    """The model that the settings name, or nothing where there is neither model, key nor server."""
    from pseudocode.providers.entries import LOCAL

    if settings.model == LOCAL:
        return embedded_choice(settings)
    if not settings.api_key and not settings.base_url:
        return None
    url = settings.base_url or OPENAI_URL
    return ModelChoice(
        name=settings.model or DEFAULT_MODEL,
        base_url=url,
        api_key=settings.api_key,
        login=settings.login,
        candidates=settings.candidates or 1,
        max_rounds=settings.max_rounds or MAX_ROUNDS,
        style="chat",
    )


def embedded_choice(settings: Settings) -> ModelChoice:
    """The embedded model, prompted as it is best prompted."""
    from pseudocode.providers.entries import LOCAL, SMOLLM2

    return ModelChoice(
        name=LOCAL,
        base_url="",
        api_key="",
        login="",
        candidates=settings.candidates or SMOLLM2.candidates,
        max_rounds=settings.max_rounds or SMOLLM2.max_rounds,
        style=SMOLLM2.style,
    )


def hold_cost(choice: ModelChoice, settings: Settings, own: Iterable[str] = ()) -> None:
    """See to it that a bound of cost, if there is one, can be held.

    Args:
        choice: The model.
        settings: Of which `max_cost` and `total_cost` are such bounds.
        own: Models that declarations name themselves.

    Raises:
        SettingsError: When the price of a model is not known.
    """
    if settings.max_cost is None and settings.total_cost is None:
        return
    from pseudocode.errors import SettingsError
    from pseudocode.prices import Prices

    prices = Prices(choice.base_url, settings)
    asked = (choice.name, *filter(None, [settings.diagnosis_model]), *own)
    if unknown := [model for model in asked if not prices.known(model)]:
        name = "max_cost" if settings.total_cost is None else "total_cost"
        raise SettingsError(
            f"{name} cannot be held: the price of {unknown[0]} is unknown; set price_in and "
            "price_out, in US dollars for a million tokens, or leave the bound away"
        )


@asynccontextmanager
async def tools_for(
    choice: ModelChoice,
    settings: Settings,
    on_progress: OnProgress,
    archive: Archive | None = None,
    jobs: int = 1,
) -> AsyncIterator[Tools]:
    """What the loop works with, for as long as the context is open; the archive closes with it.

    Args:
        choice: The model.
        settings: The settings.
        on_progress: Told how fetching and starting the embedded model goes.
        archive: What is kept of answers and code, if anything is.
        jobs: How many sessions will work with it at once.

    Raises:
        SandboxUnavailable: When the sandbox that was asked for is not there.
    """
    import asyncio

    from pseudocode.checks.by_kind import KindChecker
    from pseudocode.loop import Tools
    from pseudocode.prices import Prices
    from pseudocode.providers.turns import FairProvider, Turns
    from pseudocode.store.shelf import FolderShelf

    provider = _provider(choice, settings, on_progress, jobs)
    turns = Turns(settings.max_requests, on_progress)
    try:
        tests = await asyncio.to_thread(runner, settings)
        try:
            checker = KindChecker(settings.type_check)
            fair = FairProvider(provider, turns)
            price = Prices(choice.base_url, settings).cost
            tools = Tools(fair, tests, checker, FolderShelf(now), price=price)
            yield archive.around(tools, fair) if archive else tools
        finally:
            await tests.close()
            if archive:
                await asyncio.to_thread(archive.close)
    finally:
        turns.close()
        await provider.close()


def _provider(
    choice: ModelChoice, settings: Settings, on_progress: OnProgress, jobs: int
) -> ChatProvider | EmbeddedProvider:
    if not choice.base_url:
        from pseudocode.providers.embedded import EmbeddedProvider
        from pseudocode.providers.entries import SMOLLM2

        return EmbeddedProvider(SMOLLM2, on_progress, jobs)
    from pseudocode.providers.chat import ChatProvider
    from pseudocode.providers.endpoint import Endpoint

    endpoint = Endpoint(
        base_url=choice.base_url,
        model=choice.name,
        api_key=choice.api_key,
        login=choice.login,
        api_key_env=settings.api_key_env,
        api=settings.api,
        api_version=settings.api_version,
        connect_seconds=settings.connect_timeout,
        first_token_seconds=settings.first_token_timeout,
        idle_seconds=settings.idle_timeout,
        total_seconds=settings.timeout,
    )
    return ChatProvider(endpoint, on_progress)


def runner(settings: Settings) -> ProcessRunner:
    """What runs generated code; the first time, what isolates it is found out by trying.

    Raises:
        SandboxUnavailable: When the level that was asked for cannot be had here.
    """
    from pseudocode.runner.isolation import choose
    from pseudocode.runner.process import ProcessRunner
    from pseudocode.runner.scratch import remove_left

    remove_left()
    return ProcessRunner(choose(settings.sandbox))


def sandbox_name(settings: Settings) -> str:
    """What stands between generated code and this machine, in words; tries nothing out."""
    from pseudocode.runner.isolation import chosen

    found = chosen(settings.sandbox)
    return found.name if found else "sandbox …"


def sandbox_probes() -> tuple[tuple[str, str], ...]:
    """Every kind of isolation, the best first, with why it does not work; empty where it does."""
    from pseudocode.runner.isolation import probed

    return tuple((tried.name, tried.fault) for tried in probed())


def now() -> datetime:
    """The time, in UTC."""
    from datetime import UTC, datetime

    return datetime.now(UTC)


def project_root(path: Path) -> Path:
    """The folder that `.pseudocode` belongs to: the nearest project above the specs."""
    from pseudocode.store import folder

    return folder.project_root(path)


def person_grants() -> Grants:
    """What the person granted to generated code, in whichever project."""
    from pseudocode.store.grants import Grants, grants_path

    return Grants(grants_path())


def load_specs(*paths: Path, seen: Callable[[Found], None] = lambda _: None) -> Found:
    """What folders or files declare, with what is accepted around each spec.

    Args:
        *paths: Folders, searched to their bottom, or single Python files; all of one project.
        seen: Told what each file of a folder declares by itself, as soon as it is read.

    Raises:
        StoreError: When there is no such folder or file.
    """
    from pseudocode.store.supply import load_specs as load

    return load(*paths, seen=seen)


def load_kept(spec: Spec) -> Accepted | None:
    """What was accepted for a declaration, fresh or stale, or nothing; a file with its contents.

    Raises:
        OSError: When it cannot be read.
        StoreError: When a generated file was edited, or something else is in its place.
    """
    from pseudocode.store import kept

    return kept.load_kept(spec)


def load_accepted(spec_path: str, module: str, name: str) -> Accepted | None:
    """The accepted code of a declaration, fresh or stale, or nothing.

    Raises:
        OSError: When it is there but cannot be read.
    """
    from pseudocode.store.accepted import accepted_path, read_accepted

    return read_accepted(accepted_path(spec_path, module, name))


def remembered() -> dict[str, object]:
    """How the person left the app: sizes and what was open; empty where that is not known."""
    from pseudocode.store.remembered import read

    return read()


def remember(facts: dict[str, object]) -> None:
    """Keep how the app looks for the next time, where that can be written."""
    from pseudocode.store.remembered import keep

    keep(facts)


def watch(specs: Path, root: Path) -> Watch:
    """Note how the Python files of a project stand, to be told of changes from here on.

    Args:
        specs: A folder of specs, or one file.
        root: Of the project.
    """
    from pseudocode.store.watching import Watch

    return Watch(specs, root)
