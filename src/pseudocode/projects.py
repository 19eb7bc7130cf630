"""A project: its sessions, what was granted in them, and what they left behind.

Beside `wiring`, the only module that knows the store.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pseudocode.supplies import supplied
from pseudocode.wiring import ModelChoice, load_kept, now, person_grants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pseudocode.events import SessionStarted
    from pseudocode.session import Session
    from pseudocode.settings import Settings
    from pseudocode.spec.model import Example, Spec
    from pseudocode.store.grants import Grants
    from pseudocode.store.locks import Lock
    from pseudocode.store.sessions import OpenSession, Past, Sessions

PATIENCE = 60.0
"""Seconds that a session without a person waits for room on a full disk."""


@dataclass(frozen=True, slots=True)
class Project:
    """The sessions on the declarations of one project, and what was granted to their code."""

    root: Path
    settings: Settings
    grants: Grants = field(default_factory=person_grants)

    @property
    def sessions(self) -> Sessions:
        """Those that there were."""
        return sessions_of(self.root)

    def start(
        self, spec: Spec, choice: ModelChoice, approval: Literal["person", "tests"], lock: Lock
    ) -> OpenSession:
        """Begin the work on a spec: its journal is open and holds the start.

        Raises:
            StoreError: When no journal can be written anywhere.
        """
        begun = self.begun(spec, choice, approval)
        opened = self.sessions.start(spec, begun, lock)
        self.grants.tie(opened.session)
        return opened

    def begun(
        self, spec: Spec, choice: ModelChoice, approval: Literal["person", "tests"]
    ) -> SessionStarted:
        """The first fact of a session that would be started now, still without a name."""
        return _started(spec, choice, approval, self.settings)

    def go_on(
        self, past: Past, choice: ModelChoice, approval: Literal["person", "tests"], lock: Lock
    ) -> OpenSession:
        """Go on with a session as its journal is now, with the model and settings of today.

        What is accepted around its spec is that of today, too.

        Raises:
            StoreError: When the journal can no longer be read or written.
        """
        spec = supplied(past.session.spec)
        opened = self.sessions.reopen(past, spec, lock)
        begun = self.begun(spec, choice, approval)
        if before := opened.session.started:
            again = replace(begun, session=before.session, path=before.path, again=True)
            again = replace(again, kept=before.kept, kept_reaches=before.kept_reaches)
            opened.session.append(replace(again, anew=before.anew))
        self.grants.tie(opened.session)
        return opened

    def unattended(
        self, spec: Spec, choice: ModelChoice, lock: Lock, tell: Callable[[str], None]
    ) -> OpenSession:
        """A session whose passing tests accept: one that was broken off, else a new one.

        Args:
            spec: What it is about.
            choice: The model.
            lock: On the declaration.
            tell: Told what could not be read of earlier sessions.

        Raises:
            StoreError: When no journal can be written.
        """
        from pseudocode.events import RoundRequested

        sessions = self.sessions
        (past,) = sessions.latest([spec])
        for fault in sessions.faults:
            tell(fault)
        if past is None or not _broken_off(past.session, self.begun(spec, choice, "tests")):
            return self.start(spec, choice, "tests", lock)
        if past.recording.skipped:
            tell(past.damage)
        opened = self.go_on(past, choice, "tests", lock)
        if opened.session.halt:
            opened.session.append(RoundRequested())
        return opened

    def draft(self, spec: Spec) -> str:
        """What the person was typing about a spec; empty where nothing was."""
        from pseudocode.store.drafts import read_draft

        return read_draft(self.root, spec)

    def keep_draft(self, spec: Spec, text: str) -> None:
        """Keep what the person is typing; an empty text is forgotten."""
        from pseudocode.store.drafts import keep_draft

        keep_draft(self.root, spec, text)

    def complete(self, past: Past) -> Past:
        """Write what was accepted when the work was broken off, before it was on disk.

        That asks no model and runs no code.

        Returns:
            The session as it stands now.

        Raises:
            StoreError: When somebody else works on it, or the journal cannot be used.
        """
        from pseudocode.archive import Archive
        from pseudocode.shelving import accept
        from pseudocode.steps import Accept
        from pseudocode.store.shelf import FolderShelf

        spec = past.session.spec
        opened = self.sessions.reopen(past, spec, self.sessions.lock(spec))
        archive = Archive(self.root, self.settings)
        try:
            if isinstance(step := opened.session.next_step, Accept):
                accept(step.candidate, opened.session, archive.shelf(FolderShelf(now)))
        finally:
            opened.close()
            archive.close()
        return self.sessions.read(past.path, spec)


@contextmanager
def record_to(path: Path, session: Session) -> Iterator[None]:
    """Write the facts of a session to a new journal at some place of its own.

    Raises:
        StoreError: When it cannot be written.
    """
    from pseudocode.errors import StoreError
    from pseudocode.store.journal import Journal

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from None
    journal = Journal(path, now)
    for event in session.events:
        journal(event)
    session.listeners.append(journal)
    try:
        yield
    finally:
        journal.close()


def sessions_of(root: Path) -> Sessions:
    """The sessions that there were in a project."""
    from pseudocode.store.sessions import Sessions

    return Sessions(root, now)


def _broken_off(session: Session, new: SessionStarted) -> bool:
    """Whether nobody decided that it ends: killed, stopped, or failed by the model or the disk.

    What it has paid for counts then. Sessions of the app are the person's to go on with.
    """
    from pseudocode.steps import Wait

    old = session.started
    if old is None or old.approval != "tests":
        return False
    if (old.digest, old.model, old.style) != (new.digest, new.model, new.style):
        return False
    step = session.next_step
    return not isinstance(step, Wait) or step.reason in ("stopped", "failure")


def _started(
    spec: Spec,
    choice: ModelChoice,
    approval: Literal["person", "tests"],
    settings: Settings,
) -> SessionStarted:
    from pseudocode.access import reaches
    from pseudocode.errors import StoreError
    from pseudocode.events import SessionStarted
    from pseudocode.policy import default_policy
    from pseudocode.rounds import code_hash
    from pseudocode.spec.used import around_digest

    there = None
    with suppress(OSError, StoreError):
        there = load_kept(spec)
    return SessionStarted(
        session="",
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
        max_generated=settings.max_generated or 0,
        max_seconds=settings.max_seconds,
        max_cost=settings.max_cost,
        candidates=_own(spec, "candidates", settings) or choice.candidates,
        temperature=settings.temperature,
        permissions=spec.options.permissions,
        kept=code_hash(there.code) if there and spec.kind != "file" else "",
        kept_reaches=reaches(there.code) if there and spec.kind != "file" else (),
        anew=there is not None and there.digest == spec.digest,
        # A model that only goes on with a text is told of no diagnosis.
        diagnosis_model=settings.diagnosis_model if choice.style == "chat" else "",
        policy=default_policy(choice.style) if settings.policy == "auto" else settings.policy,
        asks=settings.confirm_requests and approval == "person",
        around=around_digest(spec),
        library_examples=int(settings.library_examples),
    )


def _own(spec: Spec, name: str, settings: Settings) -> Any:
    """What a declaration asks for itself, unless the person said otherwise on the command line."""
    from pseudocode.settings import FLAGS

    return None if settings.origins.get(name) == FLAGS else getattr(spec.options, name)


def must_be_seen(spec: Spec) -> bool:
    """Whether a person has to see what is there for a spec before it is replaced.

    Raises:
        StoreError: When it must not be replaced.
    """
    from pseudocode.errors import StoreError
    from pseudocode.store.kept import file_in_the_way

    if spec.kind == "file":
        return file_in_the_way(spec) is not None
    try:
        accepted = load_kept(spec)
    except OSError as error:
        raise StoreError(f"accepted code cannot be read: {error.strerror}") from None
    return accepted is not None and accepted.edited


def in_the_way(session: Session) -> str | None:
    """What the code of a session would replace that the person has to see, or nothing.

    Raises:
        StoreError: When it must not be replaced.
    """
    from pseudocode.errors import StoreError
    from pseudocode.store.kept import file_in_the_way
    from pseudocode.store.shelf import unseen

    if session.spec.kind == "file":
        return file_in_the_way(session.spec)
    try:
        return unseen(session, session.shown) if session.shown else None
    except OSError as error:
        raise StoreError(f"accepted code cannot be read: {error.strerror}") from None


def add_test(spec: Spec, example: Example, about: str) -> None:
    """Write a test of a declaration into the file of its tests, or into a new one beside it.

    Raises:
        SpecError: When no test can be made of it.
        StoreError: When the file cannot be read or written.
    """
    from pseudocode.store.declared import add_test as write

    write(spec, example, about)


def add_example(spec: Spec, example: Example) -> None:
    """Write an example into the docstring of a declaration, in its file.

    Raises:
        SpecError: When it cannot be written there as an example.
        StoreError: When the declaration has changed on disk, or the file cannot be written.
    """
    from pseudocode.store.declared import add_example as write

    write(spec, example)
