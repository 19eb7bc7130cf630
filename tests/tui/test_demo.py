"""`pseudocode-tui --demo`: a session that was really recorded, without key, model or network."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from textual.widgets import Static

from pseudocode.events import Approved, CandidateAccepted, SuiteFinished
from pseudocode.recordings import lay_out_demo, load_replay
from pseudocode.settings import Settings
from pseudocode.tui.app import PseudocodeApp
from pseudocode.tui.replay import ReplayScreen
from tests.tui.driving import text_of
from tests.tui.test_terminal import terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it has no pseudo terminals")


def test_it_plays_without_anything_and_can_be_taken_over(tmp_path: Path) -> None:
    with terminal(tmp_path, "--demo", columns=100, lines=30) as app:
        app.shows("A recorded session")
        app.shows("average")
        app.child.send("0")
        app.shows("Now you")
        app.child.send("f")
        app.shows("Go on from here?")
        app.child.send("y")
        app.shows("Which model?")
        app.child.send("\x1b")
        app.until(lambda: "Which model?" not in app.text)
        app.shows("Now you")  # without a model there is nothing to go on with
        app.child.send("q")
        assert app.ends() == 0
    assert list(tmp_path.iterdir()) == [tmp_path / "home"], "nothing is written where it is called"


async def test_what_it_says_of_itself_covers_nothing() -> None:
    journal, folder = lay_out_demo()
    app = PseudocodeApp(journal, folder.parent, Settings(), replay=True, speed=0, invites=True)
    async with app.run_test(size=(60, 20)) as pilot:
        while not isinstance(app.screen, ReplayScreen):
            await pilot.pause(0.01)
        await app.screen.loaded()
        word = app.screen.query_one("#invitation", Static)
        assert str(word.content).startswith("A recorded session")
        await pilot.press("G")
        assert str(word.content).startswith("Now you")
        assert word.region.bottom <= app.screen.query_one("#body").region.y
        await pilot.press("g")
        assert str(word.content).startswith("A recorded session")
        assert not app._notifications
        await pilot.press("question_mark")
        told = text_of(app.screen)
        assert told.startswith("A recorded session.")
        assert "filters" not in told  # as the list would say of itself on the desk


def test_it_shows_failures_and_a_decision(tmp_path: Path) -> None:
    journal, folder = lay_out_demo()
    recording = load_replay(journal, folder.parent)
    assert recording.skipped == 0
    assert Path(recording.spec.path).resolve() == (folder / "demo.py").resolve()
    verdicts = [e.all_passed for e in recording.events if isinstance(e, SuiteFinished)]
    assert verdicts[-1]
    assert verdicts.count(False) >= 2
    *_, decision, outcome = recording.events
    assert isinstance(decision, Approved)
    assert isinstance(outcome, CandidateAccepted)


def test_what_a_person_made_of_it_stays(tmp_path: Path) -> None:
    _, folder = lay_out_demo()
    (folder / "demo.py").write_text("# mine\n", encoding="utf-8")
    lay_out_demo()
    assert (folder / "demo.py").read_text(encoding="utf-8") == "# mine\n"
