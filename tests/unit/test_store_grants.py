from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pseudocode.spec.model import Spec
from pseudocode.store.grants import Grants, grants_path
from tests.making import ADD, spec_of

ONLINE = "network=['a.org'], env=['TOKEN']"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "pseudocode" / "grants.json"


def online(path: str | Path = "specs/sums.py", options: str = ONLINE, name: str = "add") -> Spec:
    return spec_of(ADD.replace("add", name), options=options, path=str(path))


def test_nothing_is_granted_until_it_is(file: Path) -> None:
    assert not Grants(file).holds(online())
    Grants(file).add(online())
    assert Grants(file).holds(online())
    Grants(file).add(online(name="plus"))
    assert Grants(file).holds(online())


@pytest.mark.parametrize(
    "other",
    [
        online(options="network=['a.org']"),
        online(options="network=['a.org', 'b.org'], env=['TOKEN']"),
        online(options="network=True, env=['TOKEN']"),
        online(name="plus"),
        online("other/sums.py"),
    ],
    ids=["less", "more", "any", "name", "place"],
)
def test_a_grant_is_for_one_declaration_and_just_what_it_asks_for(file: Path, other: Spec) -> None:
    Grants(file).add(online())
    assert not Grants(file).holds(other)


def test_neither_order_nor_the_way_to_the_file_matters(file: Path, tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "link").symlink_to("specs")
    Grants(file).add(online(tmp_path / "link" / "sums.py", "network=['a.org', 'b.org']"))
    same = online(tmp_path / "specs" / "sums.py", "network=['b.org', 'a.org', 'b.org']")
    assert Grants(file).holds(same)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "null",
        "3",
        "{}",
        '["path"]',
        '[{"path": 1, "name": "add", "permissions": []}]',
        '[{"path": "x", "name": "add", "permissions": [1]}]',
        '[{"path": "x", "name": "add", "permissions": "may"}]',
        "[" * 100_000,
    ],
)
def test_a_broken_file_grants_nothing_and_is_replaced(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(text)
    grants = Grants(file)
    assert not grants.holds(online())
    grants.add(online())
    assert Grants(file).holds(online())


def test_one_broken_record_breaks_the_file(file: Path) -> None:
    Grants(file).add(online())
    file.write_text(json.dumps([*json.loads(file.read_text()), {"path": "x"}]))
    assert not Grants(file).holds(online())


def test_what_cannot_be_written_counts_for_now(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    grants = Grants(tmp_path / "state" / "grants.json")
    grants.add(online())
    assert grants.holds(online())
    assert not Grants(tmp_path / "state" / "grants.json").holds(online())


def test_the_file_is_the_persons_and_says_what_was_granted(file: Path) -> None:
    Grants(file).add(online())
    (record,) = json.loads(file.read_text())
    assert record == {
        "path": os.path.abspath("specs/sums.py"),
        "name": "add",
        "permissions": ["may reach a.org", "may read the environment variable TOKEN"],
    }
    assert [path.name for path in file.parent.iterdir()] == ["grants.json"]
    assert grants_path().is_relative_to(os.environ["XDG_STATE_HOME"])
