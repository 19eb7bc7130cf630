"""What of a project a spec may use, and what of it has to be there first, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

ACCEPTED = "__accepted__"
"""The decorator of a stub in whose place accepted code is served."""
Code = tuple[str, str]
"""The name of a spec, and its accepted code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A spec as others know it."""

    path: str
    """The file that declares it."""
    module: str
    name: str
    kind: str
    digest: str
    """Of its declaration: code that was accepted for another one is not its."""
    uses: tuple[str, ...] = ()
    """The specs of its own module that its declaration names."""

    @property
    def id(self) -> str:
        """`MODULE.NAME`."""
        return f"{self.module}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One name that a module imports."""

    module: str
    """As written; empty for `from . import name`."""
    name: str = ""
    """Empty where it is the module itself."""
    level: int = 0
    """How many dots stand before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModule:
    """A module of the project that is imported, as generated code gets to see it."""

    name: str
    """The full name under which it is imported."""
    is_package: bool = False
    source: str = ""
    """Without tests; specs in it are stubs without their examples."""
    specs: tuple[Reference, ...] = ()
    served: tuple[Code, ...] = ()
    """The accepted code of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a spec may use of its project, beside what stands in its own module."""

    imports: tuple[Import, ...] = ()
    """What its module imports, tests apart."""
    siblings: tuple[Reference, ...] = ()
    """The other specs of its module."""
    uses: tuple[Reference, ...] = ()
    """The specs that have to be accepted first."""
    tested_with: tuple[Import, ...] = ()
    """What only its own tests import."""
    package: str = ""
    """What relative imports of its module are relative to."""
    modules: tuple[LocalModule, ...] = ()
    """The modules of the project that its module imports, by way of others as well."""
    served: tuple[Code, ...] = ()
    """The accepted code of those siblings that it may use."""
    called: tuple[Reference, ...] = ()
    """Siblings that its own accepted code uses."""
    missing: tuple[Reference, ...] = ()
    """Those that it needs and that are not accepted."""

    @property
    def needs(self) -> tuple[Reference, ...]:
        """All specs that come before it."""
        return tuple(dict.fromkeys((*self.uses, *self.called)))

    @property
    def unusable(self) -> frozenset[str]:
        """Siblings that the code must not use: not accepted, or they use this one."""
        return frozenset(s.name for s in self.siblings) - {name for name, _ in self.served}
