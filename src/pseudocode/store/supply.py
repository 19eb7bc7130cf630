"""The accepted code around specs, as it is on disk now, and what that makes of their own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from pseudocode.spec.model import Found, Spec
from pseudocode.spec.suites import tests_digest
from pseudocode.spec.surroundings import LocalModule, Reference
from pseudocode.spec.used import used_digest
from pseudocode.spec.uses import Family, called_by, family_of
from pseudocode.store import folder
from pseudocode.store.accepted import Accepted, accepted_path, read_accepted, render
from pseudocode.store.files import write_atomically
from pseudocode.store.kept import load_kept

TESTS, USED = "test files", "uses"
"""The lines of an accepted file's header that hold digests of what it was accepted with."""
State = Literal["none", "fresh", "stale", "to re-test"]


class Kept(NamedTuple):
    """What is kept of a spec."""

    state: State
    accepted: Accepted | None = None
    reason: str = ""
    """Why the code is stale or to be tested again, in words."""

    @property
    def edited(self) -> bool:
        """Whether a person changed the code since it was accepted."""
        return self.accepted is not None and self.accepted.edited


class Supplier:
    """Fills in what is accepted around specs; each file is read once."""

    def __init__(self) -> None:
        self._code = cache(_accepted_code)
        self._module = cache(self._supplied)
        self._families: dict[str, Family] = {}

    def supply(self, spec: Spec) -> Spec:
        """The spec with the accepted code that it may use, and with what is missing."""
        around = spec.around
        family = self._family(spec)
        own = family.codes.get(spec.name, "")
        around = replace(
            around,
            served=tuple(family.usable(spec.name).items()) if around.siblings else (),
            called=called_by(own, around.siblings) if own else (),
            modules=tuple(map(self._module, around.modules)),
        )
        missing = (used for used in around.needs if not self._is_there(used, spec.path, family))
        return replace(spec, around=replace(around, missing=tuple(missing)))

    def _is_there(self, used: Reference, path: str, family: Family) -> bool:
        return bool(family.codes.get(used.name) if used.path == path else self._of(used))

    def _family(self, spec: Spec) -> Family:
        if spec.path not in self._families:
            members = family_of(spec)
            codes = {member.name: code for member in members if (code := self._of(member))}
            self._families[spec.path] = Family(members, codes)
        return self._families[spec.path]

    def _of(self, used: Reference) -> str:
        return self._code(used.path, used.module, used.name, used.digest)

    def _supplied(self, module: LocalModule) -> LocalModule:
        codes = {used.name: code for used in module.specs if (code := self._of(used))}
        if any(used.kind == "module" for used in module.specs):
            return replace(module, source=next(iter(codes.values()), module.source))
        return replace(module, served=tuple(codes.items()))


def load_specs(*paths: Path, seen: Callable[[Found], None] = lambda _: None) -> Found:
    """What folders or files declare, with what is accepted around each spec.

    Args:
        *paths: Folders, searched to their bottom, or single Python files; all of one project.
        seen: Told what each file of a folder declares by itself, as soon as it is read.

    Raises:
        StoreError: When there is no such folder or file.
    """
    found, supplier = folder.load_specs(*paths, seen=seen), Supplier()
    return replace(found, specs=tuple(map(supplier.supply, found.specs)))


def _accepted_code(path: str, module: str, name: str, digest: str) -> str:
    """The code that was accepted for a declaration as it is now; empty where there is none."""
    with suppress(OSError):
        accepted = read_accepted(accepted_path(path, module, name))
        if accepted is not None and accepted.digest == digest:
            return accepted.code
    return ""


def look_up(spec: Spec) -> Kept:
    """What is accepted for a spec, and whether it still is what the spec says.

    Args:
        spec: With what is accepted around it.

    Raises:
        OSError: When it cannot be read.
        StoreError: When a generated file was edited, or something else is in its place.
    """
    accepted = load_kept(spec)
    if accepted is None:
        return Kept("none")
    facts = accepted.facts
    if accepted.digest != spec.digest:
        known = USED in facts
        return Kept("stale", accepted, _CHANGED if known else _OLDER)
    if facts.get(TESTS, tests_digest(spec)) != tests_digest(spec):
        return Kept("stale", accepted, "its test files changed")
    if spec.kind == "file":
        return Kept("fresh", accepted)
    family = Family(family_of(spec), {})
    if calls := family.needs_itself(spec.name, accepted.code):
        told = f"its code calls {spec.module}.{calls}, which uses it by now"
        return Kept("stale", accepted, told)
    if USED in facts and facts[USED] != used_digest(spec, accepted.code):
        return Kept("to re-test", accepted, "what its code uses changed")
    return Kept("fresh", accepted)


_CHANGED = "the declaration changed"
_OLDER = "the declaration changed, or its code was accepted by an earlier version of this program"


def used_facts(spec: Spec, code: str) -> dict[str, str]:
    """The lines of the header by which changes around a spec are seen."""
    used = used_digest(spec, "" if spec.kind == "file" else code)
    return {TESTS: tests_digest(spec), USED: used}


def confirm(spec: Spec, accepted: Accepted) -> None:
    """Note that accepted code still passes with what it uses now.

    Raises:
        OSError: When it cannot be written.
    """
    facts = {name: told for name, told in accepted.facts.items() if told and name != "digest"}
    facts |= used_facts(spec, accepted.code)
    declared_in = Path(spec.path).name
    text = render(accepted.code, declared_in=declared_in, digest=spec.digest, facts=facts)
    write_atomically(Path(accepted.path), text)
