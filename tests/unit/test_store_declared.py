"""An example is written into the file that declares, unless that is another one by now."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pseudocode.errors import SpecError, StoreError
from pseudocode.projects import add_example
from pseudocode.spec.model import Example, Spec
from pseudocode.wiring import load_specs

ADDED = Example(source="double(3)\n", want="6\n")
SOURCE = '''\
from pseudocode import pseudo_file, pseudo_function


@pseudo_function
def double(number: int) -> int:
    """Return it times two."""


pseudo_file("app.json", "Settings.")
'''


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "easy.py"
    file.write_text(SOURCE, encoding="utf-8")
    return file


def spec_in(path: Path, name: str = "double") -> Spec:
    return next(spec for spec in load_specs(path).specs if spec.name == name)


def test_the_file_keeps_its_mode_and_is_read_again_with_the_example(path: Path) -> None:
    path.chmod(0o640)
    before = spec_in(path)
    add_example(before, ADDED)
    after = spec_in(path)
    assert [e.call for e in after.examples] == ["double(3)"]
    assert after.digest != before.digest
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_what_has_changed_in_between_is_not_written_to(path: Path) -> None:
    before = spec_in(path)
    changed = SOURCE.replace("times two", "times three")
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(StoreError, match="has changed on disk"):
        add_example(before, ADDED)
    assert path.read_text(encoding="utf-8") == changed


def test_a_change_elsewhere_in_the_file_is_kept(path: Path) -> None:
    before = spec_in(path)
    path.write_text(f"# Mine.\n{SOURCE}\nX = 1\n", encoding="utf-8")
    add_example(before, ADDED)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Mine.\n")
    assert text.endswith("X = 1\n")
    assert ">>> double(3)" in text


def test_a_link_stays_one(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.py"
    link.symlink_to(path)
    add_example(spec_in(link), ADDED)
    assert link.is_symlink()
    assert ">>> double(3)" in path.read_text(encoding="utf-8")


def test_a_file_of_another_format_has_no_examples(path: Path) -> None:
    with pytest.raises(SpecError, match="write a test for it"):
        add_example(spec_in(path, "app.json"), ADDED)


def test_in_a_module_of_stubs_it_goes_to_what_it_calls(tmp_path: Path) -> None:
    path = tmp_path / "two.py"
    path.write_text('def one():\n    """1."""\n\n\ndef two(n):\n    pass\n', encoding="utf-8")
    (tmp_path / "two_test.py").write_text(
        "from two import two\n\n\ndef test_it():\n    assert two(1)\n"
    )
    add_example(spec_in(path, "two"), Example(source="two(3)\n", want="6\n"))
    assert 'def two(n):\n    """\n    >>> two(3)\n    6\n    """\n' in path.read_text("utf-8")


def test_a_folder_that_cannot_be_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = spec_in(path)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(StoreError, match=r"cannot write .*easy\.py: Permission denied"):
        add_example(before, ADDED)
    assert path.read_text(encoding="utf-8") == SOURCE
