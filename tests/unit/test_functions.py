from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import pseudocode
from pseudocode import NotGenerated, StaleSpec
from pseudocode.spec.discovery import find_specs
from pseudocode.store.accepted import accepted_path, render
from tests.making import ADD, IMPORT, RIGHT

STUB = f"@pseudo_function\n{ADD}"


class Home:
    """A folder of modules that declare functions."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "declared_sums.py"

    def declare(self, text: str = STUB) -> ModuleType:
        self.path.write_text(IMPORT + text)
        importlib.invalidate_caches()
        return importlib.import_module("declared_sums")

    def declare_again(self, text: str) -> ModuleType:
        self.path.write_text(IMPORT + text)
        return importlib.reload(sys.modules["declared_sums"])

    def accept(self, code: str, name: str = "add") -> None:
        found = find_specs(str(self.path), self.path.read_bytes())
        (digest,) = [spec.digest for spec in found.specs if spec.name == name]
        path = Path(accepted_path(str(self.path), "declared_sums", name))
        path.parent.mkdir(exist_ok=True)
        path.write_text(render(code, declared_in=self.path.name, digest=digest, facts={}))


@pytest.fixture
def home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("declared")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield Home(folder)
    sys.modules.pop("declared_sums", None)


def test_a_call_runs_the_accepted_code(home: Home) -> None:
    module = home.declare()
    home.accept(RIGHT)
    assert module.add(1, 2) == 3
    assert module.add(b=4, a=3) == 7


def test_without_accepted_code_the_call_says_how_to_get_it(home: Home) -> None:
    module = home.declare()
    with pytest.raises(NotGenerated, match=r"declared_sums\.add; run: pseudocode-tui run .*add$"):
        module.add(1, 2)


def test_not_generated_is_also_a_not_implemented_error(home: Home) -> None:
    with pytest.raises(NotImplementedError):
        home.declare().add(1, 2)


def test_code_that_is_accepted_later_is_served_without_a_new_start(home: Home) -> None:
    module = home.declare()
    with pytest.raises(NotGenerated):
        module.add(1, 2)
    home.accept(RIGHT)
    assert module.add(1, 2) == 3


def test_a_changed_declaration_is_stale(home: Home) -> None:
    home.path.write_text(IMPORT + STUB)
    home.accept(RIGHT)
    module = home.declare(STUB.replace("Add two", "Multiply two"))
    with pytest.raises(StaleSpec, match=r"declared_sums\.add was changed .*pseudocode-tui run"):
        module.add(1, 2)


def test_a_reformatted_declaration_is_not_stale(home: Home) -> None:
    home.path.write_text(IMPORT + STUB)
    home.accept(RIGHT)
    module = home.declare("# moved\n\n\n" + STUB.replace("a: int, b", "a:int,b"))
    assert module.add(1, 2) == 3


def test_a_module_that_is_loaded_again_is_read_again(home: Home) -> None:
    module = home.declare()
    home.accept(RIGHT)
    assert module.add(1, 2) == 3
    module = home.declare_again(STUB.replace("Add two", "Multiply two"))
    with pytest.raises(StaleSpec):
        module.add(1, 2)


def test_the_function_looks_as_it_was_declared(home: Home) -> None:
    add = home.declare().add
    assert add.__name__ == "add"
    assert add.__doc__.startswith("Add two numbers.")
    assert (
        str(inspect.signature(add)) == "(a: 'int', b: 'int') -> 'int'"
        or str(inspect.signature(add)) == "(a: int, b: int) -> int"
    )


def test_importing_runs_and_reads_no_accepted_code(home: Home) -> None:
    home.path.write_text(IMPORT + STUB)
    home.accept("raise SystemExit\n" + RIGHT)
    assert callable(home.declare().add)


def test_the_code_may_use_what_its_module_holds_and_leaks_nothing_into_it(home: Home) -> None:
    module = home.declare("import math\nLIMIT = 10\n" + STUB)
    home.accept("import json\n\n\ndef add(a, b):\n    return json.loads('0') + LIMIT + math.pi\n")
    assert module.add(1, 2) == pytest.approx(13.14, abs=0.01)
    assert not hasattr(module, "json")


def test_one_declaration_may_use_another(home: Home) -> None:
    module = home.declare(STUB + "@pseudo_function\ndef double(a: int) -> int: ...\n")
    home.accept(RIGHT)
    home.accept("def double(a):\n    return add(a, a)\n", "double")
    assert module.double(4) == 8


def test_options_and_other_ways_of_importing_change_nothing_at_run_time(home: Home) -> None:
    module = home.declare(
        f"import pseudocode as p\n@p.pseudo_function(review=True, timeout=3)\n{ADD}"
    )
    home.accept(RIGHT)
    assert module.add(1, 2) == 3


async def test_a_coroutine_is_served_as_one(home: Home) -> None:
    module = home.declare("@pseudo_function\nasync def add(a: int, b: int) -> int: ...\n")
    home.accept("async def add(a, b):\n    return a + b\n")
    assert inspect.iscoroutinefunction(module.add)
    assert await module.add(1, 2) == 3


def test_a_generator_is_served_as_one(home: Home) -> None:
    module = home.declare("@pseudo_function\ndef add(a: int, b: int) -> list[int]: ...\n")
    home.accept("def add(a, b):\n    yield a\n    yield b\n")
    assert list(module.add(1, 2)) == [1, 2]


@pytest.mark.parametrize("damage", [b"\xff\xfe", b"def add(:\n"])
def test_damaged_accepted_code_is_an_error_that_names_the_file(home: Home, damage: bytes) -> None:
    module = home.declare()
    home.accept(RIGHT)
    path = Path(accepted_path(str(home.path), "declared_sums", "add"))
    path.write_bytes(path.read_bytes().replace(b"def add(a", damage))
    with pytest.raises((OSError, SyntaxError, pseudocode.PseudocodeError)) as caught:
        module.add(1, 2)
    assert "declared_sums.add.py" in f"{caught.value} {getattr(caught.value, 'filename', '')}"


def test_the_package_offers_its_public_names_and_no_others() -> None:
    assert set(dir(pseudocode)) == set(pseudocode.__all__)
    for name in pseudocode.__all__:
        assert getattr(pseudocode, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Session'"):
        _ = pseudocode.Session


def test_the_decorator_keeps_the_type_of_a_function() -> None:
    @pseudocode.pseudo_function
    def add(a: int, b: int) -> int: ...  # type: ignore[empty-body]  # as declarations are written

    kept: Callable[[int, int], int] = add
    options: Any = pseudocode.pseudo_function(review=True)
    assert callable(kept)
    assert callable(options)
