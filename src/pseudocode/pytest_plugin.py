"""Plain `pytest` checks accepted code, too: one test for each spec.

It is loaded at every start of pytest where this package is installed, so it imports next to nothing
until a file is found that declares something. Nothing is executed at collection, and accepted code
runs behind the same walls as for `pseudocode-tui check`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pseudocode.checkup import Finding
    from pseudocode.spec.model import Problem, Spec

FOLDER = "__pseudocode__"
DEFAULT_FOLDER = "specs"
_MARKERS = (
    "hidden: the model is not shown this test",
    "pseudocode: the check of accepted code of one spec",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The ways to leave it out."""
    group = parser.getgroup("pseudocode", "accepted code")
    group.addoption("--pseudocode-off", action="store_true", help="Do not check accepted code.")
    parser.addini("pseudocode", "Whether to check accepted code.", type="bool", default=True)
    parser.addini(
        "pseudocode_paths",
        "Files and folders of specs, instead of all that pytest comes across and specs/.",
        type="paths",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Take part, unless that was not wanted."""
    for line in _MARKERS:
        config.addinivalue_line("markers", line)
    if config.getini("pseudocode") and not config.getoption("pseudocode_off"):
        config.pluginmanager.register(_Collecting(config), "pseudocode_specs")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Files of accepted code are no tests, whatever they are called."""
    return True if collection_path.name == FOLDER else None


class SpecFailed(Exception):
    """Accepted code that is stale, broken or failing; its text is shown as it is."""


class _Collecting:
    def __init__(self, config: pytest.Config) -> None:
        self._paths = [path.resolve() for path in config.getini("pseudocode_paths")]
        if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
            # Plain `pytest`, and its settings name other folders only.
            wanted = self._paths or [config.rootpath / DEFAULT_FOLDER]
            there = [Path(config.invocation_params.dir, arg).resolve() for arg in config.args]
            config.args += [
                str(path)
                for path in wanted
                if path.exists() and not any(path.resolve().is_relative_to(t) for t in there)
            ]

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> Any:
        """A file that declares specs."""
        if file_path.suffix != ".py" or not self._is_wanted(file_path):
            return None
        name = file_path.name
        if name == "conftest.py" or name.startswith("test_") or name.endswith("_test.py"):
            return None
        if not _may_declare(file_path):
            return None
        return SpecFile.from_parent(parent, path=file_path)

    def _is_wanted(self, file: Path) -> bool:
        return not self._paths or any(file.resolve().is_relative_to(path) for path in self._paths)

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """End the processes that were waiting."""
        if checks := config.stash.get(_CHECKS, None):
            checks.close()


class SpecFile(pytest.File):
    """A file that may declare specs."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each spec, and for each declaration that cannot be used."""
        from pseudocode.wiring import load_specs

        found = load_specs(self.path)
        for problem in found.problems:
            if problem.path == str(self.path):
                name = f"line {problem.line}"
                yield ProblemItem.from_parent(self, name=name, problem=problem)
        for spec in found.specs:
            yield SpecItem.from_parent(self, name=spec.name, spec=spec)


class _Item(pytest.Item):
    """What is reported in words, without a traceback."""

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """The words themselves."""
        if isinstance(excinfo.value, SpecFailed):
            return str(excinfo.value).replace(str(self.path), os.path.relpath(self.path))
        return super().repr_failure(excinfo, style)


class SpecItem(_Item):
    """The check of one spec: its accepted code is there, fresh and passing."""

    def __init__(self, *, spec: Spec, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.spec = spec
        self.add_marker("pseudocode")

    def runtest(self) -> None:
        """Run the examples and tests of the spec, in processes of their own."""
        from pseudocode.checkup import at_length
        from pseudocode.errors import PseudocodeError

        stash = self.config.stash
        try:
            if _CHECKS not in stash:
                stash[_CHECKS] = _Checks(self.path)
            finding = stash[_CHECKS].look(self.spec)
        except PseudocodeError as error:
            raise SpecFailed(str(error)) from None
        if finding.state in ("none", "not permitted"):
            pytest.skip(finding.told.replace(str(self.path), os.path.relpath(self.path)))
        if finding.faulty:
            raise SpecFailed(at_length(finding))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the declaration is."""
        return self.path, self.spec.line - 1, f"accepted code of {self.spec.id}"


class ProblemItem(_Item):
    """A declaration that cannot be used."""

    def __init__(self, *, problem: Problem, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.problem = problem
        self.add_marker("pseudocode")

    def runtest(self) -> None:
        """Say so."""
        raise SpecFailed(str(self.problem))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it is."""
        return self.path, self.problem.line - 1, self.name


class _Checks:
    """What runs the checks of one run of pytest, one after the other."""

    def __init__(self, path: Path) -> None:
        import asyncio

        from pseudocode.settings import load_settings
        from pseudocode.wiring import person_grants, project_root, runner

        self._tests = runner(load_settings({}, project=project_root(path)))
        self._grants = person_grants()
        # It never becomes the current loop, which belongs to other plugins.
        self._loop = asyncio.Runner(loop_factory=asyncio.new_event_loop)

    def look(self, spec: Spec) -> Finding:
        from pseudocode import checkup

        found = checkup.code_to_test(spec, self._grants)
        if isinstance(found, checkup.Finding):
            return found
        return self._loop.run(checkup.tested(spec, found, self._tests))

    def close(self) -> None:
        self._loop.run(self._tests.close())
        self._loop.close()


_CHECKS = pytest.StashKey[_Checks]()


def _may_declare(file: Path) -> bool:
    """Whether a file mentions this package, or is a stub that code was accepted for."""
    if file.parent.joinpath(FOLDER, f"{file.stem}.{file.stem}.py").exists():
        return True
    try:
        return b"pseudocode" in file.read_bytes()
    except OSError:
        return False
