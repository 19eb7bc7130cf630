"""What a spec is: a declaration, its examples and its options, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal

from pseudocode.spec.surroundings import Surroundings

Kind = Literal["function", "class", "module", "file"]

DEFAULT_SECONDS = 10.0
"""How long a test pass may take where a declaration does not say."""
DEFAULT_MEMORY_MB = 1024
"""How much memory it may take, likewise."""

_MAY_REACH, _ANY_HOST = "may reach ", "any host on any port"
_MAY_READ, _MAY_READ_VARIABLE = "may read ", "may read the environment variable "


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One doctest example of a docstring."""

    source: str
    """The statement that is run, without prompts, ending in a newline."""
    want: str = ""
    """The expected output, ending in a newline; empty when it only must not raise."""
    error: str | None = None
    """The expected exception as its last traceback line, without the trailing newline."""
    line: int = 0
    """The line in the file, counted from 1."""
    flags: int = 0
    """The `doctest` option flags that are on for this example, as a bit set."""
    skipped: bool = False
    """Whether the `SKIP` flag is on."""
    hidden: bool = False
    """Whether the model is not shown it."""

    @property
    def call(self) -> str:
        """The source on one line, as a name for people."""
        return " ".join(self.source.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Tests that a spec has to pass, beside the examples in its docstring."""

    path: str
    """The file that holds them."""
    source: str
    """What the model is shown of it."""
    names: tuple[str, ...] = ()
    """The callables of `tests=[…]`; where there are none, pytest collects the file."""
    only: tuple[str, ...] = ()
    """The tests of the file that are meant, as in `TestOne::test_it`; where there are none, all."""
    left_out: tuple[str, ...] = ()
    """Functions and classes of the file whose tests are about other specs."""
    hidden: tuple[str, ...] = ()
    """Functions and classes of the file that the model is not shown."""
    digest: str = ""
    """Of what the file says about the spec; callables of `tests=[…]` count in the spec's own."""
    imports: tuple[str, ...] = ()
    """What it needs of a whole module to be imported itself."""
    uses: tuple[str, ...] = ()
    """All that it takes from a whole module; `*` where it takes everything."""

    @property
    def title(self) -> str:
        """What it is called among examples."""
        return ", ".join(self.names) or PurePath(self.path).name


@dataclass(frozen=True, slots=True, kw_only=True)
class Docstring:
    """The parts of a docstring, whichever style it is written in."""

    summary: str = ""
    description: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    """Name and description of each documented parameter."""
    returns: str = ""
    raises: tuple[tuple[str, str], ...] = ()
    """Type name and description of each documented exception."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a declaration asks for beside its text; everything not named is denied or default."""

    review: bool = False
    tests: tuple[str, ...] = ()
    """Source text of the entries: names of callables or paths."""
    max_rounds: int | None = None
    candidates: int | None = None
    model: str | None = None
    network: tuple[str, ...] | bool = False
    env: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    timeout: float | None = None
    """Seconds for one test pass."""
    memory_mb: int | None = None

    @property
    def permissions(self) -> tuple[str, ...]:
        """What opens for the generated code once a person grants it, one phrase each.

        The phrases are what is shown, what is granted and what is remembered.
        """
        hosts = self.network if isinstance(self.network, tuple) else ()
        return (
            *([f"{_MAY_REACH}{_ANY_HOST}"] if self.network is True else []),
            *(f"{_MAY_REACH}{host}" for host in hosts),
            *(f"{_MAY_READ_VARIABLE}{name}" for name in self.env),
            *(f"{_MAY_READ}{name}" for name in self.files),
        )

    @classmethod
    def permitting(cls, phrases: tuple[str, ...]) -> Options:
        """Options with just these `permissions`."""
        hosts, env, files = [], [], []
        for phrase in phrases:
            if phrase.startswith(_MAY_REACH):
                hosts.append(phrase.removeprefix(_MAY_REACH))
            elif phrase.startswith(_MAY_READ_VARIABLE):
                env.append(phrase.removeprefix(_MAY_READ_VARIABLE))
            else:
                files.append(phrase.removeprefix(_MAY_READ))
        network = True if _ANY_HOST in hosts else tuple(hosts) or False
        return cls(network=network, env=tuple(env), files=tuple(files))

    @property
    def extras(self) -> tuple[str, ...]:
        """What else it asks for beyond the defaults, one phrase each; nobody has to grant it."""
        phrases = [f"uses {name}" for name in self.requires]
        if (self.timeout or 0) > DEFAULT_SECONDS:
            phrases.append(f"runs up to {self.timeout:g} s")
        if (self.memory_mb or 0) > DEFAULT_MEMORY_MB:
            phrases.append(f"takes up to {self.memory_mb} MB of memory")
        return tuple(phrases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One declaration: of a function, of a class, of a whole module, or of a file."""

    kind: Kind = "function"
    name: str
    """The declared name; of a module, that of its file; of a file, its path in the project."""
    module: str
    """Stem of the file that declares it."""
    path: str
    """The file that declares it."""
    line: int
    signature: str = ""
    """`def f(a: int) -> str`, normalised, without the colon; empty for what is no function."""
    source: str = ""
    """The declaration as it stands, for what is no function."""
    shown_source: str = ""
    """The same without the examples that are withheld from the model."""
    is_async: bool = False
    docstring: str = ""
    """Cleaned as by `inspect.cleandoc`."""
    shown_docstring: str = ""
    """The same without the examples that are withheld from the model."""
    doc: Docstring = field(default_factory=Docstring)
    examples: tuple[Example, ...] = ()
    suites: tuple[Suite, ...] = ()
    options: Options = field(default_factory=Options)
    context: str = ""
    """What of its module the generated code may use, as source: imports, types, helpers, and the
    other specs as stubs, decorated with `__accepted__`."""
    around: Surroundings = field(default_factory=Surroundings)
    """What of its project it may use, and needs."""
    digest: str = ""
    """Changes when, and only when, the meaning of the declaration does."""

    @property
    def id(self) -> str:
        """`MODULE.NAME`, as used for files and on the command line."""
        return f"{self.module}.{self.name}"

    @property
    def stub(self) -> str:
        """The declaration with an empty body, as shown to a person."""
        return self.source or self._stub(self.docstring)

    @property
    def shown_stub(self) -> str:
        """The same as shown to a model: without the examples that are withheld."""
        return self.shown_source or self._stub(self.shown_docstring)

    def _stub(self, docstring: str) -> str:
        doc = docstring.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
        text = f"{self.signature}:\n"
        if doc:
            # A docstring that ends in a quote would run into the closing ones.
            whole = "\n" not in doc and not doc.endswith('"')
            lines = [f'"""{doc}"""'] if whole else [f'"""{doc}', '"""']
            text += "\n".join(
                f"    {line}" if line else "" for part in lines for line in part.split("\n")
            )
            text += "\n"
        return text + "    ...\n"

    @property
    def checks(self) -> int:
        """How many examples really check something."""
        return sum(not example.skipped for example in self.examples)

    @property
    def is_tested(self) -> bool:
        """Whether there is anything to check code against."""
        return bool(self.checks or self.suites)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A file, or a declaration in it, that cannot be used."""

    path: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a file or a folder declares."""

    specs: tuple[Spec, ...] = ()
    modules: tuple[Spec, ...] = ()
    """Modules with stubs in them: specs, too, if there are tests for what is to be written."""
    doubts: tuple[Problem, ...] = ()
    """What would be wrong with these modules as specs."""
    problems: tuple[Problem, ...] = ()

    def __add__(self, other: Found) -> Found:
        return Found(
            specs=self.specs + other.specs,
            modules=self.modules + other.modules,
            doubts=self.doubts + other.doubts,
            problems=self.problems + other.problems,
        )
