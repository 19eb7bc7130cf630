"""The loop at a call, an import or a declaration of a file, until there is accepted code."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from pseudocode.archive import Archive
from pseudocode.console.portal import Portal
from pseudocode.console.screen import Screen
from pseudocode.deciding import told_best
from pseudocode.errors import (
    Held,
    NotGenerated,
    ProviderError,
    PseudocodeError,
    SpecError,
    StoreError,
)
from pseudocode.events import (
    AcceptanceFailed,
    Approved,
    Commented,
    Event,
    PermissionsDenied,
    PermissionsGranted,
    ProviderFailed,
    Stopped,
)
from pseudocode.inert import one_line
from pseudocode.loop import Tools, drive
from pseudocode.projects import PATIENCE, Project, in_the_way, must_be_seen
from pseudocode.rounds import code_hash
from pseudocode.session import Session
from pseudocode.settings import load_settings
from pseudocode.spec.model import Spec
from pseudocode.steps import Wait
from pseudocode.supplies import supplied
from pseudocode.upcoming import upcoming
from pseudocode.wiring import (
    ModelChoice,
    choose_model,
    load_kept,
    load_specs,
    project_root,
    shut_memory,
    tools_for,
)

if TYPE_CHECKING:
    from pseudocode.store.locks import Lock
    from pseudocode.store.sessions import OpenSession

NO_MODEL = (
    "no model to ask; set OPENAI_API_KEY, or OPENAI_BASE_URL for another server, or "
    "PSEUDOCODE_MODEL=local for the embedded one"
)
_one_at_a_time = threading.RLock()
"""There is one terminal; and who waited for the same code finds it accepted."""


def generate(path: str, name: str) -> None:
    """Have the code of a declaration written, tested and accepted, unless that was done.

    Args:
        path: The file that declares it.
        name: The declared name.

    Raises:
        NotGenerated: When no code was accepted in the end; its text says why.
        Held: When somebody else works on it for longer than a session may take.
        ProviderError: When there is no model, or it could not be reached.
        PseudocodeError: When something else stands in the way.
        KeyboardInterrupt: When the person broke it off; the journal holds what was done.
    """
    with _one_at_a_time:
        spec = _spec(path, name)
        screen = Screen(spec)
        if _is_fresh(spec, screen):
            return
        root = project_root(Path(path))
        project = Project(root, load_settings({}, project=root))
        choice = choose_model(project.settings)
        if choice is None:
            raise ProviderError(NO_MODEL)
        if not screen.asks:
            _refuse_what_needs_a_person(spec, project)
        shut_memory()
        lock = _lock(spec, screen, project)
        try:
            # Whoever held the lock until now may have accepted it.
            if not _is_fresh(spec, screen):
                _Generation(supplied(spec), screen, project, choice).run(lock)
        finally:
            lock.release()


class _Generation:
    """The work on one spec, from the thread that waits for its code."""

    def __init__(self, spec: Spec, screen: Screen, project: Project, choice: ModelChoice) -> None:
        self._spec = spec
        self._screen = screen
        self._project = project
        self._choice = choice

    def run(self, lock: Lock) -> None:
        opened = self._open(lock)
        session = opened.session
        self._screen.specification()
        session.listeners.append(lambda event: self._screen.listen(session, event))
        try:
            self._work(opened)
        except (KeyboardInterrupt, EOFError):
            if not isinstance(session.events[-1], Stopped):
                session.append(Stopped(reason="interrupted"))
            raise
        finally:
            opened.close()

    def _open(self, lock: Lock) -> OpenSession:
        # What is there and was not written by this program is not replaced unseen.
        if must_be_seen(self._spec) and self._screen.asks:
            return self._project.start(self._spec, self._choice, "person", lock)
        return self._project.unattended(self._spec, self._choice, lock, self._screen.warning)

    def _work(self, opened: OpenSession) -> None:
        session = opened.session
        settings = self._project.settings
        archive = Archive(self._project.root, settings, self._screen.warning)
        opening = tools_for(self._choice, settings, self._screen.progress, archive)
        with Portal() as portal:
            with self._screen.working():
                tools = portal.enter(opening)
            while (wait := self._drive(portal, opened, tools)).reason != "done":
                session.append(self._decision(session, wait))

    def _drive(self, portal: Portal, opened: OpenSession, tools: Tools) -> Wait:
        async def saved() -> None:
            await opened.saved(lambda fault: self._screen.progress(0, fault), PATIENCE)

        with self._screen.working():
            return portal.run(drive(opened.session, tools, saved=saved))

    def _decision(self, session: Session, wait: Wait) -> Event:
        """What the person decides; without one, or where it is no use, it is an error."""
        asks, wanted = self._screen.asks, self._spec.options.permissions
        match wait.reason:
            case "review" | "approval" if asks and wait.candidate:
                replaced = in_the_way(session)
                if said := self._screen.review(wait.candidate, replaced):
                    return Commented(text=said)
                replaces = "" if replaced is None else code_hash(replaced)
                return Approved(sha256=wait.candidate.sha256, replaces=replaces)
            case "request" if asks and (due := upcoming(session)):
                if self._screen.let_go(due.request.messages):
                    return due.request
            case "permission" if asks and self._screen.permit():
                return PermissionsGranted(permissions=wanted)
            case "permission" if asks:
                return PermissionsDenied(permissions=wanted)
            case "limit" if asks and (said := self._screen.advise(_why(session, wait))):
                return Commented(text=said)
        raise _failure(session, wait)


def _lock(spec: Spec, screen: Screen, project: Project) -> Lock:
    patience = project.settings.max_seconds
    try:
        with Portal() as portal:
            waiting = project.sessions.lock_in_turn(spec, screen.warning, patience)
            return portal.run(waiting)
    except Held as error:
        raise Held(f"{spec.id} is {error}") from None


def _spec(path: str, name: str) -> Spec:
    found = load_specs(Path(path))
    for spec in found.specs:
        if spec.name == name:
            return spec
    told = [str(problem) for problem in found.problems if problem.path == path]
    raise SpecError(one_line("; ".join(told) or f"{path}: {name} is not declared there", 500))


def _is_fresh(spec: Spec, screen: Screen) -> bool:
    try:
        kept = load_kept(spec)
    except StoreError:
        if not screen.asks:
            raise
        return False  # a person can look at what would be replaced
    return kept is not None and kept.digest == spec.digest


def _refuse_what_needs_a_person(spec: Spec, project: Project) -> None:
    mend = f"without a terminal nobody can be asked; use pseudocode-tui {spec.path}"
    if spec.options.review:
        raise NotGenerated(f"{spec.id}: review=True: a person has to approve its code; {mend}")
    wanted = spec.options.permissions
    if spec.kind != "file" and must_be_seen(spec):
        raise NotGenerated(
            f"{spec.id}: its code was edited since it was accepted, so it is kept; {mend}"
        )
    if wanted and not project.grants.holds(spec):
        raise NotGenerated(f"{spec.id} needs permission: {', '.join(wanted)}; {mend}")


def _why(session: Session, wait: Wait) -> str:
    best = session.shown
    faults = best.checked.faults if best and best.checked else ()
    return "; ".join(filter(None, [wait.detail, told_best(session), " ".join(faults)]))


def _failure(session: Session, wait: Wait) -> PseudocodeError:
    last = session.events[-1]
    if isinstance(last, ProviderFailed):
        told = f"{last.message}; {last.hint}" if last.hint else last.message
        return ProviderError(one_line(told, 500), retryable=last.retryable)
    told = one_line(f"no code for {session.spec.id}: {_why(session, wait)}", 500)
    return StoreError(told) if isinstance(last, AcceptanceFailed) else NotGenerated(told)
