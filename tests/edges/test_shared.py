"""A library that a team shares, from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgresql
from tests.edges.test_cli import RIGHT, TRIPLE, WRONG, Project
from tests.edges.test_kept import THRICE, events, only
from tests.server import ModelServer, code

pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed: pip install -e '.[dev]'")


@pytest.fixture
def server() -> Iterator[str]:
    with postgresql.server() as url:
        yield url


@pytest.fixture
def anna(tmp_path: Path) -> Project:
    made = Project(tmp_path / "anna")
    made.declare(TRIPLE)
    return made


@pytest.fixture
def bert(tmp_path: Path) -> Project:
    made = Project(tmp_path / "bert")
    made.declare(THRICE, module="numbers")
    return made


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_one_person_accepts_another_finds(
    anna: Project,
    bert: Project,
    model_server: ModelServer,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    kind: str,
) -> None:
    sqlite = f"sqlite:///{tmp_path / 'team.db'}"
    url = sqlite if kind == "sqlite" else request.getfixturevalue("server")
    model_server.script.append(code(RIGHT))
    told = await anna.ask(model_server, "run", "specs", "--library-url", url)
    assert (told.code, told.err) == (0, "")
    shared = {"PSEUDOCODE_LIBRARY_URL": url}
    found = await bert.command("library", "search", "three number", **shared)
    assert (found.err, found.code) == ("", 0)
    assert "sums.triple · anna" in found.out
    (outcome,) = only("Outcome", await events(bert, model_server, "--library-url", url))
    assert len(model_server.requests) == 1
    assert "found in your library (anna: sums.triple)" in outcome["detail"]
    assert len((await anna.command("library", "list", **shared)).lines) == 4
    info = await bert.command("info", **shared)
    assert postgresql.QUOTED not in info.out
    assert "library_url" in info.out


async def test_what_it_holds_has_to_pass_here(
    anna: Project, bert: Project, model_server: ModelServer, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'team.db'}"
    anna.declare(TRIPLE.partition("    >>> triple(10)")[0] + '    """\n')
    model_server.script.append(code(WRONG))
    await anna.ask(model_server, "run", "specs", "--library-url", url)
    right = RIGHT.replace("triple", "thrice").replace("x", "number")
    model_server.script.append(code(right))
    told = await events(bert, model_server, "--library-url", url)
    assert [started["reason"] for started in only("RoundStarted", told)] == ["library", "first"]
    assert len(model_server.requests) == 2


async def test_without_it_the_work_goes_on_and_nothing_is_lost(
    anna: Project, model_server: ModelServer, tmp_path: Path
) -> None:
    folder = tmp_path / "share"
    url = f"sqlite:///{folder / 'team.db'}"
    model_server.script.append(code(RIGHT))
    told = await anna.ask(model_server, "run", "specs", "--library-url", url)
    assert told.code == 0
    assert told.err.count("is not used for now") == 1
    told = await anna.command("library", "share", "--library-url", url)
    assert told.code == 2
    assert "nothing was shared" in told.err
    folder.mkdir()
    told = await anna.command("library", "share", "--library-url", url)
    assert (told.out, told.err) == ("1 entries shared\n", "")


async def test_a_server_out_of_reach_is_told_without_its_password(
    anna: Project, model_server: ModelServer
) -> None:
    model_server.script.append(code(RIGHT))
    url = f"postgresql://anna:{postgresql.QUOTED}@127.0.0.1:9/code"
    told = await anna.ask(model_server, "run", "specs", PSEUDOCODE_LIBRARY_URL=url)
    assert told.code == 0
    (line,) = told.err.splitlines()
    assert "postgresql://anna:***@127.0.0.1:9/code is not used for now" in line
    for journal in anna.root.rglob("*.*"):
        assert postgresql.QUOTED.encode() not in (
            journal.read_bytes() if journal.is_file() else b""
        )


async def test_a_project_cannot_name_it(anna: Project) -> None:
    anna.write("pyproject.toml", "[tool.pseudocode]\nlibrary_url = 'sqlite:///mine.db'\n")
    told = await anna.command("library", "list")
    assert told.code == 2
    assert "a project cannot set library_url" in told.err
