from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pseudocode.store.accepted import accepted_path, read_accepted, render
from tests.making import RIGHT


def kept(path: Path, code: str = RIGHT, facts: dict[str, str] | None = None) -> Path:
    text = render(code, declared_in="sums.py", digest="abc", facts=facts or {})
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def test_code_is_kept_beside_its_declaration() -> None:
    path = Path(accepted_path("specs/sums.py", "sums", "add"))
    assert path == Path("specs/__pseudocode__/sums.add.py")


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    path = kept(tmp_path / "a.py", facts={"model": "m 1", "tests passed": "2 of 2 examples"})
    accepted = read_accepted(str(path))
    assert accepted is not None
    assert (accepted.path, accepted.digest, accepted.code) == (str(path), "abc", RIGHT)
    assert "# model: m 1\n# tests passed: 2 of 2 examples\n" in path.read_text()


def test_where_nothing_is_kept_nothing_is_read(tmp_path: Path) -> None:
    assert read_accepted(str(tmp_path / "none.py")) is None
    (tmp_path / "file").touch()
    assert read_accepted(str(tmp_path / "file" / "none.py")) is None


def test_a_file_without_header_has_no_digest(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(RIGHT)
    accepted = read_accepted(str(tmp_path / "a.py"))
    assert accepted is not None
    assert accepted.digest == ""


def test_what_is_there_but_cannot_be_read_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "latin.py").write_bytes(b"# digest: abc\n\nx = '\xe9'\n")
    for name in ("folder.py", "latin.py"):
        with pytest.raises(OSError, match=name):
            read_accepted(str(tmp_path / name))


wild = st.text(st.characters(exclude_categories=[]))


@given(name=wild, model=wild)
@example(name="a\n\nimport os\n#.py", model="m")
@example(name="\udcff.py", model="\0\ud800")
def test_no_name_or_fact_gets_out_of_its_comment(name: str, model: str) -> None:
    text = render(RIGHT, declared_in=name, digest="abc", facts={"model": model})
    assert text.endswith("\n\n" + RIGHT)
    text.encode("utf-8")
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(RIGHT))
    assert text.partition("\n\n")[2] == RIGHT


codes = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")))


@given(codes.map("\n".join))
def test_any_code_comes_back_exactly(tmp_path_factory: pytest.TempPathFactory, code: str) -> None:
    accepted = read_accepted(str(kept(tmp_path_factory.mktemp("kept") / "a.py", code)))
    assert accepted is not None
    assert accepted.code == code
