from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.errors import StoreError
from pseudocode.store.entries import Entry
from pseudocode.store.exchange import export, read_folder


def entry(**values: Any) -> Entry:
    told: dict[str, Any] = {
        "kind": "function",
        "module": "sums",
        "name": "double",
        "context": "",
        "tests": "",
        "code": "def double(x):\n    return 2 * x\n",
        "model": "scripted",
        "tokens": 60,
        "date": "2025-01-02T03:04:05+00:00",
        "project": "shop",
        "digest": "0123456789abcdef",
        **values,
    }
    stub = f'def {told["name"]}(x):\n    """Return it twice.\n\n    >>> 1\n    1\n    """\n'
    return Entry(**{"stub": stub, **told})


text = st.text(st.characters(codec="utf-8"))
any_entry = st.builds(
    Entry,
    **{name: text for name in Entry.__dataclass_fields__ if name != "tokens"},
    tokens=st.integers(),
)


@given(st.lists(any_entry, max_size=8, unique_by=lambda e: e.id))
def test_what_is_exported_comes_back_and_gives_the_same_files(entries: list[Entry]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder, "one"), Path(folder, "two")
        assert export(entries, one) == len(entries)
        found = read_folder(one)
        assert not found.faults
        assert sorted(found.entries, key=lambda e: e.id) == sorted(entries, key=lambda e: e.id)
        export(reversed(found.entries), two)
        contents = [{p.name: p.read_bytes() for p in place.iterdir()} for place in (one, two)]
        assert contents[0] == contents[1]


def test_files_are_plain(tmp_path: Path) -> None:
    export([entry()], tmp_path / "shared")
    code, facts = sorted((tmp_path / "shared").iterdir(), reverse=True)
    assert code.name.startswith("sums.double-")
    assert code.read_text() == "def double(x):\n    return 2 * x\n"
    assert '\n "project": "shop",\n' in facts.read_text()
    assert '"code"' not in facts.read_text()


def test_names_never_lead_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "shared"
    export([entry(module="../../x", name="/etc/passwd\n"), entry(module="..", name="..")], folder)
    assert [path.name for path in folder.parent.iterdir()] == ["shared"]
    assert len(read_folder(folder).entries) == 2


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_foreign_files_are_named_and_left_out(facts: bytes, code: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export([entry()], folder)
        (folder / "x.json").write_bytes(facts)
        (folder / "x.py").write_bytes(code)
        (folder / "y.json").mkdir()
        found = read_folder(folder)
        assert found.entries == (entry(),)
        assert [Path(fault.partition(": ")[0]).name for fault in found.faults] == [
            "x.json",
            "y.json",
        ]


def test_what_cannot_be_read_or_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot import"):
        read_folder(tmp_path / "nothing")
    with pytest.raises(StoreError, match="cannot export"):
        export([entry()], tmp_path / "file")
    with pytest.raises(StoreError, match="cannot export"):
        export([entry(code="\ud800")], tmp_path)
