"""Answers that are kept and code that is found again, from the command line."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import server
from tests.edges.test_cli import FETCH, IMPORT, RIGHT, TRIPLE, WRONG, Project
from tests.server import ModelServer, code, reply

THRICE = TRIPLE.replace("triple", "thrice").replace("(x:", "(number:")
CACHE_ONLY = ("--library", "off")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project")
    made.declare(TRIPLE)
    return made


def database(project: Project) -> Path:
    return project.root / ".pseudocode" / "pseudocode.db"


def unaccept(project: Project) -> None:
    shutil.rmtree(project.specs / "__pseudocode__", ignore_errors=True)


async def events(project: Project, model_server: ModelServer, *arguments: str) -> list[Any]:
    told = await project.ask(model_server, "run", "specs", "--json", *arguments)
    return [json.loads(line) for line in told.lines]


def only(kind: str, told: list[Any]) -> list[Any]:
    return [event for event in told if event["event"] == kind]


# -- the cache


async def test_the_same_request_is_answered_without_the_model(
    project: Project, model_server: ModelServer
) -> None:
    model_server.script.extend([code(WRONG), code(RIGHT)])
    await project.ask(model_server, "run", "specs", *CACHE_ONLY)
    unaccept(project)
    told = await project.ask(model_server, "run", "specs", *CACHE_ONLY)
    assert told.code == 0
    assert len(model_server.requests) == 2
    assert "accepted · 2 rounds, 0 tokens" in told.lines[0]
    assert "120 tokens saved" in told.lines[0]
    assert "0 tokens · 120 saved" in told.lines[1]


async def test_what_is_kept_is_marked_and_costs_nothing(
    project: Project, model_server: ModelServer
) -> None:
    model_server.script.append(code(RIGHT))
    (paid,) = only("ReplyReceived", await events(project, model_server, *CACHE_ONLY))
    unaccept(project)
    told = await events(project, model_server, *CACHE_ONLY)
    (kept,) = only("ReplyReceived", told)
    assert (paid["source"], paid["completion_tokens"], paid["saved_tokens"]) == ("model", 20, 0)
    assert (kept["source"], kept["completion_tokens"], kept["saved_tokens"]) == ("cache", 0, 60)
    assert (kept["text"], kept["model"]) == (paid["text"], paid["model"])
    (outcome,) = only("Outcome", told)
    assert (outcome["tokens"], outcome["saved"]) == (0, 60)


@pytest.mark.parametrize(
    ("arguments", "env", "table"),
    [
        (("--no-cache",), {}, ""),
        ((), {"PSEUDOCODE_CACHE": "off"}, ""),
        ((), {}, "[tool.pseudocode]\ncache = false\n"),
    ],
    ids=["flag", "environment", "project"],
)
async def test_the_cache_can_be_done_without(
    project: Project, model_server: ModelServer, arguments: Any, env: Any, table: str
) -> None:
    model_server.script.extend([code(RIGHT), code(RIGHT)])
    await project.ask(model_server, "run", "specs", *CACHE_ONLY)
    unaccept(project)
    project.write("pyproject.toml", table)
    told = await project.ask(model_server, "run", "specs", *CACHE_ONLY, *arguments, **env)
    assert told.code == 0
    assert len(model_server.requests) == 2


async def test_each_candidate_has_an_answer_of_its_own(
    project: Project, model_server: ModelServer
) -> None:
    wanted = ("--candidates", "2", "--max-rounds", "1", *CACHE_ONLY)
    model_server.script.extend([code(WRONG), code(WRONG.replace("4", "5"))])
    first = only("ReplyReceived", await events(project, model_server, *wanted))
    second = only("ReplyReceived", await events(project, model_server, *wanted))
    assert len(model_server.requests) == 2
    by_candidate = [{r["candidate"]: r["text"] for r in replies} for replies in (first, second)]
    assert by_candidate[0] == by_candidate[1]
    assert len(set(by_candidate[0].values())) == 2


@pytest.mark.parametrize(
    "change",
    [("--temperature", "0.9"), ("--model", "other"), ("--base-url", "other")],
    ids=lambda change: change[0],
)
async def test_another_request_is_asked(
    project: Project, model_server: ModelServer, change: tuple[str, str]
) -> None:
    model_server.script.extend([code(RIGHT), code(RIGHT)])
    await project.ask(model_server, "run", "specs", *CACHE_ONLY)
    unaccept(project)
    if change[0] == "--base-url":
        change = (change[0], model_server.url + "/")
    await project.ask(model_server, "run", "specs", *CACHE_ONLY, *change)
    assert len(model_server.requests) == 2


@pytest.mark.parametrize(
    "answer",
    [
        reply("```python\ndef trip", finish="length"),
        reply("no", finish="content_filter"),
        reply("```python\ndef trip", server.CUT),
        reply(""),
    ],
    ids=["length", "filter", "cut", "empty"],
)
async def test_only_whole_answers_are_kept(
    project: Project, model_server: ModelServer, answer: server.Answer
) -> None:
    model_server.script.append(answer)
    await project.ask(model_server, "run", "specs", "--max-rounds", "1", *CACHE_ONLY)
    asked = len(model_server.requests)
    model_server.script.append(code(RIGHT))
    told = await project.ask(model_server, "run", "specs", "--max-rounds", "1", *CACHE_ONLY)
    assert told.code == 0
    assert len(model_server.requests) == asked + 1


async def test_kept_tokens_are_not_of_the_budget(
    project: Project, model_server: ModelServer
) -> None:
    limits = ("--max-tokens", "50", *CACHE_ONLY)
    model_server.script.append(code(WRONG))
    told = await project.ask(model_server, "run", "specs", *limits)
    assert "limit of 50 tokens" in told.out
    model_server.script.append(code(RIGHT))
    told = await project.ask(model_server, "run", "specs", *limits)
    assert told.code == 0
    assert "2 rounds, 60 tokens" in told.out
    assert len(model_server.requests) == 2


async def test_a_failure_that_was_kept_says_how_to_ask_anew(
    project: Project, model_server: ModelServer
) -> None:
    once = ("--max-rounds", "1", *CACHE_ONLY)
    model_server.script.append(code(WRONG))
    told = await project.ask(model_server, "run", "specs", *once)
    assert "--no-cache" not in told.out
    told = await project.ask(model_server, "run", "specs", *once)
    assert told.code == 1
    assert "--no-cache asks for new ones" in told.out
    assert len(model_server.requests) == 1


async def test_the_cache_says_what_it_holds_and_forgets(
    project: Project, model_server: ModelServer
) -> None:
    model_server.script.extend([code(RIGHT), code(RIGHT)])
    assert (await project.command("cache", "info")).out.startswith("0 answers, 0.0 of 256 MB")
    await project.ask(model_server, "run", "specs")
    assert (await project.command("cache", "info")).out.startswith("1 answer, ")
    assert (await project.command("cache", "clear")).out == "1 answer forgotten\n"
    assert (await project.command("cache", "info")).out.startswith("0 answers, ")
    assert "sums.triple" in (await project.command("library", "list")).out
    unaccept(project)
    await project.ask(model_server, "run", "specs", *CACHE_ONLY)
    assert len(model_server.requests) == 2


async def test_nothing_secret_is_kept(project: Project, model_server: ModelServer) -> None:
    model_server.script.append(code(RIGHT))
    await project.ask(model_server, "run", "specs")
    assert database(project).stat().st_mode & 0o077 == 0
    project.assert_keeps_secrets()


async def test_looking_makes_no_files(project: Project, tmp_path: Path) -> None:
    for command in (("cache", "info"), ("cache", "clear"), ("library", "list")):
        told = await project.command(*command)
        assert (told.code, database(project).parent.exists()) == (0, False)
    assert not list((tmp_path / "home").rglob("*.db"))


# -- what can be wrong with the file


def garbage(path: Path) -> None:
    path.write_bytes(b"garbage " * 4000)


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def without_a_table(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE replies")
    connection.close()


@pytest.mark.parametrize("damage", [garbage, half, without_a_table])
async def test_a_damaged_file_is_set_aside(
    project: Project, model_server: ModelServer, damage: Callable[[Path], None]
) -> None:
    model_server.script.extend([code(RIGHT), code(RIGHT)])
    await project.ask(model_server, "run", "specs", *CACHE_ONLY)
    unaccept(project)
    damage(database(project))
    told = await project.ask(model_server, "run", "specs", *CACHE_ONLY)
    assert told.code == 0
    assert told.err.count("was damaged") == 1
    assert len(model_server.requests) == 2
    assert [p.name for p in database(project).parent.glob("pseudocode.db.corrupt-*")]
    unaccept(project)
    told = await project.ask(model_server, "run", "specs", *CACHE_ONLY)
    assert (told.code, told.err) == (0, "")
    assert len(model_server.requests) == 2


def newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("change", "told"),
    [(newer, "newer version"), (foreign, "another program"), (a_folder, "no regular file")],
)
async def test_what_is_not_ours_to_change_is_left_alone(
    project: Project, model_server: ModelServer, change: Callable[[Path], None], told: str
) -> None:
    model_server.script.extend([code(RIGHT), code(RIGHT)])
    await project.ask(model_server, "run", "specs", *CACHE_ONLY)
    unaccept(project)
    path = database(project)
    change(path)
    before = path.read_bytes() if path.is_file() else b""
    ran = await project.ask(model_server, "run", "specs", "--library", "project")
    assert ran.code == 0
    assert ran.err.count(told) == 1
    assert len(model_server.requests) == 2
    assert (path.read_bytes() if path.is_file() else b"") == before
    ran = await project.command("cache", "clear")
    assert ran.code == 2
    assert "not cleared" in ran.err


async def test_an_empty_file_is_a_new_one(project: Project, model_server: ModelServer) -> None:
    model_server.script.append(code(RIGHT))
    database(project).parent.mkdir()
    database(project).touch()
    told = await project.ask(model_server, "run", "specs")
    assert (told.code, told.err) == (0, "")
    assert "1 answer" in (await project.command("cache", "info")).out


async def test_a_file_that_another_process_holds_is_done_without(
    project: Project, model_server: ModelServer
) -> None:
    model_server.script.extend([code(RIGHT), code(RIGHT)])
    await project.ask(model_server, "run", "specs", *CACHE_ONLY)
    unaccept(project)
    held = sqlite3.connect(database(project), isolation_level=None)
    try:
        held.execute("PRAGMA locking_mode = EXCLUSIVE")
        held.execute("BEGIN EXCLUSIVE")
        told = await project.ask(model_server, "run", "specs", *CACHE_ONLY)
    finally:
        held.close()
    assert told.code == 0
    assert told.err.count("held by another process") == 1
    assert len(model_server.requests) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_that_cannot_be_written_has_no_cache(
    project: Project, model_server: ModelServer
) -> None:
    model_server.script.extend([code(RIGHT), code(RIGHT)])
    folder = database(project).parent
    (folder / "sessions").mkdir(parents=True)
    folder.chmod(0o555)
    told = await project.ask(model_server, "run", "specs", *CACHE_ONLY)
    folder.chmod(0o755)
    assert told.code == 0
    assert told.err.count("not used") == 1


# -- the library


async def test_code_is_found_again_in_another_project_and_under_another_name(
    project: Project, model_server: ModelServer, tmp_path: Path
) -> None:
    model_server.script.append(
        code("def triple(x: int) -> int:\n    return x and 3 + triple(x=x - 1)")
    )
    await project.ask(model_server, "run", "specs", "--library", "person")
    other = Project(tmp_path / "other")
    other.declare(THRICE, module="numbers")
    told = await events(other, model_server, "--library", "person")
    assert len(model_server.requests) == 1
    (started,) = only("RoundStarted", told)
    assert (started["round"], started["reason"], started["counted"]) == (0, "library", False)
    (outcome,) = only("Outcome", told)
    assert (outcome["state"], outcome["rounds"], outcome["tokens"]) == ("accepted", 0, 0)
    assert outcome["saved"] == 60
    assert "found in your library (project: sums.triple)" in outcome["detail"]
    ran = await other.python("from specs.numbers import thrice; print(thrice(number=5))")
    assert ran.out == "15\n"
    assert (await other.command("check", "specs")).code == 0


async def test_what_fails_the_tests_is_not_taken_and_the_prompt_is_as_ever(
    project: Project, model_server: ModelServer
) -> None:
    model_server.script.extend([code(RIGHT), code("def six(x: int) -> int:\n    return 6 * x")])
    await project.ask(model_server, "run", "specs")
    six = TRIPLE.replace("triple", "six").replace("    6\n", "    12\n").replace("30", "60")
    project.declare(TRIPLE, six.replace("Three times", "Six times"))
    told = await events(project, model_server)
    assert [started["reason"] for started in only("RoundStarted", told)] == ["library", "first"]
    assert [started["round"] for started in only("RoundStarted", told)] == [0, 1]
    assert "3 * x" not in model_server.requests[1].last
    assert [o["rounds"] for o in only("Outcome", told)] == [0, 1]
    assert len(model_server.requests) == 2


@pytest.mark.parametrize(
    "declaration",
    [
        TRIPLE.replace("def", "async def").replace("triple", "atriple").replace(">>>", ">>> await"),
        TRIPLE.replace("x: int", "x: int, y: int")
        .replace("(2)", "(2, 1)")
        .replace("(10)", "(10, 1)"),
        TRIPLE.replace("x: int", "x: str").replace("(2)", "('2')").replace("(10)", "('10')"),
        TRIPLE.replace(">>>", "...").replace("Three times", "Triple"),
        TRIPLE.replace("triple", "sorted_by").replace("Three times a number", "Sort"),
    ],
    ids=["async", "arity", "annotation", "untested", "about something else"],
)
async def test_what_does_not_fit_is_not_tried(
    project: Project, model_server: ModelServer, declaration: str
) -> None:
    model_server.script.append(code(RIGHT))
    await project.ask(model_server, "run", "specs")
    model_server.otherwise = lambda asked: reply("no")
    project.declare(declaration, module="more")
    told = await events(project, model_server, "--only", "more.x", "--max-rounds", "1")
    assert told == []
    name = declaration.partition("def ")[2].partition("(")[0]
    told = await events(project, model_server, "--only", f"more.{name}", "--max-rounds", "1")
    wanted = ["first"] if ">>>" in declaration else []  # what cannot be checked is not asked for
    assert [started["reason"] for started in only("RoundStarted", told)] == wanted


async def test_imports_of_the_module_it_came_from_go_along(
    project: Project, model_server: ModelServer
) -> None:
    declared = '''
import math
import re as r, json

@pseudo_function
def {name}(x: int) -> int:
    """The root of a number.

    >>> {name}(9)
    3
    """
'''
    model_server.script.append(code("def root(x: int) -> int:\n    return math.isqrt(x)"))
    project.declare(declared.format(name="root"))
    await project.ask(model_server, "run", "specs")
    project.declare(declared.format(name="square_root").replace("import math\n", ""))
    told = await project.ask(model_server, "run", "specs")
    assert "found in your library" in told.out
    (accepted,) = project.specs.glob("__pseudocode__/*square_root*")
    assert "\n\nimport math\n" in accepted.read_text()


async def test_the_library_can_be_kept_to_the_project_or_switched_off(
    project: Project, model_server: ModelServer, tmp_path: Path
) -> None:
    model_server.script.extend([code(RIGHT), code(RIGHT), code(RIGHT)])
    await project.ask(model_server, "run", "specs", "--library", "project", "--no-cache")
    other = Project(tmp_path / "other")
    other.declare(TRIPLE)
    await other.ask(model_server, "run", "specs", "--no-cache")
    assert len(model_server.requests) == 2
    unaccept(project)
    await project.ask(model_server, "run", "specs", "--library", "off", "--no-cache")
    assert len(model_server.requests) == 3
    unaccept(project)
    await project.ask(model_server, "run", "specs", "--library", "project", "--no-cache")
    assert len(model_server.requests) == 3
    told = await project.command("run", "specs", "--library", "everywhere")
    assert told.code == 2
    assert "person, project, off" in told.err


async def test_a_person_searches_shows_and_forgets(
    project: Project, model_server: ModelServer
) -> None:
    model_server.script.append(code(RIGHT))
    await project.ask(model_server, "run", "specs")
    for words in (("tri",), ("three", "numb"), ("TRIPLE",)):
        told = await project.command("library", "search", *words)
        assert told.code == 0
        assert "sums.triple · project" in told.lines[0]
        assert told.lines[1].strip() == "def triple(x: int) -> int"
    for text in ("fourth", '"', "*", "tri OR x", "NEAR(", "tri AND", "name:x"):
        told = await project.command("library", "search", "--", text)
        assert (told.code, told.out) == (1, "")
    shown = (await project.command("library", "show", "sums.triple")).out
    assert "    >>> triple(10)\n    30\n" in shown
    assert shown.rstrip().endswith("return 3 * x")
    number = shown.split()[0]
    assert (await project.command("library", "forget", number)).code == 0
    assert (await project.command("library", "list")).out == ""
    assert (await project.command("library", "show", number)).code == 2


async def test_a_team_shares_a_library_through_a_folder(
    project: Project, model_server: ModelServer, tmp_path: Path
) -> None:
    model_server.script.append(code(RIGHT))
    await project.ask(model_server, "run", "specs", "--library", "project")
    await project.command("library", "export", "shared")
    files = {path.name: path.read_bytes() for path in (project.root / "shared").iterdir()}
    assert [name.partition("-")[0] for name in sorted(files)] == ["sums.triple"] * 2
    other = Project(tmp_path / "other")
    other.declare(THRICE)
    (project.root / "shared" / "broken.json").write_text("{")
    told = await other.command("library", "import", str(project.root / "shared"))
    assert told.code == 1
    assert told.out == "1 entries imported\n"
    assert "broken.json" in told.err
    await other.command("library", "export", "again")
    assert {path.name: path.read_bytes() for path in (other.root / "again").iterdir()} == files
    told = await other.ask(model_server, "run", "specs")
    assert "found in your library" in told.out
    assert len(model_server.requests) == 1


async def test_code_that_wants_permission_is_found_only_once_it_is_granted(
    project: Project, model_server: ModelServer
) -> None:
    model_server.script.append(code("def fetch(x: int) -> int:\n    return x\n"))
    project.write("specs/sums.py", IMPORT + FETCH)
    await project.ask(model_server, "run", "specs", "--allow", "fetch")
    unaccept(project)
    project.write("specs/sums.py", IMPORT + FETCH.replace("api.", "other."))
    told = await project.ask(model_server, "run", "specs")
    assert "needs permission" in told.out
    told = await project.ask(model_server, "run", "specs", "--allow", "fetch")
    assert "found in your library" in told.out
    assert len(model_server.requests) == 1


async def test_what_is_near_is_shown_to_the_model_where_that_is_wanted(
    project: Project, model_server: ModelServer
) -> None:
    model_server.script.append(code(RIGHT))
    await project.ask(model_server, "run", "specs")
    project.declare(TRIPLE.replace("triple", "triple_all").replace("(x: int)", "(x: int, y: int)"))
    model_server.script.append(code("def triple_all(x: int, y: int) -> int:\n    return x"))
    told = await events(project, model_server, "--library-examples", "2", "--max-rounds", "1")
    (found,) = only("ExamplesFound", told)
    assert [one["name"] for one in found["solved"]] == ["triple"]
    assert "Accepted before, for declarations that are near" in model_server.requests[1].last
    assert ">>>" not in str(found)
    wrong = await project.ask(model_server, "run", "specs", "--library-examples", "4")
    assert wrong.code == 2
    assert "library_examples must be one of 0, 1, 2, 3" in wrong.err
