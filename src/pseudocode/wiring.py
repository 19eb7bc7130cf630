"""Settings become a provider, a runner, checks and a store: the only module that knows them all.

The edges are imported where they are needed: the decorator passes through here at every start.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pseudocode.events import SessionStarted
    from pseudocode.loop import Tools
    from pseudocode.providers.chat import ChatProvider
    from pseudocode.providers.embedded import EmbeddedProvider
    from pseudocode.providers.entries import ModelEntry
    from pseudocode.runner.process import ProcessRunner
    from pseudocode.session import Session
    from pseudocode.settings import Settings
    from pseudocode.spec.model import Found, Spec
    from pseudocode.store.accepted import Accepted
    from pseudocode.store.grants import Grants

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


def embedded_model() -> tuple[bool, bool]:
    """Whether the embedded model's server is installed, and whether its weights are here."""
    from pseudocode.providers.embedded import available
    from pseudocode.providers.entries import SMOLLM2

    return available(), SMOLLM2.present


def embedded_entries() -> tuple[ModelEntry, ...]:
    """The models that can be pulled."""
    from pseudocode.providers.entries import ENTRIES

    return ENTRIES


async def pull_model(on_progress: OnProgress) -> Path:
    """Fetch the embedded model's weights, unless they are here.

    Raises:
        ProviderError: When they cannot be fetched.
    """
    from pseudocode.providers.entries import SMOLLM2
    from pseudocode.providers.pull import pull

    return await pull(SMOLLM2, on_progress)


@asynccontextmanager
async def tools_for(
    choice: ModelChoice, settings: Settings, on_progress: OnProgress
) -> AsyncIterator[Tools]:
    """What the loop works with, for as long as the context is open.

    Raises:
        SandboxUnavailable: When the sandbox that was asked for is not there.
    """
    import asyncio

    from pseudocode.checks.by_kind import KindChecker
    from pseudocode.loop import Tools
    from pseudocode.store.shelf import FolderShelf

    provider = _provider(choice, settings, on_progress)
    try:
        tests = await asyncio.to_thread(runner, settings)
        try:
            yield Tools(provider, tests, KindChecker(settings.type_check), FolderShelf(now))
        finally:
            await tests.close()
    finally:
        await provider.close()


def _provider(
    choice: ModelChoice, settings: Settings, on_progress: OnProgress
) -> ChatProvider | EmbeddedProvider:
    if not choice.base_url:
        from pseudocode.providers.embedded import EmbeddedProvider
        from pseudocode.providers.entries import SMOLLM2

        return EmbeddedProvider(SMOLLM2, on_progress)
    from pseudocode.providers.chat import ChatProvider, Endpoint

    endpoint = Endpoint(
        base_url=choice.base_url,
        model=choice.name,
        api_key=choice.api_key,
        login=choice.login,
        api_key_env=settings.api_key_env,
        total_seconds=settings.timeout,
    )
    return ChatProvider(endpoint)


def runner(settings: Settings) -> ProcessRunner:
    """What runs generated code; the first time, what isolates it is found out by trying.

    Raises:
        SandboxUnavailable: When the level that was asked for cannot be had here.
    """
    from pseudocode.runner.isolation import choose
    from pseudocode.runner.process import ProcessRunner

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


class Started(NamedTuple):
    """A new session, and how it is kept."""

    session: Session
    journal: Path
    close: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Project:
    """Starts sessions whose journals are kept for one project."""

    root: Path
    settings: Settings
    grants: Grants = field(default_factory=person_grants)

    def start(
        self, spec: Spec, choice: ModelChoice, approval: Literal["person", "tests"]
    ) -> Started:
        """Begin the work on a spec: its journal is open and holds the start.

        Raises:
            StoreError: When no journal can be written anywhere.
        """
        import secrets

        from pseudocode.session import Session
        from pseudocode.store.journal import Journal

        safe = spec.id.replace("/", "--")
        name = f"{now():%Y%m%d-%H%M%S}-{safe}-{secrets.token_hex(2)}"
        journal = Journal(self._sessions_folder() / f"{name}.jsonl", now)
        session = Session(spec)
        session.listeners.append(journal)
        session.append(_started(name, spec, choice, approval, self.settings))
        self.grants.tie(session)
        return Started(session, journal.path, journal.close)

    def _sessions_folder(self) -> Path:
        import platformdirs

        from pseudocode.errors import StoreError

        fallback = platformdirs.user_state_path("pseudocode") / "sessions"
        for folder in (self.root / ".pseudocode" / "sessions", fallback):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError:
                continue
            if os.access(folder, os.W_OK):
                return folder
        raise StoreError(
            f"neither {self.root} nor {fallback} can be written: there is no place for journals"
        )


def _started(
    name: str,
    spec: Spec,
    choice: ModelChoice,
    approval: Literal["person", "tests"],
    settings: Settings,
) -> SessionStarted:
    from pseudocode.events import SessionStarted

    return SessionStarted(
        session=name,
        spec=spec.id,
        path=spec.path,
        digest=spec.digest,
        stub=spec.stub,
        # The embedded model is the only one of its server.
        model=(choice.base_url and _own(spec, "model", settings)) or choice.name,
        style=choice.style,
        review=spec.options.review,
        approval=approval,
        max_rounds=_own(spec, "max_rounds", settings) or choice.max_rounds,
        max_tokens=settings.max_tokens,
        max_seconds=settings.max_seconds,
        candidates=_own(spec, "candidates", settings) or choice.candidates,
        temperature=settings.temperature,
        permissions=spec.options.permissions,
    )


def _own(spec: Spec, name: str, settings: Settings) -> Any:
    """What a declaration asks for itself, unless the person said otherwise on the command line."""
    from pseudocode.settings import FLAGS

    return None if settings.origins.get(name) == FLAGS else getattr(spec.options, name)


def load_specs(*paths: Path) -> Found:
    """What folders or files declare, with what is accepted around each spec.

    Raises:
        StoreError: When there is no such folder or file.
    """
    from pseudocode.store.supply import load_specs as load

    return load(*paths)


def load_kept(spec: Spec) -> Accepted | None:
    """What was accepted for a declaration, fresh or stale, or nothing; a file with its contents.

    Raises:
        OSError: When it cannot be read.
        StoreError: When a generated file was edited, or something else is in its place.
    """
    from pseudocode.store import kept

    return kept.load_kept(spec)


def file_in_the_way(spec: Spec) -> str | None:
    """What a declared file would replace, or nothing; raises `StoreError` if it must not."""
    from pseudocode.store.kept import file_in_the_way as look

    return look(spec)


def load_accepted(spec_path: str, module: str, name: str) -> Accepted | None:
    """The accepted code of a declaration, fresh or stale, or nothing.

    Raises:
        OSError: When it is there but cannot be read.
    """
    from pseudocode.store.accepted import accepted_path, read_accepted

    return read_accepted(accepted_path(spec_path, module, name))
