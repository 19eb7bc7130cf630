from __future__ import annotations

import importlib
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pseudocode import NotGenerated, StaleSpec
from pseudocode.spec.discovery import find_specs
from pseudocode.store.accepted import accepted_path, render

STUB = '''\
from pseudocode import pseudo_class

STEP = 2

@pseudo_class
class Counter:
    """Counts."""

    def up(self) -> int:
        """One step up."""

def doubled(number: int) -> int:
    return 2 * number
'''
CODE = """\
import math

def _helper(number):
    return number + STEP

class Counter:
    def __init__(self):
        self.at = 0

    def up(self) -> int:
        self.at = _helper(self.at)
        return doubled(self.at)
"""


class Home:
    """A folder with a module that declares a class."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "declared_counter.py"
        self.path.write_text(STUB)

    def accept(self, code: str = CODE) -> None:
        (spec,) = find_specs(str(self.path), self.path.read_bytes()).specs
        path = Path(accepted_path(str(self.path), "declared_counter", "Counter"))
        path.parent.mkdir(exist_ok=True)
        path.write_text(render(code, declared_in=self.path.name, digest=spec.digest, facts={}))

    def load(self) -> Any:
        sys.modules.pop("declared_counter", None)
        importlib.invalidate_caches()
        module: ModuleType = importlib.import_module("declared_counter")
        return module


@pytest.fixture
def home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("declared")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield Home(folder)
    sys.modules.pop("declared_counter", None)


def test_the_accepted_class_is_served(home: Home) -> None:
    home.accept()
    module = home.load()
    counter = module.Counter()
    assert [counter.up(), counter.up()] == [4, 8]
    assert module.Counter.__doc__ == "Counts."
    assert module.Counter.__module__ == "declared_counter"


def test_its_helpers_do_not_leak(home: Home) -> None:
    home.accept()
    module = home.load()
    assert not hasattr(module, "_helper")
    assert not hasattr(module, "math")


def test_instances_can_be_pickled(home: Home) -> None:
    home.accept()
    counter = home.load().Counter()
    counter.up()
    assert pickle.loads(pickle.dumps(counter)).at == 2


def test_without_code_it_cannot_be_instantiated_and_says_why(home: Home) -> None:
    module = home.load()
    with pytest.raises(NotGenerated, match=r"declared_counter\.Counter; run: pseudocode-tui run"):
        module.Counter()


def test_a_changed_declaration_is_stale(home: Home) -> None:
    home.accept()
    home.path.write_text(STUB.replace("One step up", "Two steps up"))
    with pytest.raises(StaleSpec, match="changed after its code was accepted"):
        home.load().Counter()
