"""The tests pane by its keys: cases looked into, run again, and followed into the code."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Collapsible

from pseudocode.events import Case, SuiteFinished
from pseudocode.store.journal import read_journal
from pseudocode.tui.case_detail import CaseDetail
from pseudocode.tui.contrast import candidate_line, contrasted, differing, without_frames
from pseudocode.tui.widgets.code_pane import CodePane
from pseudocode.tui.widgets.suite_pane import SuitePane
from pseudocode.tui.wrapping import call_in
from tests import server
from tests.server import ModelServer
from tests.tui.driving import RIGHT, Desk, desk_over

SOURCE = '''
from pseudocode import pseudo_function


@pseudo_function(max_rounds=1)
def shorten(text: str, width: int) -> str:
    """Cut a text to a width.

    >>> shorten("hello world", 5)
    'hello'
    >>> shorten("hi", 5)
    'hi'
    """
'''
TESTS = """\
from easy import shorten


def test_width():
    print("looking")
    assert shorten("abc", 2) == "ab"


def test_none():
    assert shorten("", 2) == ""
"""
WRONG = """\
def shorten(text: str, width: int) -> str:
    if not text:
        raise ValueError("nothing")
    return text[:width + 1]"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "specs"
    made.mkdir()
    (made / "test_easy.py").write_text(TESTS, encoding="utf-8")
    return made


def table(desk: Desk) -> SuitePane:
    return desk.desk.query_one(SuitePane)


async def test_failures_are_opened_folded_and_followed_into_the_code(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.append(server.code(WRONG))
    async with desk_over(folder, url=model_server.url, source=SOURCE) as desk:
        await desk.press("g")
        await desk.status("g gives it more")
        assert [row[0] for row in desk.suite] == ["✗", "✓", "✗", "✗"]
        await desk.press("3")
        assert table(desk).at == 0  # the first that fails
        await desk.press("enter")
        assert "expected\n'hello'" in desk.dialog
        assert "got\n'hello·'" in desk.dialog  # a space that is too much shows
        await desk.press("n", "n")
        assert "test_width" in desk.dialog
        assert "printed\nlooking" in desk.dialog.replace("----", "")
        (folded,) = desk.app.screen.query(Collapsible)
        assert folded.collapsed
        await desk.press("space")
        assert not folded.collapsed
        await desk.press("n")
        assert "ValueError: nothing" in desk.dialog
        await desk.press("i")
        assert not desk.dialog
        assert desk.app.focused is not None
        assert desk.app.focused.id == "code"
        assert desk.desk.query_one(CodePane).line_number == 3


async def test_one_or_all_are_run_again_and_what_all_say_is_a_fact(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.append(server.code(WRONG))
    async with desk_over(folder, url=model_server.url, source=SOURCE) as desk:
        await desk.press("g")
        await desk.status("g gives it more")
        await desk.press("3", "down", "down", "R")
        await desk.until(lambda: "run again" in str(table(desk).border_subtitle), "the one")
        assert [row[0] for row in desk.suite] == ["✗", "✓", "✗", "✗"]
        assert table(desk).at == 2
        await desk.press("t")
        await desk.until(lambda: "run again" not in str(table(desk).border_subtitle), "all")
        assert [row[0] for row in desk.suite] == ["✗", "✓", "✗", "✗"]
        assert len(model_server.requests) == 1
    (journal,) = (folder.parent / ".pseudocode" / "sessions").glob("*.jsonl")
    reports = [e for e in read_journal(journal).events if isinstance(e, SuiteFinished)]
    assert [report.passed for report in reports] == [1, 1]


async def test_accepted_code_is_tested_without_a_model(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.append(server.code(RIGHT))
    async with desk_over(folder, url=model_server.url) as desk:
        await desk.generated()
        await desk.accepted()
    for journal in (folder.parent / ".pseudocode" / "sessions").glob("*.jsonl"):
        journal.unlink()
    async with desk_over(folder) as desk:
        assert [row[0] for row in desk.suite][:2] == ["·", "·"]
        await desk.press("t")
        await desk.until(lambda: [row[0] for row in desk.suite] == ["✓", "✓"], "the report")
        assert "✓ double" in desk.specs[1]


async def test_what_is_not_approved_or_allowed_is_not_run(
    folder: Path, model_server: ModelServer
) -> None:
    model_server.script.append(server.code(WRONG))
    source = SOURCE.replace("max_rounds=1", 'env=["TOKEN"]')
    async with desk_over(folder, url=model_server.url, source=source) as desk:
        await desk.press("g")
        await desk.status("asks for permission")
        await desk.press("t")
        await desk.status("has not been allowed")
        assert {row[0] for row in desk.suite} == {"·"}


async def test_a_case_is_shown_inert(folder: Path) -> None:
    case = Case(call="f([/x])", outcome="failed", expected="[red]", got="\x1b[31m[red]")
    async with desk_over(folder) as desk:
        await desk.app.push_screen(CaseDetail((case,), 0))
        await desk.until(lambda: "f([/x])" in desk.dialog, "the case")
        assert "<U+001B>[31m[red]" in desk.dialog


@given(st.text("ab \n", max_size=12), st.text("ab \n", max_size=12))
def test_what_differs_covers_all_that_the_texts_do_not_share(one: str, other: str) -> None:
    ours, theirs = differing(one, other)
    assert without(one, ours) == without(other, theirs)
    assert (not ours and not theirs) == (one == other)
    expected, got = contrasted(one, other)
    assert (len(expected.plain), len(got.plain)) == (len(one), len(other))


def without(text: str, spans: list[tuple[int, int]]) -> str:
    return "".join(c for n, c in enumerate(text) if not any(a <= n < b for a, b in spans))


def test_the_line_of_a_failure_is_the_last_of_the_code_that_is_named() -> None:
    code = "def f(x):\n    y = 1\n    return y / x\n"
    error = "ZeroDivisionError: division by zero\nline 3, in f: return y / x"
    assert candidate_line(Case(call="f(0)", outcome="error", error=error), code) == 3
    assert without_frames(error)[0] == "ZeroDivisionError: division by zero"
    other = error.replace("return y / x", "something else")
    assert candidate_line(Case(call="f(0)", outcome="error", error=other), code) == 0
    traced = "test_a.py:3: in test_a\n<generated>:2: in f\n"
    assert candidate_line(Case(call="t", outcome="failed", traceback=traced), code) == 2


def test_of_a_long_call_the_name_gives_way() -> None:
    call = "calculate_interesting_sum(2, 4, 6)"
    assert call_in(call, 40) == call
    assert call_in(call, 22) == "calculate_in…(2, 4, 6)"
    assert call_in(call, 12) == "calc…(2, 4,…"
    assert call_in("short(11, 22, 33)", 12) == "short(11, 2…"
    assert call_in("a = [1, 2]; f(a)", 10) == "a = [1, 2…"
